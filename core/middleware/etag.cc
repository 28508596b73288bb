// Entity tags of answers, and 304 for who has them, RFC 9110 sections 8.8.3 and 13.
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr std::uint64_t kBytesMax = 64 << 20;  // of which a hash takes 10 ms

struct Settings {
    http::TagRules rules;
    bool is_on = true;
};

constexpr OptionRule<Settings> kOptions[] = {
    {"strong",
     [](Settings& to, std::string_view value) { return take_flag(to.rules.is_strong, value); }},
    {"max_bytes",
     [](Settings& to, std::string_view value) {
         return take_number(to.rules.max_bytes, value, 1, kBytesMax);
     }},
    {"enabled", [](Settings& to, std::string_view value) { return take_flag(to.is_on, value); }},
};

class EntityTags final : public Middleware {
public:
    explicit EntityTags(const Settings& settings)
        : Middleware("etag", Phase::encode), settings_(settings) {}

    std::string summary() const override {
        return !settings_.is_on ? "off" : settings_.rules.is_strong ? "strong" : "weak";
    }
    void prepare(Plan& plan) const override {
        if (settings_.is_on) {
            plan.answer_rules.tags = &settings_.rules;
        }
    }

private:
    const Settings settings_;
};

}  // namespace

Made make_etag(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return std::make_unique<EntityTags>(settings);
}

}  // namespace trivet::middleware
