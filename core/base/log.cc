#include "base/log.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace trivet {
namespace {

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
        case LogLevel::off:
            break;
    }
    return "error";
}

class Line {
public:
    void append(char byte) {
        if (size_ < Log::kLineBytesMax - 1) {
            bytes_[size_++] = byte;
        }
    }
    void append(std::string_view text) {
        for (char byte : text) {
            append(byte);
        }
    }
    void append_escaped(std::string_view text) {
        static constexpr char kHex[] = "0123456789abcdef";
        for (char byte : text) {
            const auto value = static_cast<unsigned char>(byte);
            if (byte == '\n') {
                append("\\n");
            } else if (value < 0x20 || value == 0x7f) {
                append("\\x");
                append(kHex[value >> 4]);
                append(kHex[value & 15]);
            } else {
                append(byte);
            }
        }
    }
    std::string_view finish() {
        bytes_[size_] = '\n';
        return {bytes_, size_ + 1};
    }

private:
    char bytes_[Log::kLineBytesMax];
    std::size_t size_ = 0;
};

}  // namespace

void Log::write(LogLevel level, std::string_view message) noexcept {
    if (!is_on(level) || level == LogLevel::off) {
        return;
    }
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    char stamp[40];
    const std::size_t count = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    char millis[8];
    std::snprintf(millis, sizeof millis, ".%03dZ",
                  static_cast<int>(now.tv_nsec / 1'000'000 % 1000));

    Line line;
    line.append({stamp, count});
    line.append(millis);
    line.append(" ");
    line.append(level_name(level));
    line.append(" ");
    line.append_escaped(message);
    write_raw(line.finish());
}

bool Log::is_pipe(int fd) noexcept {
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

void Log::write_raw(std::string_view bytes) noexcept {
    if (is_pipe_) {
        // Other processes write to the pipe as well and may fill it after a look at it. A line is
        // no longer than PIPE_BUF, so the pipe takes all of it or nothing.
        iovec part{const_cast<char*>(bytes.data()), bytes.size()};
        ssize_t written = 0;
        do {
            written = ::pwritev2(fd_, &part, 1, -1, RWF_NOWAIT);
        } while (written < 0 && errno == EINTR);
        if (written == static_cast<ssize_t>(bytes.size())) {
            return;
        }
        if (written >= 0 || errno != EOPNOTSUPP) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
    }
    // A pipe of an older kernel that polls writable takes a line without blocking.
    pollfd device{fd_, POLLOUT, 0};
    if (::poll(&device, 1, 0) != 1 || (device.revents & POLLOUT) == 0) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    ssize_t written = 0;
    do {
        written = ::write(fd_, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written != static_cast<ssize_t>(bytes.size())) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
    }
}

LogLevel Log::level_named(std::string_view name, LogLevel fallback) noexcept {
    if (name == "debug") return LogLevel::debug;
    if (name == "info") return LogLevel::info;
    if (name == "warn") return LogLevel::warn;
    if (name == "error") return LogLevel::error;
    if (name == "off") return LogLevel::off;
    return fallback;
}

}  // namespace trivet
