#include "app/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "app/activation.h"
#include "app/settings_file.h"
#include "app/settings_value.h"
#include "app/text_file.h"

namespace trivet::app {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::size_t kQuotedBytesMax = 100;
constexpr const char* kDefaultFile = "trivet.toml";
constexpr const char* kFileVariable = "TRIVET_CONFIG";
constexpr std::string_view kOwnVariables = "TRIVET_";
constexpr std::string_view kTables[] = {"server", "app"};

// The settings of a table, and the number of the first.
std::span<const Field> fields_of(std::string_view table, std::size_t& first) {
    if (table == kTables[0]) {
        first = 0;
        return fields();
    }
    first = kFieldCount;
    return project_fields();
}

std::optional<std::size_t> index_of(std::span<const Field> known, std::string_view name) {
    for (std::size_t index = 0; index < known.size(); ++index) {
        if (known[index].name == name) return index;
    }
    return {};
}

// Where settings are read from: .env, and the process's environment, which beats it.
struct Variables {
    const Environment& environment;
    std::vector<EnvEntry> entries;

    // A variable that is set to nothing counts as not set.
    std::string_view find(const std::string& name, Origin& origin) const {
        const char* value = environment(name.c_str());
        if (value != nullptr && *value != '\0') {
            origin = {Source::environment, 0};
            return value;
        }
        const auto entry = std::find_if(entries.rbegin(), entries.rend(), [&](const EnvEntry& one) {
            return one.name == name && !one.value.empty();
        });
        if (entry == entries.rend()) return {};
        origin = {Source::env_file, entry->line};
        return entry->value;
    }
    std::string_view find(const std::string& name) const {
        Origin origin;
        return find(name, origin);
    }
};

bool assign(std::size_t number, std::string_view text, Settings& settings) {
    const Field& field = setting_field(number);
    if (field.get == nullptr) {
        (field.text != nullptr ? field.text(settings.config)
                               : settings.project[number - kFieldCount]) = text;
        return is_allowed_text(field, text);
    }
    const auto value = parse_value(field, text);
    if (value) {
        field.set(settings.config, *value);
    }
    return value.has_value();
}

std::string wrong_value(std::string_view what, std::string_view value, const Field& field) {
    return std::string(what) + " is " + std::string(value) + ", allowed are " +
           allowed_values(field);
}

std::string quoted(std::string_view text) {
    const bool is_long = text.size() > kQuotedBytesMax;
    return "'" + std::string(text.substr(0, kQuotedBytesMax)) + (is_long ? "…'" : "'");
}

std::string at_line(const std::string& path, std::uint32_t line, const std::string& what) {
    return path + ":" + std::to_string(line) + ": " + what;
}

std::string why_unreadable(int error) {
    return error == EFBIG    ? "larger than 1 MiB"
           : error == EINVAL ? "no regular file"
                             : std::strerror(error);
}

// Each of these gives what is wrong; nothing when all is well.

std::string read_variables(Variables& variables, Settings& settings) {
    const auto text = read_text_file(kEnvFile, kFileBytesMax);
    if (!text) {
        // Some keep a folder of this name.
        const int error = text.error();
        return error == ENOENT || error == ENOTDIR || error == EINVAL
                   ? ""
                   : std::string("cannot read ") + kEnvFile + ": " + why_unreadable(error);
    }
    auto entries = parse_env(*text);
    if (!entries) {
        return at_line(kEnvFile, entries.error().line, entries.error().message);
    }
    variables.entries = std::move(*entries);
    for (const EnvEntry& entry : variables.entries) {
        if (!entry.name.starts_with(kOwnVariables)) settings.variables.push_back(entry);
    }
    return {};
}

std::string apply_entry(const FileEntry& entry, Settings& settings) {
    std::size_t first = 0;
    const std::span<const Field> known = fields_of(entry.table, first);
    const auto index = index_of(known, entry.key);
    if (!index) {
        std::string message = "unknown setting " + quoted(entry.key);
        const std::string_view nearest = nearest_field(known, entry.key);
        return nearest.empty() ? message : message + "; did you mean " + quoted(nearest) + "?";
    }
    const Field& field = known[*index];
    const bool is_string = entry.type == FileEntry::Type::string;
    if (entry.type == FileEntry::Type::other || (field.kind == FieldKind::text && !is_string) ||
        !assign(first + *index, entry.text, settings)) {
        return wrong_value(field.name, is_string ? quoted(entry.text) : entry.text, field);
    }
    settings.origins[first + *index] = {Source::file, entry.line};
    return {};
}

std::string apply_file(Variables& variables, Settings& settings) {
    const std::string_view named = variables.find(kFileVariable);
    const std::string path(named.empty() ? kDefaultFile : named);
    const auto text = read_text_file(path, kFileBytesMax);
    if (!text) {
        const int error = text.error();
        if (named.empty() && (error == ENOENT || error == ENOTDIR)) {
            return {};
        }
        return named.empty() ? "cannot read " + path + ": " + why_unreadable(error)
                             : std::string(kFileVariable) + " names " + quoted(path) +
                                   ", which cannot be read: " + why_unreadable(error);
    }
    settings.file = path;
    const auto entries = parse_tables(*text, kTables);
    if (!entries) {
        return at_line(path, entries.error().line, entries.error().message);
    }
    for (const FileEntry& entry : *entries) {
        const std::string fault = apply_entry(entry, settings);
        if (!fault.empty()) {
            return at_line(path, entry.line, fault);
        }
    }
    return {};
}

std::string apply_variables(Variables& variables, Settings& settings) {
    for (std::size_t number = 0; number < kSettingCount; ++number) {
        const Field& field = setting_field(number);
        const std::string name = variable_of(field);
        Origin origin;
        const std::string_view value = variables.find(name, origin);
        if (value.empty()) {
            continue;
        }
        if (!assign(number, value, settings)) {
            const std::string fault = wrong_value(name, quoted(value), field);
            return origin.line == 0 ? fault : at_line(kEnvFile, origin.line, fault);
        }
        settings.origins[number] = origin;
    }
    return {};
}

// `trivet start` and `trivet dev` name the settings that are their flags, whose values are in the
// environment like others. They are meant for the workers, and for whoever is to take dev's
// listener (who cannot, behind a wrapper, is not to serve elsewhere), not for what those start in
// their turn.
std::string apply_flags(Variables& variables, Settings& settings) {
    std::string_view names = variables.find("TRIVET_FLAGS");
    if (variables.find("TRIVET_WORKER").empty() &&
        variables.environment(kListenPidVariable) == nullptr) {
        return {};
    }
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view name = names.substr(0, end);
        names.remove_prefix(std::min(end + 1, names.size()));
        const auto index = index_of(fields(), name);
        if (!index) {
            return "TRIVET_FLAGS names " + quoted(name) + ", which is no setting";
        }
        settings.is_flag[*index] = settings.origins[*index].source == Source::environment;
    }
    return {};
}

}  // namespace

Settings load_settings(const Environment& environment) {
    Settings settings;
    Variables variables{environment, {}};
    for (const auto apply : {read_variables, apply_file, apply_variables, apply_flags}) {
        settings.error = apply(variables, settings);
        if (!settings.error.empty()) {
            break;
        }
    }
    return settings;
}

Settings load_settings() {
    return load_settings([](const char* name) { return std::getenv(name); });
}

Config settle(const Settings& settings, Config program) {
    const Config& given = settings.config;
    if (program.engine == io::Engine::automatic) program.engine = given.engine;
    if (program.log_level == 0) program.log_level = given.log_level;
    for (std::size_t index = 0; index < kFieldCount; ++index) {
        const Field& field = fields()[index];
        if (!settings.is_flag[index]) {
            continue;
        }
        if (field.kind == FieldKind::text) {
            field.text(program) = field.text_in(given);
        } else {
            field.set(program, field.get(given));
        }
    }
    return program;
}

}  // namespace trivet::app
