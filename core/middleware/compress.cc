// Content codings of answers, RFC 9110 section 8.4; http::AnswerShape and Connection apply them.
#include <algorithm>
#include <utility>
#include <vector>

#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr std::uint64_t kBytesMax = 1 << 30;
constexpr std::string_view kUsualTypes = "default";

struct Settings {
    std::vector<codec::Coding> codings;
    http::CodingRules rules;
    int gzip_level = codec::level_range(codec::Coding::gzip).usual;
    int br_level = codec::level_range(codec::Coding::brotli).usual;
    int zstd_level = codec::level_range(codec::Coding::zstd).usual;
    bool is_on = true;
};

std::string take_coding(Settings& to, std::string_view value) {
    const auto coding = codec::coding_of(value);
    if (!coding || *coding == codec::Coding::deflate) {
        return "is " + shown(value) + ", allowed are zstd, br and gzip";
    }
    if (std::ranges::find(to.codings, *coding) != to.codings.end()) {
        return "has " + shown(value) + " twice";
    }
    to.codings.push_back(*coding);
    return {};
}

std::string take_level(int& level, codec::Coding coding, std::string_view value) {
    const codec::LevelRange range = codec::level_range(coding);
    std::uint64_t number = 0;
    std::string fault = take_number(number, value, static_cast<std::uint64_t>(range.low),
                                    static_cast<std::uint64_t>(range.high));
    level = fault.empty() ? static_cast<int>(number) : level;
    return fault;
}

std::string take_type(Settings& to, std::string_view value) {
    if (to.rules.types.size() >= http::TypeList::kMax) {
        return "is given more than " + std::to_string(http::TypeList::kMax) + " times";
    }
    if (value == kUsualTypes) {
        to.rules.types.add_usual();
        return {};
    }
    return to.rules.types.add(value)
               ? std::string()
               : "is " + shown(value) + ", allowed are types (text/html), kinds (text/*), " +
                     "suffixes (+json) and default";
}

constexpr OptionRule<Settings> kOptions[] = {
    {"coding", take_coding},
    {"min_bytes",
     [](Settings& to, std::string_view value) {
         return take_number(to.rules.min_bytes, value, 0, kBytesMax);
     }},
    {"max_bytes",
     [](Settings& to, std::string_view value) {
         return take_number(to.rules.max_bytes, value, 1, kBytesMax);
     }},
    {"gzip_level",
     [](Settings& to, std::string_view value) {
         return take_level(to.gzip_level, codec::Coding::gzip, value);
     }},
    {"br_level",
     [](Settings& to, std::string_view value) {
         return take_level(to.br_level, codec::Coding::brotli, value);
     }},
    {"zstd_level",
     [](Settings& to, std::string_view value) {
         return take_level(to.zstd_level, codec::Coding::zstd, value);
     }},
    {"type", take_type},
    {"enabled", [](Settings& to, std::string_view value) { return take_flag(to.is_on, value); }},
};

class Compress final : public Middleware {
public:
    explicit Compress(Settings settings)
        : Middleware("compress", Phase::encode), settings_(std::move(settings)) {}

    std::string summary() const override {
        if (!settings_.is_on) {
            return "off";
        }
        std::string text;
        for (std::size_t index = 0; index < settings_.rules.offer_count; ++index) {
            const http::OfferedCoding& offer = settings_.rules.offers[index];
            text.append(text.empty() ? "" : " ").append(codec::name_of(offer.coding));
            text.append("=").append(std::to_string(offer.level));
        }
        return text + " from " + std::to_string(settings_.rules.min_bytes) + " bytes";
    }
    void prepare(Plan& plan) const override {
        if (settings_.is_on) {
            plan.answer_rules.coding = &settings_.rules;
        }
    }

private:
    const Settings settings_;
};

}  // namespace

Made make_compress(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (settings.rules.min_bytes > settings.rules.max_bytes) {
        return std::unexpected("min_bytes is more than max_bytes");
    }
    if (settings.codings.empty()) {
        // Of what a client likes as much: zstd takes less than half of gzip's CPU for as many
        // bytes, and br fewer bytes than gzip for more CPU (docs/PERFORMANCE.md).
        settings.codings = {codec::Coding::zstd, codec::Coding::brotli, codec::Coding::gzip};
    }
    for (const codec::Coding coding : settings.codings) {
        settings.rules.offer(coding, coding == codec::Coding::gzip     ? settings.gzip_level
                                     : coding == codec::Coding::brotli ? settings.br_level
                                                                       : settings.zstd_level);
    }
    if (settings.rules.types.size() == 0) {
        settings.rules.types.add_usual();
    }
    return std::make_unique<Compress>(std::move(settings));
}

}  // namespace trivet::middleware
