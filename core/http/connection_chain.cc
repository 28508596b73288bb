// Takes requests to the middleware of their routes, before any of their content is read.
#include "http/chain.h"
#include "http/connection.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::string_view kRequestedMethod = "access-control-request-method";

}  // namespace

void Connection::choose_chain(Exchange& exchange, std::string_view host, std::string_view path,
                              bool has_escapes) noexcept {
    const std::span<const Chain* const> chains = server_.rules_.chains;
    if (chains.empty()) {
        return;
    }
    exchange.notes.clear();
    const bool is_plain = exchange.refusal == 0 && exchange.view.method.data[0] != 'O';
    exchange.chain =
        is_plain ? chains[exchange.route] : look_for_chain(exchange, host, path, has_escapes);
}

bool Connection::pass_chain(Exchange& exchange, bool has_content) noexcept {
    const ChainAnswer* const answer = exchange.chain->on_head(exchange, server_.random_);
    if (answer == nullptr) {
        return true;
    }
    answer_for_chain(exchange, *answer, has_content);
    return false;
}

// Of a request that has no route, or is of a method that asks about others. Middleware of a path
// holds for what the engine itself answers there.
const Chain* Connection::look_for_chain(Exchange& exchange, std::string_view host,
                                        std::string_view path, bool has_escapes) noexcept {
    const std::span<const Chain* const> chains = server_.rules_.chains;
    if (path.empty()) {
        return chains[kNoRoute];
    }
    const http1::HeaderView* const method = exchange.find_header(kRequestedMethod);
    if (std::string_view(exchange.view.method) == "OPTIONS" && method != nullptr &&
        !method->value.empty() && exchange.find_header("origin") != nullptr) {
        const route::Outcome outcome = server_.router_.match(method->value, host, path, has_escapes,
                                                             server_.scratch_, server_.match_);
        exchange.notes.preflight = method->value;
        exchange.notes.is_refused_preflight = outcome == route::Outcome::method_not_allowed;
        const Chain* const chain =
            outcome == route::Outcome::found ? chains[server_.match_.value] : nullptr;
        if (chain != nullptr && chain->answers_preflights()) {
            return chain;
        }
    }
    if (exchange.refusal == 0) {
        return chains[exchange.route];
    }
    return exchange.allow.empty() ? chains[kNoRoute]
                                  : chain_of_other_methods(host, path, exchange.allow, has_escapes);
}

// A path has a chain for each method. Where one of them asks for credentials, so does whatever the
// engine answers there.
const Chain* Connection::chain_of_other_methods(std::string_view host, std::string_view path,
                                                std::string_view methods,
                                                bool has_escapes) noexcept {
    const Chain* found = nullptr;
    while (!methods.empty()) {
        const std::size_t comma = methods.find(',');
        const std::string_view method = trimmed(methods.substr(0, comma));
        methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 1);
        if (server_.router_.match(method, host, path, has_escapes, server_.scratch_,
                                  server_.match_) != route::Outcome::found) {
            continue;
        }
        const Chain* const chain = server_.rules_.chains[server_.match_.value];
        if (chain != nullptr && (found == nullptr || chain->is_guarded())) {
            found = chain;
            if (chain->is_guarded()) {
                break;
            }
        }
    }
    return found;
}

void Connection::answer_for_chain(Exchange& exchange, const ChainAnswer& answer,
                                  bool has_content) noexcept {
    if (!has_content) {
        parser_.reset();
    }
    exchange.lingers = has_content;
    phase_ = Phase::handling;
    phase_since_ms_ = io::Deadline::kNone;
    if (answer.status >= 400) {
        server_.reply_problem(exchange, answer.status, answer.detail);
    } else {
        server_.reply(
            exchange,
            {.status = answer.status, .content = Content::none, .fields = {}, .body = {}});
    }
}

}  // namespace trivet::http
