#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "app/error.h"

namespace trivet::app {

struct SupervisorConfig {
    std::string host = "127.0.0.1";  // or a Unix socket, unix:/path, which all slots share
    std::uint32_t port = 8000;       // 0: the first slot's listener chooses for all
    std::uint32_t workers = 0;       // 0: as many as there are usable CPUs
    std::uint32_t backlog = 4096;
    std::uint32_t start_timeout_ms = 30'000;
    std::uint32_t shutdown_timeout_ms = 30'000;
    std::uint32_t log_level = 0;     // as Config::log_level
    int stop_fd = -1;                // each byte asks for the drain, the second for the forced end
    std::string also_listen;         // as Config::also_listen; all workers share these listeners
    char* const* command = nullptr;  // ends with nullptr; nullptr: fork without exec
    const char* program = nullptr;   // what to execute; nullptr: what command[0] names in PATH
};

// Moments of a fork without exec; the numbers of TRIVET_FORK_*.
enum class ForkMoment : std::uint32_t { prepare = 0, parent = 1, child = 2 };

// Its value counts in the child only.
using ForkFn = std::int32_t (*)(std::uint32_t moment, void* user_data);

struct SupervisorResult {
    int exit_code = 0;       // 0 after a drain, 1 when a worker had to be killed for it
    bool is_worker = false;  // a forked worker returns, with the callback's value
};

// Supervises until told to end. One thread, one epoll instance, no ring, no globals. Without
// stop_fd, SIGTERM, SIGINT (drain) and SIGHUP (replace the workers one by one) are blocked in the
// calling thread meanwhile and read as a descriptor. `fork` is nullptr exactly when there is a
// command.
std::expected<SupervisorResult, Error> run_supervisor(const SupervisorConfig& config, ForkFn fork,
                                                      void* user_data);

}  // namespace trivet::app
