#include "middleware/authenticator.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr http::ChainAnswer kMissing{401, "credentials are required"};
constexpr http::ChainAnswer kWrong{401, "the credentials are not valid"};
constexpr http::ChainAnswer kNoScheme{403,
                                      "nobody has access: the route asks for credentials and "
                                      "knows none"};
constexpr http::ChainAnswer kNoMemory{503, "out of memory"};

}  // namespace

Authenticator::Authenticator(std::string_view kind, SchemeSettings settings)
    : Middleware(kind, Phase::auth), settings_(std::move(settings)) {}

std::string Authenticator::summary() const {
    const std::size_t count = settings_.credentials.size();
    return std::to_string(count) + (count == 1 ? " credential" : " credentials") +
           (settings_.is_optional ? ", optional" : "");
}

void Authenticator::prepare(Plan& plan) const {
    plan.add_step(*this, field());
    plan.add_scheme(*this, settings_.is_optional);
}

void Authenticator::set_challenges(std::string missing, std::string wrong) {
    challenge_ = std::move(missing);
    wrong_challenge_ = std::move(wrong);
}

const http::ChainAnswer* Authenticator::run(Visit& visit) const noexcept {
    const Given given = look(visit);
    if (!given.is_present) {
        return settings_.is_optional ? nullptr : refuse(visit, nullptr);
    }
    const http::Principal* const principal = settings_.credentials.find(given.secret);
    if (principal == nullptr) {
        return refuse(visit, this);
    }
    visit.notes.principal = principal;
    return nullptr;
}

// Two fields are one too many: who reads the other one would see somebody else.
Authenticator::Given Authenticator::authorization(const FoundField& field,
                                                  std::string_view scheme) noexcept {
    if (field.count != 1) {
        return {.secret = {}, .is_present = field.count > 1};
    }
    const std::string_view value = field.value;
    if (value.size() < scheme.size() || (value[0] | 0x20) != (scheme[0] | 0x20) ||
        !equal_ignoring_case(value.substr(0, scheme.size()), scheme) ||
        (value.size() > scheme.size() && value[scheme.size()] != ' ')) {
        return {};
    }
    // A field has no spaces at its end.
    std::size_t begin = scheme.size();
    while (begin < value.size() && value[begin] == ' ') {
        ++begin;
    }
    return {.secret = {value.data() + begin, value.size() - begin}, .is_present = true};
}

const http::ChainAnswer* refuse(Visit& visit, const Authenticator* wrong) noexcept {
    const auto& wanted = visit.plan.required_schemes;
    bool has_challenge = false;
    for (const Plan::Scheme& scheme : visit.plan.schemes) {
        const Authenticator& authenticator = *scheme.authenticator;
        const bool is_wrong = wrong != nullptr && &authenticator == wrong;
        if (!wanted.empty() && !is_wrong &&
            std::ranges::find(wanted, authenticator.kind()) == wanted.end()) {
            continue;
        }
        if (visit.exchange.add_field("WWW-Authenticate", authenticator.challenge(is_wrong)) !=
            Status::ok) {
            return &kNoMemory;
        }
        has_challenge = true;
    }
    return !has_challenge ? &kNoScheme : wrong != nullptr ? &kWrong : &kMissing;
}

}  // namespace trivet::middleware
