#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace trivet {

// A run of bytes by value, laid out like the ABI's trivet_str so that views cross without copying.
struct Str {
    const char* data = nullptr;
    std::size_t size = 0;

    constexpr Str() = default;
    constexpr Str(const char* bytes, std::size_t count) : data(bytes), size(count) {}
    constexpr Str(std::string_view text) : data(text.data()), size(text.size()) {}
    template <std::size_t N>
    constexpr Str(const char (&literal)[N]) : data(literal), size(N - 1) {}
    constexpr operator std::string_view() const { return {data, size}; }
    constexpr bool empty() const { return size == 0; }
};

// Copies `text` to `out`, which has room for it, and gives the end.
inline char* append(char* out, std::string_view text) noexcept {
    if (!text.empty()) {
        std::memcpy(out, text.data(), text.size());
    }
    return out + text.size();
}

}  // namespace trivet
