#include "route/host.h"

#include <algorithm>

namespace trivet::route {
namespace {

bool is_label_byte(char byte) noexcept {
    const char folded = lower(byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_';
}

bool is_address_byte(char byte) noexcept {
    const char folded = lower(byte);
    return (folded >= 'a' && folded <= 'f') || (byte >= '0' && byte <= '9') || byte == ':' ||
           byte == '.';
}

bool is_address(std::string_view text) noexcept {
    return text.size() > 2 && text.size() <= kHostBytesMax && text.front() == '[' &&
           text.back() == ']' &&
           std::ranges::all_of(text.substr(1, text.size() - 2), is_address_byte);
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

const char* fault_of_label(std::string_view text) {
    if (text.empty()) {
        return "an empty label";
    }
    if (text.size() > kLabelBytesMax) {
        return "a label longer than 63 bytes";
    }
    const bool is_ascii =
        std::ranges::all_of(text, [](char byte) { return static_cast<signed char>(byte) >= 0; });
    return is_ascii ? "a label is letters, digits, '-' and '_', or one parameter"
                    : "internationalised names are written as ASCII (xn--...)";
}

std::expected<HostPattern::Label, const char*> compile_label(std::string_view text) {
    if (text.starts_with('{') && text.ends_with('}')) {
        const std::string_view name = text.substr(1, text.size() - 2);
        if (!is_parameter_name(name)) {
            return std::unexpected("a host's parameter is a name only, without a type");
        }
        return HostPattern::Label{true, std::string(name)};
    }
    if (!is_label(text)) {
        return std::unexpected(fault_of_label(text));
    }
    return HostPattern::Label{false, lowered(text)};
}

}  // namespace

char lower(char byte) noexcept {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
}

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kLabelBytesMax &&
           std::ranges::all_of(text, is_label_byte);
}

std::string HostPattern::shape() const {
    std::string text;
    for (const Label& label : labels) {
        text.append(text.empty() ? "" : ".").append(label.is_param ? "{}" : label.text);
    }
    return text;
}

std::expected<HostPattern, PatternError> compile_host(std::string_view text) {
    HostPattern host;
    if (text.starts_with('[')) {
        if (!is_address(text)) {
            return std::unexpected(PatternError{0, "not an IPv6 address in brackets"});
        }
        host.labels.push_back({false, lowered(text)});
        host.literal_count = 1;
        return host;
    }
    if (text.size() > 1 && text.ends_with('.')) {
        text.remove_suffix(1);
    }
    if (text.size() > kHostBytesMax) {
        return std::unexpected(PatternError{0, "a host longer than 253 bytes"});
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('.', begin), text.size());
        auto label = compile_label(text.substr(begin, end - begin));
        if (!label) {
            return std::unexpected(PatternError{begin, label.error()});
        }
        for (const HostPattern::Label& other : host.labels) {
            if (label->is_param && other.is_param && other.text == label->text) {
                return std::unexpected(PatternError{begin, "two parameters of one name"});
            }
        }
        host.literal_count += label->is_param ? 0 : 1;
        host.labels.push_back(std::move(*label));
        begin = end + 1;
    }
    return host;
}

bool HostName::parse(std::string_view field) noexcept {
    field_ = field.data();
    size_ = 0;
    label_count_ = 0;
    std::size_t end = 0;
    const bool is_address = field.starts_with('[');
    if (is_address ? !parse_address(field, end) : !parse_labels(field, end)) {
        return false;
    }
    if (end == field.size()) {
        return true;
    }
    return field[end] == ':' && std::ranges::all_of(field.substr(end + 1), [](char byte) {
               return byte >= '0' && byte <= '9';
           });
}

bool HostName::parse_address(std::string_view field, std::size_t& end) noexcept {
    end = std::min(field.find(']') + 1, field.size());
    if (!is_address(field.substr(0, end))) {
        return false;
    }
    std::ranges::transform(field.substr(0, end), text_.begin(), lower);
    size_ = end;
    return true;
}

bool HostName::parse_labels(std::string_view field, std::size_t& end) noexcept {
    begins_[0] = 0;
    for (end = 0; end < field.size() && field[end] != ':'; ++end) {
        const char byte = field[end];
        if (byte == '.' ? !end_label() : !is_label_byte(byte)) {
            return false;
        }
        if (size_ == kHostBytesMax) {
            // Only the dot at the end may be one too many.
            ++end;
            return byte == '.' && (end == field.size() || field[end] == ':');
        }
        text_[size_++] = lower(byte);
    }
    if (label_count_ > 0 && begins_[label_count_] == size_) {
        --size_;  // the dot at the end
        return true;
    }
    return end_label();
}

bool HostName::end_label() noexcept {
    const std::size_t begin = begins_[label_count_];
    if (size_ == begin || size_ - begin > kLabelBytesMax) {
        return false;
    }
    begins_[++label_count_] = static_cast<std::uint8_t>(size_ + 1);
    return true;
}

}  // namespace trivet::route
