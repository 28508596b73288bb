#include <algorithm>
#include <regex>

#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

const std::regex& calls() {
    static const std::regex kCalls(R"((\w+)\s*\(\s*([^\s()]*))");
    return kCalls;
}

// CMake's commands are written in any case.
std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
    });
    return text;
}

// What a CMakeLists.txt says of its programs.
struct Programs {
    bool uses_trivet = false;
    std::string project;
    std::vector<std::string> names;
};

Programs read_programs(const std::string& text) {
    static const std::regex kComment("#[^\n]*");
    const std::string code = std::regex_replace(text, kComment, "");
    Programs programs;
    const auto end = std::sregex_iterator();
    for (auto at = std::sregex_iterator(code.begin(), code.end(), calls()); at != end; ++at) {
        const std::string command = lower((*at)[1]);
        std::string argument = (*at)[2];
        if (argument == "${PROJECT_NAME}" || argument == "${CMAKE_PROJECT_NAME}") {
            argument = programs.project;
        }
        if (command == "project") programs.project = argument;
        if (command == "find_package" && argument == "trivet") programs.uses_trivet = true;
        if (command == "add_executable") programs.names.push_back(argument);
    }
    return programs;
}

}  // namespace

std::string own_prefix() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path prefix = program.parent_path().parent_path();
    return !error && fs::exists(prefix / "lib/cmake/trivet", error) ? prefix.string() : "";
}

std::optional<Candidate> find_c(const fs::path& root) {
    const Programs programs = read_programs(read_text(root / "CMakeLists.txt"));
    if (!programs.uses_trivet) return std::nullopt;
    Candidate candidate{"CMakeLists.txt", "", "looked for add_executable in CMakeLists.txt"};
    const std::vector<std::string>& names = programs.names;
    if (std::ranges::find(names, programs.project) != names.end()) {
        candidate.entry = programs.project;
    } else if (names.size() == 1) {
        candidate.entry = names[0];
    } else if (names.size() > 1) {
        candidate.fault = "neither of " + names[0] + " and " + names.back() +
                          " is named like the project in CMakeLists.txt";
    }
    return candidate;
}

std::string complete_c(Project& project, Purpose purpose) {
    static const std::regex kName("[A-Za-z0-9_.+-]+");
    if (!std::regex_match(project.entry, kName)) {
        return "the app's entry '" + project.entry + "' is no name of an executable in CMake";
    }
    // CMake configures again by itself; the first time it leaves a build file only if it succeeds.
    constexpr const char* kScript =
        "test -f \"$1/Makefile\" || test -f \"$1/build.ninja\" || "
        "cmake -S . -B \"$1\" -DCMAKE_BUILD_TYPE=\"$2\" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "
        "-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=\"$PWD/$1/bin\" ${4:+\"-DCMAKE_PREFIX_PATH=$4\"} "
        ">\"$1.log\" 2>&1 || { cat \"$1.log\" >&2; exit 1; }\n"
        "exec cmake --build \"$1\" --target \"$3\"";
    const bool is_release = purpose == Purpose::start;
    const std::string folder = is_release ? "build/release" : "build/dev";
    project.build = {"/bin/sh",     "-c",        std::string("mkdir -p build\n") + kScript,
                     "trivet",      folder,      is_release ? "RelWithDebInfo" : "Debug",
                     project.entry, own_prefix()};
    project.command = {"./" + folder + "/bin/" + project.entry};
    return {};
}

}  // namespace trivet::cli
