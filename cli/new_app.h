#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "project.h"

namespace trivet::cli {

// An app to make.
struct NewApp {
    Language language = Language::python;
    std::filesystem::path folder;  // its last part is the app's name
    std::string trivet;            // what it depends on, as --trivet says; empty: as is installed
    std::string package;           // TRIVET_PACKAGE: the package that this command came in
    std::string version;           // of this command
};

// What is wrong with a name, or "".
std::string check_name(const std::string& name);

// What the app's project file says of Trivet; a failure is a wrong --trivet.
std::expected<std::string, std::string> dependency_of(const NewApp& app);

// Writes the files of an app into a folder that is empty or not there yet. Gives their names.
std::expected<std::vector<std::string>, std::string> write_app(const NewApp& app);

// The commands that install what the app needs, to be run in its folder one after the other.
std::vector<std::vector<std::string>> install_commands(Language language);

}  // namespace trivet::cli
