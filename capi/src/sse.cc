#include <optional>
#include <span>
#include <string>

#include "app/hub_directory.h"
#include "convert.h"
#include "defaults_gen.h"
#include "realtime/event_stream.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

constexpr uint32_t kEventFlags = TRIVET_SSE_EVENT_ID | TRIVET_SSE_EVENT_DATA;

// False when the struct is malformed.
bool take(const trivet_sse_event* event, sse::Event& out, std::string_view& key) {
    trivet_sse_event values;
    if (event == nullptr || !read_sse_event(values, event) || (values.flags & ~kEventFlags) != 0 ||
        values.reserved != 0 || values.retry_ms < -1) {
        return false;
    }
    out = {.event = view(values.event), .comment = view(values.comment)};
    if (values.id.size > 0 || (values.flags & TRIVET_SSE_EVENT_ID) != 0) {
        out.id = view(values.id);
    }
    if (values.data.size > 0 || (values.flags & TRIVET_SSE_EVENT_DATA) != 0) {
        out.data = view(values.data);
    }
    if (values.retry_ms >= 0) {
        out.retry_ms = static_cast<uint32_t>(values.retry_ms);
    }
    key = view(values.key);
    return true;
}

trivet_status fail(Status code, std::string_view message, trivet_error** out_error) {
    return capi::fail({code, std::string(message), {}}, out_error);
}

trivet_status refuse_struct(trivet_error** out_error) {
    return fail(Status::argument, "a struct without its init function, or with unknown flags",
                out_error);
}

bool take(const trivet_sse_hub_config* config, realtime::HubConfig& out) {
    trivet_sse_hub_config values = kSseHubConfigDefaults;
    if (config != nullptr && !read_sse_hub_config(values, config)) {
        return false;
    }
    if ((values.flags & ~uint32_t{TRIVET_SSE_HUB_OWN_IDS}) != 0) {
        return false;
    }
    out = {.has_own_ids = (values.flags & TRIVET_SSE_HUB_OWN_IDS) != 0,
           .policy = static_cast<realtime::SlowPolicy>(values.policy),
           .history_events = values.history_events,
           .history_bytes = values.history_bytes,
           .event_bytes_max = values.event_bytes_max,
           .subscribers_max = values.subscribers_max,
           .client_bytes_max = values.client_bytes_max,
           .heartbeat_ms = values.heartbeat_ms,
           .retry_ms = values.retry_ms};
    return true;
}

std::span<const http1::HeaderView> fields_of(const trivet_header* headers, size_t count) {
    return {reinterpret_cast<const http1::HeaderView*>(headers), count};
}

}  // namespace

void trivet_sse_event_init(trivet_sse_event* event, size_t size) { fill_sse_event(event, size); }

void trivet_sse_config_init(trivet_sse_config* config, size_t size) {
    fill_sse_config(config, size);
}

void trivet_sse_hub_config_init(trivet_sse_hub_config* config, size_t size) {
    fill_sse_hub_config(config, size);
}

trivet_status trivet_sse_encode(const trivet_sse_event* event, size_t capacity, char* out_text,
                                size_t* out_size, trivet_error** out_error) {
    sse::Event values;
    std::string_view key;
    if (out_size == nullptr || (out_text == nullptr && capacity > 0)) {
        return fail(Status::argument, "an argument must not be NULL", out_error);
    }
    if (!take(event, values, key)) {
        return refuse_struct(out_error);
    }
    const auto size = sse::event_size(values);
    if (!size) {
        return fail(Status::argument, sse::message(size.error()), out_error);
    }
    *out_size = *size;
    if (*size > capacity) {
        return TRIVET_E_LIMIT;
    }
    sse::write_event(out_text, values);
    return TRIVET_OK;
}

