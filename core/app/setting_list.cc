#include "app/setting_list.h"

#include <algorithm>

#include "app/settings_value.h"

namespace trivet::app {
namespace {

// As `trivet start` calls the flag of a field.
std::string flag_of(const Field& field) {
    std::string flag = "--" + std::string(field.name);
    std::ranges::replace(flag, '_', '-');
    return field.variable == "TRIVET_LOG" ? "--log" : flag;
}

std::string place_of(const Settings& settings, const Field& field, const Origin& origin) {
    switch (origin.source) {
        case Source::file:
            return settings.file + ":" + std::to_string(origin.line);
        case Source::env_file:
            return std::string(kEnvFile) + ":" + std::to_string(origin.line);
        case Source::environment:
            return variable_of(field);
        case Source::flag:
            return flag_of(field);
        case Source::program:
        case Source::fallback:
            break;
    }
    return {};
}

Setting describe(const Settings& settings, const Config& now, std::size_t number) {
    const Field& field = setting_field(number);
    Setting setting;
    Origin origin = settings.origins[number];
    if (number < kFieldCount) {
        setting.key = "server." + std::string(field.name);
        setting.value = text_of(field, now);
        setting.default_value = text_of(field, {});
        if (settings.is_flag[number]) {
            origin.source = Source::flag;
        } else if (setting.value != text_of(field, settings.config)) {
            origin.source = Source::program;
        }
    } else {
        setting.key = "app." + std::string(field.name);
        setting.value = settings.project[number - kFieldCount];
    }
    setting.variable = variable_of(field);
    setting.source = origin.source;
    setting.place = place_of(settings, field, origin);
    setting.kind = field.kind;
    if (field.kind != FieldKind::name && field.kind != FieldKind::text) {
        setting.low = field.low;
        setting.high = field.high;
    }
    setting.allowed = allowed_values(field);
    setting.help = field.help;
    return setting;
}

}  // namespace

std::vector<Setting> list_settings(const Settings& settings, const Config& now) {
    std::vector<Setting> list;
    list.reserve(kSettingCount);
    for (std::size_t number = 0; number < kSettingCount; ++number) {
        list.push_back(describe(settings, now, number));
    }
    return list;
}

}  // namespace trivet::app
