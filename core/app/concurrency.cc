#include "app/concurrency.h"

#include <algorithm>

namespace trivet::app {

std::expected<Concurrency, std::string> concurrency(const Config& config, bool can_thread,
                                                    bool is_worker, std::uint32_t cpus) {
    if (!can_thread && config.threads > 1) {
        return std::unexpected("threads is " + std::to_string(config.threads) +
                               ", but this language serves with one thread a process: "
                               "set workers instead");
    }
    Concurrency result;
    if (is_worker) {
        result.threads = std::max(1u, config.threads);
    } else if (config.workers == 0 && config.threads == 0) {
        (can_thread ? result.threads : result.workers) =
            std::clamp(cpus, 1u, can_thread ? kThreadsMax : kWorkersMax);
    } else {
        result.workers = std::max(1u, config.workers);
        result.threads = std::max(1u, config.threads);
    }
    const std::uint64_t loops = std::uint64_t{result.workers} * result.threads;
    if (loops > 2 * std::uint64_t{cpus}) {
        result.warning = std::to_string(result.workers) + " workers with " +
                         std::to_string(result.threads) + " threads each are more than twice the " +
                         std::to_string(cpus) + " CPUs this process may use";
    }
    return result;
}

}  // namespace trivet::app
