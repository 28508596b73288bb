// Where the settings of an app come from, and the other entries of .env.
#include "values.h"

namespace trivet_node {

static napi_value make_setting(napi_env env, const trivet_setting_info& info) {
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "key", make_string(env, info.key));
    set_property(env, result, "variable", make_string(env, info.variable));
    set_property(env, result, "value", make_string(env, info.value));
    set_property(env, result, "default", make_string(env, info.default_value));
    set_property(env, result, "source", make_number(env, info.source));
    set_property(env, result, "place", make_string(env, info.place));
    set_property(env, result, "allowed", make_string(env, info.allowed));
    set_property(env, result, "help", make_string(env, info.help));
    return result;
}

static napi_value app_settings(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    napi_value result = nullptr;
    napi_create_array(env, &result);
    trivet_setting_info setting{};
    setting.size = sizeof(setting);
    for (uint32_t i = 0; trivet_app_get_setting(box->app, i, &setting) == TRIVET_OK; ++i) {
        napi_set_element(env, result, i, make_setting(env, setting));
    }
    return result;
}

// [name, value, name, value, …]
static napi_value app_variables(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    napi_value result = nullptr;
    napi_create_array(env, &result);
    trivet_param entry{};
    for (uint32_t i = 0; trivet_app_get_variable(box->app, i, &entry) == TRIVET_OK; ++i) {
        napi_set_element(env, result, i * 2, make_string(env, entry.name));
        napi_set_element(env, result, i * 2 + 1, make_string(env, entry.value));
    }
    return result;
}

void export_settings(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"appSettings", app_settings},
        {"appVariables", app_variables},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
