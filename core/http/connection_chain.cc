// Takes requests to the middleware of their routes, before any of their content is read.
#include "http/chain.h"
#include "http/connection.h"
#include "http/server.h"
#include "proto/url/target.h"

namespace trivet::http {
namespace {

constexpr std::string_view kRequestedMethod = "access-control-request-method";

std::string_view value_of(const http1::HeaderView* field) noexcept {
    return field != nullptr ? std::string_view(field->value) : std::string_view{};
}

}  // namespace

bool Connection::pass_chain(Exchange& exchange, bool has_content) noexcept {
    exchange.notes.clear();
    const bool is_plain = exchange.refusal == 0 && exchange.view.method.data[0] != 'O';
    const Chain* const chain =
        is_plain ? server_.rules_.chains[exchange.route] : look_for_chain(exchange);
    if (chain == nullptr) {
        return true;
    }
    exchange.chain = chain;
    const ChainAnswer* const answer = chain->on_head(exchange, server_.random_);
    if (answer != nullptr) {
        answer_for_chain(exchange, *answer, has_content);
        return false;
    }
    return true;
}

// Of a request that has no route, or is of a method that asks about others. Middleware of a path
// holds for what the engine itself answers there.
const Chain* Connection::look_for_chain(Exchange& exchange) noexcept {
    const std::span<const Chain* const> chains = server_.rules_.chains;
    const auto target = url::parse_target(exchange.view.target, exchange.view.method);
    if (!target || target->form == url::TargetForm::asterisk) {
        return chains[kNoRoute];
    }
    std::string_view host = target->authority;
    if (host.empty()) {
        host = value_of(exchange.find_header("host"));
    }
    if (std::string_view(exchange.view.method) == "OPTIONS") {
        const std::string_view method = value_of(exchange.find_header(kRequestedMethod));
        if (!method.empty() && exchange.find_header("origin") != nullptr) {
            const route::Outcome outcome = server_.router_.match(
                method, host, target->path, target->has_escapes, server_.scratch_, server_.match_);
            exchange.notes.preflight = method;
            exchange.notes.is_refused_preflight = outcome == route::Outcome::method_not_allowed;
            const Chain* const chain =
                outcome == route::Outcome::found ? chains[server_.match_.value] : nullptr;
            if (chain != nullptr && chain->answers_preflights()) {
                return chain;
            }
        }
    }
    if (exchange.refusal == 0) {
        return chains[exchange.route];
    }
    return exchange.allow.empty()
               ? chains[kNoRoute]
               : chain_of_other_methods(host, target->path, exchange.allow, target->has_escapes);
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
