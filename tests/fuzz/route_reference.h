#pragma once

// The plainest router: it tries every route and sorts those that match.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/regex.h"
#include "route/host.h"
#include "route/match.h"
#include "route/pattern.h"

namespace trivet::fuzz {

using route::Outcome;
using route::Segment;
using route::SegmentKind;

// "METHODS [host]/path": the host ends at the first slash.
struct Line {
    explicit Line(std::string_view line) {
        const std::size_t slash = std::min(line.find('/'), line.size());
        const std::size_t space = line.rfind(' ', slash);
        method = line.substr(0, space == std::string_view::npos ? 0 : space);
        host = line.substr(space + 1, slash - space - 1);
        path = line.substr(slash);
    }

    std::string method;
    std::string host;
    std::string path;
};

// nullopt at the empty line or the end.
inline std::optional<Line> next_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.find(' ') == std::string_view::npos) {
        return std::nullopt;
    }
    return Line(line);
}

inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

// nullopt for a malformed escape or %00.
inline std::optional<std::string> decoded(const std::string& raw) {
    std::string text;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] != '%') {
            text += raw[at];
            continue;
        }
        const std::string digits = raw.substr(at + 1, 2);
        if (digits.size() < 2 ||
            digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos ||
            digits == "00") {
            return std::nullopt;
        }
        text += static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
        at += 2;
    }
    return text;
}

inline std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
    });
    return text;
}

