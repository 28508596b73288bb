#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace trivet::cli {

// A program to run to its end. Its standard output goes to standard error, for the command's own
// output is for what was asked.
struct ProgramCall {
    std::vector<std::string> command;  // found in PATH
    std::filesystem::path folder;      // its working directory
};

// The exit code, 128 + n when signal n ended it; a text when it could not be executed.
std::expected<int, std::string> run_program(const ProgramCall& call);

// Runs a program with the environment's `variable` naming a descriptor, and gives what it wrote
// there. It must have ended in time, with exit code 0.
std::expected<std::string, std::string> read_program(const ProgramCall& call, const char* variable,
                                                     std::chrono::milliseconds time);

// The words as they would be typed.
std::string command_text(const std::vector<std::string>& command);

}  // namespace trivet::cli
