#include "proto/url/percent.h"

#include <cstddef>
#include <cstring>

#include "base/ascii.h"

namespace trivet::url {
namespace {

// Value of the escape whose '%' stands at `at`; negative when it is malformed.
int escape_value(std::string_view raw, std::size_t at) noexcept {
    if (raw.size() - at < 3) {
        return kNoHex;
    }
    const int high = hex_value(raw[at + 1]);
    const int low = hex_value(raw[at + 2]);
    return high < 0 || low < 0 ? kNoHex : high * 16 + low;
}

// Reads form text byte by byte, decoded.
class FormReader {
public:
    explicit FormReader(std::string_view raw) noexcept : raw_(raw) {}

    bool next(char& byte) noexcept {
        if (at_ == raw_.size()) {
            return false;
        }
        byte = raw_[at_];
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            const int value = escape_value(raw_, at_);
            if (value >= 0) {
                byte = static_cast<char>(value);
                at_ += 2;
            }
        }
        ++at_;
        return true;
    }

private:
    std::string_view raw_;
    std::size_t at_ = 0;
};

}  // namespace

std::expected<std::string_view, Status> path_decode(std::string_view raw, Arena& arena) noexcept {
    std::size_t at = raw.find('%');
    if (at == std::string_view::npos) {
        return raw;
    }
    auto* const room = static_cast<char*>(arena.allocate(raw.size(), 1));
    if (room == nullptr) {
        return std::unexpected(Status::memory);
    }
    std::memcpy(room, raw.data(), at);
    char* out = room + at;
    while (at < raw.size()) {
        if (raw[at] != '%') {
            *out++ = raw[at++];
            continue;
        }
        const int value = escape_value(raw, at);
        if (value <= 0) {
            return std::unexpected(Status::argument);
        }
        *out++ = static_cast<char>(value);
        at += 3;
    }
    return std::string_view{room, static_cast<std::size_t>(out - room)};
}

std::expected<std::string_view, Status> form_decode(std::string_view raw, Arena& arena) noexcept {
    if (raw.find_first_of("%+") == std::string_view::npos) {
        return raw;
    }
    auto* const room = static_cast<char*>(arena.allocate(raw.size(), 1));
    if (room == nullptr) {
        return std::unexpected(Status::memory);
    }
    char* out = room;
    for (FormReader reader(raw); reader.next(*out);) {
        ++out;
    }
    return std::string_view{room, static_cast<std::size_t>(out - room)};
}

bool form_equal(std::string_view raw, std::string_view decoded) noexcept {
    FormReader reader(raw);
    char byte = 0;
    for (const char expected : decoded) {
        if (!reader.next(byte) || byte != expected) {
            return false;
        }
    }
    return !reader.next(byte);
}

}  // namespace trivet::url
