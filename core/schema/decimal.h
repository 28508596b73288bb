#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trivet::schema {

// A JSON number as it is written: digits × 10^exponent, without zeros at the end, so that 3.0 is 3
// and no bound is moved by a binary fraction. Of more than 19 digits the rest is only known to be
// there (`is_cut`).
struct Decimal {
    std::uint64_t digits = 0;
    std::int64_t exponent = 0;
    bool is_negative = false;
    bool is_cut = false;
    bool is_whole = true;  // an integer in value

    bool operator==(const Decimal&) const = default;
};

// `text` is a number by JSON's grammar.
Decimal decimal_of(std::string_view text) noexcept;
// -1, 0 or 1.
int compare(const Decimal& a, const Decimal& b) noexcept;
// `divisor` is positive.
bool is_multiple(const Decimal& number, const Decimal& divisor) noexcept;
// The shortest that JSON has for it, an exponent above 21 digits and below 1e-6.
std::string text_of(const Decimal& number);

}  // namespace trivet::schema
