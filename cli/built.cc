#include "built.h"

#include <array>
#include <fstream>

#include "inspect_app.h"
#include "run_program.h"
#include "sources.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kFolder = "build/app";
constexpr const char* kBundle = "build/app.mjs";
constexpr const char* kStamp = ".built";  // written last, so a folder with it is complete

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

// Whether the settings give commands of their own, of which it is not known what they make.
bool has_own_commands(const Project& project) {
    const auto is_shell = [](const Words& words) {
        return words.size() == 3 && words[0] == "/bin/sh";
    };
    return is_shell(project.build) || is_shell(project.command);
}

std::string tool(const Project& project, const char* name) {
    const fs::path path = project.root / "node_modules/.bin" / name;
    return is_there(path) ? path.string() : "";
}

std::string run(const Words& command, const Project& project) {
    const auto code = run_program({command, project.root});
    if (!code) return code.error();
    return *code == 0
               ? ""
               : "`" + command_text(command) + "` ended with exit code " + std::to_string(*code);
}

Built at(const Project& project, const fs::path& output, Words command) {
    Built built{output, project};
    built.project.build.clear();
    built.project.command = std::move(command);
    return built;
}

Built python_built(const Project& project) {
    return at(project, kFolder,
              {project.command[0], "-m", "trivet", "--in", kFolder, project.entry});
}

// The files of the project with bytecode that is taken without a look at them.
std::string make_python(const Project& project) {
    const fs::path folder = project.root / kFolder;
    std::error_code error;
    fs::remove_all(folder, error);
    for (const fs::path& file : own_files(project.root)) {
        fs::create_directories((folder / file).parent_path(), error);
        if (!fs::copy_file(project.root / file, folder / file, error)) {
            return "cannot copy " + file.string() + " to " + kFolder + ": " + error.message();
        }
    }
    const Words compile = {project.command[0], "-m",   "compileall", "-q", "--invalidation-mode",
                           "unchecked-hash",   kFolder};
    if (std::string fault = run(compile, project); !fault.empty()) return fault;
    std::ofstream stamp(folder / kStamp);
    return stamp ? "" : "cannot write into " + std::string(kFolder);
}

fs::path compiled_name(const std::string& entry) {
    fs::path path = entry;
    const std::string kind = path.extension();
    if (kind == ".ts") path.replace_extension(".js");
    if (kind == ".mts") path.replace_extension(".mjs");
    if (kind == ".cts") path.replace_extension(".cjs");
    return path;
}

Built node_built(const Project& project, const fs::path& output, const fs::path& entry) {
    return at(project, output, {"node", "--enable-source-maps", "--import", "trivet/serve", entry});
}

// How a Node project is built; an empty command when it is run as it is.
struct NodeBuild {
    Words command;
    fs::path output;
    fs::path entry;
};

NodeBuild node_build(const Project& project) {
    if (const std::string esbuild = tool(project, "esbuild"); !esbuild.empty()) {
        return {{esbuild, project.entry, "--bundle", "--platform=node", "--format=esm",
                 "--packages=external", "--sourcemap", "--target=node20", "--log-level=warning",
                 std::string("--outfile=") + kBundle},
                kBundle,
                kBundle};
    }
    const std::string tsc = tool(project, "tsc");
    if (!tsc.empty() && compiled_name(project.entry) != project.entry) {
        return {{tsc, "-p", ".", "--noEmit", "false", "--outDir", kFolder, "--rootDir", ".",
                 "--sourceMap", "--declaration", "false"},
                kFolder,
                fs::path(kFolder) / compiled_name(project.entry)};
    }
    return {};
}

std::expected<Built, std::string> make_node(const Project& project) {
    const NodeBuild build = node_build(project);
    if (build.command.empty()) {
        if (compiled_name(project.entry) != project.entry) {
            return std::unexpected(
                "neither esbuild nor typescript is installed: type npm install --save-dev esbuild");
        }
        return Built{{}, project};
    }
    std::error_code error;
    fs::remove_all(project.root / build.output, error);
    if (std::string fault = run(build.command, project); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (build.output == kFolder) std::ofstream(project.root / kFolder / kStamp);
    return node_built(project, build.output, build.entry);
}

// What a project would be started from once it is built.
std::optional<Built> expected_of(const Project& project) {
    if (has_own_commands(project)) return std::nullopt;
    switch (project.language) {
        case Language::python:
            return python_built(project);
        case Language::node: {
            const NodeBuild build = node_build(project);
            if (!build.command.empty()) return node_built(project, build.output, build.entry);
            // The tools may be left out where the app is only run.
            if (is_there(project.root / kBundle)) return node_built(project, kBundle, kBundle);
            if (!is_there(project.root / kFolder / kStamp)) return std::nullopt;
            return node_built(project, kFolder, fs::path(kFolder) / compiled_name(project.entry));
        }
        case Language::go:
        case Language::c:
            break;
    }
    return at(project, fs::path(project.command[0]).lexically_normal(), project.command);
}

}  // namespace

std::expected<Built, std::string> make_built(const Project& project) {
    if (project.language == Language::node && !has_own_commands(project)) {
        return make_node(project);
    }
    if (project.language == Language::python && !has_own_commands(project)) {
        if (std::string fault = make_python(project); !fault.empty()) {
            return std::unexpected(std::move(fault));
        }
        return python_built(project);
    }
    if (std::string fault = build_project(project); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    const auto built = expected_of(project);
    return built ? *built : Built{{}, project};
}

std::optional<Built> find_built(const Project& project) {
    auto built = expected_of(project);
    if (!built) return std::nullopt;
    const fs::path output = project.root / built->output;
    std::error_code error;
    const bool is_folder = fs::is_directory(output, error);
    const fs::file_time_type made =
        fs::last_write_time(is_folder ? output / kStamp : output, error);
    if (error || made < newest_change(project.root)) return std::nullopt;
    return built;
}

}  // namespace trivet::cli
