#include "project.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "engine.h"
#include "project_language.h"
#include "suggest.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kTextBytesMax = 1 << 20;

struct LanguageEntry {
    Language language;
    const char* name;
    const char* title;
    const char* files;  // that make a folder one of the language
    std::optional<Candidate> (*find)(const fs::path& root);
    std::string (*complete)(Project& project, Purpose purpose);
};

constexpr std::array<LanguageEntry, 4> kLanguages = {{
    {Language::python, "python", "Python", "app.py, main.py, pyproject.toml, requirements.txt",
     find_python, complete_python},
    {Language::node, "node", "Node", "package.json", find_node, complete_node},
    {Language::go, "go", "Go", "go.mod", find_go, complete_go},
    {Language::c, "c", "C", "CMakeLists.txt with find_package(trivet)", find_c, complete_c},
}};

const LanguageEntry& entry_of(Language language) {
    return *std::ranges::find(kLanguages, language, &LanguageEntry::language);
}

std::string joined(const std::vector<std::string>& words, std::string_view last) {
    std::string text;
    for (std::size_t index = 0; index < words.size(); ++index) {
        if (index > 0) text += index + 1 == words.size() ? last : std::string_view(", ");
        text += words[index];
    }
    return text;
}

std::vector<Found> find_all(const fs::path& root) {
    std::vector<Found> found;
    for (const LanguageEntry& entry : kLanguages) {
        if (auto candidate = entry.find(root)) {
            found.push_back({entry.language, std::move(*candidate)});
        }
    }
    return found;
}

std::string nothing_found(const fs::path& root) {
    std::vector<std::string> files;
    for (const LanguageEntry& entry : kLanguages) {
        files.push_back(std::string(entry.files) + " (" + entry.title + ")");
    }
    return "no app in " + root.string() + ": looked for " + joined(files, " and ") +
           "; `trivet new` makes one, or write under [app] in trivet.toml what to run: "
           "entry = \"…\" or command = \"…\"";
}

std::string several_found(const fs::path& root, const std::vector<Found>& found) {
    std::vector<std::string> kinds;
    std::vector<std::string> lines;
    for (const Found& one : found) {
        kinds.push_back(std::string(title_of(one.language)) + " (" + one.candidate.marker + ")");
        lines.push_back("language = \"" + std::string(name_of(one.language)) + "\"");
    }
    return root.string() + " looks like " + joined(kinds, " and ") +
           ": write under [app] in trivet.toml which it is, " + joined(lines, " or ");
}

// The one language of a folder: one with an app goes before those that only have a project file.
std::expected<Found, std::string> choose(const fs::path& root, std::vector<Found> found) {
    if (found.empty()) return std::unexpected(nothing_found(root));
    const auto has_entry = [](const Found& one) { return !one.candidate.entry.empty(); };
    if (std::ranges::any_of(found, has_entry)) {
        std::erase_if(found, [&](const Found& one) { return !has_entry(one); });
    }
    if (found.size() > 1) return std::unexpected(several_found(root, found));
    return std::move(found[0]);
}

// The language that an entry's name tells; nullopt when it tells none.
std::optional<Language> language_of(const fs::path& root, const std::string& entry) {
    const std::string kind = fs::path(entry).extension();
    constexpr std::array kScripts = {".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"};
    std::error_code ignored;
    if (kind == ".py" || fs::exists(root / entry / "__main__.py", ignored)) return Language::python;
    if (std::ranges::find(kScripts, kind) != kScripts.end()) return Language::node;
    if (kind == ".go") return Language::go;
    return std::nullopt;
}

std::expected<Language, std::string> named_language(const std::string& name) {
    std::vector<std::string> names;
    for (const LanguageEntry& entry : kLanguages) {
        if (name == entry.name) return entry.language;
        names.emplace_back(entry.name);
    }
    return std::unexpected("the app's language is '" + name + "', allowed are " +
                           joined(names, " and ") + did_you_mean(name, names));
}

