// Lines of "METHOD pattern", an empty line, lines of "METHOD path". The router agrees with a search
// through all routes, one after the other.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.h"
#include "route/router.h"

namespace trivet::route {
namespace {

using fuzz::check;

constexpr std::size_t kRoutesMax = 24;

struct Line {
    std::string method;
    std::string text;
};

std::optional<Line> next_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) {
        return std::nullopt;
    }
    return Line{std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        segments.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return segments;
}

// nullopt for a malformed escape or %00.
std::optional<std::string> decoded(const std::string& raw) {
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

bool is_integer(const std::string& text) {
    if (text.empty() || text.find_first_not_of("-0123456789") != std::string::npos) {
        return false;
    }
    std::int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

struct Reference {
    std::string method;
    Pattern pattern;

    bool matches(const std::vector<std::string>& path) const {
        if (path.size() != pattern.segments.size()) {
            return false;
        }
        for (std::size_t index = 0; index < path.size(); ++index) {
            const Segment& segment = pattern.segments[index];
            const bool is_fine = segment.kind == SegmentKind::literal ? path[index] == segment.text
                                 : segment.kind == SegmentKind::integer ? is_integer(path[index])
                                                                        : !path[index].empty();
            if (!is_fine) {
                return false;
            }
        }
        return true;
    }

    // Smaller is better: first how special the path is, then how special the method is.
    std::vector<int> rank(const std::string& asked) const {
        std::vector<int> order;
        for (const Segment& segment : pattern.segments) {
            order.push_back(static_cast<int>(segment.kind));
        }
        order.push_back(method == asked ? 0 : method == "*" ? 2 : 1);
        return order;
    }

    bool answers(const std::string& asked) const {
        return method == asked || method == "*" || (method == "GET" && asked == "HEAD");
    }
};

void check_match(const Router& router, const std::vector<Reference>& routes, const Line& line) {
    Match match;
    const Outcome outcome = router.match(line.method, line.text, match);
    if (!line.text.starts_with('/')) {
        return check(outcome == Outcome::not_found, "a path begins with a slash");
    }
    const std::vector<std::string> raw = split(line.text);
    std::vector<std::string> path;
    for (const std::string& segment : raw) {
        const auto text = decoded(segment);
        if (!text) {
            return check(outcome == Outcome::malformed, "a malformed escape is reported");
        }
        path.push_back(*text);
    }
    bool is_path_known = false;
    std::optional<std::size_t> best;
    for (std::size_t index = 0; index < routes.size(); ++index) {
        if (!routes[index].matches(path)) {
            continue;
        }
        is_path_known = true;
        if (routes[index].answers(line.method) &&
            (!best || routes[index].rank(line.method) < routes[*best].rank(line.method))) {
            best = index;
        }
    }
    if (!best) {
        const Outcome expected = !is_path_known             ? Outcome::not_found
                                 : line.method == "OPTIONS" ? Outcome::options
                                                            : Outcome::method_not_allowed;
        check(outcome == expected, "nothing is found where nothing is");
        check(expected == Outcome::not_found || match.allow.contains("OPTIONS"), "Allow is set");
        return;
    }
    check(outcome == Outcome::found && match.value == *best, "the best route is found");
    std::size_t param = 0;
    for (std::size_t index = 0; index < raw.size(); ++index) {
        const Segment& segment = routes[*best].pattern.segments[index];
        if (segment.kind != SegmentKind::literal) {
            check(match.params[param].name == segment.text, "a parameter has its name");
            check(match.params[param].value == raw[index], "a parameter has its value");
            ++param;
        }
    }
    check(match.param_count == param, "all parameters are there");
}

void check_routes(std::string_view input) {
    Router router;
    std::vector<Reference> routes;
    while (const auto line = next_line(input)) {
        const auto index = static_cast<std::uint32_t>(routes.size());
        const auto added = router.add(line->method, line->text, "site", index);
        if (!added) {
            check(!added.error().message.empty() && !added.error().detail.empty(), "errors speak");
        } else if (routes.size() < kRoutesMax) {
            routes.push_back({line->method, *compile_pattern(line->text)});
        } else {
            return;
        }
    }
    router.freeze();
    while (const auto line = next_line(input)) {
        check_match(router, routes, *line);
    }
}

}  // namespace
}  // namespace trivet::route

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size <= 2048) {
        trivet::route::check_routes({reinterpret_cast<const char*>(data), size});
    }
    return 0;
}
