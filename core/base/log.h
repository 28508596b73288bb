#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace trivet {

enum class LogLevel : std::uint32_t { debug = 1, info = 2, warn = 3, error = 4, off = 5 };

// Line log on a descriptor. Owned by an app; any thread. A line leaves in one write(2); a line the
// device does not take is dropped and counted, never waited for.
class Log {
public:
    static constexpr std::size_t kLineBytesMax = 4096;

    Log(int fd, LogLevel level) noexcept : fd_(fd), is_pipe_(is_pipe(fd)), level_(level) {}

    bool is_on(LogLevel level) const noexcept { return level >= level_; }
    LogLevel level() const noexcept { return level_; }
    void set_level(LogLevel level) noexcept { level_ = level; }
    // Writes one line: time, level, message. Control characters are escaped, a long line is cut.
    void write(LogLevel level, std::string_view message) noexcept;
    // Writes bytes as they are, for a banner.
    void write_raw(std::string_view bytes) noexcept;
    std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    // Level named by TRIVET_LOG's value; `fallback` for anything else.
    static LogLevel level_named(std::string_view name, LogLevel fallback) noexcept;

private:
    static bool is_pipe(int fd) noexcept;

    int fd_;
    bool is_pipe_;
    LogLevel level_;
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace trivet
