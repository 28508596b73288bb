#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "project.h"

namespace trivet::cli {

// What `trivet build` makes of a project.
struct Built {
    std::filesystem::path output;  // relative to the project's root; empty when nothing is made
    Project project;               // started from there
};

// Makes it; for a project found for Purpose::start. A failure says what is wrong.
std::expected<Built, std::string> make_built(const Project& project);

// What was made before, if it is newer than everything it is made of.
std::optional<Built> find_built(const Project& project);

}  // namespace trivet::cli
