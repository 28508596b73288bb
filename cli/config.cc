#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "command.h"
#include "engine.h"
#include "exit_codes.h"
#include "json.h"
#include "schema.h"
#include "server_flags.h"
#include "style.h"
#include "suggest.h"

namespace trivet::cli {
namespace {

constexpr const char* kConfigFooter =
    "\n"
    "Prints the settings as trivet.toml would have them, or the value of KEY alone. The flags of\n"
    "trivet start may be given to see what they would do. What a program sets itself is not known\n"
    "here: app.settings() tells it.\n"
    "\n"
    "Examples:\n"
    "  trivet config --explain\n"
    "  trivet config workers\n"
    "  trivet config --explain --port 8080 port\n"
    "  trivet config --schema > trivet.schema.json\n";

constexpr ExitCode kConfigExitCodes[] = {
    {0, "the settings are well"}, {1, "a setting is malformed"}, {2, "wrong arguments"}};

struct ConfigOptions {
    std::string key;
    bool explains = false;
    bool is_json = false;
    bool is_schema = false;
};

const char* name_of(std::uint32_t source) {
    switch (source) {
        case TRIVET_SOURCE_FILE:
            return "file";
        case TRIVET_SOURCE_ENV_FILE:
            return "env-file";
        case TRIVET_SOURCE_ENVIRONMENT:
            return "environment";
        case TRIVET_SOURCE_PROGRAM:
            return "program";
        case TRIVET_SOURCE_FLAG:
            return "flag";
        default:
            return "default";
    }
}

// Flags come through the environment, and only workers of trivet start know them as flags.
void name_flags(std::vector<Setting>& settings, const std::vector<GivenFlag>& given) {
    for (const GivenFlag& one : given) {
        const auto found = std::ranges::find(settings, one.flag->variable, &Setting::variable);
        if (found == settings.end()) continue;
        found->source = TRIVET_SOURCE_FLAG;
        found->place = one.flag->name;
    }
}

// The setting of a key with its table or without.
std::vector<Setting> only(const std::vector<Setting>& settings, const std::string& key) {
    std::vector<std::string> known;
    for (const Setting& setting : settings) {
        const std::string short_key = setting.key.substr(setting.key.find('.') + 1);
        if (setting.key == key || short_key == key) return {setting};
        known.push_back(key.find('.') == std::string::npos ? short_key : setting.key);
    }
    throw UsageError{"unknown setting '" + key + "'" + did_you_mean(key, known)};
}

void print_json(const std::vector<Setting>& settings) {
    const char* before = "[";
    for (const Setting& setting : settings) {
        std::printf("%s\n  {", before);
        before = ",";
        const std::pair<const char*, std::string> parts[] = {{"key", setting.key},
                                                             {"value", setting.value},
                                                             {"source", name_of(setting.source)},
                                                             {"place", setting.place},
                                                             {"default", setting.default_value},
                                                             {"allowed", setting.allowed},
                                                             {"variable", setting.variable},
                                                             {"help", setting.help}};
        const char* comma = "";
        for (const auto& [name, value] : parts) {
            std::printf("%s\"%s\": %s", comma, name, json_quoted(value).c_str());
            comma = ", ";
        }
        std::printf("}");
    }
    std::printf("\n]\n");
}

std::string written(const Setting& setting) {
    const bool is_text = setting.kind == TRIVET_SETTING_NAME ||
                         setting.kind == TRIVET_SETTING_TEXT || setting.value == "auto";
    return is_text ? json_quoted(setting.value) : setting.value;
}

void print_toml(const std::vector<Setting>& settings) {
    std::string table;
    for (const Setting& setting : settings) {
        if (setting.value.empty()) continue;
        const std::size_t dot = setting.key.find('.');
        if (setting.key.substr(0, dot) != table) {
            std::printf("%s[%s]\n", table.empty() ? "" : "\n", setting.key.substr(0, dot).c_str());
            table = setting.key.substr(0, dot);
        }
        std::printf("%s = %s\n", setting.key.substr(dot + 1).c_str(), written(setting).c_str());
    }
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

std::string from_where(const Setting& setting) {
    return setting.place.empty() ? name_of(setting.source) : setting.place;
}

void print_table(const std::vector<Setting>& settings, const Style& style) {
    std::size_t key_width = 3;
    std::size_t value_width = 5;
    for (const Setting& setting : settings) {
        key_width = std::max(key_width, setting.key.size());
        value_width = std::max(value_width, setting.value.size());
    }
    std::printf(
        "%s\n",
        style.name(padded("KEY", key_width) + "  " + padded("VALUE", value_width) + "  FROM")
            .c_str());
    for (const Setting& setting : settings) {
        const std::string from = from_where(setting);
        const bool is_set = setting.source != TRIVET_SOURCE_DEFAULT;
        std::printf("%s  %s  %s\n", padded(setting.key, key_width).c_str(),
                    padded(setting.value, value_width).c_str(),
                    (is_set ? style.good(from) : style.aside(from)).c_str());
    }
    std::printf("\n%s\n",
                style.aside("flag > program > environment > .env > trivet.toml > default").c_str());
}

void print_one(const Setting& setting, const Style& style) {
    std::printf("%s = %s\n", style.name(setting.key).c_str(), written(setting).c_str());
    const std::pair<const char*, std::string> parts[] = {{"from", from_where(setting)},
                                                         {"default", setting.default_value},
                                                         {"allowed", setting.allowed},
                                                         {"variable", setting.variable},
                                                         {"meaning", setting.help}};
    for (const auto& [name, value] : parts) {
        if (!value.empty()) std::printf("  %-9s %s\n", name, value.c_str());
    }
}

int config(const ConfigOptions& options, const ServerFlags& flags) {
    const std::vector<GivenFlag> given = flags.put_into_environment();
    const AppOwner app(trivet_app_new());
    std::vector<Setting> settings =
        app == nullptr ? std::vector<Setting>{} : settings_of(app.get());
    if (options.is_schema) {
        std::fputs(schema_of(settings).c_str(), stdout);
        return 0;
    }
    if (!options.key.empty()) settings = only(settings, options.key);
    const std::string fault = app == nullptr ? "out of memory" : settings_fault(app.get(), given);
    if (!fault.empty()) {
        std::fprintf(stderr, "trivet config: %s\n", fault.c_str());
        return kExitFailure;
    }
    name_flags(settings, given);
    const Style style = style_of(STDOUT_FILENO);
    if (options.is_json) {
        print_json(settings);
    } else if (options.explains && !options.key.empty()) {
        print_one(settings.front(), style);
    } else if (options.explains) {
        print_table(settings, style);
    } else if (!options.key.empty()) {
        std::printf("%s\n", settings.front().value.c_str());
    } else {
        print_toml(settings);
    }
    return 0;
}

}  // namespace

Command add_config(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("config", "Print the settings and where they come from");
    parser->group(kGroupLook);
    parser->footer(kConfigFooter + exit_codes_text(kConfigExitCodes));
    parser->allow_extras();
    const auto options = std::make_shared<ConfigOptions>();
    parser->add_flag("--explain", options->explains, "Say where each value comes from");
    parser->add_flag("--json", options->is_json, "Print JSON");
    parser->add_flag("--schema", options->is_schema, "Print the JSON schema of trivet.toml");
    parser->add_option("KEY", options->key, "One setting: port, or server.port")->type_name("KEY");
    const auto flags = std::make_shared<ServerFlags>(*parser);
    return {parser, [options, flags] { return config(*options, *flags); }};
}

}  // namespace trivet::cli
