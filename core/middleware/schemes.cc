// The schemes of authentication: Bearer (RFC 6750), Basic (RFC 7617) and API keys.
#include <array>
#include <utility>

#include "middleware/authenticator.h"
#include "middleware/kinds.h"
#include "middleware/options.h"

namespace trivet::middleware {
namespace {

// The grammar of a token, RFC 9110 section 11.2, which holds what fields carry without harm.
std::string take_token(Credentials& credentials, std::string_view value) {
    for (const char byte : value) {
        if (byte <= ' ' || byte >= 0x7f || byte == ',' || byte == '"') {
            return "has a byte that is no visible ASCII, a comma or a double quote; its value is "
                   "not shown";
        }
    }
    return credentials.add(value);
}

std::string base64(std::string_view text) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::uint32_t bits = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            const std::size_t place = at + index;
            bits = bits << 8 | (place < text.size() ? static_cast<unsigned char>(text[place]) : 0u);
        }
        const std::size_t bytes = text.size() - at;
        out += kDigits[bits >> 18];
        out += kDigits[bits >> 12 & 63];
        out += bytes > 1 ? kDigits[bits >> 6 & 63] : '=';
        out += bytes > 2 ? kDigits[bits & 63] : '=';
    }
    return out;
}

bool has_control(std::string_view text) {
    for (const char byte : text) {
        if (static_cast<unsigned char>(byte) < ' ' || byte == 0x7f) {
            return true;
        }
    }
    return false;
}

std::string take_user(SchemeSettings& to, std::string_view value) {
    if (!to.user.empty()) {
        return "comes before the password of the one before it";
    }
    if (value.empty() || value.find(':') != std::string_view::npos || has_control(value)) {
        return "is " + shown(value) + ", allowed is text without colon and control characters";
    }
    to.user = value;
    return {};
}

// What a client sends is compared as it comes: equal texts have equal encodings.
std::string take_password(SchemeSettings& to, std::string_view value) {
    if (to.user.empty()) {
        return "comes before its user";
    }
    if (value.empty() || has_control(value)) {
        return "is empty or has control characters; its value is not shown";
    }
    const std::string user = std::exchange(to.user, std::string());
    std::string fault = to.credentials.add(base64(user + ':' + std::string(value)));
    return fault.empty() ? to.credentials.set_subject(user) : fault;
}

template <auto Take>
std::string of_credential(SchemeSettings& to, std::string_view value) {
    return (to.credentials.*Take)(value);
}

constexpr OptionRule<SchemeSettings> kSubject{"subject", of_credential<&Credentials::set_subject>};
constexpr OptionRule<SchemeSettings> kScope{"scope", of_credential<&Credentials::set_scope>};
constexpr OptionRule<SchemeSettings> kClaim{"claim", of_credential<&Credentials::add_claim>};
constexpr OptionRule<SchemeSettings> kRealm{
    "realm",
    [](SchemeSettings& to, std::string_view value) { return take_quotable(to.realm, value); }};
constexpr OptionRule<SchemeSettings> kOptional{
    "optional",
    [](SchemeSettings& to, std::string_view value) { return take_flag(to.is_optional, value); }};

constexpr OptionRule<SchemeSettings> kBearerOptions[] = {
    {"token",
     [](SchemeSettings& to, std::string_view value) { return take_token(to.credentials, value); }},
    kSubject,
    kScope,
    kClaim,
    kRealm,
    kOptional,
};
constexpr OptionRule<SchemeSettings> kApiKeyOptions[] = {
    {"key",
     [](SchemeSettings& to, std::string_view value) { return take_token(to.credentials, value); }},
    {"header",
     [](SchemeSettings& to, std::string_view value) { return take_field_name(to.header, value); }},
    {"query",
     [](SchemeSettings& to, std::string_view value) { return take_quotable(to.query, value); }},
    kSubject,
    kScope,
    kClaim,
    kRealm,
    kOptional,
};
constexpr OptionRule<SchemeSettings> kBasicOptions[] = {
    {"user", take_user}, {"password", take_password}, kSubject, kScope, kClaim, kRealm, kOptional,
};

class Bearer final : public Authenticator {
public:
    explicit Bearer(SchemeSettings settings) : Authenticator("bearer", std::move(settings)) {
        const std::string challenge = "Bearer realm=\"" + this->settings().realm + '"';
        set_challenges(challenge, challenge + ", error=\"invalid_token\"");
    }

protected:
    Given look(Visit& visit) const noexcept override {
        return authorization(visit.field(0), "Bearer");
    }
};

class Basic final : public Authenticator {
public:
    explicit Basic(SchemeSettings settings) : Authenticator("basic", std::move(settings)) {
        const std::string challenge =
            "Basic realm=\"" + this->settings().realm + "\", charset=\"UTF-8\"";
        set_challenges(challenge, challenge);
    }

protected:
    Given look(Visit& visit) const noexcept override {
        return authorization(visit.field(0), "Basic");
    }
};

// No registered scheme, so its challenge tells where the key goes.
class ApiKey final : public Authenticator {
public:
    std::string_view own_field() const noexcept override { return settings().header; }
    explicit ApiKey(SchemeSettings settings) : Authenticator("api_key", std::move(settings)) {
        const std::string challenge = "ApiKey realm=\"" + this->settings().realm + "\", header=\"" +
                                      this->settings().header + '"';
        set_challenges(challenge, challenge);
    }

protected:
    Given look(Visit& visit) const noexcept override {
        const FoundField& found = visit.field(0);
        if (found.count > 0 || settings().query.empty()) {
            return {.secret = found.is_single() ? found.value : std::string_view{},
                    .is_present = found.count > 0};
        }
        const auto given = visit.exchange.find_query(settings().query);
        if (!given) {
            return {.secret = {}, .is_present = true};
        }
        return {.secret = given->value_or(std::string_view{}), .is_present = given->has_value()};
    }
    std::string_view field() const noexcept override { return settings().header; }
};

template <typename Scheme, std::size_t N>
Made make_scheme(const OptionRule<SchemeSettings> (&rules)[N], std::string_view missing,
                 std::span<const url::Param> options) {
    SchemeSettings settings;
    if (std::string fault = read_options(rules, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (!settings.user.empty()) {
        return std::unexpected("password is missing: that of the user given last");
    }
    if (settings.credentials.size() == 0) {
        return std::unexpected(std::string(missing));
    }
    auto scheme = std::make_unique<Scheme>(std::move(settings));
    if (std::string fault = scheme->freeze(); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return scheme;
}

}  // namespace

Made make_bearer(std::span<const url::Param> options) {
    return make_scheme<Bearer>(kBearerOptions, "token is missing: one for each client", options);
}

Made make_api_key(std::span<const url::Param> options) {
    return make_scheme<ApiKey>(kApiKeyOptions, "key is missing: one for each client", options);
}

Made make_basic(std::span<const url::Param> options) {
    return make_scheme<Basic>(kBasicOptions, "user and password are missing: one of each by turns",
                              options);
}

}  // namespace trivet::middleware
