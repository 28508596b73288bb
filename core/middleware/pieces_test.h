#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/harness_test.h"
#include "middleware/attribute.h"
#include "middleware/compile.h"
#include "middleware/kinds.h"

namespace trivet::middleware {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline Made make_of(std::string_view kind, const Pairs& pairs) {
    std::vector<url::Param> options;
    for (const auto& [name, value] : pairs) {
        options.push_back({Str(name), Str(value)});
    }
    return make(kind, options);
}

// What is wrong with options; empty: nothing.
inline std::string fault_of(std::string_view kind, const Pairs& pairs) {
    const Made made = make_of(kind, pairs);
    return made ? std::string() : made.error();
}

// A server with one route, GET and POST /, and middleware around it.
class ChainTest : public ::testing::Test, public http::ServerHarness {
protected:
    ~ChainTest() override { stop(); }

    // Mounted on the app, on a group, and on the route, in this order.
    void mount(std::size_t level, std::string_view kind, const Pairs& pairs = {}) {
        Made made = make_of(kind, pairs);
        ASSERT_TRUE(made) << made.error();
        levels_.resize(std::max(levels_.size(), level + 1));
        levels_[level].push_back(made->get());
        made_.push_back(std::move(*made));
    }
    void serve() {
        const auto handler = [this](http::Exchange& exchange) {
            seen.clear();
            for (const std::string& name : asked) {
                seen.push_back(std::string(attribute(exchange, name).value_or("-")));
            }
            const http1::HeaderView field{Str(own_name), Str(own_value)};
            server().reply(exchange, {.status = 200,
                                      .content = http::Content::text,
                                      .fields = {&field, own_name.empty() ? 0u : 1u},
                                      .body = body});
        };
        route("GET", "/", handler);
        route("POST", "/", handler);
        Levels levels;
        for (const auto& level : levels_) {
            levels.emplace_back(level);
        }
        chain_ = compiled_.compile(levels);
        chains = {chain_, chain_, chain_};
        start();
    }
    std::string get(std::string_view fields = {}, std::string_view target = "/") {
        return ask(connect(), "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                                  std::string(fields) + "\r\n");
    }
    static int count_of(std::string_view text, std::string_view part) {
        int count = 0;
        for (std::size_t at = text.find(part); at != std::string_view::npos;
             at = text.find(part, at + 1)) {
            ++count;
        }
        return count;
    }

    std::vector<std::string> asked;  // attributes that the handler looks at
    std::vector<std::string> seen;
    std::string body = "ok";
    std::string own_name;  // a field of the handler's answer
    std::string own_value;
    const Chain* chain_ = nullptr;

private:
    std::vector<std::vector<const Middleware*>> levels_;
    std::vector<std::unique_ptr<Middleware>> made_;
    Chains compiled_;
};

}  // namespace trivet::middleware
