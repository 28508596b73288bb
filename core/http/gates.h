#pragma once

#include <cstdint>
#include <span>

#include "base/memory.h"

namespace trivet::http {

// A bound on the requests of one route, or of one group together, that are under way.
struct Gate {
    std::uint32_t requests_max = 0;
    std::uint32_t outer = 0;  // number of the gate around it; 0: none
};

// How many requests have come through each gate and not left it. Gates are numbered from 1. Owned
// by a server, loop thread only. Fails for want of memory when it is made, and never after.
class GateCounts {
public:
    GateCounts(Memory& memory, std::span<const Gate> gates) noexcept;
    ~GateCounts();
    GateCounts(const GateCounts&) = delete;
    GateCounts& operator=(const GateCounts&) = delete;

    bool is_ready() const noexcept { return gates_.empty() || counts_ != nullptr; }
    // Whether it, or one around it, is full.
    bool is_full(std::uint32_t gate) const noexcept;
    // Through a gate and all those around it, or, when one of them is full, through none: false.
    bool enter(std::uint32_t gate) noexcept;
    void leave(std::uint32_t gate) noexcept;
    std::uint32_t count(std::uint32_t gate) const noexcept { return counts_[gate - 1]; }

private:
    Memory& memory_;
    const std::span<const Gate> gates_;
    std::uint32_t* counts_ = nullptr;
};

}  // namespace trivet::http
