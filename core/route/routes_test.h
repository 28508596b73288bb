#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "route/router.h"

namespace trivet::route {

// A frozen router of "METHODS [host]pattern" lines, numbered from 0, asked with
// "METHOD [host]path" lines.
class Routes {
public:
    explicit Routes(const std::vector<std::string>& lines) {
        std::uint32_t value = 0;
        for (const std::string_view line : lines) {
            const Line parts(line);
            const auto added = router_.add({.methods = parts.method,
                                            .host = parts.host,
                                            .pattern = parts.path,
                                            .site = {},
                                            .name = {},
                                            .value = value++});
            EXPECT_TRUE(added.has_value()) << line << ": " << added.error().detail;
        }
        router_.freeze();
        scratch_.emplace(router_, memory_);
    }

    // "1 id=7 name=a%20b*" (an asterisk marks what must be decoded, an at sign a host's label),
    // "404", "405 GET, HEAD", "options …", "400".
    std::string ask(std::string_view line) {
        const Line parts(line);
        Match match;
        switch (router_.match(parts.method, parts.host, parts.path, *scratch_, match)) {
            case Outcome::not_found:
                return "404";
            case Outcome::malformed:
                return "400";
            case Outcome::method_not_allowed:
                return "405 " + std::string(match.allow);
            case Outcome::options:
                return "options " + std::string(match.allow);
            case Outcome::found:
                break;
        }
        std::string text = std::to_string(match.value);
        for (std::uint32_t index = 0; index < match.param_count; ++index) {
            const MatchedParam& param = match.params[index];
            text += " " + std::string(param.name) + "=" + std::string(param.value) +
                    (param.is_encoded ? "*" : "") + (param.is_host ? "@" : "");
        }
        return text;
    }

    const Router& router() const { return router_; }
    Scratch& scratch() { return *scratch_; }
    Memory& memory() { return memory_; }

private:
    struct Line {
        explicit Line(std::string_view line) {
            const std::size_t slash = std::min(line.find('/'), line.size());
            const std::size_t space = line.rfind(' ', slash);
            method = line.substr(0, space);
            host = line.substr(space + 1, slash - space - 1);
            path = line.substr(slash);
        }

        std::string_view method;
        std::string_view host;
        std::string_view path;
    };

    Memory memory_;
    Router router_;
    std::optional<Scratch> scratch_;
};

}  // namespace trivet::route
