#include "middleware/credentials.h"

#include <algorithm>
#include <bit>

#include "base/constant_time.h"
#include "base/utf8.h"
#include "middleware/options.h"

namespace trivet::middleware {
namespace {

constexpr std::string_view kNobody = "comes before any secret that it could belong to";

std::string take_text(std::string& text, std::string_view value, std::size_t bytes_max) {
    const bool has_control = std::ranges::any_of(
        value, [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == 0x7f; });
    if (value.empty() || value.size() > bytes_max || has_control || !is_utf8(value)) {
        return "is " + shown(value) + ", allowed are 1 to " + std::to_string(bytes_max) +
               " bytes of UTF-8 without control characters";
    }
    text = value;
    return {};
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char byte : text) {
        if (byte == '"' || byte == '\\') {
            out += '\\';
        }
        out += byte;
    }
    out += '"';
}

std::string object_of(const std::vector<std::pair<std::string, std::string>>& claims) {
    std::string out = "{";
    for (const auto& [name, value] : claims) {
        out += out.size() > 1 ? "," : "";
        append_quoted(out, name);
        out += ':';
        append_quoted(out, value);
    }
    return out += '}';
}

}  // namespace

std::string Credentials::add(std::string_view secret) {
    if (secret.empty() || secret.size() > kSecretBytesMax) {
        return "has " + std::to_string(secret.size()) + " bytes, allowed are 1 to " +
               std::to_string(kSecretBytesMax);
    }
    if (entries_.size() == kMax) {
        return "is given more than " + std::to_string(kMax) + " times";
    }
    entries_.emplace_back().secret = secret;
    return {};
}

std::string Credentials::set_subject(std::string_view subject) {
    return entries_.empty() ? std::string(kNobody)
                            : take_text(entries_.back().subject, subject, kTextBytesMax);
}

std::string Credentials::set_scope(std::string_view scope) {
    return entries_.empty() ? std::string(kNobody)
                            : take_text(entries_.back().scope, scope, kTextBytesMax);
}

std::string Credentials::add_claim(std::string_view claim) {
    if (entries_.empty()) {
        return std::string(kNobody);
    }
    auto& claims = entries_.back().claims;
    const std::size_t equals = claim.find('=');
    if (equals == std::string_view::npos || equals == 0 || claims.size() == kClaimsMax) {
        return "is " + shown(claim) + ", allowed are up to " + std::to_string(kClaimsMax) +
               " of the form name=value";
    }
    std::string name;
    std::string value;
    if (std::string fault = take_text(name, claim.substr(0, equals), kTextBytesMax);
        !fault.empty()) {
        return fault;
    }
    if (claim.size() > equals + 1) {
        if (std::string fault = take_text(value, claim.substr(equals + 1), kTextBytesMax);
            !fault.empty()) {
            return fault;
        }
    }
    if (std::ranges::find(claims, name, &std::pair<std::string, std::string>::first) !=
        claims.end()) {
        return "has the claim " + shown(name) + " twice";
    }
    claims.emplace_back(std::move(name), std::move(value));
    return {};
}

std::string Credentials::freeze(std::string_view scheme) {
    scheme_ = scheme;
    table_.assign(std::bit_ceil(entries_.size() * 2 + 1), 0);
    std::uint32_t number = 0;
    for (Entry& entry : entries_) {
        ++number;
        entry.hash = siphash(key_, entry.secret);
        std::size_t place = entry.hash & (table_.size() - 1);
        for (; table_[place] != 0; place = (place + 1) & (table_.size() - 1)) {
            if (entries_[table_[place] - 1].secret == entry.secret) {
                return "the same secret is given twice, as number " +
                       std::to_string(table_[place]) + " and number " + std::to_string(number);
            }
        }
        table_[place] = number;
        entry.claims_text = object_of(entry.claims);
        entry.principal.scheme = Str(scheme_);
        entry.principal.subject = Str(entry.subject);
        entry.principal.scope = Str(entry.scope);
        entry.principal.claims = Str(entry.claims_text);
        entry.principal.list = &entry.claims;
    }
    return {};
}

const http::Principal* Credentials::find(std::string_view secret) const noexcept {
    if (secret.empty() || secret.size() > kSecretBytesMax) {
        return nullptr;
    }
    if (entries_.size() > kComparedMax) {
        return look_up(secret);
    }
    const http::Principal* found = nullptr;
    for (const Entry& entry : entries_) {
        found = equal_in_constant_time(entry.secret, secret) ? &entry.principal : found;
    }
    return found;
}

bool Credentials::has_claim(const http::Principal& principal, std::string_view claim) noexcept {
    const std::size_t equals = claim.find('=');
    return std::ranges::any_of(
        *static_cast<const KnownPrincipal&>(principal).list, [claim, equals](const auto& item) {
            return item.first == claim.substr(0, equals) && item.second == claim.substr(equals + 1);
        });
}

const http::Principal* Credentials::look_up(std::string_view secret) const noexcept {
    const std::uint64_t hash = siphash(key_, secret);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t place = hash & mask; table_[place] != 0; place = (place + 1) & mask) {
        const Entry& entry = entries_[table_[place] - 1];
        if (entry.hash == hash && equal_in_constant_time(entry.secret, secret)) {
            return &entry.principal;
        }
    }
    return nullptr;
}

}  // namespace trivet::middleware
