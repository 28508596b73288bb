#include "engine.h"

namespace trivet::cli {

std::string text_of(trivet_str text) {
    return text.size == 0 ? "" : std::string(text.data, text.size);
}

std::string words_of(trivet_error* error) {
    const std::string message = text_of(trivet_error_message(error));
    const std::string detail = text_of(trivet_error_detail(error));
    trivet_error_free(error);
    return detail.empty() ? message : message + " (" + detail + ")";
}

std::vector<Setting> settings_of(trivet_app* app) {
    std::vector<Setting> settings;
    trivet_setting_info info{};
    info.size = sizeof info;
    while (trivet_app_get_setting(app, settings.size(), &info) == TRIVET_OK) {
        settings.push_back({.key = text_of(info.key),
                            .variable = text_of(info.variable),
                            .value = text_of(info.value),
                            .default_value = text_of(info.default_value),
                            .source = info.source,
                            .kind = info.kind,
                            .place = text_of(info.place),
                            .allowed = text_of(info.allowed),
                            .help = text_of(info.help),
                            .low = info.low,
                            .high = info.high});
    }
    return settings;
}

}  // namespace trivet::cli
