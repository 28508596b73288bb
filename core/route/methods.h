#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::route {

inline constexpr std::size_t kMethodsMax = 32;
// Room for the longest Allow value: all methods of a router with their separators.
inline constexpr std::size_t kAllowBytesMax = 512;

using MethodMask = std::uint32_t;

// The methods a router knows, numbered in the order they were added. GET, HEAD and OPTIONS come
// first, routed or not, because they stand in for one another.
class Methods {
public:
    static constexpr std::uint8_t kGet = 0;
    static constexpr std::uint8_t kHead = 1;
    static constexpr std::uint8_t kOptions = 2;
    static constexpr std::uint8_t kAny = 254;   // "*"
    static constexpr std::uint8_t kNone = 255;  // not known

    Methods();

    // Number of a method, new or known; kNone when there are too many or their names are too long.
    std::uint8_t add(std::string_view name);
    std::uint8_t find(std::string_view name) const noexcept;
    // "*" for kAny.
    std::string_view name(std::uint8_t number) const noexcept;

    // What Allow says for routes of the methods in `mask`: GET brings HEAD, and OPTIONS is always
    // there.
    MethodMask allowed(MethodMask mask) const noexcept;
    // Bytes of the names in `mask` joined by ", ", written to `out` when it is not null.
    std::size_t join(MethodMask mask, char* out) const noexcept;

    // Upper-case letters, digits and '-', beginning with a letter.
    static bool is_valid(std::string_view name) noexcept;

private:
    struct Name {
        std::uint64_t head;  // its first eight bytes, zeros after its end
        std::string text;
    };

    std::vector<Name> names_;
};

}  // namespace trivet::route
