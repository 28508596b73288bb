#include <cerrno>

#include "convert.h"
#include "defaults_gen.h"
#include "io/kernel_tls.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

constexpr std::uint64_t kDelayMsMax = std::uint64_t{1} << 40;
constexpr std::uint32_t kListenerFlags = TRIVET_LOOP_REUSE_PORT | TRIVET_LOOP_CONFIGURED;
constexpr std::uint32_t kKnownFlags =
    TRIVET_LOOP_UNBOUND | TRIVET_LOOP_DEFERRED | TRIVET_LOOP_TEST | kListenerFlags;

Status status_of_errno(int error) {
    switch (error) {
        case 0:
            return Status::ok;
        case ENOENT:
            return Status::not_found;
        case EBADF:
        case EINVAL:
        case EPERM:
            return Status::argument;
        case ENOMEM:
            return Status::memory;
        default:
            return Status::system;
    }
}

}  // namespace

void trivet_loop_config_init(trivet_loop_config* config, size_t size) {
    fill_loop_config(config, size);
}

trivet_status trivet_loop_new(trivet_app* app, const trivet_loop_config* config,
                              trivet_loop** out_loop, trivet_error** out_error) {
    if (app == nullptr || out_loop == nullptr) {
        return fail({Status::argument, "app and out_loop must not be NULL", {}}, out_error);
    }
    trivet_loop_config values;
    if (!read_loop_config(values, config)) {
        return fail({Status::argument, "trivet_loop_config: unsupported size", {}}, out_error);
    }
    if ((values.flags & ~kKnownFlags) != 0) {
        return fail({Status::argument, "trivet_loop_config: unknown flags", {}}, out_error);
    }
    if (values.port > 65535) {
        return fail({Status::argument, "trivet_loop_config: port is beyond 65535", {}}, out_error);
    }
    const bool is_test = (values.flags & TRIVET_LOOP_TEST) != 0;
    if (is_test &&
        ((values.flags & kListenerFlags) != 0 || values.listen_fd >= 0 || values.control_fd >= 0)) {
        return fail({Status::argument, "a loop for tests has no listener and no supervisor", {}},
                    out_error);
    }
    app::WorkerConfig worker_config;
    worker_config.is_bound = !is_test && (values.flags & TRIVET_LOOP_UNBOUND) == 0;
    worker_config.is_test = is_test;
    worker_config.reuses_port = (values.flags & TRIVET_LOOP_REUSE_PORT) != 0;
    worker_config.is_deferred = (values.flags & TRIVET_LOOP_DEFERRED) != 0;
    const bool is_configured = (values.flags & TRIVET_LOOP_CONFIGURED) != 0;
    worker_config.is_configured = is_configured;
    worker_config.host = is_configured ? app_of(app)->config().host : view(values.host);
    worker_config.port = is_configured ? app_of(app)->config().port : values.port;
    worker_config.listen_fd = values.listen_fd;
    worker_config.control_fd = values.control_fd;
    auto worker = app::Worker::create(*app_of(app), worker_config);
    if (!worker) {
        return fail(std::move(worker.error()), out_error);
    }
    *out_loop = reinterpret_cast<trivet_loop*>(worker->release());
    return TRIVET_OK;
}

trivet_status trivet_loop_start(trivet_loop* loop, trivet_error** out_error) {
    app::Worker& worker = *worker_of(loop);
    if (!worker.is_owner()) {
        return fail({Status::thread, "the loop belongs to another thread", {}}, out_error);
    }
    auto started = worker.start();
    return started ? TRIVET_OK : fail(std::move(started.error()), out_error);
}

trivet_status trivet_loop_wait(trivet_loop* loop, int64_t timeout_ms) {
    app::Worker& worker = *worker_of(loop);
    return status(worker.is_owner() ? worker.wait(timeout_ms) : Status::thread);
}

trivet_status trivet_loop_turn(trivet_loop* loop, int64_t timeout_ms, trivet_event* events,
                               size_t capacity, size_t* out_count) {
    app::Worker& worker = *worker_of(loop);
    size_t count = 0;
    const size_t room = events == nullptr || out_count == nullptr ? 0 : capacity;
    Status result = Status::thread;
    if (worker.is_owner()) {
        result = worker.turn(timeout_ms, reinterpret_cast<app::Event*>(events), room, count);
    }
    if (out_count != nullptr) {
        *out_count = count;
    }
    return status(result);
}

trivet_status trivet_loop_flush(trivet_loop* loop) {
    app::Worker& worker = *worker_of(loop);
    return status(worker.is_owner() ? worker.flush() : Status::thread);
}

trivet_status trivet_loop_run(trivet_loop* loop) {
    app::Worker& worker = *worker_of(loop);
    return status(worker.is_owner() ? worker.run() : Status::thread);
}

