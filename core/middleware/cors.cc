// Cross-origin resource sharing, as the Fetch standard has it (section 3.2).
#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ascii.h"
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/origin.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kOriginsMax = 1000;
constexpr std::size_t kNamesMax = 200;
constexpr std::size_t kComparedMax = 8;  // origins; more are searched
constexpr std::size_t kNameBytesMax = 64;
constexpr std::uint64_t kMaxAgeSeconds = 86'400;  // browsers take no more
constexpr std::string_view kAllowOrigin = "Access-Control-Allow-Origin";

struct Settings {
    std::vector<std::string> origins;   // whole ones, sorted by make_cors
    std::vector<std::string> patterns;  // https://*.example.com
    bool allows_all = false;
    std::vector<std::string> methods;
    std::vector<std::string> headers;
    std::vector<std::string> exposed;
    bool has_credentials = false;
    std::uint64_t max_age_seconds = 0;
    bool has_max_age = false;
};

bool is_any(const std::vector<std::string>& names) {
    return std::ranges::find(names, "*") != names.end();
}

std::string take_origin(Settings& to, std::string_view value) {
    if (value == "*") {
        to.allows_all = true;
        return {};
    }
    if (value != "null") {
        if (std::string fault = origin_fault(value); !fault.empty()) {
            return fault;
        }
    }
    auto& list = value.find("://*.") == std::string_view::npos ? to.origins : to.patterns;
    if (list.size() == kOriginsMax) {
        return "is given more than " + std::to_string(kOriginsMax) + " times";
    }
    list.emplace_back(value);
    return {};
}

std::string take_name(std::vector<std::string>& names, std::string_view value,
                      std::string_view what) {
    if (!is_token(value) || value.size() > kNameBytesMax) {
        return "is " + shown(value) + ", which is no name of a " + std::string(what);
    }
    if (names.size() == kNamesMax) {
        return "is given more than " + std::to_string(kNamesMax) + " times";
    }
    names.emplace_back(value);
    return {};
}

std::string take_method(Settings& to, std::string_view value) {
    if (value == "CONNECT" || value == "TRACE" || value == "TRACK") {
        return "is " + shown(value) + ", which browsers forbid";
    }
    return take_name(to.methods, value, "method");
}

std::string take_max_age(Settings& to, std::string_view value) {
    to.has_max_age = true;
    return take_number(to.max_age_seconds, value, 0, kMaxAgeSeconds);
}

constexpr OptionRule<Settings> kOptions[] = {
    {"origin", take_origin},
    {"method", take_method},
    {"header",
     [](Settings& to, std::string_view value) { return take_name(to.headers, value, "field"); }},
    {"expose",
     [](Settings& to, std::string_view value) { return take_name(to.exposed, value, "field"); }},
    {"credentials",
     [](Settings& to, std::string_view value) { return take_flag(to.has_credentials, value); }},
    {"max_age", take_max_age},
};

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& item : names) {
        text.append(text.empty() ? "" : ", ").append(item);
    }
    return text;
}

class Cors final : public Middleware {
public:
    explicit Cors(Settings settings)
        : Middleware("cors", Phase::security),
          settings_(std::move(settings)),
          methods_(joined(settings_.methods)),
          headers_(joined(settings_.headers)),
          exposed_(joined(settings_.exposed)) {
        for (const std::string& origin : settings_.origins) {
            ready_.push_back(lines_for(origin));
        }
        after_origin_ = std::string("\r\n") + rest_of_lines();
    }

    std::string summary() const override {
        std::string text =
            settings_.allows_all
                ? "origins=*"
                : "origins=" + std::to_string(settings_.origins.size() + settings_.patterns.size());
        return text + (settings_.has_credentials ? " credentials" : "");
    }

    void prepare(Plan& plan) const override {
        plan.answers_preflights = true;
        plan.add_step(*this, "origin");
        if (is_constant()) {
            plan.add_line(kAllowOrigin, "*");
            if (!exposed_.empty()) {
                plan.add_line("Access-Control-Expose-Headers", exposed_);
            }
            return;
        }
        // Whoever keeps an answer must not give it to another origin, allowed or not.
        plan.add_list_line("Vary", "Origin");
        plan.add_writer(*this, kAllowOrigin,
                        kAllowOrigin.size() + 2 + kOriginBytesMax + after_origin_.size());
    }

    const http::ChainAnswer* run(Visit& visit) const noexcept override {
        const FoundField& origin = visit.field(0);
        if (origin.count != 0 && !is_constant()) {
            find_lines(visit.notes, origin);
        }
        return visit.notes.preflight.empty() ? nullptr : answer_preflight(visit);
    }

    char* write(char* out, const http::ChainNotes& notes) const noexcept override {
        if (!notes.cors_lines.empty()) {
            return append(out, notes.cors_lines);
        }
        if (notes.origin.empty()) {
            return out;
        }
        out = append(append(append(out, kAllowOrigin), ": "), notes.origin);
        return append(out, after_origin_);
    }

private:
    // The answer is the same for everybody.
    bool is_constant() const noexcept { return settings_.allows_all; }
    std::string rest_of_lines() const {
        return (settings_.has_credentials
                    ? std::string("Access-Control-Allow-Credentials: true\r\n")
                    : std::string()) +
               (exposed_.empty() ? std::string()
                                 : "Access-Control-Expose-Headers: " + exposed_ + "\r\n");
    }
    std::string lines_for(const std::string& origin) const {
        return std::string(kAllowOrigin) + ": " + origin + "\r\n" + rest_of_lines();
    }
    void find_lines(http::ChainNotes& notes, const FoundField& origin) const noexcept {
        if (!origin.is_single() || origin.value.size() > kOriginBytesMax) {
            return;
        }
        if (const std::string* const lines = find_ready(origin.value)) {
            notes.cors_lines = Str(*lines);
            return;
        }
        for (const std::string& pattern : settings_.patterns) {
            if (is_below(origin.value, pattern)) {
                notes.origin = origin.value;
                return;
            }
        }
    }

