#include <algorithm>
#include <array>

#include "json.h"
#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLooked =
    "looked for \"main\" of package.json and for app, main, server and index, .ts and .js, in src "
    "and beside it";

// What a compiler wrote is not what is worked on.
bool is_output(const fs::path& path) {
    const std::string first = path.lexically_normal().begin()->string();
    return first == "dist" || first == "build" || first == "out";
}

std::string find_entry(const fs::path& root, const std::string& main) {
    const bool has_main = !main.empty() && is_file(root / main);
    if (has_main && !is_output(main)) return fs::path(main).lexically_normal();
    for (const char* stem : {"app", "main", "server", "index"}) {
        for (const char* kind : {".ts", ".mts", ".js", ".mjs", ".cjs"}) {
            for (const char* folder : {"src/", ""}) {
                std::string entry = std::string(folder) + stem + kind;
                if (is_file(root / entry)) return entry;
            }
        }
    }
    return has_main ? main : "";
}

// As Node looks for a package: in node_modules here and in every folder above.
bool has_package(const fs::path& root) {
    for (fs::path folder = root;; folder = folder.parent_path()) {
        if (is_file(folder / "node_modules/trivet/package.json")) return true;
        if (folder == folder.parent_path()) return false;
    }
}

}  // namespace

std::optional<Candidate> find_node(const fs::path& root) {
    if (!is_file(root / "package.json")) return std::nullopt;
    Candidate candidate{"package.json", "", kLooked};
    const auto package = parse_json(read_text(root / "package.json"));
    if (!package) {
        candidate.fault = "package.json, " + package.error() + ",";
        return candidate;
    }
    candidate.entry = find_entry(root, package->string_at("main"));
    return candidate;
}

std::string complete_node(Project& project, Purpose) {
    if (!is_file(project.root / project.entry)) {
        return "the app's entry " + project.entry + " does not exist in " + project.root.string();
    }
    if (!has_package(project.root)) {
        return "the package trivet is not installed in " + project.root.string() +
               "/node_modules: type npm install";
    }
    constexpr std::array kTyped = {".ts", ".mts", ".cts"};
    project.command = {"node"};
    const std::string kind = fs::path(project.entry).extension();
    if (std::ranges::find(kTyped, kind) != kTyped.end()) {
        project.command.insert(project.command.end(), {"--import", "trivet/typescript"});
    }
    project.command.insert(project.command.end(), {"--import", "trivet/serve", project.entry});
    return {};
}

}  // namespace trivet::cli
