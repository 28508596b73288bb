#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer_rules.h"
#include "middleware/middleware.h"

namespace trivet::middleware {

class Authenticator;

// What a chain is made of, gathered while it is compiled.
class Plan {
public:
    struct Step {
        const Middleware* middleware;
        std::array<std::uint8_t, kFieldsOfOneMax> slots{};
    };
    struct Writer {
        const Middleware* middleware;
        std::string name;  // the field it writes, that an answer's own beats
    };
    struct Line {
        std::string name;
        std::size_t offset;  // in the text of all
        std::size_t size;
    };
    struct Scheme {
        const Authenticator* authenticator;
        bool is_optional;
    };

    // Has the request's fields of these names looked for, and run() called.
    void add_step(const Middleware& middleware, std::string_view field = {},
                  std::string_view other_field = {});
    // A line that every answer gets.
    void add_line(std::string_view name, std::string_view value);
    // The same, and no answer's own field stands in for it.
    void add_list_line(std::string_view name, std::string_view value);
    // Has write() called, for at most so many bytes.
    void add_writer(const Middleware& middleware, std::string_view name, std::size_t bytes_max);
    void add_scheme(const Authenticator& authenticator, bool is_optional);
    void guard() { is_guarded = true; }

    std::vector<Step> steps;
    std::vector<std::string> fields;  // of requests, in lower case
    std::vector<Writer> writers;
    std::vector<Line> lines;
    std::string text;  // of all lines
    std::vector<Scheme> schemes;
    std::vector<std::string> required_schemes;  // empty: any
    http::AnswerRules answer_rules;             // owned by the middleware
    std::size_t written_bytes_max = 0;
    bool is_guarded = false;
    bool answers_preflights = false;

private:
    std::uint8_t slot_of(std::string_view field);
};

// In lower case.
std::string lowered(std::string_view text);

}  // namespace trivet::middleware
