#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "http/chain.h"
#include "middleware/plan.h"

namespace trivet::middleware {

// The middleware of one route, in the order it runs: by phase, and within one from the app inwards.
class Chain final : public http::Chain {
public:
    static constexpr std::size_t kFieldNameSizes = 64;  // longer names are looked for by nobody

    explicit Chain(std::vector<const Middleware*> order, Plan plan);

    const http::ChainAnswer* on_head(http::Exchange& exchange,
                                     Random& random) const noexcept override;
    char* write_fields(char* out, const http::Exchange& exchange,
                       std::span<const http1::HeaderView> own) const noexcept override;

    std::span<const Middleware* const> order() const noexcept { return order_; }
    // Whether a request would notice it.
    bool does_something() const noexcept {
        return !plan_.steps.empty() || !plan_.lines.empty() || !plan_.writers.empty() ||
               shapes_answers();
    }

private:
    bool is_beaten(std::string_view name, std::span<const http1::HeaderView> own) const noexcept;
    char* write_unbeaten(char* out, const http::ChainNotes& notes,
                         std::span<const http1::HeaderView> own) const noexcept;

    const std::vector<const Middleware*> order_;
    const Plan plan_;
    // The first slot of a field whose name is so long, kNoSlot: there is none.
    std::array<std::uint8_t, kFieldNameSizes> first_slots_;
    std::uint64_t line_sizes_ = 0;  // bit n: a line of answers has a name of n bytes
};

// Where middleware is mounted, from the app inwards.
using Levels = std::vector<std::span<const Middleware* const>>;

// What of it counts for a route, in the order it runs.
std::vector<const Middleware*> arrange(const Levels& levels);

}  // namespace trivet::middleware
