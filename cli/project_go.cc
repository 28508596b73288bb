#include <algorithm>

#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// Whether a source is one of package main, which its first line of code says.
bool is_main(const fs::path& file) {
    const std::string text = "\n" + read_text(file);
    return text.contains("\npackage main\n") || text.contains("\npackage main ") ||
           text.contains("\npackage main\r") || text.contains("\npackage main;");
}

bool has_main(const fs::path& folder) {
    std::error_code error;
    for (auto at = fs::directory_iterator(folder, error); at != fs::directory_iterator();
         at.increment(error)) {
        if (error) break;
        const std::string name = at->path().filename();
        if (name.ends_with(".go") && !name.ends_with("_test.go") && is_main(at->path())) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<Candidate> find_go(const fs::path& root) {
    std::error_code ignored;
    if (!fs::is_regular_file(root / "go.mod", ignored)) return std::nullopt;
    Candidate candidate{"go.mod", "", "looked for package main here and in cmd/<name>"};
    if (has_main(root)) {
        candidate.entry = ".";
        return candidate;
    }
    std::vector<std::string> programs;
    for (const std::string& name : folders_in(root / "cmd")) {
        if (has_main(root / "cmd" / name)) programs.push_back("./cmd/" + name);
    }
    if (programs.size() == 1) candidate.entry = programs[0];
    if (programs.size() > 1) {
        candidate.fault = "both " + programs[0] + " and " + programs.back() + " can be run";
    }
    return candidate;
}

std::string complete_go(Project& project, Purpose purpose) {
    std::error_code ignored;
    if (!fs::exists(project.root / project.entry, ignored)) {
        return "the app's entry " + project.entry + " does not exist in " + project.root.string();
    }
    // `go build cmd/shop` would be looked for in the standard library.
    const bool is_relative = project.entry.starts_with(".") || project.entry.starts_with("/");
    const std::string package = is_relative ? project.entry : "./" + project.entry;
    const std::string program = output_folder(purpose) + "/app";
    project.build = {"go", "build"};
    // Compressing what debuggers read takes a fifth of the time from a save to the answer.
    project.build.emplace_back(purpose == Purpose::start ? "-trimpath"
                                                         : "-ldflags=-compressdwarf=false");
    project.build.insert(project.build.end(), {"-o", program, package});
    project.command = {"./" + program};
    return {};
}

}  // namespace trivet::cli
