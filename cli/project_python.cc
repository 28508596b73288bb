#include <unistd.h>

#include <cstdlib>

#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
    return is_file(path) && ::access(path.c_str(), X_OK) == 0;
}

std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

}  // namespace

// The project's own environment goes before the active one, which goes before the one that the
// command was installed in.
std::string python_of(const fs::path& root) {
    const fs::path own = root / ".venv/bin/python";
    if (is_executable(own)) return own;
    const std::string active = value_of("VIRTUAL_ENV");
    if (!active.empty() && is_executable(fs::path(active) / "bin/python")) {
        return fs::path(active) / "bin/python";
    }
    const std::string installed = value_of("TRIVET_PYTHON");
    return installed.empty() ? "python3" : installed;
}

std::optional<Candidate> find_python(const fs::path& root) {
    Candidate candidate;
    for (const char* marker : {"pyproject.toml", "requirements.txt", "app.py", "main.py"}) {
        if (candidate.marker.empty() && is_file(root / marker)) candidate.marker = marker;
    }
    if (candidate.marker.empty()) return std::nullopt;
    for (const char* entry : {"app.py", "main.py"}) {
        if (candidate.entry.empty() && is_file(root / entry)) candidate.entry = entry;
    }
    if (!candidate.entry.empty()) return candidate;
    std::vector<std::string> packages;
    for (const std::string& name : folders_in(root / "src")) {
        if (is_file(root / "src" / name / "__main__.py")) packages.push_back("src/" + name);
    }
    if (packages.size() == 1) candidate.entry = packages[0];
    candidate.fault = packages.empty()
                          ? "looked for app.py, main.py and src/<name>/__main__.py"
                          : "both " + packages[0] + " and " + packages.back() + " can be run";
    return candidate;
}

std::string complete_python(Project& project, Purpose) {
    const bool is_path = project.entry.ends_with(".py") || project.entry.contains('/');
    std::error_code ignored;
    if (is_path && !fs::exists(project.root / project.entry, ignored)) {
        return "the app's entry " + project.entry + " does not exist in " + project.root.string();
    }
    project.command = {python_of(project.root), "-m", "trivet", project.entry};
    return {};
}

}  // namespace trivet::cli
