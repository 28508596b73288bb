#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "route/pattern.h"

namespace trivet::route {

// RFC 1035 section 2.3.4.
inline constexpr std::size_t kHostBytesMax = 253;
inline constexpr std::size_t kLabelBytesMax = 63;
inline constexpr std::size_t kLabelsMax = (kHostBytesMax + 1) / 2;

// A host that routes are registered for: "{tenant}.example.com".
struct HostPattern {
    struct Label {
        bool is_param;
        std::string text;  // in lower case, or the parameter's name
    };
    // An IPv6 address is one label with its brackets.
    std::vector<Label> labels;
    std::size_t literal_count = 0;

    bool is_exact() const { return literal_count == labels.size(); }
    // The same for two hosts that match the same names: parameters are "{}".
    std::string shape() const;
};

// Compiles a host pattern; internationalised names are written as ASCII ("xn--…"). A dot at the end
// means nothing. Start-up only.
std::expected<HostPattern, PatternError> compile_host(std::string_view text);

// The name in a Host field, without the port and a dot at the end. RFC 9110 section 7.2.
class HostName {
public:
    // Nothing is initialised: part of a scratch.
    HostName() noexcept {}

    // False when the field is empty or malformed. Views point into `field`.
    bool parse(std::string_view field) noexcept;

    // In lower case, in a room of kHostBytesMax.
    std::string_view text() const noexcept { return {text_.data(), size_}; }
    // 0 for an IPv6 address.
    std::size_t label_count() const noexcept { return label_count_; }
    std::string_view label(std::size_t index) const noexcept { return part(text_.data(), index); }
    std::string_view raw_label(std::size_t index) const noexcept { return part(field_, index); }

private:
    bool parse_address(std::string_view field, std::size_t& end) noexcept;
    bool parse_labels(std::string_view field, std::size_t& end) noexcept;
    bool end_label() noexcept;

    std::string_view part(const char* text, std::size_t index) const noexcept {
        const std::size_t begin = begins_[index];
        return {text + begin, begins_[index + 1] - 1 - begin};
    }

    const char* field_;
    std::size_t size_;
    std::size_t label_count_;
    std::array<char, kHostBytesMax> text_;
    std::array<std::uint8_t, kLabelsMax + 2> begins_;  // of each label, and one past the last dot
};

// Whether text is one label of letters, digits, '-' and '_'.
bool is_label(std::string_view text) noexcept;
char lower(char byte) noexcept;

}  // namespace trivet::route
