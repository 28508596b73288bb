#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "app/config.h"

namespace trivet::app {

inline constexpr std::uint32_t kWorkersMax = 1024;
inline constexpr std::uint32_t kThreadsMax = 64;  // a process has room for as many loops

struct Concurrency {
    std::uint32_t workers = 1;
    std::uint32_t threads = 1;
    std::string warning;  // for the log; empty when there is nothing to warn of
};

// Where neither workers nor threads are configured: as many threads as CPUs if the language can run
// loops in threads, else as many workers; where one is, the other is 1; a supervised worker starts
// no others, and one thread unless configured. The error says why it cannot be.
std::expected<Concurrency, std::string> concurrency(const Config& config, bool can_thread,
                                                    bool is_worker, std::uint32_t cpus);

}  // namespace trivet::app
