#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "http/chain.h"

namespace trivet::middleware {

// Secrets and whom each belongs to. A secret is found in a time that tells nothing of those that
// are there but their lengths: a few are compared whole, each of them, and of many a hash with a
// key of the process finds the one to compare. Filled before it is frozen, read-only afterwards.
class Credentials {
public:
    static constexpr std::size_t kMax = 100'000;
    static constexpr std::size_t kSecretBytesMax = 1024;
    static constexpr std::size_t kTextBytesMax = 1024;  // of a subject, or a scope
    static constexpr std::size_t kClaimsMax = 50;       // of one

    // These give what is wrong; empty: nothing. What follows a secret belongs to it.
    std::string add(std::string_view secret);
    std::string set_subject(std::string_view subject);
    std::string set_scope(std::string_view scope);
    std::string add_claim(std::string_view claim);  // name=value

    // Builds the principals and the table. Gives what is wrong.
    std::string freeze(std::string_view scheme);

    std::size_t size() const noexcept { return entries_.size(); }
    // nullptr: nobody's.
    const http::Principal* find(std::string_view secret) const noexcept;
    // Whether a principal that was found here, or in another, has a claim: name=value.
    static bool has_claim(const http::Principal& principal, std::string_view claim) noexcept;

private:
    static constexpr std::size_t kComparedMax = 4;

    using Claims = std::vector<std::pair<std::string, std::string>>;
    // Every principal is one.
    struct KnownPrincipal : http::Principal {
        const Claims* list = nullptr;
    };
    struct Entry {
        std::string secret;
        std::string subject;
        std::string scope;
        Claims claims;
        std::string claims_text;
        std::uint64_t hash = 0;
        KnownPrincipal principal;
    };

    const http::Principal* look_up(std::string_view secret) const noexcept;

    std::string scheme_;
    std::deque<Entry> entries_;
    SipKey key_ = make_sip_key();
    std::vector<std::uint32_t> table_;  // numbers of entries from 1, by their hashes; 0: none
};

}  // namespace trivet::middleware
