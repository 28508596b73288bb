// What a loop can be asked and told: info, counters, banner, watches, timers, posted answers.
#include "loop.h"

namespace trivet_node {

static napi_value loop_flush(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    box->replay();
    return check(arguments.addon(), trivet_loop_flush(box->loop()));
}

static napi_value loop_fd(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    return box == nullptr ? nullptr : make_number(env, trivet_loop_fd(box->loop()));
}

static napi_value loop_deadline(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    return box == nullptr
               ? nullptr
               : make_number(env, static_cast<double>(trivet_loop_deadline(box->loop())));
}

static napi_value loop_wake(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_loop_wake(box->loop());
    return make_undefined(env);
}

static napi_value loop_drain(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_loop_drain(box->loop());
    return make_undefined(env);
}

static napi_value loop_info(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_loop_info loop{};
    loop.size = sizeof(loop);
    const trivet_status status = trivet_loop_get_info(box->loop(), &loop);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "flags", make_number(env, loop.flags));
    set_property(env, result, "engine", make_string(env, loop.engine));
    set_property(env, result, "engineReason", make_string(env, loop.engine_reason));
    set_property(env, result, "host", make_string(env, loop.host));
    set_property(env, result, "port", make_number(env, loop.port));
    set_property(env, result, "state", make_number(env, loop.state));
    set_property(env, result, "isSecured", make_boolean(env, loop.is_secured != 0));
    set_property(env, result, "hasKernelTls", make_boolean(env, loop.has_kernel_tls != 0));
    return result;
}

static napi_value loop_stats(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_loop_stats stats{};
    stats.size = sizeof(stats);
    const trivet_status status = trivet_loop_get_stats(box->loop(), &stats);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    const struct {
        const char* name;
        uint64_t value;
    } counters[] = {
        {"connections", stats.connections},
        {"connectionsTotal", stats.connections_total},
        {"connectionsRefusedTotal", stats.connections_refused_total},
        {"requestsInFlight", stats.requests_in_flight},
        {"requestsTotal", stats.requests_total},
        {"handlerFailuresTotal", stats.handler_failures_total},
        {"staleTotal", stats.stale_total},
        {"timeoutsTotal", stats.timeouts_total},
        {"systemCallsTotal", stats.system_calls_total},
        {"logDroppedTotal", stats.log_dropped_total},
        {"regexLimitTotal", stats.regex_limit_total},
        {"lentTotal", stats.lent_total},
    };
    napi_value result = nullptr;
    napi_create_object(env, &result);
    for (const auto& counter : counters) {
        set_property(env, result, counter.name,
                     make_number(env, static_cast<double>(counter.value)));
    }
    return result;
}

static napi_value loop_banner(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes runtime(env, arguments.at(1));
    trivet_loop_banner(box->loop(), runtime.view());
    return make_undefined(env);
}

static napi_value loop_watch(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(),
                 trivet_loop_watch(box->loop(), arguments.i32(1), arguments.u32(2)));
}

// (loop, delayMs, id): the id comes back in the event of the timer's end.
static napi_value loop_timer_start(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_timer timer = 0;
    const auto delay_ms = static_cast<uint64_t>(arguments.i64(1));
    const trivet_status status = box->start_timer(delay_ms, arguments.u32(2), &timer);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    napi_value result = nullptr;
    napi_create_bigint_uint64(env, timer, &result);
    return result;
}

static napi_value loop_timer_cancel(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(), trivet_loop_timer_cancel(box->loop(), arguments.big_u64(1)));
}

// (loop, records): trivet_reply_record items in a Uint8Array.
static napi_value loop_post(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes records(env, arguments.at(1));
    const trivet_str view = records.view();
    return check(arguments.addon(), trivet_reply_post(box->loop(), view.data, view.size));
}

// (loop, index): a Buffer with the content of one event of the batch.
static napi_value loop_content(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const LoopBox* box = live_loop(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_str bytes{};
    const trivet_status status = box->content(arguments.u32(1), &bytes);
    return status == TRIVET_OK ? make_buffer(env, bytes) : throw_status(arguments.addon(), status);
}

void export_loop_items(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"loopFlush", loop_flush},
        {"loopFd", loop_fd},
        {"loopDeadline", loop_deadline},
        {"loopWake", loop_wake},
        {"loopDrain", loop_drain},
        {"loopInfo", loop_info},
        {"loopStats", loop_stats},
        {"loopBanner", loop_banner},
        {"loopWatch", loop_watch},
        {"loopTimerStart", loop_timer_start},
        {"loopTimerCancel", loop_timer_cancel},
        {"loopPost", loop_post},
        {"loopContent", loop_content},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
