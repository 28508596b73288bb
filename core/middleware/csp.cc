#include "middleware/csp.h"

#include <algorithm>

#include "base/ascii.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

// Directives that can have a nonce among their sources, section 6.7 of CSP Level 3.
constexpr std::string_view kNonceDirectives[] = {"default-src", "script-src", "script-src-elem",
                                                 "style-src", "style-src-elem"};

bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
    });
}

// A comma would begin another policy, a semicolon another directive.
bool is_source(std::string_view source) {
    return std::ranges::all_of(
        source, [](char byte) { return byte > ' ' && byte < 0x7f && byte != ';' && byte != ','; });
}

// Keywords without their quotes are taken for hosts, and nothing then works as it was meant.
bool is_unquoted_keyword(std::string_view source) {
    static constexpr std::string_view kWords[] = {
        "self",           "none",          "nonce",         "unsafe-inline",   "unsafe-eval",
        "strict-dynamic", "unsafe-hashes", "report-sample", "wasm-unsafe-eval"};
    return std::ranges::find(kWords, source) != std::end(kWords) || source.starts_with("nonce-") ||
           source.starts_with("sha256-") || source.starts_with("sha384-") ||
           source.starts_with("sha512-");
}

}  // namespace

std::string Csp::add(std::string_view directive) {
    const std::string_view all = trimmed(directive);
    const std::size_t name_end = std::min(all.find(' '), all.size());
    const std::string name = lowered(all.substr(0, name_end));
    if (!is_name(name)) {
        return "is " + shown(directive) + ", which does not begin with the name of a directive";
    }
    if (std::ranges::find(names_, name) != names_.end()) {
        return "has the directive " + name + " twice";
    }
    if (names_.size() == kDirectivesMax) {
        return "has more than " + std::to_string(kDirectivesMax) + " directives";
    }
    pieces_.back() += (names_.empty() ? "" : "; ") + name;
    for (std::string_view rest = trimmed(all.substr(name_end)); !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view source = rest.substr(0, end);
        rest = trimmed(rest.substr(end));
        if (!is_source(source)) {
            return "has the source " + shown(source) +
                   ", allowed is visible ASCII without comma and semicolon";
        }
        if (is_unquoted_keyword(source)) {
            return "has the source " + std::string(source) + ", which is to be quoted: '" +
                   std::string(source) + "'";
        }
        if (source != kNonceSource) {
            pieces_.back().append(" ").append(source);
            continue;
        }
        if (std::ranges::find(kNonceDirectives, name) == std::end(kNonceDirectives)) {
            return "has a nonce in " + name + ", which can have none";
        }
        pieces_.back() += " 'nonce-";
        pieces_.emplace_back("'");
    }
    size_ += all.size() + 2;
    names_.push_back(name);
    return size_ > kBytesMax ? "is longer than " + std::to_string(kBytesMax) + " bytes"
                             : std::string();
}

}  // namespace trivet::middleware
