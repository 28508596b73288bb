#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "base/hex.h"
#include "middleware/csp.h"
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"
#include "proto/http1/field.h"

namespace trivet::middleware {
namespace {

constexpr std::uint64_t kHstsSecondsMax = std::uint64_t{10} * 366 * 86'400;
constexpr std::uint64_t kPreloadSecondsMin = 31'536'000;  // what hstspreload.org asks for
constexpr std::size_t kPermissionsBytesMax = 4096;
constexpr std::string_view kOff = "off";

struct Settings {
    Csp csp;
    bool only_reports = false;
    bool is_nosniff = true;
    std::string frame = "DENY";
    std::string referrer = "strict-origin-when-cross-origin";
    std::string xss = "0";
    std::string permissions;
    std::uint64_t hsts_seconds = 0;
    bool has_hsts = false;
    bool includes_subdomains = false;
    bool is_preloaded = false;
};

std::string take_frame(Settings& to, std::string_view value) {
    const std::string text = lowered(value);
    if (text != "deny" && text != "sameorigin" && text != kOff) {
        return "is " + shown(value) + ", allowed are deny, sameorigin and off";
    }
    to.frame = text == "deny" ? "DENY" : text == "sameorigin" ? "SAMEORIGIN" : "";
    return {};
}

// A list, of which a browser takes the last one that it knows.
std::string take_referrer(Settings& to, std::string_view value) {
    static constexpr std::string_view kPolicies[] = {"no-referrer",
                                                     "no-referrer-when-downgrade",
                                                     "origin",
                                                     "origin-when-cross-origin",
                                                     "same-origin",
                                                     "strict-origin",
                                                     "strict-origin-when-cross-origin",
                                                     "unsafe-url"};
    to.referrer.clear();
    if (value == kOff) {
        return {};
    }
    std::string_view rest = value;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view policy = trimmed(rest.substr(0, comma));
        if (std::ranges::find(kPolicies, policy) == std::end(kPolicies)) {
            return "is " + shown(value) +
                   ", allowed are off, no-referrer, no-referrer-when-downgrade, origin, "
                   "origin-when-cross-origin, same-origin, strict-origin, "
                   "strict-origin-when-cross-origin, unsafe-url, and lists of them";
        }
        to.referrer.append(to.referrer.empty() ? "" : ", ").append(policy);
        if (comma == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(comma + 1);
    }
}

std::string take_xss(Settings& to, std::string_view value) {
    if (value != "0" && value != "1; mode=block" && value != kOff) {
        return "is " + shown(value) + ", allowed are 0, 1; mode=block and off";
    }
    to.xss = value == kOff ? std::string_view{} : value;
    return {};
}

// One feature and its allow list, as in "camera=()" and "geolocation=(self)".
std::string take_permissions(Settings& to, std::string_view value) {
    const std::size_t equals = value.find('=');
    const bool is_good = equals != std::string_view::npos && equals > 0 &&
                         equals + 1 < value.size() && http1::is_valid_field_value(value) &&
                         std::ranges::all_of(value.substr(0, equals), [](char byte) {
                             return (byte >= 'a' && byte <= 'z') || byte == '-';
                         });
    const std::string_view list = is_good ? value.substr(equals + 1) : std::string_view{};
    const bool is_list = list == "*" || (list.starts_with('(') && list.ends_with(')'));
    if (!is_list || list.find(',') != std::string_view::npos) {
        return "is " + shown(value) +
               ", which is no feature with its list, like camera=() or "
               "geolocation=(self)";
    }
    to.permissions.append(to.permissions.empty() ? "" : ", ").append(value);
    return to.permissions.size() > kPermissionsBytesMax
               ? "is longer than " + std::to_string(kPermissionsBytesMax) + " bytes"
               : std::string();
}

std::string take_hsts(Settings& to, std::string_view value) {
    to.has_hsts = value != kOff;
    return to.has_hsts ? take_number(to.hsts_seconds, value, 0, kHstsSecondsMax) : std::string();
}

constexpr OptionRule<Settings> kOptions[] = {
    {"csp", [](Settings& to, std::string_view value) { return to.csp.add(value); }},
    {"csp_report_only",
     [](Settings& to, std::string_view value) { return take_flag(to.only_reports, value); }},
    {"frame", take_frame},
    {"nosniff",
     [](Settings& to, std::string_view value) { return take_flag(to.is_nosniff, value); }},
    {"referrer", take_referrer},
    {"permissions", take_permissions},
    {"xss_protection", take_xss},
    {"hsts", take_hsts},
    {"hsts_subdomains",
     [](Settings& to, std::string_view value) { return take_flag(to.includes_subdomains, value); }},
    {"hsts_preload",
     [](Settings& to, std::string_view value) { return take_flag(to.is_preloaded, value); }},
};

class SecurityHeaders final : public Middleware {
public:
    explicit SecurityHeaders(Settings settings)
        : Middleware("security_headers", Phase::security),
          settings_(std::move(settings)),
          csp_name_(settings_.only_reports ? "Content-Security-Policy-Report-Only"
                                           : "Content-Security-Policy") {
        // The policy with its line around it, cut where the nonce stands.
        csp_pieces_ = settings_.csp.pieces();
        csp_pieces_.front().insert(0, std::string(csp_name_) + ": ");
        csp_pieces_.back() += "\r\n";
        for (const std::string& piece : csp_pieces_) {
            csp_bytes_max_ += piece.size() + http::kNonceBytes;
        }
    }

