#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "proto/url/query.h"

namespace trivet::middleware {

inline constexpr std::size_t kOptionsMax = 500'000;  // of one middleware

// How one option is read into the settings of its kind. Gives what is wrong; empty: nothing.
template <typename Settings>
struct OptionRule {
    std::string_view name;
    std::string (*take)(Settings& settings, std::string_view value);
};

// "no option x; there are a, b, c"
std::string unknown_option(std::string_view name, std::span<const std::string_view> known);

// Reads all options in their order; gives the first fault, with the option's name in front.
template <typename Settings, std::size_t N>
std::string read_options(const OptionRule<Settings> (&rules)[N], Settings& settings,
                         std::span<const url::Param> options) {
    for (const url::Param& option : options) {
        const std::string_view name = option.name;
        const OptionRule<Settings>* found = nullptr;
        for (const OptionRule<Settings>& rule : rules) {
            found = rule.name == name ? &rule : found;
        }
        if (found == nullptr) {
            std::string_view known[N];
            for (std::size_t index = 0; index < N; ++index) {
                known[index] = rules[index].name;
            }
            return unknown_option(name, known);
        }
        if (std::string fault = found->take(settings, option.value); !fault.empty()) {
            return std::string(name) + ' ' + fault;
        }
    }
    return {};
}

// These give what is wrong; empty: nothing.
std::string take_flag(bool& flag, std::string_view value);
std::string take_number(std::uint64_t& number, std::string_view value, std::uint64_t low,
                        std::uint64_t high);
std::string take_field_name(std::string& name, std::string_view value);
// Visible ASCII, spaces within, and no double quote or backslash.
std::string take_quotable(std::string& text, std::string_view value);

// A value as it may be shown in a message: cut, control bytes replaced.
std::string shown(std::string_view value);

}  // namespace trivet::middleware
