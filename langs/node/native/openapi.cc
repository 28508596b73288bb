// The OpenAPI document: what TypeScript knows of it, and where it is served.
#include "values.h"

namespace trivet_node {

// (app, title, version, description, path, docs, reference, servers): the last [URL, description,
// URL, description, …]
static napi_value openapi_serve(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes title(env, arguments.at(1));
    const Bytes version(env, arguments.at(2));
    const Bytes description(env, arguments.at(3));
    const Bytes path(env, arguments.at(4));
    const Bytes docs(env, arguments.at(5));
    const Bytes reference(env, arguments.at(6));
    Pairs<trivet_param> servers;
    if (!servers.read(env, arguments.at(7))) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_openapi_config config;
    trivet_openapi_config_init(&config, sizeof(config));
    config.title = title.view();
    config.version = version.view();
    config.description = description.view();
    config.path = path.view();
    config.docs_path = docs.view();
    config.reference_path = reference.view();
    config.servers = servers.data();
    config.server_count = servers.count();
    trivet_error* error = nullptr;
    const trivet_status status = trivet_openapi_serve(box->app, &config, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app, index, json)
static napi_value openapi_operation(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes json(env, arguments.at(2));
    trivet_error* error = nullptr;
    const trivet_status status =
        trivet_openapi_operation(box->app, arguments.u32(1), json.view(), &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app, name, json)
static napi_value openapi_schema(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes name(env, arguments.at(1));
    const Bytes json(env, arguments.at(2));
    trivet_error* error = nullptr;
    const trivet_status status = trivet_openapi_schema(box->app, name.view(), json.view(), &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app): the document as text.
static napi_value openapi_document(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_str document{};
    const trivet_status status = trivet_openapi_document(box->app, &document);
    return status == TRIVET_OK ? make_string(env, document)
                               : throw_status(arguments.addon(), status);
}

void export_openapi(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"openapiServe", openapi_serve},
        {"openapiOperation", openapi_operation},
        {"openapiSchema", openapi_schema},
        {"openapiDocument", openapi_document},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
