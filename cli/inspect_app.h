#pragma once

#include <expected>
#include <string>

#include "json.h"
#include "project.h"
#include "run_program.h"

namespace trivet::cli {

// Builds a project where it must be built; gives what is wrong, or "".
std::string build_project(const Project& project);

// What starts the app: the command behind `--`, else that of the project in the working directory,
// built. `behind` is as of add_routes().
std::expected<ProgramCall, std::string> find_call(char** behind);

// Starts an app without serving, and gives the document that it writes about itself
// (trivet_app_inspect).
std::expected<Json, std::string> inspect_app(const ProgramCall& call);

}  // namespace trivet::cli
