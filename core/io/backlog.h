#pragma once

#include <cstdint>

namespace trivet::io {

// Whether connections wait at a listening socket to be accepted.
bool has_backlog(int listener) noexcept;

// Whether a failure to accept is that of one connection, which is gone with it, and the next one
// may be accepted at once: accept(2) hands on what the network had to say of it.
bool is_of_connection(int error) noexcept;

enum class Accepted : std::uint8_t { one, nothing, failed };

// Accepts one connection from a nonblocking listening socket, itself nonblocking and close-on-exec.
// Failed, with the errno in `error`, when there is no descriptor or memory for it.
Accepted accept_one(int listener, int& fd, int& error) noexcept;

// Accepts up to `limit` connections and gives each to `take`; `one` when there may be more.
template <typename Take>
Accepted accept_some(int listener, int limit, int& error, Take take) noexcept {
    for (int count = 0; count < limit; ++count) {
        int fd = -1;
        const Accepted outcome = accept_one(listener, fd, error);
        if (outcome != Accepted::one) {
            return outcome;
        }
        take(fd);
    }
    return Accepted::one;
}

// From now on the kernel drops requests for new connections to a listening socket; those that are
// under way still arrive in its backlog. So a drain can take the backlog and close the socket
// without cutting off a client in between: whoever comes later asks again after a second and is
// refused. Holds for every copy of the descriptor. False where the kernel does not allow filters.
bool refuse_new_connections(int listener) noexcept;
// Undoes that; nothing where nothing was done.
void admit_new_connections(int listener) noexcept;

}  // namespace trivet::io
