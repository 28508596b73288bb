#pragma once

#include <node_api.h>
#include <uv.h>

#include <cstdint>

#include "trivet.h"

namespace trivet_node {

class LoopBox;

// What one environment (the main thread or one worker) holds. Freed when the environment has run
// the cleanup hook and the last box that points here is gone. Only its own thread touches it.
struct Addon {
    napi_env env = nullptr;
    uv_loop_t* uv = nullptr;
    napi_async_cleanup_hook_handle hook = nullptr;
    napi_ref make_error = nullptr;
    LoopBox* first_loop = nullptr;
    uint32_t open_loops = 0;
    uint32_t references = 1;
    bool is_ending = false;

    void retain() { ++references; }
    void release();
    // Called when a loop's libuv handles are closed; ends the cleanup hook after the last one.
    void loop_closed();
};

// An app and who still needs it: the JavaScript object and every loop made from it.
struct AppBox {
    Addon* addon = nullptr;
    trivet_app* app = nullptr;
    uint32_t references = 1;

    void release();
};

struct Export {
    const char* name;
    napi_callback callback;
};

// Each file of the addon adds its functions to `exports`.
void export_core(Addon* addon, napi_value exports);
void export_app(Addon* addon, napi_value exports);
void export_openapi(Addon* addon, napi_value exports);
void export_config(Addon* addon, napi_value exports);
void export_settings(Addon* addon, napi_value exports);
void export_program(Addon* addon, napi_value exports);
void export_loop(Addon* addon, napi_value exports);
void export_loop_items(Addon* addon, napi_value exports);
void export_request(Addon* addon, napi_value exports);
void export_forms(Addon* addon, napi_value exports);
void export_reply(Addon* addon, napi_value exports);
void export_cookies(Addon* addon, napi_value exports);
void export_sse(Addon* addon, napi_value exports);
void add_export(Addon* addon, napi_value exports, const Export& item);

template <size_t kCount>
void add_exports(Addon* addon, napi_value exports, const Export (&items)[kCount]) {
    for (const Export& item : items) {
        add_export(addon, exports, item);
    }
}

}  // namespace trivet_node
