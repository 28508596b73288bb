#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/regex.h"
#include "route/frozen.h"
#include "route/host.h"
#include "route/match.h"

namespace trivet::route {

// How many expressions may exceed their limits in one match before the rest count as not matching.
inline constexpr std::uint32_t kRegexGiveUpsMax = 4;

// A segment of the path being matched.
struct WalkSegment {
    std::string_view raw;
    std::string_view text;  // decoded
    LiteralKey key;         // of the text
    bool is_encoded;
    bool is_short;  // kLiteralBytesMax at most: text and key are set
};

// What a Scratch holds. Nothing but the counter is initialised.
struct ScratchRoom {
    ScratchRoom() noexcept {}

    std::array<WalkSegment, kSegmentsMax> segments;
    std::array<std::array<char, kLiteralBytesMax>, kSegmentsMax> decoded;
    std::array<char, kRegexBytesMax> regex_text;
    HostName host;
    std::optional<RegexRoom> regex;
    std::uint64_t limits_total = 0;
};

// One walk down the trees for one path. A node's depth is that of the segment it is visited with,
// so each is visited once at most, and each segment is looked at once.
class Walk {
public:
    Walk(const FrozenRoutes& routes, std::uint8_t method, std::string_view path, bool has_escapes,
         ScratchRoom& room, Match& out) noexcept
        : routes_(routes),
          method_(method),
          path_(path),
          has_escapes_(has_escapes),
          room_(room),
          out_(out) {}

    // Looks for the answer in the tree of one host, whose parameters are set already.
    const FrozenRoutes::Route* visit(std::uint32_t root, std::uint32_t params) noexcept {
        return visit(root, 0, params);
    }
    // What to say when no tree had an answer.
    Outcome refuse(const Methods& methods) noexcept;

    std::uint32_t param_count() const noexcept { return param_count_; }
    // How many nodes were visited: at most all there are.
    std::uint32_t visits() const noexcept { return visits_; }

private:
    using Route = FrozenRoutes::Route;

    const Route* visit(std::uint32_t index, std::uint32_t depth, std::uint32_t params) noexcept;
    const Route* visit_params(const FrozenNode& node, std::uint32_t depth,
                              std::uint32_t params) noexcept;
    const Route* visit_regexes(const FrozenNode& node, std::uint32_t depth,
                               std::uint32_t params) noexcept;
    const Route* finish(const FrozenNode& node, std::uint32_t params) noexcept;
    const Route* finish_path(const FrozenNode& node, const WalkSegment& segment,
                             std::uint32_t params) noexcept;
    void prepare() noexcept;
    void decode(WalkSegment& segment) noexcept;
    bool matches(const Regex& regex, const WalkSegment& segment) noexcept;
    void capture(std::uint32_t params, std::string_view raw, bool is_encoded) noexcept {
        MatchedParam& param = out_.params[params];
        param.value = raw;
        param.is_encoded = is_encoded;
        param.is_host = false;
    }

    const FrozenRoutes& routes_;
    const std::uint8_t method_;
    const std::string_view path_;
    const bool has_escapes_;
    ScratchRoom& room_;
    Match& out_;
    std::uint32_t ready_ = 0;  // segments looked at
    std::size_t next_ = 0;     // the slash in front of the next one, or the path's end
    std::uint32_t param_count_ = 0;
    std::uint32_t give_ups_ = 0;
    std::uint32_t visits_ = 0;
    const FrozenNode* first_ = nullptr;  // that would answer other methods
    MethodMask allowed_ = 0;
};

}  // namespace trivet::route
