#include "app/exit_cause.h"

#include <iterator>
#include <utility>

namespace trivet::app {
namespace {

constexpr std::pair<int, const char*> kSignalNames[] = {
    {SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"}, {SIGSYS, "SIGSYS"},
};

}  // namespace

std::string exit_cause(const siginfo_t& info) {
    if (info.si_pid == 0) {
        return "an unknown cause";
    }
    if (info.si_code == CLD_EXITED) {
        return "exit code " + std::to_string(info.si_status);
    }
    for (const auto& [number, name] : kSignalNames) {
        if (number == info.si_status) {
            return std::string("signal ") + name;
        }
    }
    return "signal " + std::to_string(info.si_status);
}

}  // namespace trivet::app
