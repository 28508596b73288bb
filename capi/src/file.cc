#include <span>

#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

constexpr uint32_t kStaticFlags = TRIVET_STATIC_DELIVERED | TRIVET_STATIC_DOT_FILES |
                                  TRIVET_STATIC_NO_SYMLINKS | TRIVET_STATIC_NO_VARIANTS;
constexpr uint32_t kFileFlags = TRIVET_FILE_DOT_FILES | TRIVET_FILE_NO_SYMLINKS;
static_assert(TRIVET_FILE_DOT_FILES == app::kFileDotFiles &&
              TRIVET_FILE_NO_SYMLINKS == app::kFileNoSymlinks && kFileFlags < app::kFileFlagsEnd);

// What is wrong with a configuration, or nullptr.
const char* read_options(const trivet_static_config* config, trivet_static_config& values,
                         http::FileMountOptions& files) {
    if (!read_static_config(values, config)) {
        return "trivet_static_config: unsupported size";
    }
    if ((values.flags & ~kStaticFlags) != 0) {
        return "trivet_static_config: unknown flags";
    }
    if (!params_of(values.cache_rules, values.cache_rule_count, files.cache_rules)) {
        return "trivet_static_config: cache_rules must not be NULL";
    }
    if (!params_of(values.types, values.type_count, files.types)) {
        return "trivet_static_config: types must not be NULL";
    }
    files.index = view(values.index);
    files.fallback = view(values.fallback);
    files.cache_control = view(values.cache_control);
    files.has_dot_files = (values.flags & TRIVET_STATIC_DOT_FILES) != 0;
    files.follows_symlinks = (values.flags & TRIVET_STATIC_NO_SYMLINKS) == 0;
    files.has_variants = (values.flags & TRIVET_STATIC_NO_VARIANTS) == 0;
    return nullptr;
}

const char* route_fault(const trivet_route_config& route, const trivet_static_config& values,
                        trivet_handler handler) {
    if (route.flags != 0 || route.body_schema.size > 0) {
        return "trivet_static_config: route must have neither flags nor body_schema";
    }
    const bool is_delivered = (values.flags & TRIVET_STATIC_DELIVERED) != 0;
    return handler != nullptr && !is_delivered
               ? "trivet_app_static: a handler is for TRIVET_STATIC_DELIVERED"
               : nullptr;
}

}  // namespace

void trivet_static_config_init(trivet_static_config* config, size_t size) {
    fill_static_config(config, size);
}

void trivet_file_init(trivet_file* file, size_t size) { fill_file(file, size); }

trivet_status trivet_app_static(trivet_app* app, trivet_str prefix, trivet_str directory,
                                const trivet_static_config* config, trivet_handler handler,
                                void* user_data, trivet_drop drop, trivet_error** out_error) {
    trivet_static_config values;
    trivet_route_config route_values{};
    app::RouteOptions options;
    http::FileMountOptions files;
    const char* fault =
        app == nullptr ? "app must not be NULL" : read_options(config, values, files);
    if (fault == nullptr) {
        fault = read_route_options(values.route, route_values, options);
    }
    if (fault == nullptr) {
        fault = route_fault(route_values, values, handler);
    }
    if (fault != nullptr) {
        if (drop != nullptr) {
            drop(user_data);
        }
        return fail({Status::argument, fault, {}}, out_error);
    }
    options.pattern = view(prefix);
    files.directory = view(directory);
    const app::Route route{.handler = reinterpret_cast<app::Handler>(handler),
                           .user_data = user_data,
                           .drop = drop,
                           .before = {},
                           .after = {},
                           .decompress = static_cast<app::Decompress>(route_values.decompress),
                           .is_delivered = (values.flags & TRIVET_STATIC_DELIVERED) != 0};
    auto added = app_of(app)->add_static(options, files, route);
    return added ? TRIVET_OK : fail(std::move(added.error()), out_error);
}

trivet_status trivet_app_deliver_static(trivet_app* app, size_t index, uint32_t is_delivered) {
    return app == nullptr || is_delivered > 1
               ? TRIVET_E_ARGUMENT
               : status(app_of(app)->deliver_static(index, is_delivered != 0));
}

trivet_status trivet_reply_static(trivet_request request) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? found.worker->send_static(*found.exchange)
                                             : found.status);
}

trivet_status trivet_reply_file(trivet_request request, const trivet_file* file) {
    trivet_file values;
    if (file == nullptr || !read_file(values, file) || (values.flags & ~kFileFlags) != 0 ||
        values.reserved != 0 || (values.headers == nullptr && values.header_count > 0)) {
        return TRIVET_E_ARGUMENT;
    }
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const auto* fields = reinterpret_cast<const http1::HeaderView*>(values.headers);
    return status(found.worker->send_file(
        *found.exchange, {.directory = view(values.root),
                          .path = view(values.path),
                          .content_type = view(values.content_type),
                          .download_name = view(values.download_name),
                          .cache_control = view(values.cache_control),
                          .fields = {fields, values.header_count},
                          .status = values.status,
                          .follows_symlinks = (values.flags & TRIVET_FILE_NO_SYMLINKS) == 0,
                          .has_dot_files = (values.flags & TRIVET_FILE_DOT_FILES) != 0}));
}
