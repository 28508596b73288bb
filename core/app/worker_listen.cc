#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "app/listen_error.h"
#include "app/worker.h"
#include "io/backlog.h"
#include "io/socket.h"
#include "io/unix_socket.h"

namespace trivet::app {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr std::uint64_t kAcceptRetryMs = 100;
constexpr int kBacklogMax = 65'536;  // more than any listener holds

}  // namespace

std::expected<void, Error> Worker::bind() {
    // One after another: of the loops that share a port one is the first.
    const std::lock_guard guard(app_.binding());
    if (config_.is_bound && config_.listen_fd < 0) {
        if (auto adopted = adopt_activated(); !adopted) {
            return adopted;
        }
    }
    if (config_.is_bound && !is_activated_) {
        const bool is_unix = config_.listen_fd < 0 && io::is_unix_host(config_.host);
        if (auto bound = is_unix ? bind_unix() : bind_own(); !bound) {
            return bound;
        }
    }
    if (config_.is_bound) {
        also_listen_ = parse_listen_list(app_.config().also_listen).value_or(also_listen_);
        const bool is_given = is_activated_ || config_.listen_fd >= 0;
        server_.set_listening(is_given ? listening_at(listener_.get()) : own_listening(),
                              app_.trust());
        if (auto joined = join_shared(); !joined) {
            return joined;
        }
    }
    app_.join(*this);
    return {};
}

http::Listening Worker::own_listening() const noexcept {
    return {is_secured(), app_.config().proxy_protocol != 0};
}

// Those of socket activation are what also_listen says of their addresses.
http::Listening Worker::listening_at(int listener) const {
    if (!also_listen_.empty()) {
        const io::Listener at = io::look_at_listener(listener);
        for (const ListenAddress& address : also_listen_) {
            if (address.host == at.host && address.port == at.port) {
                return listening_of(address);
            }
        }
    }
    return own_listening();
}

// Whoever has started this process with listeners has given all there are.
std::expected<void, Error> Worker::join_shared() {
    using Joining = SharedListeners::Joining;
    SharedListeners& shared = app_.shared_listeners();
    const bool is_supervised = config_.listen_fd >= 0;
    if (is_activated_ || (!is_supervised && !config_.is_configured && !config_.reuses_port)) {
        return {};
    }
    const auto count = shared.join(is_supervised           ? Joining::given
                                   : config_.is_configured ? Joining::binding
                                                           : Joining::joining,
                                   app_.config().also_listen, app_.config().backlog);
    if (!count) {
        return std::unexpected(count.error());
    }
    shared_count_ = *count;
    if (shared_count_ > 0 && shared.is_new() && !is_supervised) {
        app_.log().write(LogLevel::info, "also listening on " + shared.to_text());
    }
    if (shared_count_ == 0 && !also_listen_.empty() && config_.control_fd >= 0 &&
        io::shares_port(listener_.get())) {
        app_.log().write(LogLevel::warn,
                         "also_listen is for who starts the workers, and was not told there: its "
                         "addresses are not served");
    }
    return {};
}

std::expected<void, Error> Worker::bind_own() {
    const auto has_same_port = [this](const Worker& other) {
        return other.config_.reuses_port && other.unix_ == nullptr && other.port_ == config_.port;
    };
    io::Listener listener = config_.listen_fd >= 0
                                ? io::adopt_listener(config_.listen_fd)
                                : io::listen_tcp({.host = config_.host,
                                                  .port = config_.port,
                                                  .backlog = app_.config().backlog,
                                                  .reuse_port = config_.reuses_port,
                                                  .is_first = !app_.has_loop(has_same_port)});
    if (!listener.fd.is_open()) {
        return std::unexpected(listen_error(config_.host, config_.port, std::move(listener)));
    }
    if (io::is_unix_host(listener.host)) {
        config_.host = std::move(listener.host);
    }
    listener_ = std::move(listener.fd);
    port_ = listener.port;
    return {};
}

// Loops that may share a port share a Unix socket.
std::expected<void, Error> Worker::bind_unix() {
    is_shared_ = config_.reuses_port && app_.has_loop([this](const Worker& other) {
        const bool is_same = other.unix_ != nullptr && other.config_.reuses_port &&
                             other.config_.host == config_.host && other.unix_->join();
        if (is_same) {
            unix_ = other.unix_;
        }
        return is_same;
    });
    if (!is_shared_) {
        io::UnixListener made =
            io::listen_unix({.host = config_.host, .backlog = app_.config().backlog});
        if (!made.listener.fd.is_open()) {
            return std::unexpected(listen_error(config_.host, 0, std::move(made.listener)));
        }
        unix_ = std::make_shared<UnixListener>(std::move(made));
    }
    listener_ = unix_->copy();
    if (!listener_.is_open()) {
        return std::unexpected(
            Error{Status::system, "cannot copy the listener", std::strerror(errno)});
    }
    return {};
}

// True for the last of the loops at a Unix socket of this process.
bool Worker::leave_unix() noexcept {
    return unix_ != nullptr && !std::exchange(has_left_unix_, true) && unix_->leave();
}

