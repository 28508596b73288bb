#pragma once

#include <cstddef>
#include <cstdint>

#include "base/memory.h"

namespace trivet::route {

class Router;
struct ScratchRoom;

// Working memory for matching, with all that regular expressions need. Owned by a loop and used on
// its thread, or by whoever matches; taken from `memory` when made, so that matching takes none.
class Scratch {
public:
    // `router` is frozen. When memory is out the scratch is not ready, and must not be matched
    // with.
    Scratch(const Router& router, Memory& memory) noexcept;
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    bool is_ready() const noexcept { return room_ != nullptr; }
    // How often a regular expression was given up because it exceeded a limit.
    std::uint64_t limits_total() const noexcept;

private:
    friend class Router;

    void release() noexcept;

    Memory& memory_;
    ScratchRoom* room_ = nullptr;
};

}  // namespace trivet::route
