#pragma once

#include <cstddef>
#include <expected>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/error.h"
#include "app/listen_list.h"
#include "base/fd.h"
#include "io/unix_socket.h"

namespace trivet::app {

// A listener of also_listen.
struct SharedListener {
    Fd fd;
    ListenAddress address;  // with the port that it has
    io::SocketFile file;    // of a Unix socket that this process has made; goes before the fd
};

// Binds all of `addresses`. The port of one is nobody else's.
std::expected<std::vector<SharedListener>, Error> bind_shared(
    const std::vector<ListenAddress>& addresses, std::uint32_t backlog);
// Nobody new connects from then on; who has waits in the backlogs.
void refuse_new(std::span<SharedListener> listeners) noexcept;
// As the log tells them, between commas.
std::string to_text(std::span<const SharedListener> listeners);

// Names the descriptors that a supervisor gives all of its workers, and what is said there.
inline constexpr const char* kSharedVariable = "TRIVET_WORKER_LISTENERS";
std::string shared_variable(std::span<const SharedListener> listeners);
// Takes what the variable names, once; none where it names anything else. Changes the environment:
// call it before there are other threads.
std::vector<SharedListener> inherit_shared();

// The listeners of also_listen, from which all loops of a process accept, and all workers of a
// supervisor: whoever has time takes the next connection. Owned by the app; any thread.
class SharedListeners {
public:
    // How a loop comes to them.
    enum class Joining { given, binding, joining };

    // One more loop. `given`: by a supervisor, or there are none. `binding`: they are bound unless
    // another loop has. `joining`: as another loop has them. Gives their number.
    std::expected<std::size_t, Error> join(Joining how, std::string_view also_listen,
                                           std::uint32_t backlog);
    // True for the last loop that leaves listeners of this process's own; from then on nobody finds
    // the Unix sockets among them.
    bool leave() noexcept;

    // Of a loop that has joined. The copy is not open, with errno, when it cannot be had.
    Fd copy(std::size_t index) const noexcept;
    ListenAddress address(std::size_t index) const;
    std::string to_text() const;
    // Whether the loop that has joined is the first.
    bool is_new() const noexcept;

private:
    mutable std::mutex guard_;
    std::vector<SharedListener> listeners_;
    std::size_t loops_ = 0;
    bool is_given_ = false;  // they stay the supervisor's
    bool has_asked_ = false;
};

}  // namespace trivet::app
