#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/fd.h"
#include "base/list.h"
#include "io/clock.h"
#include "io/peer_address.h"

namespace trivet::io {

// What happens to a stream. Called on the loop's thread from dispatch() only.
class StreamHandler {
public:
    // Bytes arrived; they are valid during the call.
    virtual void on_data(std::string_view bytes) noexcept = 0;
    // The peer will send no more: 0 at its orderly end, else an errno. Called at most once.
    virtual void on_end(int error) noexcept = 0;
    // The send has left entirely (0), or failed with an errno and the connection is of no more use.
    virtual void on_sent(int error) noexcept = 0;
    // After close(): the loop has forgotten the stream, which may be destroyed now.
    virtual void on_closed() noexcept = 0;

protected:
    ~StreamHandler() = default;
};

struct SentTag {};
struct RearmTag {};

// One connected socket. Embedded in its connection, which outlives it until on_closed(). All
// members but `handler` belong to the loop.
struct Stream : ListNode<SentTag>, ListNode<RearmTag> {
    StreamHandler* handler = nullptr;
    int fd = -1;
    bool is_receiving = false;  // a receive is armed in the kernel
    bool is_sending = false;
    bool is_paused = false;
    bool is_ended = false;
    bool is_broken = false;      // epoll has told so
    bool is_watched = false;     // io_uring has been asked to tell so while it is paused
    bool is_unwatching = false;  // and to stop that
    bool is_closing = false;
    bool send_is_prompt = false;
    bool is_cancelling = false;
    bool is_blocked = false;    // a send waits for room in the socket
    bool watches_room = false;  // and epoll has been told to look for it
    bool sends_whole = false;   // io_uring ends a send only when all of it has left
    int send_error = 0;
    const char* send_data = nullptr;
    std::size_t send_size = 0;
};

class AcceptHandler {
public:
    // A connection came; the callee gives `fd` to Loop::open or Loop::discard.
    virtual void on_accept(int fd) noexcept = 0;
    // Accepting failed for now (descriptors exhausted, …); the loop tries again by itself.
    virtual void on_accept_error(int error) noexcept = 0;

protected:
    ~AcceptHandler() = default;
};

class WatchHandler {
public:
    // A watched descriptor is ready (bits of Interest).
    virtual void on_ready(int fd, std::uint32_t ready) noexcept = 0;

protected:
    ~WatchHandler() = default;
};

enum Interest : std::uint32_t { kRead = 1, kWrite = 2, kError = 4 };

struct LoopConfig {
    std::uint32_t buffer_count = 256;
    std::uint32_t buffer_bytes = 8192;
};

// Completion-style input and output of one thread: uring.cc, epoll.cc and, for tests, sim.cc.
// Created and used by one thread; only wake() may be called from others and from signal handlers.
// A turn is wait() followed by dispatch(). Failures of single operations reach their handler;
// functions that return int give 0 or an errno.
class Loop {
public:
    static constexpr std::int64_t kForever = -1;

    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    virtual ~Loop() = default;

    virtual std::string_view name() const noexcept = 0;

    // Accepts from a listening socket that stays the caller's. One listener per loop.
    virtual int listen(int fd, AcceptHandler& handler) noexcept = 0;
    // Stops accepting after handing over what the backlog holds. The listener may be closed
    // afterwards.
    virtual void stop_listening() noexcept = 0;

    // Takes over a connected socket and starts to receive. When it fails the socket stays the
    // caller's.
    virtual int open(Stream& stream, int fd, StreamHandler& handler) noexcept = 0;
    // Closes an accepted socket that was not opened.
    virtual void discard(int fd) noexcept {
        ++system_calls_;
        ::close(fd);
    }
    // Sends all of `bytes`, which stay valid until on_sent. One send at a time. A send takes effect
    // at the end of the turn, and on_sent is never called from within send(). A prompt send wakes
    // the loop when it is done; the end of another may be told as late as the next turn that
    // happens anyway, which saves a completion.
    virtual void send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept = 0;
    // Sends what the socket takes of `pieces` at once, and says how much that is; nothing is under
    // way. For several pieces together, which cost less so than one send each. What is wrong with
    // the connection, the next send() tells.
    virtual std::size_t send_now(Stream& stream,
                                 std::span<const std::string_view> pieces) noexcept {
        ++system_calls_;
        return send_at_once(stream.fd, pieces);
    }
    // The send under way shall be prompt after all: somebody waits for its end.
    virtual void hurry(Stream& stream) noexcept = 0;
    // Stops and resumes receiving; bytes already received still arrive after a pause. That the
    // connection is broken is told all the same, and what was not received is lost with it.
    virtual void pause(Stream& stream) noexcept = 0;
    virtual void resume(Stream& stream) noexcept = 0;
    // Ends the sending direction after what was sent.
    virtual void shutdown(Stream& stream) noexcept = 0;
    // Sends as much of `bytes` as the socket takes at once, before its close; nothing is under way.
    virtual void send_last(Stream& stream, std::string_view bytes) noexcept {
        ++system_calls_;
        send_at_once(stream.fd, bytes);
    }
    // Abandons what is under way and closes the socket; only on_closed follows.
    virtual void close(Stream& stream) noexcept = 0;

    // Who an accepted socket comes from.
    virtual Peer peer(int fd) noexcept {
        ++system_calls_;
        return peer_of(fd);
    }

    // Whether the peer has closed its side or broken the connection by now; what of it has come to
    // the loop is told in its turn.
    virtual bool has_left(const Stream& stream) noexcept {
        ++system_calls_;
        return peer_has_left(stream.fd);
    }

    // Whether the program holds up the loop: in this turn, or before it.
    bool is_late() noexcept {
        // The first of a turn to ask cannot have been held up by another.
        return was_late_ || (!clock_.take_fresh() && clock_.is_stale());
    }
    // Called when the program lets the loop go on.
    void set_late(bool is_late) noexcept { was_late_ = is_late; }

    // A number that grows by as many bytes as the peer takes of what was sent, to tell a slow
    // client from a dead one; from kUncounted on it just changes; negative if unknown.
    static constexpr std::int64_t kUncounted = std::int64_t{1} << 62;
    virtual std::int64_t send_progress(const Stream& stream) noexcept = 0;

    // Level-triggered readiness of a foreign descriptor; interest 0 ends it.
    virtual int watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept = 0;

    // Submits what is queued and waits for the first event, a wake() or the timeout in nanoseconds.
    virtual int wait(std::int64_t timeout_ns) noexcept = 0;
    // Submits what is queued.
    virtual int flush() noexcept = 0;
    // Runs the handlers of all that has completed.
    virtual void dispatch() noexcept = 0;
    // A descriptor that polls readable when dispatch() would find something; -1 if there is none.
    virtual int pollable_fd() noexcept = 0;
    virtual void wake() noexcept = 0;
    // Whether handlers are owed calls that no event of the kernel will bring about: the next wait()
    // does not wait, and whoever polls pollable_fd() should take a turn.
    virtual bool owes_calls() const noexcept = 0;
    // When the loop wants a turn to try an accept again; 0: not at all.
    std::uint64_t accept_retry_at_ns() const noexcept { return accept_retry_at_ns_; }

    // Reads the time again, for a deadline that shall be met closely.
    virtual void update_clock() noexcept { clock_.read_system(); }
    Clock& clock() noexcept { return clock_; }
    std::uint64_t system_calls() const noexcept { return system_calls_; }

protected:
    Clock clock_;
    std::uint64_t accept_retry_at_ns_ = 0;
    std::uint64_t system_calls_ = 0;

private:
    bool was_late_ = false;
};

}  // namespace trivet::io
