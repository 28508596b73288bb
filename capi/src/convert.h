#pragma once

#include <span>
#include <string_view>

#include "app/app.h"
#include "app/loop_directory.h"
#include "app/worker.h"
#include "trivet.h"

// The door between the ABI's types and the core's.

struct trivet_error {
    trivet::app::Error error;
};

namespace trivet::capi {

inline std::string_view view(trivet_str text) {
    return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}
inline trivet_str str(std::string_view text) { return {text.data(), text.size()}; }

inline trivet_status status(Status value) { return static_cast<trivet_status>(value); }

inline app::App* app_of(trivet_app* app) { return reinterpret_cast<app::App*>(app); }
inline const app::Group* group_of(trivet_group* group) {
    return reinterpret_cast<const app::Group*>(group);
}
inline app::Worker* worker_of(trivet_loop* loop) { return reinterpret_cast<app::Worker*>(loop); }

// A list that crosses the ABI as pointer and count; false when it cannot be one.
template <typename Item>
bool params_of(const trivet_param* items, size_t count, std::span<const Item>& out) {
    static_assert(sizeof(Item) == sizeof(trivet_param));
    if (items == nullptr && count > 0) {
        return false;
    }
    out = {reinterpret_cast<const Item*>(items), count};
    return true;
}

// Hands an error out, if somebody wants it.
trivet_status fail(app::Error error, trivet_error** out_error);

// The options of a route that is to be added, from a configuration that `values` holds then. What
// is wrong with it, or nullptr.
const char* read_route_options(const trivet_route_config* config, trivet_route_config& values,
                               app::RouteOptions& options);

// Fills in what is known of a route.
trivet_status describe_route(const app::App& app, uint32_t value, trivet_route_info* out_info);

// The unanswered exchange behind a handle. `any_thread_of_handler` also lets other threads at
// exchanges that were delivered as events.
struct Resolved {
    app::Worker* worker = nullptr;
    http::Exchange* exchange = nullptr;
    Status status = Status::stale;
};

inline Resolved resolve(trivet_request request, bool any_thread_of_handler) {
    Resolved result;
    app::HandleParts parts{};
    if (!app::split_handle(request, parts)) {
        return result;
    }
    bool is_owner = false;
    app::Worker* worker = app::find_worker(parts.loop, is_owner);
    if (worker == nullptr) {
        return result;
    }
    if (!is_owner && !any_thread_of_handler) {
        result.status = Status::thread;
        return result;
    }
    http::Exchange* exchange = worker->server().find(parts.slot, parts.generation);
    if (!is_owner && exchange != nullptr && !exchange->is_event) {
        result.status = Status::thread;
        return result;
    }
    if (exchange != nullptr && is_owner && exchange->is_file) {
        exchange = nullptr;  // a file answers it; its handler is done
    }
    if (exchange == nullptr) {
        if (is_owner) {
            worker->count_stale();
        }
        return result;
    }
    result.worker = worker;
    result.exchange = exchange;
    result.status = Status::ok;
    return result;
}

}  // namespace trivet::capi
