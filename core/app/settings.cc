#include "app/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "app/settings_file.h"
#include "app/settings_value.h"
#include "app/text_file.h"

namespace trivet::app {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::size_t kQuotedBytesMax = 100;
constexpr const char* kDefaultFile = "trivet.toml";
constexpr std::string_view kTable = "server";

std::optional<std::size_t> index_of(std::string_view name) {
    for (std::size_t index = 0; index < kFieldCount; ++index) {
        if (fields()[index].name == name) return index;
    }
    return {};
}

// A variable that is set to nothing counts as not set.
std::string_view variable(const Environment& environment, const std::string& name) {
    const char* value = environment(name.c_str());
    return value == nullptr ? std::string_view{} : value;
}

bool assign(const Field& field, std::string_view text, Config& config) {
    if (field.kind == FieldKind::text) {
        config.host = text;
        return is_allowed_host(text);
    }
    const auto value = parse_value(field, text);
    if (value) {
        field.set(config, *value);
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

// Each of these gives what is wrong; nothing when all is well.

std::string apply_entry(const FileEntry& entry, Settings& settings) {
    const auto index = index_of(entry.key);
    if (!index) {
        std::string message = "unknown setting " + quoted(entry.key);
        const std::string_view nearest = nearest_field(entry.key);
        return nearest.empty() ? message : message + "; did you mean " + quoted(nearest) + "?";
    }
    const Field& field = fields()[*index];
    const bool is_string = entry.type == FileEntry::Type::string;
    if (entry.type == FileEntry::Type::other || (field.kind == FieldKind::text && !is_string) ||
        !assign(field, entry.text, settings.config)) {
        return wrong_value(field.name, is_string ? quoted(entry.text) : entry.text, field);
    }
    settings.origins[*index] = {Source::file, entry.line};
    return {};
}

std::string apply_file(const Environment& environment, Settings& settings) {
    const std::string_view named = variable(environment, "TRIVET_CONFIG");
    const std::string path(named.empty() ? kDefaultFile : named);
    const auto text = read_text_file(path, kFileBytesMax);
    if (!text) {
        const int error = text.error();
        if (named.empty() && (error == ENOENT || error == ENOTDIR)) {
            return {};
        }
        const std::string reason = error == EFBIG    ? "larger than 1 MiB"
                                   : error == EINVAL ? "no regular file"
                                                     : std::strerror(error);
        return named.empty()
                   ? "cannot read " + path + ": " + reason
                   : "TRIVET_CONFIG names " + quoted(path) + ", which cannot be read: " + reason;
    }
    settings.file = path;
    const auto entries = parse_table(*text, kTable);
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

std::string apply_environment(const Environment& environment, Settings& settings) {
    for (std::size_t index = 0; index < kFieldCount; ++index) {
        const Field& field = fields()[index];
        const std::string name = variable_of(field);
        const std::string_view value = variable(environment, name);
        if (value.empty()) {
            continue;
        }
        if (!assign(field, value, settings.config)) {
            return wrong_value(name, quoted(value), field);
        }
        settings.origins[index] = {Source::environment, 0};
    }
    return {};
}

// `trivet start` names the settings that are its flags, whose values are in the environment like
// others. They are meant for its workers, not for what those start in their turn.
std::string apply_flags(const Environment& environment, Settings& settings) {
    std::string_view names = variable(environment, "TRIVET_FLAGS");
    if (variable(environment, "TRIVET_WORKER").empty()) {
        return {};
    }
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view name = names.substr(0, end);
        names.remove_prefix(std::min(end + 1, names.size()));
        const auto index = index_of(name);
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
    for (const auto apply : {apply_file, apply_environment, apply_flags}) {
        settings.error = apply(environment, settings);
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
            program.host = given.host;
        } else {
            field.set(program, field.get(given));
        }
    }
    return program;
}

}  // namespace trivet::app
