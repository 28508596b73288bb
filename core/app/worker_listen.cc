#include <sys/socket.h>

#include <cstring>
#include <mutex>

#include "app/listen_error.h"
#include "app/worker.h"
#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr std::uint64_t kAcceptRetryMs = 100;

bool shares_port(int fd) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, &size) == 0 && value != 0;
}

}  // namespace

std::expected<void, Error> Worker::bind() {
    // One after another: of the loops that share a port one is the first.
    const std::lock_guard guard(app_.binding());
    if (config_.is_bound) {
        const auto has_same_port = [this](const Worker& other) {
            return other.config_.reuses_port && other.port_ == config_.port;
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
        listener_ = std::move(listener.fd);
        port_ = listener.port;
    }
    app_.join(*this);
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

// A supervised worker with several loops has but one listener for them. Loops that wait at a socket
// in the engine's own way are woken one at a time, and a wake-up that meets a blocked loop is lost;
// so only the loop with the control channel does, and the others watch.
int Worker::accept_connections() noexcept {
    is_shared_ = config_.listen_fd >= 0 && !control_.has_value() && shares_port(listener_.get());
    return is_shared_ ? loop_->watch(listener_.get(), io::kRead, *this)
                      : server_.listen(listener_.get());
}

void Worker::accept_shared() noexcept {
    int error = 0;
    const auto take = [this](int accepted) { server_.on_accept(accepted); };
    if (io::accept_some(listener_.get(), kAcceptsPerTurn, error, take) != io::Accepted::failed) {
        return;
    }
    // The listener stays readable, so it rests a moment instead of spinning.
    const auto watch_again = [](void* user_data) {
        auto& worker = *static_cast<Worker*>(user_data);
        if (worker.state_ == WorkerState::serving) {
            worker.loop_->watch(worker.listener_.get(), io::kRead, worker);
        }
    };
    if (start_timer(kAcceptRetryMs, watch_again, this, nullptr) != nullptr) {
        loop_->watch(listener_.get(), 0, *this);
    }
    server_.on_accept_error(error);
}

void Worker::on_lent_accept(int fd) noexcept { server_.on_accept(fd); }

bool Worker::can_accept() noexcept { return loop_->accept_retry_at_ns() == 0; }

}  // namespace trivet::app
