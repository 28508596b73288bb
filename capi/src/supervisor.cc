#include "app/supervisor.h"

#include "app/inherit.h"
#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

app::SupervisorConfig config_of(const trivet_supervisor_config& from) {
    app::SupervisorConfig config;
    config.host = view(from.host);
    config.port = from.port;
    config.workers = from.workers;
    config.backlog = from.backlog;
    config.start_timeout_ms = from.start_timeout_ms;
    config.shutdown_timeout_ms = from.shutdown_timeout_ms;
    config.log_level = from.log_level;
    config.stop_fd = from.stop_fd;
    config.command = from.command;
    config.also_listen = view(from.also_listen);
    return config;
}

// The first thing that is wrong; nullptr when all is well.
const char* find_fault(const trivet_supervisor_config& values, trivet_fork_fn callback) {
    if (values.flags != 0) return "trivet_supervisor_config: unknown flags";
    if (values.port > 65535) return "trivet_supervisor_config: port is beyond 65535";
    if (values.workers > app::kWorkersMax) return "trivet_supervisor_config: too many workers";
    if (values.log_level > TRIVET_LOG_OFF) return "trivet_supervisor_config: unknown log_level";
    if (values.backlog == 0 || values.start_timeout_ms == 0 || values.shutdown_timeout_ms == 0) {
        return "trivet_supervisor_config: backlog and timeouts must be positive";
    }
    if ((values.command == nullptr) == (callback == nullptr)) {
        return "either a command or a callback must be given";
    }
    if (values.command != nullptr && values.command[0] == nullptr) return "the command is empty";
    return nullptr;
}

}  // namespace

void trivet_supervisor_config_init(trivet_supervisor_config* config, size_t size) {
    fill_supervisor_config(config, size);
}

trivet_status trivet_supervisor_run(const trivet_supervisor_config* config, trivet_fork_fn callback,
                                    void* user_data, trivet_drop drop, int32_t* out_exit_code,
                                    trivet_error** out_error) {
    const auto release = [&] {
        if (drop != nullptr) {
            drop(user_data);
        }
    };
    trivet_supervisor_config values{};
    const char* fault = nullptr;
    if (out_exit_code == nullptr) {
        fault = "out_exit_code must not be NULL";
    } else if (!read_supervisor_config(values, config)) {
        fault = "trivet_supervisor_config: unsupported size";
    } else {
        fault = find_fault(values, callback);
    }
    if (fault != nullptr) {
        release();
        return fail({Status::argument, fault, {}}, out_error);
    }
    auto result = app::run_supervisor(config_of(values), callback, user_data);
    if (!result) {
        release();
        return fail(std::move(result.error()), out_error);
    }
    *out_exit_code = result->exit_code;
    if (!result->is_worker) {
        release();
    }
    return TRIVET_OK;
}

trivet_status trivet_supervisor_inherit(trivet_worker_info* out_info) {
    // Before what can be had once is taken.
    if (out_info == nullptr || !write_worker_info(out_info, {})) {
        return TRIVET_E_ARGUMENT;
    }
    const auto given = app::inherit();
    if (!given) {
        return status(given.error());
    }
    trivet_worker_info info{};
    info.slot = given->slot;
    info.workers = given->workers;
    info.listen_fd = given->listen_fd;
    info.control_fd = given->control_fd;
    return write_worker_info(out_info, info) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}
