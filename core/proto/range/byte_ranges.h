#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace trivet::range {

// Bytes of a representation; at least one.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // the last one itself, as HTTP counts

    constexpr std::uint64_t size() const noexcept { return last - first + 1; }
    bool operator==(const ByteRange&) const noexcept = default;
};

// Most ranges of one request that are told apart; with more the field is not looked at.
inline constexpr std::size_t kRangesMax = 16;

enum class Selection : std::uint8_t {
    whole,          // 200: there is no range to be had, or the field is better not looked at
    partial,        // 206
    unsatisfiable,  // 416
};

// The ranges of one answer: no two of them overlap or touch, so that they are never more than the
// representation, whatever a client asks for. In the order in which they were asked for; ranges
// that were joined stand where the first of them did. RFC 9110 section 15.3.7.2.
class ByteRanges {
public:
    std::span<const ByteRange> items() const noexcept { return {items_.data(), count_}; }
    // Of all of them together.
    std::uint64_t bytes() const noexcept;

private:
    friend Selection select_ranges(std::string_view field, std::uint64_t size,
                                   ByteRanges& ranges) noexcept;
    void add(ByteRange range) noexcept;

    std::array<ByteRange, kRangesMax> items_{};
    std::size_t count_ = 0;
};

// What to answer to a GET with a Range field when the representation has `size` bytes. `field` is
// the value of the only line; with two lines there is no such field (both would have to agree).
// What is malformed, of another unit than bytes or of too many ranges is not looked at, as RFC 9110
// section 14.2 lets a server do: the whole is a right answer to it. Numbers beyond 64 bits are as
// good as the largest. `ranges` is set with Selection::partial alone.
Selection select_ranges(std::string_view field, std::uint64_t size, ByteRanges& ranges) noexcept;

// Content-Range, RFC 9110 section 14.4: "bytes 0-499/1234", and of an answer 416 "bytes */1234".
// Writes the value and gives the end; `out` has room for kContentRangeBytesMax.
inline constexpr std::size_t kContentRangeBytesMax = 6 + 20 + 1 + 20 + 1 + 20;
char* write_content_range(char* out, const ByteRange& range, std::uint64_t size) noexcept;
char* write_unsatisfied_range(char* out, std::uint64_t size) noexcept;

}  // namespace trivet::range
