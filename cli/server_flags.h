#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "flags.h"
#include "trivet.h"

namespace trivet::cli {

// The settings of the server as flags of a command: --port and its like, and --config. Lives as
// long as the parser, which writes into it.
class ServerFlags {
public:
    explicit ServerFlags(CLI::App& parser);
    ServerFlags(const ServerFlags&) = delete;
    ServerFlags& operator=(const ServerFlags&) = delete;

    // Puts what was given into the environment, where every app reads it, and gives it. Throws
    // UsageError for an empty value.
    std::vector<GivenFlag> put_into_environment() const;

private:
    CLI::Option* add(CLI::App& parser, const char* name, std::string& value, const char* help);

    std::vector<std::string> values_;  // in the order of flags()
    std::string config_;
    std::vector<CLI::Option*> options_;  // in the order of flags(), then --config
};

// What is wrong with the settings, in words; empty when all is well. Throws UsageError where a flag
// is to blame.
std::string settings_fault(trivet_app* app, const std::vector<GivenFlag>& given);

}  // namespace trivet::cli
