#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "base/fd.h"
#include "io/unix_socket.h"

namespace trivet::app {

// A Unix socket on which loops of one app listen together, since the kernel has no SO_REUSEPORT for
// those. Shared by the loops, each of which has a copy of the descriptor; any thread.
class UnixListener {
public:
    explicit UnixListener(io::UnixListener made) noexcept;

    // One more loop. False when the last one has left: the socket's name is free then.
    bool join() noexcept;
    // True for the last loop: from then on nobody finds the socket.
    bool leave() noexcept;
    // Not open, with errno, when it cannot be had.
    Fd copy() const noexcept;

private:
    std::mutex guard_;
    std::size_t loops_ = 1;
    Fd fd_;
    io::SocketFile file_;  // goes before the descriptor
};

}  // namespace trivet::app
