// Lines of "METHODS [host]pattern", an empty line, lines of "METHOD [host]path". The router agrees
// with a search through all routes, one after the other, and finds again the URLs it builds.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "route/router.h"
#include "route_reference.h"

namespace trivet::route {
namespace {

using fuzz::check;
using fuzz::Line;
using fuzz::Reference;

constexpr std::size_t kRoutesMax = 24;

// The names in an Allow field, in order.
std::vector<std::string> sorted_names(std::string_view allow) {
    std::vector<std::string> names;
    while (!allow.empty()) {
        const std::size_t end = std::min(allow.find(", "), allow.size());
        names.emplace_back(allow.substr(0, end));
        allow.remove_prefix(std::min(end + 2, allow.size()));
    }
    std::ranges::sort(names);
    return names;
}

void check_found(const Match& match, const fuzz::Answer& answer) {
    check(match.value == answer.route, "the best route is found");
    check(match.param_count == answer.params.size(), "all parameters are there");
    for (std::size_t index = 0; index < answer.params.size(); ++index) {
        const MatchedParam& param = match.params[index];
        const fuzz::Param& expected = answer.params[index];
        check(param.name == expected.name, "a parameter has its name");
        check(param.value == expected.raw, "a parameter has its value");
        check(param.is_host == expected.is_host, "a parameter knows where it is from");
        check(param.is_encoded == expected.raw.contains('%'), "an encoded parameter is known");
    }
}

// The URL of a match leads to the same match, unless it is refused.
void check_url(const Router& router, Scratch& scratch, const Line& line,
               const fuzz::Answer& answer) {
    std::vector<NamedText> params;
    for (const fuzz::Param& param : answer.params) {
        params.push_back({std::string_view(param.name), std::string_view(param.decoded)});
        if (param.is_path && param.raw.contains('%') && param.decoded.contains('/')) {
            return;  // a slash that was data becomes one that separates
        }
    }
    const auto url = router.url("r" + std::to_string(answer.route), params, {});
    if (!url) {
        check(url.error().kind == UrlError::Kind::argument,
              "values of a match have no other fault");
        return;
    }
    const Line built(line.method + " " + (url->starts_with("//") ? url->substr(2) : *url));
    const std::string& host = url->starts_with("//") ? built.host : line.host;
    Match match;
    const std::uint64_t limits = scratch.limits_total();
    const Outcome outcome = router.match(line.method, host, built.path, scratch, match);
    if (scratch.limits_total() != limits) {
        return;
    }
    check(outcome == Outcome::found && match.value == answer.route, "a URL leads to its route");
    for (std::size_t index = 0; index < answer.params.size(); ++index) {
        const auto decoded = fuzz::decoded(std::string(match.params[index].value));
        check(decoded && *decoded == answer.params[index].decoded, "a URL carries its parameters");
    }
}

void check_match(const Router& router, Scratch& scratch, Reference& reference, const Line& line) {
    Match match;
    const std::uint64_t limits = scratch.limits_total();
    const Outcome outcome = router.match(line.method, line.host, line.path, scratch, match);
    const fuzz::Answer answer = reference.answer(line);
    if (scratch.limits_total() != limits || answer.is_exceeded) {
        return;  // what an expression would have said is not known
    }
    check(outcome == answer.outcome, "the outcome is that of a search");
    if (outcome == Outcome::found) {
        check_found(match, answer);
        check_url(router, scratch, line, answer);
    } else if (outcome == Outcome::method_not_allowed || outcome == Outcome::options) {
        check(sorted_names(match.allow) == answer.allow, "Allow names the methods of all routes");
    }
}

void check_routes(std::string_view input) {
    Router router;
    Reference reference;
    std::uint32_t index = 0;
    while (const auto line = fuzz::next_line(input)) {
        const std::string name = "r" + std::to_string(index);
        const auto added = router.add({line->method, line->host, line->path, "site", name, index});
        const auto prefix = router.check_prefix(line->path, line->host, "site");
        if (!added) {
            check(!added.error().message.empty() && !added.error().detail.empty(), "errors speak");
            continue;
        }
        check(prefix.has_value() || line->path.ends_with(":path}"), "a pattern can be a prefix");
        if (reference.size() == kRoutesMax) {
            return;
        }
        reference.add(*line, index++);
    }
    router.freeze();
    Memory memory;
    Scratch scratch(router, memory);
    const std::size_t taken = memory.bytes_in_use();
    while (const auto line = fuzz::next_line(input)) {
        check_match(router, scratch, reference, *line);
    }
    check(memory.bytes_in_use() == taken, "matching takes no memory");
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
