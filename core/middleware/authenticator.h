#pragma once

#include <string>
#include <string_view>

#include "middleware/credentials.h"
#include "middleware/middleware.h"

namespace trivet::middleware {

// What a scheme of authentication is configured with.
struct SchemeSettings {
    Credentials credentials;
    std::string realm = "trivet";
    std::string header = "X-API-Key";  // of api_key
    std::string query;                 // the same; empty: not looked for there
    std::string user;                  // of basic, until its password comes
    bool is_optional = false;
};

// A scheme of authentication: finds the principal of a request, or refuses it before its content is
// read. One that is optional lets a request pass that brings none of its credentials; wrong ones
// are refused always.
class Authenticator : public Middleware {
public:
    Authenticator(std::string_view kind, SchemeSettings settings);

    // Once, before anything else. Gives what is wrong.
    std::string freeze() { return settings_.credentials.freeze(kind()); }

    std::string summary() const override;
    bool is_repeated() const noexcept override { return true; }
    void prepare(Plan& plan) const override;
    const http::ChainAnswer* run(Visit& visit) const noexcept final;

    // The value of a WWW-Authenticate field, RFC 9110 section 11.6.1.
    std::string_view challenge(bool is_wrong) const noexcept {
        return is_wrong ? wrong_challenge_ : challenge_;
    }

protected:
    struct Given {
        std::string_view secret;
        bool is_present = false;
    };

    virtual Given look(Visit& visit) const noexcept = 0;
    virtual std::string_view field() const noexcept { return "authorization"; }
    const SchemeSettings& settings() const noexcept { return settings_; }
    void set_challenges(std::string missing, std::string wrong);

    // What stands behind the name of a scheme in an Authorization field.
    static Given authorization(const FoundField& field, std::string_view scheme) noexcept;

private:
    SchemeSettings settings_;
    std::string challenge_;
    std::string wrong_challenge_;
};

// Answers 401 with the challenges of all schemes of the chain, of which one was answered wrongly,
// or none.
const http::ChainAnswer* refuse(Visit& visit, const Authenticator* wrong) noexcept;

}  // namespace trivet::middleware
