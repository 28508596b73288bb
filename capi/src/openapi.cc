#include <span>

#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

std::string text(trivet_str value) { return std::string(view(value)); }

trivet_status answer(std::expected<void, app::Error> result, trivet_error** out_error) {
    return result ? TRIVET_OK : fail(std::move(result.error()), out_error);
}

trivet_status refuse(const char* message, trivet_error** out_error) {
    return fail({Status::argument, message, {}}, out_error);
}

}  // namespace

void trivet_openapi_config_init(trivet_openapi_config* config, size_t size) {
    fill_openapi_config(config, size);
}

// In a section of its own, as the pages are, which it alone names.
[[gnu::section(".text.trivet_openapi_serve")]] trivet_status trivet_openapi_serve(
    trivet_app* app, const trivet_openapi_config* config, trivet_error** out_error) {
    trivet_openapi_config values;
    if (app == nullptr || !read_openapi_config(values, config)) {
        return refuse(
            app == nullptr ? "app must not be NULL" : "trivet_openapi_config: unsupported size",
            out_error);
    }
    if (values.flags != 0 || (values.servers == nullptr && values.server_count > 0)) {
        return refuse(values.flags != 0 ? "trivet_openapi_config: unknown flags"
                                        : "trivet_openapi_config: servers must not be NULL",
                      out_error);
    }
    openapi::Info info{.title = text(values.title),
                       .version = text(values.version),
                       .description = text(values.description),
                       .servers = {}};
    for (const trivet_param& server : std::span(values.servers, values.server_count)) {
        info.servers.emplace_back(text(server.name), text(server.value));
        if (info.servers.size() > openapi::kServersMax) break;  // which is refused
    }
    openapi::Paths paths{text(values.path), text(values.docs_path), text(values.reference_path)};
    return answer(app_of(app)->serve_documentation(std::move(info), std::move(paths),
                                                   openapi::packed_assets()),
                  out_error);
}

trivet_status trivet_openapi_operation(trivet_app* app, size_t index, trivet_str operation,
                                       trivet_error** out_error) {
    return app == nullptr ? refuse("app must not be NULL", out_error)
                          : answer(app_of(app)->set_operation(index, view(operation)), out_error);
}

trivet_status trivet_openapi_schema(trivet_app* app, trivet_str name, trivet_str schema,
                                    trivet_error** out_error) {
    return app == nullptr ? refuse("app must not be NULL", out_error)
                          : answer(app_of(app)->add_schema(view(name), view(schema)), out_error);
}

trivet_status trivet_openapi_document(trivet_app* app, trivet_str* out_document) {
    if (app == nullptr || out_document == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    *out_document = str(app_of(app)->document());
    return TRIVET_OK;
}
