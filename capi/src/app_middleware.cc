// Native middleware of an app.
#include "convert.h"
#include "middleware/middleware.h"

using namespace trivet;
using namespace trivet::capi;

trivet_status trivet_app_middleware(trivet_app* app, trivet_str kind, const trivet_param* options,
                                    size_t option_count, trivet_middleware** out_middleware,
                                    trivet_error** out_error) {
    std::span<const url::Param> list;
    if (app == nullptr || out_middleware == nullptr || !params_of(options, option_count, list)) {
        return fail({Status::argument, "app, options and out_middleware must not be NULL", {}},
                    out_error);
    }
    auto made = app_of(app)->add_middleware(view(kind), list);
    if (!made) {
        return fail(std::move(made.error()), out_error);
    }
    *out_middleware =
        reinterpret_cast<trivet_middleware*>(const_cast<middleware::Middleware*>(*made));
    return TRIVET_OK;
}

trivet_status trivet_app_use(trivet_app* app, trivet_group* group, trivet_middleware* middleware) {
    if (app == nullptr || middleware == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    return status(app_of(app)->use(group_of(group),
                                   reinterpret_cast<const middleware::Middleware*>(middleware)));
}
