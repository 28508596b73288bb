// The ABI's foundations: versions, status names, the error class.
#include "values.h"

namespace trivet_node {

static napi_value version(napi_env env, napi_callback_info) {
    return make_string(env, trivet_version());
}

static napi_value abi_version(napi_env env, napi_callback_info) {
    return make_number(env, trivet_abi_version());
}

static napi_value status_name(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    return make_string(env, trivet_status_name(arguments.i32(0)));
}

// (status, detail, message) => Error; every failed call throws what it returns.
static napi_value set_error_factory(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Addon* addon = arguments.addon();
    if (addon->make_error != nullptr) {
        napi_delete_reference(env, addon->make_error);
        addon->make_error = nullptr;
    }
    napi_create_reference(env, arguments.at(0), 1, &addon->make_error);
    return make_undefined(env);
}

void export_core(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"version", version},
        {"abiVersion", abi_version},
        {"statusName", status_name},
        {"setErrorFactory", set_error_factory},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
