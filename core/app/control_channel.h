#pragma once

#include <cstdint>
#include <string_view>

#include "app/borrowed_listeners.h"
#include "app/control.h"
#include "base/fd.h"
#include "io/backlog.h"
#include "io/loop.h"
#include "tls/ticket_keys.h"

namespace trivet::app {

// What a control channel asks of its worker.
class ControlHost {
public:
    // The supervisor asks for the drain, or has ended: every loop of the app drains, at once when
    // forced.
    virtual void on_control_drain(bool is_forced) noexcept = 0;
    // What the tickets of all workers are sealed with.
    virtual void on_control_ticket_keys(const tls::TicketKeys::State& state) noexcept = 0;
    // A connection of a worker that cannot accept, and the listener that it came to.
    virtual void on_lent_accept(int fd, int listener) noexcept = 0;
    // Whether the worker accepts now; false while it has run out of descriptors or memory.
    virtual bool can_accept() noexcept = 0;

protected:
    ~ControlHost() = default;
};

// A worker's end of the channel to its supervisor: says that it is ready, answers pings, serves
// listeners of other workers while they are lent to it. Owned by its Worker, which hands it the
// readiness of its descriptors; loop thread only. The end of the channel is the end of the
// supervisor: the worker drains.
class ControlChannel {
public:
    ControlChannel(io::Loop& loop, io::WatchHandler& watcher, ControlHost& host, int fd) noexcept;
    ControlChannel(const ControlChannel&) = delete;
    ControlChannel& operator=(const ControlChannel&) = delete;

    // Begins to listen to the supervisor; 0 or an errno.
    int open() noexcept;
    // What the supervisor's banner says of this worker; counts when it comes before send_ready.
    void set_runtime(std::string_view version, std::string_view runtime) noexcept;
    // The worker accepts. `engine` as in the banner: its name and why it runs.
    void send_ready(std::string_view engine, bool is_secured) noexcept;
    // Takes what waits at the lent listeners and tells the supervisor that this worker accepts no
    // more. Call it once the own listener's backlog is taken.
    void begin_drain() noexcept;

    // True when the descriptor is one of the channel's; its readiness has been dealt with then.
    bool handle_ready(int fd) noexcept;

    // False once the supervisor has ended.
    bool is_open() const noexcept { return is_open_; }
    // Connections accepted on behalf of other workers.
    std::uint64_t lent_total() const noexcept { return lent_total_; }

private:
    void read_messages() noexcept;
    void act(const ControlMessage& message, Fd attached) noexcept;
    void lend(std::uint32_t slot, Fd listener) noexcept;
    io::Accepted accept_lent(int fd, int limit) noexcept;
    void close() noexcept;

    io::Loop& loop_;
    io::WatchHandler& watcher_;
    ControlHost& host_;
    BorrowedListeners borrowed_;
    Fd fd_;
    ControlMessage ready_;
    std::uint64_t lent_total_ = 0;
    bool is_open_ = false;
    bool is_draining_ = false;
};

}  // namespace trivet::app
