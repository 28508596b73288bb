#pragma once

#include <csignal>
#include <string>

namespace trivet::app {

// Why a process ended, from what waitid() filled in: "exit code 1", "signal SIGKILL". For an info
// of nothing, because somebody else has waited for the process: "an unknown cause".
std::string exit_cause(const siginfo_t& info);

}  // namespace trivet::app