    std::string summary() const override {
        std::string text = settings_.csp.empty()    ? ""
                           : settings_.only_reports ? "csp (reports)"
                                                    : "csp";
        text += settings_.csp.has_nonce() ? " with nonce" : "";
        text += settings_.has_hsts ? std::string(text.empty() ? "" : ", ") + "hsts" : "";
        return text;
    }

    void prepare(Plan& plan) const override {
        if (settings_.is_nosniff) {
            plan.add_line("X-Content-Type-Options", "nosniff");
        }
        add_unless_empty(plan, "X-Frame-Options", settings_.frame);
        add_unless_empty(plan, "Referrer-Policy", settings_.referrer);
        add_unless_empty(plan, "Permissions-Policy", settings_.permissions);
        add_unless_empty(plan, "X-XSS-Protection", settings_.xss);
        if (settings_.has_hsts) {
            plan.add_line("Strict-Transport-Security",
                          "max-age=" + std::to_string(settings_.hsts_seconds) +
                              (settings_.includes_subdomains ? "; includeSubDomains" : "") +
                              (settings_.is_preloaded ? "; preload" : ""));
        }
        if (settings_.csp.has_nonce()) {
            plan.add_step(*this);
            plan.add_writer(*this, csp_name_, csp_bytes_max_);
        } else if (!settings_.csp.empty()) {
            plan.add_line(csp_name_, settings_.csp.pieces().front());
        }
    }

    // A nonce that could be guessed would be none: without one the request is not served.
    const http::ChainAnswer* run(Visit& visit) const noexcept override {
        static constexpr http::ChainAnswer kNoRandomness{503, "the system has no random numbers"};
        static_assert(2 * Random::kSecretBytes == sizeof visit.notes.nonce);
        Random::Secret secret{};
        if (!visit.random.take_secret(secret)) {
            return &kNoRandomness;
        }
        std::uint64_t halves[2];
        std::memcpy(halves, secret.data(), sizeof halves);
        write_hex(write_hex(visit.notes.nonce, halves[0]), halves[1]);
        visit.notes.has_nonce = true;
        return nullptr;
    }

    char* write(char* out, const http::ChainNotes& notes) const noexcept override {
        if (!notes.has_nonce) {
            return out;
        }
        out = append(out, csp_pieces_.front());
        for (std::size_t index = 1; index < csp_pieces_.size(); ++index) {
            out = append(append(out, {notes.nonce, sizeof notes.nonce}), csp_pieces_[index]);
        }
        return out;
    }

private:
    static void add_unless_empty(Plan& plan, std::string_view name, std::string_view value) {
        if (!value.empty()) {
            plan.add_line(name, value);
        }
    }

    const Settings settings_;
    const std::string_view csp_name_;
    std::vector<std::string> csp_pieces_;
    std::size_t csp_bytes_max_ = 0;
};

}  // namespace

Made make_security_headers(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (settings.is_preloaded &&
        (settings.hsts_seconds < kPreloadSecondsMin || !settings.includes_subdomains)) {
        return std::unexpected("hsts_preload needs hsts of " + std::to_string(kPreloadSecondsMin) +
                               " seconds or more, and hsts_subdomains");
    }
    if (settings.includes_subdomains && !settings.has_hsts) {
        return std::unexpected("hsts_subdomains needs hsts: the seconds it holds for");
    }
    if (settings.only_reports && settings.csp.empty()) {
        return std::unexpected("csp_report_only needs csp: one directive each");
    }
    return std::make_unique<SecurityHeaders>(std::move(settings));
}

}  // namespace trivet::middleware
