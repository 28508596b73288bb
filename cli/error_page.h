#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trivet::cli {

// Why there is no app that could answer.
struct Failure {
    std::string title;         // "The app ended"
    std::string cause;         // "exit code 1"
    std::string command;       // what was run
    std::string folder;        // and where
    std::string output;        // the last it said, for anybody to see: plain_text()
    std::string hint;          // what may help; often empty
    std::uint64_t number = 0;  // of this failure among those of this run
};

// What answers are marked with (a header field) and what the page asks for while it waits.
inline constexpr const char* kDevField = "Trivet-Dev";
inline constexpr const char* kDevPath = "/.trivet/dev";

// Whether a client that sends this Accept field is a browser's page: it names HTML.
bool wants_html(std::string_view accept);

// The page. It loads itself anew as soon as somebody else answers, or another failure is shown.
std::string html_page(const Failure& failure);
// The same as problem details (RFC 9457).
std::string problem_json(const Failure& failure);

}  // namespace trivet::cli
