#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "http/limits.h"
#include "io/sim.h"

namespace trivet::http {

// Numbers that a seed determines (splitmix64).
class SeededRandom {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
    std::size_t below(std::size_t limit) { return next() % limit; }
    bool chance(std::size_t one_in) { return below(one_in) == 0; }

private:
    std::uint64_t state_;
};

// What a client is owed for a request.
struct Expected {
    int status = 200;
    std::string body;          // compared when has_body
    bool has_body = true;      // else the content is the engine's
    bool is_bodiless = false;  // an answer to HEAD
    bool closes = false;       // nothing follows
    bool may_be_500 = false;   // the handler may fail
    bool is_late = false;      // may be answered when the schedule says so
    bool is_interim = false;   // 100 Continue may come before
    bool is_streamed = false;  // too slow content ends as the handler likes
    std::uint64_t begin = 0;   // where it lies in what the client sends
    std::uint64_t head_end = 0;
    std::uint64_t end = 0;
};

// A client of the random schedule: writes requests whose answers it can foretell, sends them in
// pieces, and checks what comes back against what it is owed, in order.
class ScheduledClient {
public:
    ScheduledClient(io::SimPeer& peer, std::uint64_t id, std::uint64_t now_ms)
        : peer_(peer), id_(id), sent_ms_(now_ms) {}

    // Appends one request to what is to be sent.
    void add_request(SeededRandom& random);
    // Sends a piece of what is to be sent, of at most `limit` bytes.
    void send_piece(std::size_t limit, std::uint64_t now_ms);
    void finish();
    void reset();
    // From now on the connection may end early (faults, force).
    void allow_end() { may_end_ = true; }
    // The server drains: what has arrived is still owed, and any answer may be the last.
    void drain();

    // Reads the answers that are complete; the text of what is wrong, else empty.
    std::string check();
    // At the end: everything that is owed must have come, unless the connection may end.
    std::string check_complete();

    // Nothing moves, and nothing will for `wait_ms` but the clock. Foretells what comes of that.
    std::string foresee(const Limits& limits, std::uint64_t now_ms, std::uint64_t wait_ms);
    // After it: what was foretold must have come.
    std::string check_foreseen();

    io::SimPeer& peer() { return peer_; }
    bool is_over() const { return is_finished_ || is_reset_ || has_timed_out_; }

private:
    // What the server waits for, as seen from here.
    enum class State : std::uint8_t { over, request, head, content, unread, handler, room, end };
    enum class Fate : std::uint8_t { unknown, stays, ends, refused };

    void add(std::string_view bytes, Expected expected);
    void add_plain(SeededRandom& random, const std::string& tag);
    void add_content(SeededRandom& random, const std::string& tag);
    void add_streamed(SeededRandom& random, const std::string& tag);
    void add_refused(SeededRandom& random, const std::string& tag);
    void add_last(SeededRandom& random, const std::string& tag);
    State state() const;
    std::string check_one(std::size_t head_end);
    std::string describe(std::string_view problem) const;

    io::SimPeer& peer_;
    const std::uint64_t id_;
    std::uint64_t requests_ = 0;
    std::string unsent_;
    std::uint64_t written_ = 0;  // bytes ever put into unsent_
    std::uint64_t sent_ = 0;
    std::uint64_t sent_ms_;            // when the last piece was sent
    std::uint64_t partial_since_ = 0;  // when the first byte of an incomplete request was
    std::deque<Expected> owed_;
    std::string received_;
    std::uint64_t answered_ = 0;
    std::uint64_t answered_end_ = 0;   // of the last request that was answered
    std::uint64_t drain_answers_ = 0;  // that must come although the server drains
    int last_status_ = 0;
    Fate fate_ = Fate::unknown;
    bool writes_no_more_ = false;  // a request that closes was written
    bool is_finished_ = false;
    bool is_reset_ = false;
    bool has_timed_out_ = false;
    bool may_time_out_ = false;
    bool is_drained_ = false;
    bool may_end_ = false;
    bool has_seen_last_ = false;
};

}  // namespace trivet::http
