#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/loop.h"

namespace trivet::io {

class SimLoop;

// The far end of a simulated connection, driven by a test.
class SimPeer {
public:
    // Bytes that arrive at the server in the next turn, as one receive unless receive_max cuts
    // them.
    void send(std::string_view bytes);
    // Closes the peer's sending side; the server sees the end after what was sent.
    void finish();
    // Breaks the connection: the server sees ECONNRESET, also while it receives nothing, and what
    // it sends is lost.
    void reset();

    const std::string& received() const { return received_; }
    std::string take_received() { return std::exchange(received_, {}); }
    bool server_has_finished() const { return server_has_finished_; }  // shutdown() or close()
    // Whether bytes wait to be taken.
    bool server_is_sending() const { return stream_ != nullptr && stream_->is_sending; }
    bool server_has_closed() const { return server_has_closed_; }

    std::size_t receive_max = SIZE_MAX;  // most bytes of one receive at the server
    std::size_t take_now_max = 0;        // most bytes the peer takes at once, of pieces
    std::size_t take_max = SIZE_MAX;     // most bytes the peer takes in one turn; 0: takes nothing
    PeerAddress address{0, 0xffff'7f00'0001};  // as the server sees it; 127.0.0.1 unless set
    std::uint16_t port = 40'000;               // the same

private:
    friend class SimLoop;
    std::deque<std::string> incoming_;
    std::string received_;
    std::int64_t taken_ = 0;  // bytes ever received
    Stream* stream_ = nullptr;
    int fd_ = -1;
    bool is_accepted_ = false;
    bool has_finished_ = false;
    bool end_is_told_ = false;
    bool is_reset_ = false;
    bool server_has_finished_ = false;
    bool server_has_closed_ = false;
};

// What the simulation lets fail, counted from 1; 0 fails nothing.
struct SimFaults {
    std::uint64_t accept = 0;   // the n-th accept gives EMFILE
    std::uint64_t open = 0;     // the n-th open gives ENOMEM
    std::uint64_t receive = 0;  // the n-th receive gives ECONNRESET
    std::uint64_t send = 0;     // the n-th send gives EPIPE
    // The n-th submission is put off: what was asked for by then happens a turn later.
    std::uint64_t submission = 0;
};

// Deterministic loop for tests: no sockets, no time but the test's. One turn gives each connection
// at most one receive and one send; the order is that of their making. Never blocks.
class SimLoop final : public Loop {
public:
    static constexpr int kFirstFd = 1'000'000'000;  // far from any real descriptor

    SimLoop() { clock_.set(1'000'000'000, 784'111'777); }

    // A connection that will be accepted in the next turn. Valid as long as the loop.
    SimPeer& connect();
    void advance_ms(std::uint64_t ms) {
        clock_.set(clock_.now_ns() + ms * 1'000'000,
                   clock_.wall_seconds() + static_cast<std::int64_t>(ms / 1000));
    }
    // Whether dispatch() would do anything.
    bool has_work() const;
    SimFaults faults;
    // How many operations were made to fail so far.
    std::uint64_t failures() const { return failures_; }
    std::uint64_t wakes() const { return wakes_; }
    std::uint64_t hurries() const { return hurries_; }

    std::string_view name() const noexcept override { return "sim"; }
    int listen(int fd, AcceptHandler& handler) noexcept override;
    void stop_listening() noexcept override;
    int open(Stream& stream, int fd, StreamHandler& handler) noexcept override;
    void discard(int fd) noexcept override;
    void send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept override;
    void hurry(Stream&) noexcept override { ++hurries_; }
    void pause(Stream& stream) noexcept override { stream.is_paused = true; }
    void resume(Stream& stream) noexcept override { stream.is_paused = false; }
    void shutdown(Stream& stream) noexcept override;
    std::size_t send_now(Stream& stream,
                         std::span<const std::string_view> pieces) noexcept override;
    void send_last(Stream& stream, std::string_view bytes) noexcept override;
    void close(Stream& stream) noexcept override;
    Peer peer(int fd) noexcept override;
    bool has_left(const Stream& stream) noexcept override;
    std::int64_t send_progress(const Stream& stream) noexcept override;
    int watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept override;
    int wait(std::int64_t) noexcept override { return 0; }
    int flush() noexcept override { return 0; }
    void dispatch() noexcept override;
    int pollable_fd() noexcept override { return -1; }
    void wake() noexcept override { ++wakes_; }
    bool owes_calls() const noexcept override { return !closed_.empty(); }
    void update_clock() noexcept override {}

    // Makes a watched descriptor report readiness in the next turn.
    void make_ready(int fd, std::uint32_t ready) { ready_[fd] = ready; }

private:
    // Counts an operation; whether it is the one that shall fail.
    bool fails(std::uint64_t& count, std::uint64_t failing) {
        const bool is_failing = ++count == failing;
        failures_ += is_failing ? 1 : 0;
        return is_failing;
    }
    SimPeer* peer_of(const Stream& stream) const;
    void accept_waiting();
    void forget_closed();
    void receive(SimPeer& peer);
    void deliver_sends(SimPeer& peer);

    std::deque<std::unique_ptr<SimPeer>> peers_;  // by descriptor
    std::vector<SimPeer*> open_;                  // those the server has not closed
    AcceptHandler* accept_handler_ = nullptr;
    WatchHandler* watch_handler_ = nullptr;
    std::map<int, std::uint32_t> interest_;
    std::map<int, std::uint32_t> ready_;
    std::deque<Stream*> closed_;
    std::uint64_t accepts_ = 0;
    std::uint64_t opens_ = 0;
    std::uint64_t receives_ = 0;
    std::uint64_t sends_ = 0;
    std::uint64_t submissions_ = 0;
    std::uint64_t failures_ = 0;
    std::atomic<std::uint64_t> wakes_{0};  // from any thread
    std::uint64_t hurries_ = 0;
    bool is_listening_ = false;
};

}  // namespace trivet::io
