#pragma once

#include <string>

#include "base/status_gen.h"

namespace trivet::app {

// Why a cold call failed.
struct Error {
    Status status = Status::ok;
    std::string message;  // one line: what failed
    std::string detail;   // where, and what next; may be empty
};

}  // namespace trivet::app