trivet_status trivet_sse_begin(trivet_request request, const trivet_sse_config* config) {
    trivet_sse_config values = kSseConfigDefaults;
    if ((config != nullptr && !read_sse_config(values, config)) || values.flags != 0 ||
        (values.headers == nullptr && values.header_count != 0)) {
        return TRIVET_E_ARGUMENT;
    }
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    return status(
        realtime::begin_stream(found.worker->server(), *found.exchange,
                               {.heartbeat_ms = values.heartbeat_ms,
                                .retry_ms = values.retry_ms,
                                .fields = fields_of(values.headers, values.header_count)}));
}

trivet_status trivet_sse_send(trivet_request request, const trivet_sse_event* event,
                              uint32_t* out_wait, trivet_error** out_error) {
    *out_wait = 0;
    sse::Event values;
    std::string_view key;
    if (!take(event, values, key)) {
        return refuse_struct(out_error);
    }
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    bool is_full = false;
    std::string_view message;
    const Status result =
        realtime::send_event(found.worker->server(), *found.exchange, values, is_full, message);
    *out_wait = is_full ? 1 : 0;
    return message.empty() ? status(result) : fail(result, message, out_error);
}

trivet_status trivet_sse_hub_open(trivet_app* app, const trivet_sse_hub_config* config,
                                  trivet_sse_hub* out_hub, trivet_error** out_error) {
    realtime::HubConfig values;
    if (app == nullptr || out_hub == nullptr || !take(config, values)) {
        return refuse_struct(out_error);
    }
    const std::string_view problem = realtime::check_config(values);
    if (!problem.empty()) {
        return fail(Status::argument, problem, out_error);
    }
    const Status opened = app::open_hub(values, app_of(app), *out_hub);
    return opened == Status::ok
               ? TRIVET_OK
               : fail(opened, opened == Status::limit ? "65536 hubs are open" : "out of memory",
                      out_error);
}

trivet_status trivet_sse_hub_publish(trivet_sse_hub hub, const trivet_sse_event* event,
                                     trivet_error** out_error) {
    sse::Event values;
    std::string_view key;
    if (!take(event, values, key)) {
        return refuse_struct(out_error);
    }
    const app::HubReference found = app::find_hub(hub);
    if (!found) {
        return TRIVET_E_STALE;
    }
    const realtime::Published done = found->publish(values, key);
    return done.status == Status::ok || done.status == Status::stale
               ? status(done.status)
               : fail(done.status, done.message, out_error);
}

trivet_status trivet_sse_hub_get_info(trivet_sse_hub hub, trivet_sse_hub_info* out_info) {
    if (out_info == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const app::HubReference found = app::find_hub(hub);
    if (!found) {
        return TRIVET_E_STALE;
    }
    const realtime::HubInfo info = found->info();
    const trivet_sse_hub_info values{
        .size = sizeof(trivet_sse_hub_info),
        .flags = found->config().has_own_ids ? uint32_t{TRIVET_SSE_HUB_OWN_IDS} : 0u,
        .subscribers = info.subscribers,
        .subscribers_total = info.subscribers_total,
        .published_total = info.published_total,
        .delivered_total = info.counts.delivered,
        .dropped_total = info.counts.dropped,
        .superseded_total = info.counts.superseded,
        .closed_total = info.counts.closed,
        .gaps_total = info.gaps_total,
        .history_events = info.history_events,
        .history_bytes = info.history_bytes};
    return write_sse_hub_info(out_info, values) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

trivet_status trivet_sse_hub_close(trivet_sse_hub hub) { return status(app::close_hub(hub)); }

trivet_status trivet_sse_subscribe(trivet_request request, trivet_sse_hub hub,
                                   const trivet_str* last_event_id, const trivet_header* headers,
                                   size_t header_count) {
    if (headers == nullptr && header_count != 0) {
        return TRIVET_E_ARGUMENT;
    }
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    std::optional<std::string_view> last_id;
    if (last_event_id != nullptr) {
        last_id = view(*last_event_id);
    }
    return status(
        found.worker->subscribe(*found.exchange, hub, last_id, fields_of(headers, header_count)));
}
