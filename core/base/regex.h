#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/memory.h"

// PCRE2's own names for what it hides.
struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

namespace trivet {

// The longest text an expression is tried on, decoded; a longer one exceeds the limits.
inline constexpr std::size_t kRegexBytesMax = 1024;
// And of one that is searched for.
inline constexpr std::size_t kRegexSearchBytesMax = 64 * 1024;
// Steps of backtracking (PCRE2's match limit) and memory of one try.
inline constexpr std::uint32_t kRegexCallsMax = 10'000;
inline constexpr std::uint32_t kRegexHeapKib = 256;
// Capturing groups cost memory at each step, so that few steps would fit.
inline constexpr std::size_t kRegexFrameBytesMax = 1024;

// `whole` is anchored at both ends. `search` is found anywhere, and reads as ECMA-262 does where
// PCRE2 can: $ is the very end, \u and \x have their digits, a group that is unset is empty.
enum class RegexUse : std::uint8_t { whole, search };

struct RegexError {
    std::size_t offset = 0;  // into the expression
    std::string message;
};

// A compiled expression of UTF-8, without \C. Immutable and shared by all threads.
class Regex {
public:
    // Start-up only.
    static std::expected<Regex, RegexError> compile(std::string_view expression,
                                                    RegexUse use = RegexUse::whole);

    ~Regex();
    Regex(Regex&& other) noexcept;
    Regex& operator=(Regex&& other) noexcept;

private:
    friend class RegexRoom;

    Regex(pcre2_real_code_8* code, std::size_t bytes_max) noexcept
        : code_(code), bytes_max_(bytes_max) {}

    pcre2_real_code_8* code_;
    std::size_t bytes_max_;
};

// What PCRE2 needs to match: its memory is taken from `memory` once, and every later request of its
// is served from that. One thread at a time.
class RegexRoom {
public:
    enum class Result : std::uint8_t { no_match, match, exceeded };

    explicit RegexRoom(Memory& memory) noexcept;
    ~RegexRoom();
    RegexRoom(const RegexRoom&) = delete;
    RegexRoom& operator=(const RegexRoom&) = delete;

    bool is_ready() const noexcept { return data_ != nullptr; }
    // Text that is not UTF-8 matches nothing.
    Result match(const Regex& regex, std::string_view text) noexcept;

private:
    // Frames grow by half at least: the old and the new ones fit side by side.
    static constexpr std::size_t kFrameBytes = 2 * std::size_t{kRegexHeapKib} * 1024;
    static constexpr std::size_t kContextBytes = 1024;

    static void* allocate(std::size_t size, void* room) noexcept;
    static void release(void* block, void* room) noexcept;

    Memory& memory_;
    char* block_ = nullptr;
    std::size_t context_used_ = 0;
    bool is_low_taken_ = false;
    bool is_high_taken_ = false;
    std::size_t low_bytes_ = 0;
    std::size_t high_bytes_ = 0;
    pcre2_real_match_context_8* context_ = nullptr;
    pcre2_real_match_data_8* data_ = nullptr;
};

}  // namespace trivet
