// Demands a principal that one of several schemes has found, and what it must be allowed.
#include "middleware/require.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "middleware/authenticator.h"
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kDemandsMax = 50;
constexpr http::ChainAnswer kNotAllowed{403, "the credentials are valid, and not for this"};
constexpr http::ChainAnswer kNoMemory{503, "out of memory"};

struct Settings {
    std::vector<std::string> schemes;
    std::vector<std::string> scopes;
    std::vector<std::string> claims;  // "name":"value", as they stand in a principal
    std::string summary;
};

std::string add(std::vector<std::string>& list, std::string_view item) {
    if (list.size() == kDemandsMax) {
        return "is given more than " + std::to_string(kDemandsMax) + " times";
    }
    list.emplace_back(item);
    return {};
}

void summarise(Settings& to, std::string_view name, std::string_view value) {
    to.summary.append(to.summary.empty() ? "" : " ").append(name).append("=").append(value);
}

std::string take_scheme(Settings& to, std::string_view value) {
    if (value != "bearer" && value != "api_key" && value != "basic") {
        return "is " + shown(value) + ", allowed are bearer, api_key and basic";
    }
    summarise(to, "scheme", value);
    return add(to.schemes, value);
}

std::string take_scope(Settings& to, std::string_view value) {
    std::string text;
    std::string fault = take_quotable(text, value);
    if (!fault.empty() || value.find(' ') != std::string_view::npos) {
        return fault.empty() ? "is " + shown(value) + ", which is more than one" : fault;
    }
    summarise(to, "scope", value);
    return add(to.scopes, value);
}

std::string take_claim(Settings& to, std::string_view value) {
    if (value.find('=') == 0 || value.find('=') == std::string_view::npos) {
        return "is " + shown(value) + ", allowed is name=value";
    }
    summarise(to, "claim", value);
    return add(to.claims, value);
}

constexpr OptionRule<Settings> kOptions[] = {
    {"scheme", take_scheme},
    {"scope", take_scope},
    {"claim", take_claim},
};

bool has_word(std::string_view words, std::string_view wanted) noexcept {
    if (words == wanted) {
        return true;
    }
    while (!words.empty()) {
        const std::size_t space = words.find(' ');
        if (words.substr(0, space) == wanted) {
            return true;
        }
        words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
    }
    return false;
}

class Require final : public Middleware {
public:
    explicit Require(Settings settings)
        : Middleware(kRequireKind, Phase::auth), settings_(std::move(settings)) {
        for (const std::string& scope : settings_.scopes) {
            scope_text_.append(scope_text_.empty() ? "" : " ").append(scope);
        }
        challenge_ = "Bearer error=\"insufficient_scope\"";
        challenge_ += scope_text_.empty() ? "" : ", scope=\"" + scope_text_ + '"';
    }

    std::string summary() const override { return settings_.summary; }
    bool is_repeated() const noexcept override { return true; }
    void prepare(Plan& plan) const override {
        plan.add_step(*this);
        plan.guard();
        plan.required_schemes.insert(plan.required_schemes.end(), settings_.schemes.begin(),
                                     settings_.schemes.end());
    }
    const http::ChainAnswer* run(Visit& visit) const noexcept override {
        const http::Principal* const principal = visit.notes.principal;
        if (principal == nullptr || !is_of_scheme(*principal)) {
            return refuse(visit, nullptr);
        }
        if (is_allowed(*principal)) {
            return nullptr;
        }
        if (std::string_view(principal->scheme) == "bearer" &&
            visit.exchange.add_field("WWW-Authenticate", challenge_) != Status::ok) {
            return &kNoMemory;
        }
        return &kNotAllowed;
    }

private:
    bool is_of_scheme(const http::Principal& principal) const noexcept {
        return settings_.schemes.empty() ||
               std::ranges::find(settings_.schemes, std::string_view(principal.scheme)) !=
                   settings_.schemes.end();
    }
    bool is_allowed(const http::Principal& principal) const noexcept {
        return std::ranges::all_of(
                   settings_.scopes,
                   [&](const std::string& scope) { return has_word(principal.scope, scope); }) &&
               std::ranges::all_of(settings_.claims, [&](const std::string& claim) {
                   return Credentials::has_claim(principal, claim);
               });
    }

    const Settings settings_;
    std::string scope_text_;
    std::string challenge_;
};

}  // namespace

Made make_require(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return std::make_unique<Require>(std::move(settings));
}

}  // namespace trivet::middleware