inline bool is_integer(const std::string& text) {
    if (text.empty() || text.size() > route::kLiteralBytesMax ||
        text.find_first_not_of("-0123456789") != std::string::npos) {
        return false;
    }
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

inline bool is_uuid(const std::string& text) {
    const std::vector<std::string> groups = split(text, '-');
    constexpr std::size_t kSizes[] = {8, 4, 4, 4, 12};
    return groups.size() == 5 &&
           text.find_first_not_of("-0123456789abcdefABCDEF") == std::string::npos &&
           std::ranges::equal(groups, kSizes, {}, &std::string::size);
}

// The labels of a Host field as they came; none when it is malformed. An address is one label.
inline std::vector<std::string> host_labels(std::string field) {
    const bool is_address = field.starts_with('[');
    const std::size_t port = field.find(':', is_address ? field.find(']') : 0);
    if (port != std::string::npos) {
        if (field.find_first_not_of("0123456789", port + 1) != std::string::npos) {
            return {};
        }
        field.resize(port);
    }
    if (is_address) {
        const bool is_fine =
            field.size() > 2 && field.size() <= 253 && field.ends_with(']') &&
            field.find_first_not_of("0123456789abcdefABCDEF:.", 1) == field.size() - 1;
        return is_fine ? std::vector{field} : std::vector<std::string>{};
    }
    if (field.ends_with('.')) {
        field.pop_back();
    }
    const std::vector<std::string> labels = split(field, '.');
    for (const std::string& label : labels) {
        if (label.empty() || label.size() > 63 ||
            lower_case(label).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") !=
                std::string::npos) {
            return {};
        }
    }
    return field.size() <= 253 ? labels : std::vector<std::string>{};
}

struct Param {
    std::string name;
    std::string raw;
    std::string decoded;  // in lower case when it is the host's
    bool is_host = false;
    bool is_path = false;
};

struct Answer {
    Outcome outcome = Outcome::not_found;
    bool is_exceeded = false;  // an expression was given up
    std::uint32_t route = 0;
    std::vector<Param> params;
    std::vector<std::string> allow;  // sorted
};

class Reference {
public:
    void add(const Line& line, std::uint32_t number) {
        Route made;
        made.number = number;
        for (std::string token : split(line.method, ',')) {
            std::erase_if(token, [](char byte) { return byte == ' ' || byte == '\t'; });
            made.methods.push_back(token);
        }
        if (!line.host.empty()) {
            made.host = route::compile_host(line.host)->labels;
        }
        made.pattern = route::compile_pattern(line.path)->segments;
        routes_.push_back(std::move(made));
    }

    std::size_t size() const { return routes_.size(); }

    Answer answer(const Line& line) {
        Answer answer;
        if (!line.path.starts_with('/')) {
            return answer;
        }
        if (!decoded(line.path)) {
            answer.outcome = Outcome::malformed;
            return answer;
        }
        const std::vector<std::string> host = host_labels(line.host);
        const Route* best = nullptr;
        for (const Route& route : routes_) {
            if (!matches_host(route, host) || !matches_path(route, line.path, answer)) {
                continue;
            }
            for (const std::string& method : route.methods) {
                answer.allow.push_back(method);
            }
            if (method_rank(route, line.method) < kNoMethod &&
                (best == nullptr || is_better(route, *best, line.method))) {
                best = &route;
            }
        }
        if (best != nullptr) {
            answer.outcome = Outcome::found;
            answer.route = best->number;
            answer.params = params(*best, host, line.path);
        } else if (!answer.allow.empty()) {
            answer.outcome =
                line.method == "OPTIONS" ? Outcome::options : Outcome::method_not_allowed;
            complete(answer.allow);
        }
        return answer;
    }

private:
    static constexpr int kNoMethod = 3;

    struct Route {
        std::uint32_t number;
        std::vector<std::string> methods;
        std::vector<route::HostPattern::Label> host;
        std::vector<Segment> pattern;
    };

    // GET brings HEAD, and OPTIONS is always there.
    static void complete(std::vector<std::string>& allow) {
        allow.emplace_back("OPTIONS");
        if (std::ranges::count(allow, "GET") != 0) {
            allow.emplace_back("HEAD");
        }
        std::ranges::sort(allow);
        allow.erase(std::ranges::unique(allow).begin(), allow.end());
    }

    static int method_rank(const Route& route, const std::string& asked) {
        const auto has = [&route](std::string_view method) {
            return std::ranges::count(route.methods, method) != 0;
        };
        return asked != "*" && has(asked)      ? 0
               : asked == "HEAD" && has("GET") ? 1
               : has("*")                      ? 2
                                               : kNoMethod;
    }

    static bool matches_host(const Route& route, const std::vector<std::string>& host) {
        if (route.host.empty()) {
            return true;
        }
        if (route.host.size() != host.size()) {
            return false;
        }
        for (std::size_t index = 0; index < host.size(); ++index) {
            const route::HostPattern::Label& label = route.host[index];
            if (label.is_param ? host[index].starts_with('[')
                               : label.text != lower_case(host[index])) {
                return false;
            }
        }
        return true;
    }

    bool matches_path(const Route& route, const std::string& path, Answer& answer) {
        const std::vector<std::string> raw = split(path.substr(1), '/');
        for (std::size_t index = 0; index < route.pattern.size(); ++index) {
            const Segment& segment = route.pattern[index];
            if (index >= raw.size()) {
                return false;
            }
            if (segment.kind == SegmentKind::path) {
                return index + 1 < raw.size() || !raw[index].empty();
            }
            if (!matches_segment(segment, *decoded(raw[index]), answer)) {
                return false;
            }
        }
        return route.pattern.size() == raw.size();
    }

    bool matches_segment(const Segment& segment, const std::string& text, Answer& answer) {
        switch (segment.kind) {
            case SegmentKind::literal:
                return text == segment.text;
            case SegmentKind::integer:
                return is_integer(text);
            case SegmentKind::uuid:
                return is_uuid(text);
            case SegmentKind::regex: {
                if (text.empty()) {
                    return false;
                }
                const auto regex = Regex::compile(segment.expression);
                const auto result = room_.match(*regex, text);
                answer.is_exceeded |= result == RegexRoom::Result::exceeded;
                return result == RegexRoom::Result::match;
            }
            case SegmentKind::text:
            case SegmentKind::path:
                break;
        }
        return !text.empty();
    }

    static bool is_same(const Segment& one, const Segment& other) {
        return one.kind == other.kind && one.expression == other.expression &&
               (one.kind != SegmentKind::literal || one.text == other.text);
    }

    static std::string host_shape(const Route& route) {
        std::string shape;
        for (const route::HostPattern::Label& label : route.host) {
            shape += (label.is_param ? "{}" : label.text) + ".";
        }
        return shape;
    }

    // The first route with the same host.
    std::uint32_t host_order(const Route& route) const {
        return std::ranges::find(routes_, host_shape(route), host_shape)->number;
    }

    // The first route with the same host that begins with the same `count` segments.
    std::uint32_t prefix_order(const Route& route, std::size_t count) const {
        return std::ranges::find_if(
                   routes_,
                   [&route, count](const Route& other) {
                       return host_shape(other) == host_shape(route) &&
                              other.pattern.size() >= count &&
                              std::equal(route.pattern.begin(),
                                         route.pattern.begin() + static_cast<std::ptrdiff_t>(count),
                                         other.pattern.begin(), is_same);
                   })
            ->number;
    }

    // No host last; exact hosts have the most literals.
    std::tuple<bool, std::ptrdiff_t, std::uint32_t> host_rank(const Route& route) const {
        const auto literals =
            std::ranges::count(route.host, false, &route::HostPattern::Label::is_param);
        return {route.host.empty(), -literals, host_order(route)};
    }

    bool is_better(const Route& route, const Route& other, const std::string& method) const {
        if (host_rank(route) != host_rank(other)) {
            return host_rank(route) < host_rank(other);
        }
        for (std::size_t index = 0; index < route.pattern.size(); ++index) {
            const Segment& one = route.pattern[index];
            const Segment& two = other.pattern[index];
            if (one.kind != two.kind) {
                return one.kind < two.kind;
            }
            if (!is_same(one, two)) {
                return prefix_order(route, index + 1) < prefix_order(other, index + 1);
            }
        }
        return method_rank(route, method) < method_rank(other, method);
    }

    static std::vector<Param> params(const Route& route, const std::vector<std::string>& host,
                                     const std::string& path) {
        std::vector<Param> result;
        for (std::size_t index = 0; index < route.host.size(); ++index) {
            if (route.host[index].is_param) {
                result.push_back(
                    {route.host[index].text, host[index], lower_case(host[index]), true, false});
            }
        }
        std::size_t begin = 1;
        for (const Segment& segment : route.pattern) {
            const bool is_path = segment.kind == SegmentKind::path;
            const std::size_t end = is_path ? path.size() : path.find('/', begin);
            const std::string raw = path.substr(begin, end - begin);
            if (segment.kind != SegmentKind::literal) {
                result.push_back({segment.text, raw, *decoded(raw), false, is_path});
            }
            begin = end + 1;
        }
        return result;
    }

    std::vector<Route> routes_;
    Memory memory_;
    RegexRoom room_{memory_};
};

}  // namespace trivet::fuzz