int32_t trivet_loop_fd(trivet_loop* loop) {
    app::Worker& worker = *worker_of(loop);
    return worker.is_owner() ? worker.pollable_fd() : -1;
}

int64_t trivet_loop_deadline(trivet_loop* loop) {
    app::Worker& worker = *worker_of(loop);
    return worker.is_owner() ? worker.deadline_ms() : -1;
}

void trivet_loop_wake(trivet_loop* loop) { worker_of(loop)->wake(); }

void trivet_loop_drain(trivet_loop* loop) { worker_of(loop)->request_drain(); }

trivet_status trivet_loop_get_info(trivet_loop* loop, trivet_loop_info* out_info) {
    app::Worker& worker = *worker_of(loop);
    if (out_info == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const app::WorkerConfig& config = worker.config();
    trivet_loop_info info{};
    info.flags = (config.is_bound ? 0u : TRIVET_LOOP_UNBOUND) |
                 (config.reuses_port ? TRIVET_LOOP_REUSE_PORT : 0u) |
                 (config.is_deferred ? TRIVET_LOOP_DEFERRED : 0u) |
                 (config.is_test ? TRIVET_LOOP_TEST : 0u);
    info.engine = str(worker.loop().name());
    info.engine_reason = str(worker.engine_reason());
    info.host = config.is_bound ? str(config.host) : trivet_str{nullptr, 0};
    info.port = worker.port();
    info.state = static_cast<uint32_t>(worker.state());
    info.is_secured = worker.is_secured() ? 1 : 0;
    info.has_kernel_tls = io::has_kernel_tls() ? 1 : 0;
    return write_loop_info(out_info, info) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

trivet_status trivet_loop_get_stats(trivet_loop* loop, trivet_loop_stats* out_stats) {
    app::Worker& worker = *worker_of(loop);
    if (out_stats == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const http::ServerStats& counted = worker.server().stats();
    trivet_loop_stats stats{};
    stats.connections = counted.connections;
    stats.connections_total = counted.connections_total;
    stats.connections_refused_total = counted.connections_refused_total;
    stats.requests_in_flight = worker.server().exchanges_live();
    stats.requests_total = counted.requests_total;
    stats.handler_failures_total = counted.handler_failures_total;
    stats.stale_total = worker.stale_total();
    stats.timeouts_total = counted.timeouts_total;
    stats.system_calls_total = worker.loop().system_calls();
    stats.log_dropped_total = worker.app().log().dropped();
    stats.regex_limit_total = worker.server().regex_limit_total();
    stats.lent_total = worker.lent_total();
    return write_loop_stats(out_stats, stats) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

void trivet_loop_banner(trivet_loop* loop, trivet_str runtime) {
    app::Worker& worker = *worker_of(loop);
    const auto loops = static_cast<std::uint32_t>(worker.app().loop_count());
    worker.write_banner(view(trivet_version()), view(runtime), loops > 1 ? loops : 0);
}

trivet_status trivet_loop_watch(trivet_loop* loop, int32_t fd, uint32_t interest) {
    app::Worker& worker = *worker_of(loop);
    if (!worker.is_owner()) {
        return TRIVET_E_THREAD;
    }
    if ((interest & ~(TRIVET_WATCH_READ | TRIVET_WATCH_WRITE)) != 0) {
        return TRIVET_E_ARGUMENT;
    }
    return status(status_of_errno(worker.watch(fd, interest)));
}

trivet_status trivet_loop_timer_start(trivet_loop* loop, uint64_t delay_ms,
                                      trivet_timer_fn callback, void* user_data, trivet_drop drop,
                                      trivet_timer* out_timer) {
    app::Worker& worker = *worker_of(loop);
    Status result = !worker.is_owner()                              ? Status::thread
                    : callback == nullptr || delay_ms > kDelayMsMax ? Status::argument
                                                                    : Status::ok;
    if (result == Status::ok) {
        const io::Timers::Timer* timer = worker.start_timer(delay_ms, callback, user_data, drop);
        if (timer != nullptr) {
            if (out_timer != nullptr) {
                *out_timer = (uint64_t{timer->slot} << 32) | timer->generation;
            }
            return TRIVET_OK;
        }
        result = Status::memory;
    }
    if (drop != nullptr) {
        drop(user_data);
    }
    return status(result);
}

trivet_status trivet_loop_timer_cancel(trivet_loop* loop, trivet_timer timer) {
    app::Worker& worker = *worker_of(loop);
    if (!worker.is_owner()) {
        return TRIVET_E_THREAD;
    }
    const bool was_running =
        worker.cancel_timer(static_cast<uint32_t>(timer >> 32), static_cast<uint32_t>(timer));
    return was_running ? TRIVET_OK : TRIVET_E_STALE;
}

void trivet_loop_free(trivet_loop* loop) { delete worker_of(loop); }
