#include "app/shared_listeners.h"

#include <fcntl.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "app/listen_error.h"
#include "base/comma_list.h"
#include "io/backlog.h"

namespace trivet::app {
namespace {

constexpr char kWordSign = '+';

std::expected<SharedListener, Error> bind_one(const ListenAddress& address, std::uint32_t backlog) {
    SharedListener made{.fd = {}, .address = address, .file = {}};
    io::Listener listener;
    if (io::is_unix_host(address.host)) {
        io::UnixListener at = io::listen_unix({.host = address.host, .backlog = backlog});
        listener = std::move(at.listener);
        made.file = std::move(at.file);
    } else {
        listener = io::listen_tcp({.host = address.host, .port = address.port, .backlog = backlog});
    }
    if (!listener.fd.is_open()) {
        return std::unexpected(listen_error(address.host, address.port, std::move(listener)));
    }
    made.fd = std::move(listener.fd);
    made.address.port = listener.port;
    return made;
}

// "7", "7+plain", "7+plain+proxy".
bool adopt(std::string_view text, std::vector<SharedListener>& listeners) {
    int fd = -1;
    const auto number = std::from_chars(text.data(), text.data() + text.size(), fd);
    if (number.ec != std::errc{} || fd < 0) {
        return false;
    }
    io::Listener listener = io::adopt_listener(fd);
    if (!listener.fd.is_open()) {
        return false;
    }
    const std::string words(number.ptr, text.data() + text.size());
    listeners.push_back({.fd = std::move(listener.fd),
                         .address = {.host = std::move(listener.host),
                                     .port = listener.port,
                                     .is_plain = words.find("+plain") != std::string::npos,
                                     .is_proxied = words.find("+proxy") != std::string::npos},
                         .file = {}});
    return true;
}

}  // namespace

std::expected<std::vector<SharedListener>, Error> bind_shared(
    const std::vector<ListenAddress>& addresses, std::uint32_t backlog) {
    std::vector<SharedListener> listeners;
    for (const ListenAddress& address : addresses) {
        auto made = bind_one(address, backlog);
        if (!made) {
            return std::unexpected(std::move(made.error()));
        }
        listeners.push_back(std::move(*made));
    }
    return listeners;
}

void refuse_new(std::span<SharedListener> listeners) noexcept {
    for (SharedListener& listener : listeners) {
        if (io::is_unix_host(listener.address.host)) {
            listener.file.remove();
        } else {
            io::refuse_new_connections(listener.fd.get());
        }
    }
}

std::string to_text(std::span<const SharedListener> listeners) {
    std::string text;
    for (const SharedListener& listener : listeners) {
        text += (text.empty() ? "" : ", ") + to_text(listener.address);
    }
    return text;
}

std::string shared_variable(std::span<const SharedListener> listeners) {
    std::string text;
    for (const SharedListener& listener : listeners) {
        text += text.empty() ? "" : ",";
        text += std::to_string(listener.fd.get());
        text += listener.address.is_plain ? kWordSign + std::string("plain") : "";
        text += listener.address.is_proxied ? kWordSign + std::string("proxy") : "";
    }
    return text;
}

std::vector<SharedListener> inherit_shared() {
    std::vector<SharedListener> listeners;
    const char* const variable = std::getenv(kSharedVariable);
    if (variable == nullptr) {
        return listeners;
    }
    const std::string text(variable);
    ::unsetenv(kSharedVariable);
    if (!each_of_list(text, [&](std::string_view item) {
            return listeners.size() < kListenAddressesMax && adopt(item, listeners);
        })) {
        listeners.clear();
    }
    return listeners;
}

std::expected<std::size_t, Error> SharedListeners::join(Joining how, std::string_view also_listen,
                                                        std::uint32_t backlog) {
    const std::lock_guard guard(guard_);
    if (how == Joining::given && !std::exchange(has_asked_, true)) {
        listeners_ = inherit_shared();
        is_given_ = true;
    } else if (how == Joining::binding && loops_ == 0) {
        const auto addresses = parse_listen_list(also_listen);
        if (!addresses) {
            return std::unexpected(Error{Status::argument, "also_listen", addresses.error()});
        }
        auto bound = bind_shared(*addresses, backlog);
        if (!bound) {
            return std::unexpected(std::move(bound.error()));
        }
        listeners_ = std::move(*bound);
        is_given_ = false;
    }
    if (!listeners_.empty()) {
        ++loops_;
    }
    return listeners_.size();
}

bool SharedListeners::leave() noexcept {
    const std::lock_guard guard(guard_);
    if (loops_ == 0) {
        return false;
    }
    --loops_;
    if (loops_ > 0 || is_given_) {
        return false;
    }
    for (SharedListener& listener : listeners_) {
        listener.file.remove();
    }
    listeners_.clear();  // the last loop has its copies
    return true;
}

Fd SharedListeners::copy(std::size_t index) const noexcept {
    const std::lock_guard guard(guard_);
    return Fd(::fcntl(listeners_[index].fd.get(), F_DUPFD_CLOEXEC, 0));
}

ListenAddress SharedListeners::address(std::size_t index) const {
    const std::lock_guard guard(guard_);
    return listeners_[index].address;
}

std::string SharedListeners::to_text() const {
    const std::lock_guard guard(guard_);
    return app::to_text(listeners_);
}

bool SharedListeners::is_new() const noexcept {
    const std::lock_guard guard(guard_);
    return loops_ == 1;
}

}  // namespace trivet::app
