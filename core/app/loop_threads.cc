#include "app/loop_threads.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace trivet::app {
namespace {

constexpr std::size_t kEventsMax = 64;

}  // namespace

std::expected<void, Error> LoopThreads::serve() {
    serve_first();
    for (Thread& thread : threads_) {
        ::pthread_join(thread.id, nullptr);
    }
    if (error_.status != Status::ok) {
        return std::unexpected(error_);
    }
    return {};
}

// The first loop chooses the port, and begins last: what its supervisor is told then holds for all.
void LoopThreads::serve_first() {
    auto made = make_loop(true, app_.config().port);
    if (!made) {
        fail(made.error());
        return;
    }
    Worker& worker = **made;
    join_drains(worker);
    if (start_threads(worker.port())) {
        worker.write_banner(config_.version, config_.runtime,
                            config_.threads > 1 ? config_.threads : 0);
        if (auto started = worker.start(); !started) {
            fail(started.error());
        } else if (config_.signals >= 0 && worker.watch(config_.signals, io::kRead) != 0) {
            fail({Status::system, "cannot watch for signals", std::strerror(errno)});
        } else {
            run(worker);
        }
    }
    leave_drains(worker);
}

std::expected<std::unique_ptr<Worker>, Error> LoopThreads::make_loop(bool is_first,
                                                                     std::uint32_t port) {
    WorkerConfig config;
    config.host = app_.config().host;
    config.port = port;
    config.is_deferred = true;
    config.reuses_port = config_.threads > 1;
    config.listen_fd = config_.listen_fd;
    config.is_configured = is_first;
    if (is_first) {
        config.control_fd = config_.control_fd;
    } else if (config.listen_fd >= 0) {
        config.listen_fd = ::fcntl(config.listen_fd, F_DUPFD_CLOEXEC, 0);
        if (config.listen_fd < 0) {
            return std::unexpected(
                Error{Status::system, "cannot copy the listener", std::strerror(errno)});
        }
    }
    return Worker::create(app_, config);
}

bool LoopThreads::start_threads(std::uint32_t port) {
    const auto body = [](void* argument) -> void* {
        auto& thread = *static_cast<Thread*>(argument);
        thread.owner.run_thread(thread.port);
        return nullptr;
    };
    for (std::uint32_t index = 1; index < config_.threads; ++index) {
        Thread& thread = threads_.emplace_back(*this, port);
        const int error = ::pthread_create(&thread.id, nullptr, body, &thread);
        if (error != 0) {
            threads_.pop_back();
            fail({Status::system, "cannot start a thread", std::strerror(error)});
            break;
        }
    }
    std::unique_lock lock(guard_);
    has_reported_.wait(lock, [this] { return reports_ == threads_.size(); });
    return error_.status == Status::ok;
}

void LoopThreads::run_thread(std::uint32_t port) {
    auto made = make_loop(false, port);
    std::expected<void, Error> started;
    if (made) {
        join_drains(**made);
        started = (*made)->start();
    } else {
        started = std::unexpected(made.error());
    }
    if (!started) {
        fail(started.error());
    }
    {
        const std::lock_guard lock(guard_);
        ++reports_;
        has_reported_.notify_one();
    }
    if (started) {
        run(**made);
    }
    if (made) {
        leave_drains(**made);
    }
}

void LoopThreads::run(Worker& worker) {
    Event events[kEventsMax];
    while (worker.state() != WorkerState::drained) {
        std::size_t count = 0;
        const Status status = worker.turn(-1, events, kEventsMax, count);
        if (status != Status::ok) {
            fail({status, "a loop failed", std::strerror(errno)});
            return;
        }
        for (std::size_t index = 0; index < count; ++index) {
            const Event& event = events[index];
            if (event.kind == static_cast<std::uint32_t>(EventKind::watch)) {
                signalfd_siginfo info{};
                if (::read(event.fd, &info, sizeof info) == sizeof info) {
                    drain_all();
                }
            } else if (event.kind == static_cast<std::uint32_t>(EventKind::request)) {
                worker.refuse(event);
            }
        }
    }
}

void LoopThreads::join_drains(Worker& worker) {
    const std::lock_guard lock(guard_);
    workers_.push_back(&worker);
    for (std::uint32_t count = 0; count < drains_; ++count) {
        worker.request_drain();
    }
}

void LoopThreads::leave_drains(Worker& worker) {
    const std::lock_guard lock(guard_);
    std::erase(workers_, &worker);
}

void LoopThreads::drain_all() {
    const std::lock_guard lock(guard_);
    ++drains_;
    for (Worker* worker : workers_) {
        worker->request_drain();
    }
}

void LoopThreads::fail(const Error& error) {
    {
        const std::lock_guard lock(guard_);
        if (error_.status == Status::ok) {
            error_ = error;
        }
    }
    drain_all();
}

}  // namespace trivet::app