// The first loop serves every listener the app was given. Those that come to share its port accept
// from one of them as well.
std::expected<void, Error> Worker::adopt_activated() {
    Activation& activation = app_.activation();
    std::size_t before = 0;
    bool joins = false;
    app_.has_loop([&](const Worker& other) {
        before += other.is_activated_ ? 1 : 0;
        const bool is_there =
            other.port_ == config_.port && (other.port_ != 0 || other.config_.host == config_.host);
        joins = joins || (other.is_activated_ && is_there);
        return false;
    });
    if (!config_.is_configured && !(config_.reuses_port && joins)) {
        return {};
    }
    if (auto taken = activation.take(); !taken || activation.is_empty()) {
        return taken;
    }
    listener_ = activation.copy(before);
    if (!listener_.is_open()) {
        return std::unexpected(
            Error{Status::system, "cannot copy the listener", std::strerror(errno)});
    }
    const io::Listener& given = activation.at(before % activation.size());
    config_.host = given.host;
    port_ = given.port;
    is_activated_ = true;
    is_shared_ = before > 0;
    if (before == 0) {
        const std::size_t count = activation.size();
        app_.log().write(LogLevel::info, "serving on " + std::to_string(count) + " inherited " +
                                             (count == 1 ? "listener" : "listeners") +
                                             " (LISTEN_FDS)");
    }
    return {};
}

std::expected<void, Error> Worker::open_control() {
    if (config_.control_fd < 0) {
        return {};
    }
    control_.emplace(*loop_, *this, static_cast<ControlHost&>(*this), config_.control_fd);
    const int error = control_->open();
    if (error != 0) {
        return std::unexpected(
            Error{Status::system, "cannot use control_fd", std::strerror(error)});
    }
    return {};
}

// Of loops that share one listener, those that wait at the socket in the engine's own way are woken
// one at a time, always in the same order, and a wake-up that meets a blocked loop is lost. So they
// watch instead; but of a supervised worker the loop with the control channel does not, as long as
// the slot has its listener for itself: the supervisor's own can be told by their shared port.
bool Worker::shares_listener() noexcept {
    if (is_activated_ || config_.listen_fd < 0) {
        return is_shared_;
    }
    const bool is_supervisors = io::shares_port(listener_.get());
    return control_.has_value() ? !is_supervisors : is_supervisors || has_sibling_at_listener();
}

int Worker::accept_connections() noexcept {
    is_shared_ = shares_listener();
    errno = ENOMEM;
    if (!add_others()) {
        return errno;
    }
    return is_shared_ ? loop_->watch(listener_.get(), io::kRead, *this)
                      : server_.listen(listener_.get());
}

// The listeners of socket activation that no loop has for itself, or those of also_listen. False,
// with errno, when one cannot be served.
bool Worker::add_others() noexcept {
    const auto add = [this](std::uint32_t index, Fd copy, http::Listening listening) {
        return copy.is_open() && others_.add(index, std::move(copy), listening);
    };
    if (is_activated_ && !is_shared_) {
        const Activation& activation = app_.activation();
        for (std::uint32_t index = 1; index < activation.size(); ++index) {
            Fd copy = activation.copy(index);
            const http::Listening listening = listening_at(copy.get());
            if (!add(index, std::move(copy), listening)) {
                return false;
            }
        }
    }
    const SharedListeners& shared = app_.shared_listeners();
    for (std::uint32_t index = 0; index < shared_count_; ++index) {
        if (!add(index, shared.copy(index), listening_of(shared.address(index)))) {
            return false;
        }
    }
    return true;
}

// Whether another loop of the app accepts from the same socket.
bool Worker::has_sibling_at_listener() noexcept {
    struct stat own{};
    if (::fstat(listener_.get(), &own) != 0) {
        return false;
    }
    return app_.has_loop([&](const Worker& other) {
        struct stat status{};
        return &other != this && ::fstat(other.listener_.get(), &status) == 0 &&
               status.st_ino == own.st_ino && status.st_dev == own.st_dev;
    });
}

void Worker::accept_shared(int fd, http::Listening listening) noexcept {
    int error = 0;
    const auto take = [&](int accepted) { server_.accept(accepted, listening); };
    if (io::accept_some(fd, kAcceptsPerTurn, error, take) != io::Accepted::failed) {
        return;
    }
    // The listener stays readable, so it rests a moment instead of spinning.
    const auto watch_again = [](void* user_data) {
        static_cast<Worker*>(user_data)->watch_shared();
    };
    if (start_timer(kAcceptRetryMs, watch_again, this, nullptr) != nullptr) {
        loop_->watch(fd, 0, *this);
    }
    server_.on_accept_error(error);
}

// All that waits at a listener, in a drain.
void Worker::take_backlog(int fd, http::Listening listening) noexcept {
    int error = 0;
    io::accept_some(fd, kBacklogMax, error,
                    [&](int accepted) { server_.accept(accepted, listening); });
}

void Worker::watch_shared() noexcept {
    if (state_ != WorkerState::serving) {
        return;
    }
    if (is_shared_) {
        loop_->watch(listener_.get(), io::kRead, *this);
    }
    for (std::size_t index = 0; index < others_.size(); ++index) {
        loop_->watch(others_.fd_at(index), io::kRead, *this);
    }
}

// A listener of socket activation may be another one than this worker's own is.
void Worker::on_lent_accept(int fd, int listener) noexcept {
    server_.accept(fd, listening_at(listener));
}

bool Worker::can_accept() noexcept { return loop_->accept_retry_at_ns() == 0; }

}  // namespace trivet::app
