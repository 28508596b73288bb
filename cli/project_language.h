#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "project.h"

// What project.cc asks of each language.
namespace trivet::cli {

// A folder as one language sees it.
struct Candidate {
    std::string marker;  // the file that speaks for the language: "package.json"
    std::string entry;   // empty when there is none, or more than one
    std::string fault;   // then: what was looked for
};

struct Found {
    Language language = Language::python;
    Candidate candidate;
};

// The Python of a project.
std::string python_of(const std::filesystem::path& root);

// Where this command is installed with the library, as `cmake --install` lays it out; "" elsewhere.
std::string own_prefix();

// nullopt when nothing in the folder is of the language.
std::optional<Candidate> find_python(const std::filesystem::path& root);
std::optional<Candidate> find_node(const std::filesystem::path& root);
std::optional<Candidate> find_go(const std::filesystem::path& root);
std::optional<Candidate> find_c(const std::filesystem::path& root);

// Fills in the commands of a project whose root and entry are known; gives what is wrong, or "".
std::string complete_python(Project& project, Purpose purpose);
std::string complete_node(Project& project, Purpose purpose);
std::string complete_go(Project& project, Purpose purpose);
std::string complete_c(Project& project, Purpose purpose);

// Where dev and inspect, and where start and build put what they make.
std::string output_folder(Purpose purpose);

// Whether it is a file, or a link to one, that can be looked at.
bool is_file(const std::filesystem::path& path);

// The whole of a text file; empty when it cannot be read or is unreasonably large.
std::string read_text(const std::filesystem::path& file);

// The sorted names of the folders in a folder.
std::vector<std::string> folders_in(const std::filesystem::path& folder);

}  // namespace trivet::cli
