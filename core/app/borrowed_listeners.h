#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fd.h"
#include "http/connection.h"
#include "io/loop.h"

namespace trivet::app {

// Listeners that others accept from as well: those of other workers, served while these cannot, and
// those of also_listen. They are watched and accepted from, not given to the loop's own accept:
// that one waits exclusively, and an owner that is blocked, too, would swallow every other wake-up.
// Owned by the worker or its control channel; loop thread only. The end leaves the loop alone,
// which ends as well: in a forked child it is the parent's.
class BorrowedListeners {
public:
    static constexpr std::size_t kMax = 64;
    static constexpr int kAcceptsPerTurn = 64;  // of one listener

    BorrowedListeners(io::Loop& loop, io::WatchHandler& watcher) noexcept
        : loop_(loop), watcher_(watcher) {}
    BorrowedListeners(const BorrowedListeners&) = delete;
    BorrowedListeners& operator=(const BorrowedListeners&) = delete;

    // Begins to serve a slot's listener, in place of one it already had. False when it cannot.
    bool add(std::uint32_t slot, Fd listener, http::Listening listening = {}) noexcept;
    void drop(std::uint32_t slot) noexcept;
    void drop_all() noexcept;

    bool holds(int fd) const noexcept { return find(fd) < count_; }
    std::uint32_t slot_of(int fd) const noexcept { return entries_[find(fd)].slot; }
    http::Listening listening_of(int fd) const noexcept { return entries_[find(fd)].listening; }
    std::size_t size() const noexcept { return count_; }

    int fd_at(std::size_t index) const noexcept { return entries_[index].listener.get(); }

private:
    struct Entry {
        std::uint32_t slot = 0;
        Fd listener;
        http::Listening listening;
    };

    std::size_t find(int fd) const noexcept;
    void remove(std::size_t index) noexcept;

    io::Loop& loop_;
    io::WatchHandler& watcher_;
    Entry entries_[kMax];
    std::size_t count_ = 0;
};

}  // namespace trivet::app
