#include "addon.h"

#include <new>

#include "loop.h"

namespace trivet_node {

void Addon::release() {
    if (--references == 0) {
        delete this;
    }
}

void Addon::loop_closed() {
    --open_loops;
    if (is_ending && open_loops == 0) {
        napi_remove_async_cleanup_hook(hook);
        release();
    }
}

void AppBox::release() {
    if (--references > 0) {
        return;
    }
    trivet_app_free(app);
    Addon* owner = addon;
    delete this;
    owner->release();
}

void add_export(Addon* addon, napi_value exports, const Export& item) {
    napi_value function = nullptr;
    napi_create_function(addon->env, item.name, NAPI_AUTO_LENGTH, item.callback, addon, &function);
    napi_set_named_property(addon->env, exports, item.name, function);
}

// The environment ends: free the loops now, and wait until libuv has let go of their handles.
static void on_cleanup(napi_async_cleanup_hook_handle handle, void* data) {
    auto* addon = static_cast<Addon*>(data);
    addon->is_ending = true;
    if (addon->make_error != nullptr) {
        napi_delete_reference(addon->env, addon->make_error);
        addon->make_error = nullptr;
    }
    for (LoopBox* box = addon->first_loop; box != nullptr; box = box->next()) {
        box->close();
    }
    if (addon->open_loops == 0) {
        napi_remove_async_cleanup_hook(handle);
        addon->release();
    }
}

}  // namespace trivet_node

NAPI_MODULE_INIT() {
    using namespace trivet_node;
    auto* addon = new (std::nothrow) Addon();
    if (addon == nullptr) {
        napi_throw_error(env, nullptr, "out of memory");
        return nullptr;
    }
    addon->env = env;
    if (napi_get_uv_event_loop(env, &addon->uv) != napi_ok ||
        napi_add_async_cleanup_hook(env, on_cleanup, addon, &addon->hook) != napi_ok) {
        delete addon;
        napi_throw_error(env, nullptr, "the addon cannot be attached to this environment");
        return nullptr;
    }
    export_core(addon, exports);
    export_app(addon, exports);
    export_openapi(addon, exports);
    export_config(addon, exports);
    export_settings(addon, exports);
    export_program(addon, exports);
    export_loop(addon, exports);
    export_loop_items(addon, exports);
    export_request(addon, exports);
    export_forms(addon, exports);
    export_reply(addon, exports);
    export_cookies(addon, exports);
    export_sse(addon, exports);
    return exports;
}
