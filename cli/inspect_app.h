#pragma once

#include <expected>
#include <string>

#include "json.h"
#include "project.h"
#include "run_program.h"

namespace trivet::cli {

// Builds a project where it must be built; gives what is wrong, or "".
std::string build_project(const Project& project);

// Starts an app without serving, and gives the document that it writes about itself
// (trivet_app_inspect).
std::expected<Json, std::string> inspect_app(const ProgramCall& call);

}  // namespace trivet::cli
