// Server-Sent Events: encoded events, streams of them, hubs.
#include "values.h"

namespace trivet_node {

namespace {

// The event of a call: (…, data, id, event, comment, retry, key) from `first` on. A text that is
// missing is no field; an empty one is a field where the ABI can send it.
class Event {
public:
    Event(const Arguments& arguments, size_t first)
        : data_(arguments.env(), arguments.at(first)),
          id_(arguments.env(), arguments.at(first + 1)),
          event_(arguments.env(), arguments.at(first + 2)),
          comment_(arguments.env(), arguments.at(first + 3)),
          key_(arguments.env(), arguments.at(first + 5)) {
        trivet_sse_event_init(&value_, sizeof(value_));
        value_.data = data_.view();
        value_.id = id_.view();
        value_.event = event_.view();
        value_.comment = comment_.view();
        value_.key = key_.view();
        if (!arguments.is_nullish(first)) {
            value_.flags |= TRIVET_SSE_EVENT_DATA;
        }
        if (!arguments.is_nullish(first + 1)) {
            value_.flags |= TRIVET_SSE_EVENT_ID;
        }
        if (!arguments.is_nullish(first + 4)) {
            value_.retry_ms = arguments.i32(first + 4);
        }
    }

    [[nodiscard]] const trivet_sse_event* get() const { return &value_; }
    [[nodiscard]] bool is_out_of_memory() const {
        return data_.is_out_of_memory() || id_.is_out_of_memory() || event_.is_out_of_memory() ||
               comment_.is_out_of_memory() || key_.is_out_of_memory();
    }

private:
    Bytes data_;
    Bytes id_;
    Bytes event_;
    Bytes comment_;
    Bytes key_;
    trivet_sse_event value_{};
};

constexpr size_t kStackText = 4096;

}  // namespace

// (data, id, event, comment, retry): the event as it stands in a stream.
static napi_value sse_encode(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Event event(arguments, 0);
    if (event.is_out_of_memory()) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    char room[kStackText];
    size_t size = 0;
    trivet_error* error = nullptr;
    trivet_status status = trivet_sse_encode(event.get(), sizeof(room), room, &size, &error);
    std::unique_ptr<char[]> longer;
    if (status == TRIVET_E_LIMIT) {
        longer.reset(new (std::nothrow) char[size]);
        status = longer == nullptr
                     ? TRIVET_E_MEMORY
                     : trivet_sse_encode(event.get(), size, longer.get(), &size, &error);
    }
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    return make_string(env, {longer == nullptr ? room : longer.get(), size});
}

// (lo, hi, heartbeatMs, retryMs, pairs): the status.
static napi_value sse_begin(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Pairs<trivet_header> fields;
    if (!fields.read(env, arguments.at(4))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    trivet_sse_config config;
    trivet_sse_config_init(&config, sizeof(config));
    if (!arguments.is_nullish(2)) {
        config.heartbeat_ms = arguments.u32(2);
    }
    if (!arguments.is_nullish(3)) {
        config.retry_ms = arguments.i32(3);
    }
    config.headers = fields.data();
    config.header_count = fields.count();
    return make_status(env, trivet_sse_begin(arguments.request(0), &config));
}

// (lo, hi, data, id, event, comment, retry): whether the writer should wait for room.
static napi_value sse_send(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Event event(arguments, 2);
    if (event.is_out_of_memory()) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    uint32_t wait = 0;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_sse_send(arguments.request(0), event.get(), &wait, &error);
    return status == TRIVET_OK ? make_boolean(env, wait != 0)
                               : throw_error(arguments.addon(), status, error);
}

// (app, flags, policy, history, historyBytes, eventBytesMax, clientBytesMax, subscribersMax,
// heartbeatMs, retryMs): what is undefined is left to the engine. The hub as a bigint.
static napi_value sse_hub_open(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_sse_hub_config config;
    trivet_sse_hub_config_init(&config, sizeof(config));
    const auto read32 = [&](size_t index, uint32_t& field) {
        if (!arguments.is_nullish(index)) {
            field = arguments.u32(index);
        }
    };
    const auto read64 = [&](size_t index, uint64_t& field) {
        if (!arguments.is_nullish(index)) {
            field = static_cast<uint64_t>(arguments.i64(index));
        }
    };
    read32(1, config.flags);
    read32(2, config.policy);
    read32(3, config.history_events);
    read64(4, config.history_bytes);
    read32(5, config.event_bytes_max);
    read64(6, config.client_bytes_max);
    read32(7, config.subscribers_max);
    read32(8, config.heartbeat_ms);
    if (!arguments.is_nullish(9)) {
        config.retry_ms = arguments.i32(9);
    }
    trivet_sse_hub hub = 0;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_sse_hub_open(box->app, &config, &hub, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    napi_value result = nullptr;
    napi_create_bigint_uint64(env, hub, &result);
    return result;
}

// (lo, hi, data, id, event, comment, retry, key). A hub's handle travels as a request's does.
static napi_value sse_hub_publish(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Event event(arguments, 2);
    if (event.is_out_of_memory()) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_sse_hub_publish(arguments.request(0), event.get(), &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (lo, hi)
static napi_value sse_hub_info(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    trivet_sse_hub_info hub{};
    hub.size = sizeof(hub);
    const trivet_status status = trivet_sse_hub_get_info(arguments.request(0), &hub);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    const struct {
        const char* name;
        uint64_t value;
    } counters[] = {
        {"subscribers", hub.subscribers},        {"subscribersTotal", hub.subscribers_total},
        {"publishedTotal", hub.published_total}, {"deliveredTotal", hub.delivered_total},
        {"droppedTotal", hub.dropped_total},     {"supersededTotal", hub.superseded_total},
        {"closedTotal", hub.closed_total},       {"gapsTotal", hub.gaps_total},
        {"historyEvents", hub.history_events},   {"historyBytes", hub.history_bytes},
    };
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "flags", make_number(env, hub.flags));
    for (const auto& counter : counters) {
        set_property(env, result, counter.name,
                     make_number(env, static_cast<double>(counter.value)));
    }
    return result;
}

// (lo, hi)
static napi_value sse_hub_close(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    return check(arguments.addon(), trivet_sse_hub_close(arguments.request(0)));
}

// (lo, hi, hubLo, hubHi, lastEventId, pairs): the status.
static napi_value sse_subscribe(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes last_event_id(env, arguments.at(4));
    Pairs<trivet_header> fields;
    if (last_event_id.is_out_of_memory() || !fields.read(env, arguments.at(5))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    const trivet_str id = last_event_id.view();
    return make_status(env, trivet_sse_subscribe(arguments.request(0), arguments.request(2),
                                                 arguments.is_nullish(4) ? nullptr : &id,
                                                 fields.data(), fields.count()));
}

void export_sse(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"sseEncode", sse_encode},
        {"sseBegin", sse_begin},
        {"sseSend", sse_send},
        {"sseHubOpen", sse_hub_open},
        {"sseHubPublish", sse_hub_publish},
        {"sseHubInfo", sse_hub_info},
        {"sseHubClose", sse_hub_close},
        {"sseSubscribe", sse_subscribe},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
