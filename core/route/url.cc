#include "route/url.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "route/segment_text.h"

namespace trivet::route {
namespace {

using Kind = UrlError::Kind;

bool is_unreserved(char byte) noexcept {
    const char folded = lower(byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') ||
           std::string_view("-._~").contains(byte);
}

// What stands for itself in a segment (RFC 3986 section 3.3), but for the quote, which HTML ends
// attributes with.
bool is_segment_byte(char byte) noexcept {
    return is_unreserved(byte) || std::string_view("!$&()*+,;=:@").contains(byte);
}

bool is_dots(std::string_view segment) noexcept { return segment == "." || segment == ".."; }

// Writes what fits and counts all.
class Output {
public:
    explicit Output(std::span<char> room) noexcept : room_(room) {}

    void put(char byte) noexcept {
        if (size_ < room_.size()) {
            room_[size_] = byte;
        }
        ++size_;
    }

    void put(std::string_view text) noexcept {
        for (const char byte : text) {
            put(byte);
        }
    }

    void escape(char byte) noexcept {
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        const auto code = static_cast<unsigned char>(byte);
        put('%');
        put(kDigits[code >> 4]);
        put(kDigits[code & 15]);
    }

    // `keeps_slashes` for a path.
    void segment(std::string_view text, bool keeps_slashes) noexcept {
        for (const char byte : text) {
            if (is_segment_byte(byte) || (keeps_slashes && byte == '/')) {
                put(byte);
            } else {
                escape(byte);
            }
        }
    }

    // application/x-www-form-urlencoded: https://url.spec.whatwg.org/#urlencoded-serializing
    void form(std::string_view text) noexcept {
        for (const char byte : text) {
            if (byte == ' ') {
                put('+');
            } else if (byte == '*' || (byte != '~' && is_unreserved(byte))) {
                put(byte);
            } else {
                escape(byte);
            }
        }
    }

    std::size_t size() const noexcept { return size_; }

private:
    std::span<char> room_;
    std::size_t size_ = 0;
};

// What keeps a value from being a parameter's; nullptr for nothing.
const char* fault_of_text(std::string_view value) noexcept {
    return value.empty()          ? "must not be empty"
           : value.contains('\0') ? "must not hold a zero byte"
           : is_dots(value)       ? "must not be \".\" or \"..\", which clients take out of a path"
                                  : nullptr;
}

const char* fault_of_path(std::string_view value) noexcept {
    if (value.empty() || value.contains('\0')) {
        return fault_of_text(value);
    }
    for (std::size_t begin = 0; begin <= value.size();) {
        const std::size_t end = std::min(value.find('/', begin), value.size());
        const std::string_view segment = value.substr(begin, end - begin);
        // A slash at the end is kept by everyone.
        if (segment.empty() && (begin == 0 || end < value.size())) {
            return "must not have empty segments, which servers take out of a path";
        }
        if (is_dots(segment)) {
            return "must not have the segments \".\" and \"..\", which clients take out of a path";
        }
        begin = end + 1;
    }
    return nullptr;
}

class UrlBuilder {
public:
    UrlBuilder(const Registry& registry, const NamedRoute& route, std::span<const NamedText> params,
               std::span<char> room) noexcept
        : registry_(registry), route_(route), params_(params), output_(room) {}

    std::expected<std::size_t, UrlError> run(std::span<const NamedText> query) {
        host();
        path();
        check_unknown();
        if (error_) {
            return std::unexpected(std::move(*error_));
        }
        char separator = '?';
        for (const NamedText& item : query) {
            output_.put(separator);
            output_.form(item.name);
            output_.put('=');
            output_.form(item.value);
            separator = '&';
        }
        return output_.size();
    }

private:
    void fail(Kind kind, std::string message) {
        if (!error_) {
            error_ = UrlError{kind, std::move(message)};
        }
    }

    void refuse(std::string_view name, std::string_view fault) {
        fail(Kind::argument, "parameter \"" + std::string(name) + "\" of " + route_.shown + ' ' +
                                 std::string(fault));
    }

    // The value given for a parameter; nullopt after a failure.
    std::optional<std::string_view> value_of(std::string_view name) {
        std::optional<std::string_view> value;
        for (const NamedText& param : params_) {
            if (std::string_view(param.name) != name) {
                continue;
            }
            if (value) {
                refuse(name, "is given twice");
                return std::nullopt;
            }
            value = param.value;
        }
        if (!value) {
            refuse(name, "is missing");
            return std::nullopt;
        }
        ++used_;
        return value;
    }

    void host() {
        if (route_.host.labels.empty()) {
            return;
        }
        output_.put("//");
        const std::size_t begin = output_.size();
        for (const HostPattern::Label& label : route_.host.labels) {
            if (output_.size() > begin) {
                output_.put('.');
            }
            if (!label.is_param) {
                output_.put(label.text);
                continue;
            }
            const auto value = value_of(label.text);
            if (!value) {
                return;
            }
            if (!is_label(*value)) {
                return refuse(label.text,
                              "must be a host label: 1 to 63 letters, digits, '-', '_'");
            }
            for (const char byte : *value) {
                output_.put(lower(byte));
            }
        }
        if (output_.size() - begin > kHostBytesMax) {
            fail(Kind::argument, "the host of " + route_.shown + " would be longer than 253 bytes");
        }
    }

    void path() {
        const std::vector<Segment>& segments = route_.pattern.segments;
        if (route_.host.labels.empty() && segments.size() > 1 &&
            segments.front().kind == SegmentKind::literal && segments.front().text.empty()) {
            return fail(Kind::argument,
                        route_.shown + " would be read as a host: it begins with //");
        }
        for (const Segment& segment : segments) {
            output_.put('/');
            if (segment.kind == SegmentKind::literal) {
                output_.segment(segment.text, false);
                continue;
            }
            const auto value = value_of(segment.text);
            if (!value || !check(segment, *value)) {
                return;
            }
            output_.segment(*value, segment.kind == SegmentKind::path);
        }
    }

    bool check(const Segment& segment, std::string_view value) {
        const bool is_path = segment.kind == SegmentKind::path;
        const char* fault = is_path ? fault_of_path(value) : fault_of_text(value);
        if (segment.kind == SegmentKind::integer && !is_integer(value)) {
            fault = "must be an integer of 64 bits (int)";
        } else if (segment.kind == SegmentKind::uuid && !is_uuid(value)) {
            fault = "must be a UUID (uuid)";
        }
        if (fault != nullptr) {
            refuse(segment.text, fault);
            return false;
        }
        return segment.kind != SegmentKind::regex || check_regex(segment, value);
    }

    bool check_regex(const Segment& segment, std::string_view value) {
        Memory memory;
        RegexRoom room(memory);
        if (!room.is_ready()) {
            fail(Kind::memory, "out of memory");
            return false;
        }
        const RegexRoom::Result result = room.match(registry_.regex(segment.expression), value);
        if (result != RegexRoom::Result::match) {
            refuse(segment.text,
                   (result == RegexRoom::Result::exceeded ? "exceeds the limits of regex("
                                                          : "must match regex(") +
                       segment.expression + ")");
        }
        return result == RegexRoom::Result::match;
    }

    // Every value has been used when there are as many as parameters.
    void check_unknown() {
        if (error_ || used_ == params_.size()) {
            return;
        }
        for (const NamedText& param : params_) {
            const std::string_view name = param.name;
            const bool is_known =
                std::ranges::any_of(route_.host.labels,
                                    [name](const HostPattern::Label& label) {
                                        return label.is_param && label.text == name;
                                    }) ||
                std::ranges::any_of(route_.pattern.segments, [name](const Segment& segment) {
                    return segment.kind != SegmentKind::literal && segment.text == name;
                });
            if (!is_known) {
                return fail(Kind::argument,
                            route_.shown + " has no parameter \"" + std::string(name) + '"');
            }
        }
    }

    const Registry& registry_;
    const NamedRoute& route_;
    const std::span<const NamedText> params_;
    Output output_;
    std::size_t used_ = 0;
    std::optional<UrlError> error_;
};

}  // namespace

std::expected<std::size_t, UrlError> build_url(const Registry& registry, std::string_view name,
                                               std::span<const NamedText> params,
                                               std::span<const NamedText> query,
                                               std::span<char> room) {
    const NamedRoute* route = registry.named(name);
    if (route == nullptr) {
        return std::unexpected(
            UrlError{Kind::not_found, "no route is named \"" + std::string(name) + '"'});
    }
    return UrlBuilder(registry, *route, params, room).run(query);
}

}  // namespace trivet::route
