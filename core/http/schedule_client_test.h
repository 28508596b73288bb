#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "io/sim.h"

namespace trivet::http {

// Numbers that a seed determines (splitmix64).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
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
};

// A client of the random schedule: writes requests whose answers it can foretell, sends them in
// pieces, and checks what comes back against what it is owed, in order.
class ScheduledClient {
public:
    ScheduledClient(io::SimPeer& peer, std::uint64_t id) : peer_(peer), id_(id) {}

    // Appends one request to what is to be sent.
    void add_request(Random& random);
    // Sends a piece of what is to be sent, of at most `limit` bytes.
    void send_piece(std::size_t limit);
    void finish();
    void reset();
    // From now on the connection may end early (time, drain, faults).
    void allow_end() { may_end_ = true; }

    // Reads the answers that are complete; the text of what is wrong, else empty.
    std::string check();
    // At the end: everything that is owed must have come, unless the connection may end.
    std::string check_complete();

    io::SimPeer& peer() { return peer_; }
    bool is_over() const { return is_finished_ || is_reset_; }
    bool has_unsent() const { return !unsent_.empty(); }

private:
    void add(std::string_view bytes, Expected expected);
    void add_content(Random& random, const std::string& tag);
    void add_refused(Random& random, const std::string& tag);
    std::string check_one(std::size_t head_end);
    std::string describe(std::string_view problem) const;

    io::SimPeer& peer_;
    const std::uint64_t id_;
    std::uint64_t requests_ = 0;
    std::string unsent_;
    std::deque<Expected> owed_;
    std::string received_;
    bool writes_no_more_ = false;  // a request that closes was written
    bool is_finished_ = false;
    bool is_reset_ = false;
    bool may_end_ = false;
    bool has_seen_last_ = false;
};

}  // namespace trivet::http
