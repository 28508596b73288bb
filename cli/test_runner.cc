#include "test_runner.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTestFilesMax = 10'000;
constexpr std::array<std::string_view, 6> kTestEnds = {".test.ts", ".test.mts", ".test.cts",
                                                       ".test.js", ".test.mjs", ".test.cjs"};
constexpr std::array<std::string_view, 4> kMadeFolders = {"node_modules", "build", "dist", "out"};

using Words = std::vector<std::string>;

void append(Words& words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
}

bool is_typescript(const std::string& file) {
    return std::ranges::any_of(std::array{".ts", ".mts", ".cts"},
                               [&](const char* end) { return file.ends_with(end); });
}

// Of the arguments, those that are files of the project stand in the place of all of them.
Words node_command(const Project& project, const Words& arguments) {
    std::error_code ignored;
    Words files;
    Words flags;
    for (const std::string& argument : arguments) {
        const bool is_file =
            !argument.starts_with("-") && fs::is_regular_file(project.root / argument, ignored);
        (is_file ? files : flags).push_back(argument);
    }
    if (files.empty()) files = find_node_tests(project.root);
    Words command = {"node"};
    if (is_typescript(project.entry) || std::ranges::any_of(files, is_typescript)) {
        append(command, {"--import", "trivet/typescript"});
    }
    command.emplace_back("--test");
    append(command, flags);
    append(command, files);
    return command;
}

// A package among the arguments stands in the place of all of them.
Words go_command(const Words& arguments) {
    Words command = {"go", "test"};
    const auto is_package = [](const std::string& word) {
        return word.starts_with("./") || word == "." || word.ends_with("/...");
    };
    if (std::ranges::none_of(arguments, is_package)) command.emplace_back("./...");
    append(command, arguments);
    return command;
}

Words c_command(const Words& arguments) {
    constexpr const char* kScript =
        "mkdir -p build && cmake -S . -B build/test -DCMAKE_BUILD_TYPE=Debug "
        "${1:+\"-DCMAKE_PREFIX_PATH=$1\"} >build/test.log 2>&1 && "
        "cmake --build build/test >>build/test.log 2>&1 || { cat build/test.log >&2; exit 1; }\n"
        "shift\n"
        "exec ctest --test-dir build/test --output-on-failure --no-tests=error \"$@\"";
    Words command = {"/bin/sh", "-c", kScript, "trivet", own_prefix()};
    append(command, arguments);
    return command;
}

}  // namespace

std::vector<std::string> find_node_tests(const fs::path& root) {
    Words found;
    std::error_code error;
    auto at = fs::recursive_directory_iterator(root, error);
    for (; !error && at != fs::recursive_directory_iterator() && found.size() < kTestFilesMax;
         at.increment(error)) {
        const std::string name = at->path().filename();
        std::error_code ignored;
        if (at->is_directory(ignored)) {
            const bool is_made = std::ranges::find(kMadeFolders, name) != kMadeFolders.end();
            if (is_made || name.starts_with(".")) at.disable_recursion_pending();
        } else if (std::ranges::any_of(kTestEnds, [&](auto end) { return name.ends_with(end); })) {
            found.push_back(at->path().lexically_relative(root));
        }
    }
    std::ranges::sort(found);
    return found;
}

std::vector<std::string> test_command(const Project& project,
                                      const std::vector<std::string>& arguments) {
    Words command;
    switch (project.language) {
        case Language::python:
            command = {python_of(project.root), "-m", "pytest"};
            append(command, arguments);
            break;
        case Language::node:
            command = node_command(project, arguments);
            break;
        case Language::go:
            command = go_command(arguments);
            break;
        case Language::c:
            command = c_command(arguments);
            break;
    }
    return command;
}

}  // namespace trivet::cli
