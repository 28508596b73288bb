#include "app/config.h"

#include <cstdlib>
#include <string_view>

namespace trivet::app {
namespace {

struct Range {
    std::string_view field;
    std::uint64_t value;
    std::uint64_t low;
    std::uint64_t high;
};

constexpr std::uint64_t kDayMs = 86'400'000;

}  // namespace

std::string find_fault(const Config& config) {
    const http::Limits& limits = config.limits;
    const Range ranges[] = {
        {"engine", static_cast<std::uint64_t>(config.engine), 0, 2},
        {"log_level", config.log_level, 0, 5},
        {"target_bytes_max", limits.head.target_bytes_max, 1, 1 << 20},
        {"head_bytes_max", limits.head.head_bytes_max, 64, 1 << 20},
        {"header_count_max", limits.head.header_count_max, 1, 1000},
        {"connections_max", limits.connections_max, 1, 262'144},
        {"body_bytes_max", limits.body_bytes_max, 0, std::uint64_t{1} << 40},
        {"head_timeout_ms", limits.head_timeout_ms, 1, kDayMs},
        {"body_timeout_ms", limits.body_timeout_ms, 1, kDayMs},
        {"idle_timeout_ms", limits.idle_timeout_ms, 1, kDayMs},
        {"send_timeout_ms", limits.send_timeout_ms, 1, kDayMs},
        {"shutdown_timeout_ms", limits.shutdown_timeout_ms, 1, kDayMs},
        {"backlog", config.backlog, 1, 65'535},
        {"buffer_count", config.loop.buffer_count, 1, 32'768},
        {"buffer_bytes", config.loop.buffer_bytes, 1024, 65'536},
    };
    for (const Range& range : ranges) {
        if (range.value < range.low || range.value > range.high) {
            return std::string(range.field) + " is " + std::to_string(range.value) +
                   ", allowed are " + std::to_string(range.low) + " to " +
                   std::to_string(range.high);
        }
    }
    if ((config.loop.buffer_count & (config.loop.buffer_count - 1)) != 0) {
        return "buffer_count is " + std::to_string(config.loop.buffer_count) +
               ", not a power of two";
    }
    return {};
}

bool engine_from_environment(io::Engine configured, io::Engine& out) {
    out = configured;
    const char* text = std::getenv("TRIVET_ENGINE");
    if (text == nullptr || configured != io::Engine::automatic) {
        return true;
    }
    const std::string_view name(text);
    if (name.empty() || name == "auto") return true;
    if (name == "uring") {
        out = io::Engine::uring;
        return true;
    }
    if (name == "epoll") {
        out = io::Engine::epoll;
        return true;
    }
    return false;
}

LogLevel log_level_of(std::uint32_t configured) {
    if (configured != 0) {
        return static_cast<LogLevel>(configured);
    }
    const char* text = std::getenv("TRIVET_LOG");
    return Log::level_named(text == nullptr ? "" : text, LogLevel::info);
}

}  // namespace trivet::app
