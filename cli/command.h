#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace trivet::cli {

// Exit codes of every command.
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

// One command: its flags, and what it does once they are read. Each stands in a file of its own.
struct Command {
    CLI::App* parser = nullptr;  // owned by the root
    std::function<int()> run;    // gives the exit code
};

// Groups of commands in `trivet --help`.
inline constexpr const char* kGroupServe = "Make and serve";
inline constexpr const char* kGroupLook = "Look";
inline constexpr const char* kGroupCommand = "This command";

// Arguments that are wrong: said in one line, with exit code 2.
struct UsageError {
    std::string message;
};

// `behind` is what stands behind `--`, ending with nullptr; nullptr without `--`.
Command add_start(CLI::App& root, char** behind);
Command add_dev(CLI::App& root, char** behind);
Command add_build(CLI::App& root);
Command add_new(CLI::App& root);
Command add_test(CLI::App& root, char** behind);
Command add_client(CLI::App& root);
Command add_routes(CLI::App& root, char** behind);
Command add_openapi(CLI::App& root, char** behind);
Command add_version(CLI::App& root);
Command add_config(CLI::App& root);
Command add_doctor(CLI::App& root);
Command add_completion(CLI::App& root);

std::string version_line();

}  // namespace trivet::cli
