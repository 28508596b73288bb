#pragma once

#include <cstdint>
#include <string>

#include "base/log.h"
#include "http/limits.h"
#include "io/engine.h"

namespace trivet::app {

// Configuration of an app, checked.
struct Config {
    io::Engine engine = io::Engine::automatic;
    std::uint32_t log_level = 0;  // 0: as TRIVET_LOG says, else info
    http::Limits limits;
    std::uint32_t backlog = 4096;
    io::LoopConfig loop;
};

// The first field that is out of range and why; empty when all is well.
std::string find_fault(const Config& config);

// TRIVET_ENGINE's value, or `configured` when it is automatic's default; false for an unknown
// value.
bool engine_from_environment(io::Engine configured, io::Engine& out);
LogLevel log_level_of(std::uint32_t configured);

}  // namespace trivet::app
