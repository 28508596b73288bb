#include "middleware/kinds.h"

#include "middleware/options.h"

namespace trivet::middleware {
namespace {

struct Kind {
    std::string_view name;
    Made (*make)(std::span<const url::Param> options);
};

constexpr Kind kKinds[] = {
    {"body_limit", make_body_limit},
    {"timeout", make_timeout},
    {"request_id", make_request_id},
    {"trace_context", make_trace_context},
    {"cors", make_cors},
    {"security_headers", make_security_headers},
    {"bearer", make_bearer},
    {"api_key", make_api_key},
    {"basic", make_basic},
    {"require", make_require},
    {"compress", make_compress},
    {"etag", make_etag},
};

std::string all_kinds() {
    std::string text;
    for (const Kind& kind : kKinds) {
        text.append(text.empty() ? "" : ", ").append(kind.name);
    }
    return text;
}

}  // namespace

Made make(std::string_view kind, std::span<const url::Param> options) {
    for (const Kind& known : kKinds) {
        if (known.name == kind) {
            if (options.size() > kOptionsMax) {
                return std::unexpected(std::string(kind) + ": more than " +
                                       std::to_string(kOptionsMax) + " options");
            }
            Made made = known.make(options);
            return made ? std::move(made)
                        : std::unexpected(std::string(kind) + ": " + made.error());
        }
    }
    return std::unexpected("no kind " + shown(kind) + "; there are " + all_kinds());
}

}  // namespace trivet::middleware
