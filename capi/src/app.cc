#include "app/program.h"

#include <new>

#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

app::Config config_of(const trivet_app_config& from) {
    app::Config config;
    config.engine = static_cast<io::Engine>(from.engine);
    config.log_level = from.log_level;
    config.limits.head = {from.target_bytes_max, from.head_bytes_max, from.header_count_max};
    config.limits.body_bytes_max = from.body_bytes_max;
    config.limits.connections_max = from.connections_max;
    config.limits.head_timeout_ms = from.head_timeout_ms;
    config.limits.body_timeout_ms = from.body_timeout_ms;
    config.limits.idle_timeout_ms = from.idle_timeout_ms;
    config.limits.send_timeout_ms = from.send_timeout_ms;
    config.limits.shutdown_timeout_ms = from.shutdown_timeout_ms;
    config.backlog = from.backlog;
    config.loop = {from.buffer_count, from.buffer_bytes};
    return config;
}

}  // namespace

void trivet_app_config_init(trivet_app_config* config, size_t size) {
    fill_app_config(config, size);
}

void trivet_route_config_init(trivet_route_config* config, size_t size) {
    fill_route_config(config, size);
}

trivet_app* trivet_app_new(void) {
    return reinterpret_cast<trivet_app*>(new (std::nothrow) app::App);
}

trivet_status trivet_app_configure(trivet_app* app, const trivet_app_config* config,
                                   trivet_error** out_error) {
    if (app == nullptr || config == nullptr) {
        return fail({Status::argument, "app and config must not be NULL", {}}, out_error);
    }
    trivet_app_config values;
    if (!read_app_config(values, config)) {
        return fail({Status::argument, "trivet_app_config: unsupported size", {}}, out_error);
    }
    if (values.flags != 0) {
        return fail({Status::argument, "trivet_app_config: unknown flags", {}}, out_error);
    }
    auto configured = app_of(app)->configure(config_of(values));
    return configured ? TRIVET_OK : fail(std::move(configured.error()), out_error);
}

trivet_status trivet_app_route(trivet_app* app, trivet_str method, trivet_str pattern,
                               const trivet_route_config* config, trivet_handler handler,
                               void* user_data, trivet_drop drop, trivet_error** out_error) {
    trivet_route_config values;
    const char* fault = nullptr;
    if (app == nullptr) {
        fault = "app must not be NULL";
    } else if (!read_route_config(values, config)) {
        fault = "trivet_route_config: unsupported size";
    } else if (values.flags != 0) {
        fault = "trivet_route_config: unknown flags";
    }
    if (fault != nullptr) {
        if (drop != nullptr) {
            drop(user_data);
        }
        return fail({Status::argument, fault, {}}, out_error);
    }
    const app::Route route{reinterpret_cast<app::Handler>(handler), user_data, drop};
    auto added = app_of(app)->add_route(view(method), view(pattern), view(values.site), route);
    return added ? TRIVET_OK : fail(std::move(added.error()), out_error);
}

void trivet_app_log(trivet_app* app, uint32_t level, trivet_str message) {
    if (app != nullptr && level >= TRIVET_LOG_DEBUG && level <= TRIVET_LOG_ERROR) {
        app_of(app)->log().write(static_cast<LogLevel>(level), view(message));
    }
}

int32_t trivet_app_main(trivet_app* app, int32_t argc, char** argv) {
    if (app == nullptr) {
        return 1;
    }
    const int32_t code = app::run_program(*app_of(app), argc, argv, view(trivet_version()));
    trivet_app_free(app);
    return code;
}

void trivet_app_free(trivet_app* app) { delete app_of(app); }
