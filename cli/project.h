#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::cli {

enum class Language : std::uint8_t { python, node, go, c };

// What the app is started for. `dev` and `inspect` build quickly and with debug information,
// `start` builds for speed; each kind has a folder of its own below build/.
enum class Purpose : std::uint8_t { dev, start, inspect };

// An app that can be built and run.
struct Project {
    Language language = Language::python;
    std::filesystem::path root;        // the folder of the project file
    std::string entry;                 // relative to root; the executable's name in C
    std::vector<std::string> build;    // must succeed first, with root as working directory
    std::vector<std::string> command;  // serves, with root as working directory
};

// The table [app] of trivet.toml and its like in the environment; empty where nothing is said.
struct AppSettings {
    std::string language;
    std::string entry;
    std::string command;
    std::string build;
};

// "Python", for people; "python", as trivet.toml names it.
std::string_view title_of(Language language);
std::string_view name_of(Language language);

// Finds the app of a folder by the files in it. A failure says what was looked for and what to do.
std::expected<Project, std::string> find_project(const std::filesystem::path& folder,
                                                 Purpose purpose);
std::expected<Project, std::string> find_project(const std::filesystem::path& folder,
                                                 Purpose purpose, const AppSettings& settings);

}  // namespace trivet::cli
