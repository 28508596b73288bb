#include "new_app.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "json.h"
#include "project_language.h"
#include "templates.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 64;
constexpr const char* kGoModule = "github.com/trivet/trivet/langs/go";

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::string whole_path(const fs::path& path) {
    std::error_code ignored;
    const std::string text = fs::absolute(path, ignored).lexically_normal();
    return text.size() > 1 && text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

// "0.1.0" → "0.1"; with `steps`, a minor version later.
std::string minor_of(const std::string& version, int steps) {
    const std::size_t first = version.find('.');
    const int minor = std::atoi(version.c_str() + std::min(first + 1, version.size()));
    return version.substr(0, first) + "." + std::to_string(minor + steps);
}

std::string range_of(const std::string& version) {
    return "trivet>=" + minor_of(version, 0) + ",<" + minor_of(version, 1);
}

// A package that was installed from a file says so beside it (PEP 610).
std::string python_dependency(const NewApp& app) {
    if (is_there(app.trivet)) return "trivet @ file://" + whole_path(app.trivet);
    if (app.trivet.starts_with("trivet")) return app.trivet;
    if (!app.trivet.empty()) return "trivet==" + app.trivet;
    const fs::path site = fs::path(app.package).parent_path();
    for (const std::string& name :
         app.package.empty() ? std::vector<std::string>() : folders_in(site)) {
        if (!name.starts_with("trivet-") || !name.ends_with(".dist-info")) continue;
        const auto origin = parse_json(read_text(site / name / "direct_url.json"));
        const std::string url = origin ? origin->string_at("url") : "";
        if (url.starts_with("file://")) return "trivet @ " + url;
    }
    return range_of(app.version);
}

// npm notes in node_modules where each package came from; files relative to the folder around it.
std::string node_dependency(const NewApp& app) {
    if (is_there(app.trivet)) return "file:" + whole_path(app.trivet);
    if (!app.trivet.empty()) return app.trivet;
    const fs::path modules = fs::path(app.package).parent_path();
    const auto lock = app.package.empty() ? std::unexpected(std::string())
                                          : parse_json(read_text(modules / ".package-lock.json"));
    const Json* packages = lock ? lock->find("packages") : nullptr;
    const Json* own = packages != nullptr ? packages->find("node_modules/trivet") : nullptr;
    const std::string from = own != nullptr ? own->string_at("resolved") : "";
    if (from.starts_with("file:")) {
        return "file:" + whole_path(modules.parent_path() / from.substr(5));
    }
    return "^" + app.version;
}

std::string go_dependency(const NewApp& app) {
    if (is_there(app.trivet)) {
        return "v0.0.0\n\nreplace " + std::string(kGoModule) + " => " + whole_path(app.trivet);
    }
    const std::string version = app.trivet.empty() ? app.version : app.trivet;
    return version.starts_with("v") ? version : "v" + version;
}

// Where the text of a template goes: dot files have other names among the templates.
std::string target_of(std::string_view path) {
    std::string name(path.ends_with(".in") ? path.substr(0, path.size() - 3) : path);
    return name == "gitignore" ? ".gitignore" : name;
}

std::string prepare_folder(const fs::path& folder) {
    std::error_code error;
    if (is_there(folder)) {
        if (!fs::is_directory(folder, error)) return folder.string() + " is a file";
        if (!fs::is_empty(folder, error)) {
            return folder.string() + " is not empty: choose another name, or empty it";
        }
        return error ? folder.string() + ": " + error.message() : "";
    }
    fs::create_directories(folder, error);
    return error ? "cannot make " + folder.string() + ": " + error.message() : "";
}

}  // namespace

std::string check_name(const std::string& name) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const bool is_good = !name.empty() && name.size() <= kNameBytesMax &&
                         kLetters.contains(name[0]) &&
                         name.find_first_not_of(kAllowed) == std::string::npos;
    if (!is_good) {
        return "'" + name +
               "' is no name for an app: it has lower-case letters, digits, - and _, "
               "begins with a letter, and is " +
               std::to_string(kNameBytesMax) + " long at most";
    }
    // npm and CMake know these already, and Python would import the app in place of the package.
    if (name == "trivet" || name == "test") return "'" + name + "' is taken: choose another name";
    return {};
}

std::expected<std::string, std::string> dependency_of(const NewApp& app) {
    switch (app.language) {
        case Language::python:
            return python_dependency(app);
        case Language::node:
            return node_dependency(app);
        case Language::go:
            return go_dependency(app);
        case Language::c:
            break;
    }
    if (app.trivet.empty()) return "";
    if (!is_there(app.trivet)) {
        return std::unexpected("--trivet of a C app is the folder where Trivet is installed, and " +
                               app.trivet + " does not exist");
    }
    return "list(PREPEND CMAKE_PREFIX_PATH \"" + whole_path(app.trivet) + "\")\n";
}

std::expected<std::vector<std::string>, std::string> write_app(const NewApp& app) {
    auto dependency = dependency_of(app);
    if (!dependency) return std::unexpected(dependency.error());
    if (app.language == Language::node) {
        const std::string quoted = json_quoted(*dependency);
        dependency = quoted.substr(1, quoted.size() - 2);
    }
    if (std::string fault = prepare_folder(app.folder); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    const std::string name = fs::path(whole_path(app.folder)).filename();
    const std::string prefix = std::string(name_of(app.language)) + "/";
    std::vector<std::string> written;
    for (const TemplateFile& file : templates()) {
        if (!file.path.starts_with(prefix)) continue;
        const std::string target = target_of(file.path.substr(prefix.size()));
        std::string text(file.text);
        replace_all(text, "{{name}}", name);
        replace_all(text, "{{trivet}}", *dependency);
        std::error_code error;
        fs::create_directories((app.folder / target).parent_path(), error);
        std::ofstream stream(app.folder / target, std::ios::binary);
        stream << text;
        stream.close();
        if (!stream) return std::unexpected("cannot write " + (app.folder / target).string());
        written.push_back(target);
    }
    std::ranges::sort(written);
    return written;
}

std::vector<std::vector<std::string>> install_commands(Language language) {
    using Commands = std::vector<std::vector<std::string>>;
    switch (language) {
        case Language::python: {
            const char* active = std::getenv("VIRTUAL_ENV");
            const char* installed = std::getenv("TRIVET_PYTHON");
            const bool has_active = active != nullptr && *active != '\0';
            const bool has_installed = installed != nullptr && *installed != '\0';
            const std::string python =
                has_active ? std::string(active) + "/bin/python" : ".venv/bin/python";
            Commands commands;
            if (!has_active) {
                commands.push_back({has_installed ? installed : "python3", "-m", "venv", ".venv"});
            }
            commands.push_back({python, "-m", "pip", "install", "--quiet",
                                "--disable-pip-version-check", "-r", "requirements-dev.txt"});
            return commands;
        }
        case Language::node:
            return {{"npm", "install", "--no-audit", "--no-fund"}};
        case Language::go:
            return {{"go", "mod", "tidy"}};
        case Language::c:
            break;
    }
    return {};
}

}  // namespace trivet::cli
