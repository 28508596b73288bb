#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/str.h"
#include "http/answer_rules.h"
#include "proto/http1/field.h"

namespace trivet {
class Random;
}

namespace trivet::http {

class Exchange;

// Who asks, as proven by credentials. Lives as long as the app.
struct Principal {
    Str scheme;
    Str subject;
    Str scope;   // names between spaces
    Str claims;  // an object of JSON
};

inline constexpr std::size_t kRequestIdBytes = 32;
inline constexpr std::size_t kTraceparentBytes = 55;
inline constexpr std::size_t kNonceBytes = 32;

// What the chain of a route has found out about a request. Views may point into the request's head.
struct ChainNotes {
    const Principal* principal;
    Str request_id;  // own_id, or what came
    Str trace_state;
    Str origin;                 // to be repeated in the answer
    Str cors_lines;             // of the answer, ready
    Str preflight;              // the method that a CORS preflight asks for; empty: this is none
    Str parent_id;              // the span of the caller
    bool is_refused_preflight;  // the path has no such method
    bool has_trace;
    bool has_nonce;
    char own_id[kRequestIdBytes];
    char traceparent[kTraceparentBytes];  // for those that are called in turn
    char nonce[kNonceBytes];

    void clear() noexcept {
        principal = nullptr;
        request_id = {};
        trace_state = {};
        origin = {};
        cors_lines = {};
        preflight = {};
        parent_id = {};
        is_refused_preflight = false;
        has_trace = false;
        has_nonce = false;
    }
};

// What a chain answers in the handler's place, besides the fields it has added.
struct ChainAnswer {
    std::uint32_t status;
    std::string_view detail;  // of a problem; without effect below 400
};

// The native middleware of a route, compiled when its app is frozen. Shared by all loops, never
// changed; it outlives the servers.
class Chain {
public:
    // A request is matched, its content not read. nullptr: it goes on.
    virtual const ChainAnswer* on_head(Exchange& exchange, Random& random) const noexcept = 0;
    // Lines of the answer's head, before the empty one, at most fields_size_max() bytes. `own` are
    // the fields that the answer has already, which win over those of the same name.
    virtual char* write_fields(char* out, const Exchange& exchange,
                               std::span<const http1::HeaderView> own) const noexcept = 0;
    std::size_t fields_size_max() const noexcept { return fields_size_max_; }
    // Whether nobody passes without credentials.
    bool is_guarded() const noexcept { return is_guarded_; }
    // Whether it answers what browsers ask before they send a request.
    bool answers_preflights() const noexcept { return answers_preflights_; }
    // Whether answers are encoded, tagged or compared with what the client has.
    bool shapes_answers() const noexcept { return !answer_rules_.empty(); }
    const AnswerRules& answer_rules() const noexcept { return answer_rules_; }

protected:
    ~Chain() = default;

    std::size_t fields_size_max_ = 0;
    AnswerRules answer_rules_;
    bool is_guarded_ = false;
    bool answers_preflights_ = false;
};

}  // namespace trivet::http