    const std::string* find_ready(std::string_view origin) const noexcept {
        const auto& origins = settings_.origins;
        if (origins.size() <= kComparedMax) {
            for (std::size_t index = 0; index < origins.size(); ++index) {
                if (origins[index] == origin) {
                    return &ready_[index];
                }
            }
            return nullptr;
        }
        const auto found = std::ranges::lower_bound(
            origins, origin, {}, [](const std::string& item) { return std::string_view(item); });
        return found != origins.end() && *found == origin
                   ? &ready_[static_cast<std::size_t>(found - origins.begin())]
                   : nullptr;
    }

    const http::ChainAnswer* answer_preflight(Visit& visit) const noexcept {
        static constexpr http::ChainAnswer kDone{204, {}};
        static constexpr http::ChainAnswer kNoMemory{503, "out of memory"};
        static constexpr http::ChainAnswer kBadOrigin{403, "the origin is not allowed"};
        static constexpr http::ChainAnswer kBadMethod{403, "the method is not allowed"};
        static constexpr http::ChainAnswer kBadHeader{403, "a field is not allowed"};
        http::ChainNotes& notes = visit.notes;
        if (visit.field(0).count != 1 ||
            (!is_constant() && notes.cors_lines.empty() && notes.origin.empty())) {
            return &kBadOrigin;
        }
        if (!is_method_allowed(notes)) {
            return &kBadMethod;
        }
        if (!are_headers_allowed(visit.exchange)) {
            return &kBadHeader;
        }
        http::Exchange& exchange = visit.exchange;
        Status status = exchange.add_field("Access-Control-Allow-Methods",
                                           methods_.empty() ? notes.preflight : Str(methods_));
        const auto add = [&exchange, &status](std::string_view name, std::string_view value) {
            status = status == Status::ok ? exchange.add_field(name, value) : status;
        };
        if (!headers_.empty()) {
            add("Access-Control-Allow-Headers", headers_);
        }
        if (settings_.has_max_age) {
            char digits[20];
            const auto end =
                std::to_chars(digits, digits + sizeof digits, settings_.max_age_seconds).ptr;
            add("Access-Control-Max-Age", {digits, static_cast<std::size_t>(end - digits)});
        }
        if (methods_.empty()) {
            add("Vary", "Access-Control-Request-Method");
        }
        return status == Status::ok ? &kDone : &kNoMemory;
    }

    // Methods compare with case. Three are allowed whatever a server says, and without a list all
    // those that the path has.
    bool is_method_allowed(const http::ChainNotes& notes) const noexcept {
        const std::string_view method = notes.preflight;
        if (settings_.methods.empty()) {
            return !notes.is_refused_preflight;
        }
        return method == "GET" || method == "HEAD" || method == "POST" ||
               (!settings_.has_credentials && is_any(settings_.methods)) ||
               std::ranges::find(settings_.methods, method) != settings_.methods.end();
    }

    bool are_headers_allowed(const http::Exchange& exchange) const noexcept {
        const http1::HeaderView* const field =
            exchange.find_header("access-control-request-headers");
        std::string_view rest = field != nullptr ? std::string_view(field->value) : "";
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            const std::string_view name = trimmed(rest.substr(0, comma));
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            if (!name.empty() && !is_header_allowed(name)) {
                return false;
            }
        }
        return true;
    }
    // The wildcard does not stand for Authorization.
    bool is_header_allowed(std::string_view name) const noexcept {
        for (const std::string& allowed : settings_.headers) {
            if (equal_ignoring_case(allowed, name) ||
                (allowed == "*" && !equal_ignoring_case(name, "authorization"))) {
                return true;
            }
        }
        return false;
    }

    const Settings settings_;
    const std::string methods_;
    const std::string headers_;
    const std::string exposed_;
    std::vector<std::string> ready_;  // lines for each of the origins
    std::string after_origin_;
};

}  // namespace

Made make_cors(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (settings.origins.empty() && settings.patterns.empty() && !settings.allows_all) {
        return std::unexpected("origin is missing: one each, like https://app.example.com, or *");
    }
    if (settings.allows_all && (!settings.origins.empty() || !settings.patterns.empty())) {
        return std::unexpected("origin has * beside others: * is all of them");
    }
    const bool is_open = settings.allows_all || is_any(settings.headers) ||
                         is_any(settings.exposed) || is_any(settings.methods) ||
                         std::ranges::find(settings.origins, "null") != settings.origins.end();
    if (settings.has_credentials && is_open) {
        return std::unexpected(
            "credentials go with listed origins, methods and fields only: * and null would let any "
            "page act for your users, and browsers do not take * then");
    }
    std::ranges::sort(settings.origins);
    const auto twice = std::ranges::unique(settings.origins);
    settings.origins.erase(twice.begin(), twice.end());
    return std::make_unique<Cors>(std::move(settings));
}

}  // namespace trivet::middleware
