#pragma once

#include <string_view>

#include "app/app.h"

namespace trivet::app {

// Runs an app as a C program: flags and environment, banner, signals, drain. Gives the exit code:
// 0, 1 when it could not start, 2 for wrong arguments. SIGTERM and SIGINT are blocked in the
// calling thread and read as a descriptor, so no handler is installed; SIGPIPE is ignored.
int run_program(App& app, int argc, char** argv, std::string_view version);

}  // namespace trivet::app
