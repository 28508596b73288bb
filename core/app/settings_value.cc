#include "app/settings_value.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

namespace trivet::app {
namespace {

constexpr std::size_t kNameBytesMax = 64;  // longer ones resemble no field

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t kKiB = 1024;
constexpr Unit kByteUnits[] = {{"", 1},
                               {"B", 1},
                               {"KiB", kKiB},
                               {"MiB", kKiB* kKiB},
                               {"GiB", kKiB* kKiB* kKiB},
                               {"TiB", kKiB* kKiB* kKiB* kKiB}};
constexpr Unit kTimeUnits[] = {{"", 1},         {"ms", 1},        {"s", 1000},
                               {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

// Digits and one of the units, with nothing or a space between them.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto digits = std::from_chars(text.data(), end, value);
    if (digits.ec != std::errc{}) return {};
    std::string_view rest(digits.ptr, static_cast<std::size_t>(end - digits.ptr));
    if (rest.size() > 1 && rest.front() == ' ') rest.remove_prefix(1);
    for (const Unit& unit : units) {
        if (unit.name == rest) {
            if (value > std::numeric_limits<std::uint64_t>::max() / unit.factor) return {};
            return value * unit.factor;
        }
    }
    return {};
}

std::optional<std::uint64_t> parse_name(const Field& field, std::string_view text) {
    const auto found = std::find(field.names.begin(), field.names.end(), text);
    if (found == field.names.end()) return {};
    return field.low + static_cast<std::uint64_t>(found - field.names.begin());
}

std::optional<std::uint64_t> parse_any(const Field& field, std::string_view text) {
    switch (field.kind) {
        case FieldKind::automatic:
            if (text == "auto") return 0;
            break;
        case FieldKind::bytes:
            return parse_quantity(text, kByteUnits);
        case FieldKind::duration:
            return parse_quantity(text, kTimeUnits);
        case FieldKind::name:
            return parse_name(field, text);
        case FieldKind::text:
            return {};
        case FieldKind::number:
        case FieldKind::power_of_two:
            break;
    }
    return parse_quantity(text, std::span(kByteUnits, 1));
}

// How many letters have to be put in, left out or replaced (Levenshtein).
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t column = 0; column < row.size(); ++column) {
        row[column] = column;
    }
    for (std::size_t line = 1; line <= one.size(); ++line) {
        std::size_t diagonal = row[0];
        row[0] = line;
        for (std::size_t column = 1; column < row.size(); ++column) {
            const std::size_t replaced = diagonal + (one[line - 1] == other[column - 1] ? 0 : 1);
            diagonal = row[column];
            row[column] = std::min({replaced, row[column] + 1, row[column - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::uint64_t> parse_value(const Field& field, std::string_view text) {
    const auto value = parse_any(field, text);
    return value && is_allowed(field, *value) ? value : std::nullopt;
}

std::string text_of(const Field& field, const Config& config) {
    if (field.text != nullptr) return field.text_in(config);
    const std::uint64_t value = field.get(config);
    if (field.kind == FieldKind::name) {
        // The only name that may be left open is the log level, and log_level() says what it is.
        return std::string(value < field.low
                               ? field.names[static_cast<std::size_t>(log_level(config)) - 1]
                               : field.names[value - field.low]);
    }
    const bool is_open = field.kind == FieldKind::automatic && value == 0;
    return is_open ? std::string(field.zero) : std::to_string(value);
}

std::string_view nearest_field(std::span<const Field> fields, std::string_view wrong) {
    if (wrong.size() > kNameBytesMax) return {};
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const Field& field : fields) {
        // What was cut short, as in idle_timeout, is nearer than any other word.
        const bool is_start = wrong.size() > 2 && field.name.starts_with(wrong);
        const std::size_t steps = is_start ? 1 : distance(wrong, field.name);
        if (steps < least) {
            least = steps;
            nearest = field.name;
        }
    }
    return nearest;
}

}  // namespace trivet::app
