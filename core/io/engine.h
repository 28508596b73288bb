#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/memory.h"
#include "io/loop.h"

namespace trivet::io {

enum class Engine : std::uint32_t { automatic = 0, uring = 1, epoll = 2 };

struct EngineChoice {
    std::unique_ptr<Loop> loop;  // nullptr when none could be had
    std::string reason;          // why this engine, or why none
    int error = 0;
};

// Makes the loop asked for; automatic probes io_uring and falls back to epoll, saying why.
EngineChoice make_loop(Engine engine, Memory& memory, const LoopConfig& config);

}  // namespace trivet::io
