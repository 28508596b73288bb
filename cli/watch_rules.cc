#include "watch_rules.h"

#include <fnmatch.h>

#include <algorithm>

namespace trivet::cli {
namespace {

constexpr std::string_view kEnds[] = {
    "py",  "pyi", "js",  "mjs", "cjs", "jsx", "ts",   "mts",    "cts",   "tsx",  "go",
    "c",   "h",   "cc",  "hh",  "cpp", "hpp", "toml", "yaml",   "yml",   "json", "html",
    "htm", "css", "svg", "xml", "sql", "j2",  "tmpl", "gohtml", "jinja", "mod",  "sum",
};
constexpr std::string_view kNames[] = {".env", "CMakeLists.txt", "Makefile", "requirements.txt"};
constexpr std::string_view kFolders[] = {"node_modules", "__pycache__", "build",  "dist",
                                         "target",       "venv",        "vendor", "site-packages"};
// What editors write beside the file, or before it gets its name.
constexpr std::string_view kEditors[] = {"*~", "#*#", "*.swp", "*.swx", "*.tmp", "*___jb_*___"};

std::string_view last_part(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool matches(const std::string& pattern, std::string_view path) {
    const bool is_whole = pattern.find('/') != std::string::npos;
    const std::string text(is_whole ? path : last_part(path));
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool is_any(const std::vector<std::string>& patterns, std::string_view path) {
    return std::ranges::any_of(patterns,
                               [&](const std::string& pattern) { return matches(pattern, path); });
}

}  // namespace

bool WatchRules::skips_folder(std::string_view path) const {
    const std::string_view name = last_part(path);
    return name.starts_with('.') || std::ranges::find(kFolders, name) != std::end(kFolders) ||
           is_any(ignored_, path);
}

bool WatchRules::wants_file(std::string_view path) const {
    if (is_any(ignored_, path)) {
        return false;
    }
    const std::string_view name = last_part(path);
    if (is_any(watched_, path) || std::ranges::find(kNames, name) != std::end(kNames)) {
        return true;
    }
    const std::size_t dot = name.rfind('.');
    const bool is_editors = std::ranges::any_of(
        kEditors, [&](std::string_view pattern) { return matches(std::string(pattern), name); });
    return !is_editors && !name.starts_with('.') && dot != std::string_view::npos &&
           std::ranges::find(kEnds, name.substr(dot + 1)) != std::end(kEnds);
}

std::string WatchRules::default_names() {
    std::string names;
    for (const std::string_view end : kEnds) {
        names += names.empty() ? "." : " .";
        names += end;
    }
    for (const std::string_view name : kNames) {
        names += ' ';
        names += name;
    }
    return names;
}

}  // namespace trivet::cli