// Language and entry of a folder that needs no command of its own.
std::expected<Found, std::string> settle(const fs::path& root, const AppSettings& settings) {
    std::optional<Language> language;
    if (!settings.language.empty()) {
        const auto named = named_language(settings.language);
        if (!named) return std::unexpected(named.error());
        language = *named;
    } else if (!settings.entry.empty()) {
        language = language_of(root, settings.entry);
    }
    if (language && !settings.entry.empty()) return Found{*language, {"", settings.entry, ""}};
    std::vector<Found> found = find_all(root);
    if (language) {
        std::erase_if(found, [&](const Found& one) { return one.language != *language; });
        if (found.empty()) {
            const LanguageEntry& entry = entry_of(*language);
            return std::unexpected("no " + std::string(entry.title) + " app in " + root.string() +
                                   ": looked for " + entry.files +
                                   "; write under [app] in trivet.toml which file to run: "
                                   "entry = \"…\"");
        }
    }
    auto chosen = choose(root, std::move(found));
    if (chosen && !settings.entry.empty()) chosen->candidate.entry = settings.entry;
    return chosen;
}

std::vector<std::string> shell(std::string line) { return {"/bin/sh", "-c", std::move(line)}; }

}  // namespace

std::string_view title_of(Language language) { return entry_of(language).title; }

std::string_view name_of(Language language) { return entry_of(language).name; }

std::string output_folder(Purpose purpose) {
    return purpose == Purpose::start ? "build" : "build/dev";
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::string read_text(const fs::path& file) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    if (error || size > kTextBytesMax) return {};
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> folders_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto at = fs::directory_iterator(folder, error); at != fs::directory_iterator();
         at.increment(error)) {
        if (error) break;
        std::error_code ignored;
        if (at->is_directory(ignored)) names.push_back(at->path().filename());
    }
    std::ranges::sort(names);
    return names;
}

std::expected<Project, std::string> find_project(const fs::path& folder, Purpose purpose,
                                                 const AppSettings& settings) {
    std::error_code error;
    Project project;
    project.root = fs::absolute(folder, error);
    auto settled = settle(project.root, settings);
    const bool has_command = !settings.command.empty();
    // With a command of its own, an app may be of no language that is known by its files.
    if (!settled && (!has_command || !settings.language.empty())) {
        if (!has_command) return std::unexpected(settled.error());
        const auto named = named_language(settings.language);
        if (!named) return std::unexpected(named.error());
        settled = Found{*named, {}};
    } else if (!settled) {
        settled = Found{Language::c, {}};
    }
    project.language = settled->language;
    project.entry = settled->candidate.entry;
    if (!has_command) {
        if (project.entry.empty()) {
            return std::unexpected(std::string(title_of(project.language)) +
                                   " project without an app: " + settled->candidate.fault + " in " +
                                   project.root.string() +
                                   "; write under [app] in trivet.toml what to run: entry = \"…\"");
        }
        std::string fault = entry_of(project.language).complete(project, purpose);
        if (!fault.empty()) return std::unexpected(std::move(fault));
    } else {
        project.command = shell("exec " + settings.command);
    }
    if (!settings.build.empty()) project.build = shell(settings.build);
    return project;
}

std::expected<Project, std::string> find_project(const fs::path& folder, Purpose purpose) {
    const AppOwner app(trivet_app_new());
    if (app == nullptr) return std::unexpected("out of memory");
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    trivet_error* error = nullptr;
    if (trivet_app_get_config(app.get(), &config, &error) != TRIVET_OK) {
        return std::unexpected(words_of(error));
    }
    AppSettings settings;
    for (Setting& setting : settings_of(app.get())) {
        if (setting.key == "app.language") settings.language = std::move(setting.value);
        if (setting.key == "app.entry") settings.entry = std::move(setting.value);
        if (setting.key == "app.command") settings.command = std::move(setting.value);
        if (setting.key == "app.build") settings.build = std::move(setting.value);
    }
    return find_project(folder, purpose, settings);
}

}  // namespace trivet::cli
