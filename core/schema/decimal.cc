#include "schema/decimal.h"

#include <algorithm>
#include <cmath>

namespace trivet::schema {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int kDigitsMax = 19;
// Exponents beyond it are all alike.
constexpr std::int64_t kExponentMax = 1'000'000'000;

int digit_count(std::uint64_t digits) noexcept {
    int count = 0;
    for (; digits != 0; digits /= 10) {
        ++count;
    }
    return count;
}

std::uint64_t power_of_10(std::int64_t exponent) noexcept {
    std::uint64_t power = 1;
    for (; exponent > 0; --exponent) {
        power *= 10;
    }
    return power;
}

// Without signs.
int compare_magnitude(const Decimal& a, const Decimal& b) noexcept {
    if (a.digits == 0 || b.digits == 0) {
        return static_cast<int>(a.digits != 0) - static_cast<int>(b.digits != 0);
    }
    const std::int64_t a_top = a.exponent + digit_count(a.digits);
    const std::int64_t b_top = b.exponent + digit_count(b.digits);
    if (a_top != b_top) {
        return a_top < b_top ? -1 : 1;
    }
    // The first digits stand at the same place: at most 18 apart at the end.
    const std::int64_t low = std::min(a.exponent, b.exponent);
    const Wide a_wide = Wide{a.digits} * power_of_10(a.exponent - low);
    const Wide b_wide = Wide{b.digits} * power_of_10(b.exponent - low);
    if (a_wide != b_wide) {
        return a_wide < b_wide ? -1 : 1;
    }
    return static_cast<int>(a.is_cut) - static_cast<int>(b.is_cut);
}

// 10^exponent modulo `modulus`.
std::uint64_t power_modulo(std::int64_t exponent, std::uint64_t modulus) noexcept {
    Wide result = 1 % modulus;
    Wide base = 10 % modulus;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0) {
            result = result * base % modulus;
        }
        base = base * base % modulus;
    }
    return static_cast<std::uint64_t>(result);
}

class Parser {
public:
    explicit Parser(std::string_view text) noexcept : text_(text) {}

    Decimal run() noexcept {
        std::size_t at = 0;
        if (text_.starts_with('-')) {
            number_.is_negative = true;
            at = 1;
        }
        bool is_fraction = false;
        for (; at < text_.size() && text_[at] != 'e' && text_[at] != 'E'; ++at) {
            if (text_[at] == '.') {
                is_fraction = true;
            } else {
                take(text_[at] - '0', is_fraction);
            }
        }
        const std::int64_t exponent = at < text_.size() ? read_exponent(text_.substr(at + 1)) : 0;
        finish(exponent);
        return number_;
    }

private:
    void take(int digit, bool is_fraction) noexcept {
        scale_ -= is_fraction ? 1 : 0;
        if (kept_ < kDigitsMax) {
            number_.digits = number_.digits * 10 + static_cast<unsigned>(digit);
            kept_ += number_.digits != 0 ? 1 : 0;
        } else {
            ++dropped_;
            number_.is_cut = number_.is_cut || digit != 0;
        }
        lowest_ = digit != 0 ? scale_ : lowest_;
        counted_ += is_fraction ? 0 : 1;
        lowest_whole_ = digit != 0 ? counted_ : lowest_whole_;
        is_lowest_fraction_ = digit != 0 ? is_fraction : is_lowest_fraction_;
    }

    static std::int64_t read_exponent(std::string_view text) noexcept {
        const bool is_negative = text.starts_with('-');
        std::int64_t exponent = 0;
        for (const char byte : text) {
            if (byte != '-' && byte != '+') {
                exponent = std::min(exponent * 10 + (byte - '0'), kExponentMax);
            }
        }
        return is_negative ? -exponent : exponent;
    }

    void finish(std::int64_t exponent) noexcept {
        if (number_.digits == 0) {
            number_ = {};
            return;
        }
        // The place of the last digit that is not 0.
        const std::int64_t place = is_lowest_fraction_ ? lowest_ : counted_ - lowest_whole_;
        number_.is_whole = place + exponent >= 0;
        number_.exponent = scale_ + dropped_ + exponent;
        while (number_.digits % 10 == 0) {
            number_.digits /= 10;
            ++number_.exponent;
        }
    }

    std::string_view text_;
    Decimal number_;
    int kept_ = 0;
    std::int64_t dropped_ = 0;
    std::int64_t scale_ = 0;
    std::int64_t lowest_ = 0;
    std::int64_t counted_ = 0;
    std::int64_t lowest_whole_ = 0;
    bool is_lowest_fraction_ = false;
};

double double_of(const Decimal& number) noexcept {
    return static_cast<double>(number.digits) *
           std::pow(10.0, static_cast<double>(number.exponent));
}

}  // namespace

Decimal decimal_of(std::string_view text) noexcept { return Parser(text).run(); }

int compare(const Decimal& a, const Decimal& b) noexcept {
    const bool is_a_negative = a.is_negative && a.digits != 0;
    const bool is_b_negative = b.is_negative && b.digits != 0;
    if (is_a_negative != is_b_negative) {
        return is_a_negative ? -1 : 1;
    }
    const int order = compare_magnitude(a, b);
    return is_a_negative ? -order : order;
}

bool is_multiple(const Decimal& number, const Decimal& divisor) noexcept {
    if (number.digits == 0) {
        return true;
    }
    if (number.is_cut || divisor.is_cut) {
        return std::fmod(double_of(number), double_of(divisor)) == 0;
    }
    const std::int64_t shift = number.exponent - divisor.exponent;
    if (shift >= 0) {
        return Wide{number.digits % divisor.digits} * power_modulo(shift, divisor.digits) %
                   divisor.digits ==
               0;
    }
    // The divisor's digits, shifted, would have to fit into the number's 19.
    if (-shift > kDigitsMax) {
        return false;
    }
    return Wide{number.digits} % (Wide{divisor.digits} * power_of_10(-shift)) == 0;
}

std::string text_of(const Decimal& number) {
    if (number.digits == 0) {
        return "0";
    }
    std::string digits = std::to_string(number.digits);
    const auto size = static_cast<std::int64_t>(digits.size());
    const std::int64_t point = size + number.exponent;
    const std::string sign = number.is_negative ? "-" : "";
    if (point > 21 || point < -5) {
        const std::string exponent = "e" + std::to_string(point - 1);
        return sign + digits.substr(0, 1) + (size > 1 ? "." + digits.substr(1) : "") + exponent;
    }
    if (number.exponent >= 0) {
        return sign + digits + std::string(static_cast<std::size_t>(number.exponent), '0');
    }
    if (point <= 0) {
        return sign + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    }
    return sign + digits.insert(static_cast<std::size_t>(point), ".");
}

}  // namespace trivet::schema
