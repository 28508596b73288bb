#include "schema.h"

#include <string_view>

#include "json.h"

namespace trivet::cli {
namespace {

constexpr const char* kDigits = R"({"type": "string", "pattern": "^[0-9]+$"})";
constexpr const char* kDigitsOrAuto = R"({"type": "string", "pattern": "^(auto|[0-9]+)$"})";
constexpr const char* kBytes = R"({"type": "string", "pattern": "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)?$"})";
constexpr const char* kDuration = R"({"type": "string", "pattern": "^[0-9]+ ?(ms|s|min|h|d)?$"})";

std::string range(const Setting& setting) {
    return R"({"type": "integer", "minimum": )" + std::to_string(setting.low) + R"(, "maximum": )" +
           std::to_string(setting.high) + "}";
}

// A default of 0 may stand below the range.
std::string range_or_default(const Setting& setting) {
    return (setting.default_value == "0" && setting.low > 0 ? R"({"const": 0}, )" : "") +
           range(setting);
}

std::string powers_of_two(const Setting& setting) {
    std::string values = "0";
    for (std::uint64_t value = setting.low; value <= setting.high; value *= 2) {
        values += ", " + std::to_string(value);
    }
    return R"({"enum": [)" + values + "]}";
}

std::string names(std::string_view allowed) {
    std::string list;
    while (!allowed.empty()) {
        const std::size_t end = std::min(allowed.find(", "), allowed.size());
        list += (list.empty() ? "" : ", ") + json_quoted(allowed.substr(0, end));
        allowed.remove_prefix(std::min(end + 2, allowed.size()));
    }
    return "[" + list + "]";
}

std::string rule(const Setting& setting) {
    const auto any_of = [](const std::string& number, const char* text) {
        return R"("anyOf": [)" + number + ", " + text + "]";
    };
    switch (setting.kind) {
        case TRIVET_SETTING_NUMBER:
            return any_of(range(setting), kDigits);
        case TRIVET_SETTING_POWER_OF_TWO:
            return any_of(powers_of_two(setting), kDigits);
        case TRIVET_SETTING_AUTO:
            return any_of(R"({"const": 0}, )" + range(setting), kDigitsOrAuto);
        case TRIVET_SETTING_BYTES:
            return any_of(range_or_default(setting), kBytes);
        case TRIVET_SETTING_DURATION:
            return any_of(range(setting), kDuration);
        case TRIVET_SETTING_NAME:
            return R"("enum": )" + names(setting.allowed);
        default:
            return R"("type": "string", "minLength": 1)";
    }
}

std::string default_of(const Setting& setting) {
    if (setting.default_value.empty()) return {};
    const bool is_number = setting.kind != TRIVET_SETTING_NAME &&
                           setting.kind != TRIVET_SETTING_TEXT && setting.default_value != "auto";
    return R"("default": )" +
           (is_number ? setting.default_value : json_quoted(setting.default_value)) + ", ";
}

std::string table(std::span<const Setting> settings, std::string_view name) {
    std::string properties;
    for (const Setting& setting : settings) {
        const std::string_view key(setting.key);
        if (!key.starts_with(name) || key.substr(name.size(), 1) != ".") continue;
        properties += properties.empty() ? "\n" : ",\n";
        properties += "        " + json_quoted(key.substr(name.size() + 1)) + ": {\n";
        properties += R"(          "description": )" +
                      json_quoted(setting.help + ". Allowed: " + setting.allowed) + ",\n";
        properties += "          " + default_of(setting) + rule(setting) + "\n        }";
    }
    return R"("type": "object",
      "additionalProperties": false,
      "properties": {)" +
           properties + "\n      }";
}

}  // namespace

std::string schema_of(std::span<const Setting> settings) {
    return R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$comment": "written by trivet config --schema; do not edit",
  "title": "trivet.toml",
  "type": "object",
  "properties": {
    "server": {
      "description": "The server",
      )" + table(settings, "server") +
           R"(
    },
    "app": {
      "description": "How the trivet command finds, builds and starts the program",
      )" + table(settings, "app") +
           R"(
    }
  }
}
)";
}

}  // namespace trivet::cli
