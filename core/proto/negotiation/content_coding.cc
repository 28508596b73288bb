#include "proto/negotiation/content_coding.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "proto/negotiation/weight.h"

namespace trivet::negotiation {
namespace {

using MaybeWeight = std::optional<Weight>;

bool is_coding(std::string_view name, std::string_view coding) noexcept {
    return equal_ignoring_case(name, coding) ||
           (coding == "gzip" && equal_ignoring_case(name, "x-gzip"));
}

void lower_to(MaybeWeight& place, Weight weight) noexcept {
    place = std::min(place.value_or(kWeightMax), weight);
}

// What the field says of each coding that is on offer.
class Weights {
public:
    explicit Weights(std::span<const std::string_view> offered) noexcept
        : offered_(offered.first(std::min(offered.size(), kOfferedMax))) {}

    void read(std::string_view line) noexcept {
        for (bool is_last = false; !is_last;) {
            const std::size_t comma = line.find(',');
            is_last = comma == std::string_view::npos;
            if (const auto choice = parse_choice(line.substr(0, comma))) {
                take(*choice);
            }
            line.remove_prefix(is_last ? line.size() : comma + 1);
        }
    }

    // 0: not at all. Twice the weight, so that there is room for one below the least.
    unsigned rank(std::size_t index) const noexcept {
        if (const MaybeWeight weight = named_[index] ? named_[index] : any_) {
            return *weight * 2U;
        }
        return offered_[index] == kIdentity ? 1 : 0;
    }

    std::optional<std::size_t> best() const noexcept {
        std::optional<std::size_t> best;
        for (std::size_t index = 0; index < offered_.size(); ++index) {
            if (rank(index) > (best ? rank(*best) : 0)) {
                best = index;
            }
        }
        return best;
    }

private:
    void take(const Choice& choice) noexcept {
        if (choice.name == "*") {
            lower_to(any_, choice.weight);
            return;
        }
        for (std::size_t index = 0; index < offered_.size(); ++index) {
            if (is_coding(choice.name, offered_[index])) {
                lower_to(named_[index], choice.weight);
            }
        }
    }

    std::span<const std::string_view> offered_;
    std::array<MaybeWeight, kOfferedMax> named_{};
    MaybeWeight any_;
};

}  // namespace

std::optional<std::size_t> choose_coding(std::span<const std::string_view> lines,
                                         std::span<const std::string_view> offered) noexcept {
    Weights weights(offered);
    for (const std::string_view line : lines) {
        weights.read(line);
    }
    const auto best = weights.best();
    if (best || !lines.empty() || offered.empty()) {
        return best;
    }
    return 0;
}

}  // namespace trivet::negotiation
