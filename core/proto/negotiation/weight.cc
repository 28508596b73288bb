#include "proto/negotiation/weight.h"

#include "base/ascii.h"

namespace trivet::negotiation {

std::optional<Weight> parse_weight(std::string_view text) noexcept {
    constexpr std::size_t kBytesMax = 5;
    if (text.empty() || text.size() > kBytesMax || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    unsigned weight = text[0] == '1' ? kWeightMax : 0;
    unsigned unit = 100;
    for (const char byte : text.substr(text.size() > 1 ? 2 : 1)) {
        if (byte < '0' || byte > '9') {
            return std::nullopt;
        }
        weight += static_cast<unsigned>(byte - '0') * unit;
        unit /= 10;
    }
    if (weight > kWeightMax) {
        return std::nullopt;
    }
    return static_cast<Weight>(weight);
}

std::optional<Choice> parse_choice(std::string_view text) noexcept {
    const std::size_t semicolon = text.find(';');
    Choice choice{.name = trimmed(text.substr(0, semicolon))};
    if (!is_token(choice.name)) {
        return std::nullopt;
    }
    if (semicolon == std::string_view::npos) {
        return choice;
    }
    const std::string_view parameter = trimmed(text.substr(semicolon + 1));
    if (!equal_ignoring_case(parameter.substr(0, 2), "q=")) {
        return std::nullopt;
    }
    const auto weight = parse_weight(parameter.substr(2));
    if (!weight) {
        return std::nullopt;
    }
    choice.weight = *weight;
    return choice;
}

}  // namespace trivet::negotiation
