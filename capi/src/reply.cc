#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

constexpr uint32_t kFileFlags = TRIVET_FILE_DOT_FILES | TRIVET_FILE_NO_SYMLINKS;
static_assert(TRIVET_FILE_DOT_FILES == app::kFileDotFiles &&
              TRIVET_FILE_NO_SYMLINKS == app::kFileNoSymlinks && kFileFlags < app::kFileFlagsEnd);

trivet_status send(trivet_request request, const http::Reply& reply) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? found.worker->server().reply(*found.exchange, reply)
                                             : found.status);
}

trivet_status send(trivet_request request, uint32_t code, http::Content content, trivet_str body) {
    return send(request, {.status = code, .content = content, .fields = {}, .body = view(body)});
}

// False when the struct is malformed.
bool take(const trivet_reply* reply, http::Reply& out) {
    trivet_reply values;
    if (reply == nullptr || !read_reply(values, reply) || values.flags != 0 ||
        (values.headers == nullptr && values.header_count != 0)) {
        return false;
    }
    const auto* fields = reinterpret_cast<const http1::HeaderView*>(values.headers);
    out = {.status = values.status,
           .content = static_cast<http::Content>(values.content),
           .fields = {fields, values.header_count},
           .body = view(values.body)};
    return true;
}

// Calls `use` with the server and the unanswered exchange behind a handle.
template <typename Use>
trivet_status with_server(trivet_request request, Use use) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? use(found.worker->server(), *found.exchange)
                                             : found.status);
}

}  // namespace

void trivet_reply_init(trivet_reply* reply, size_t size) { fill_reply(reply, size); }

void trivet_file_init(trivet_file* file, size_t size) { fill_file(file, size); }

trivet_status trivet_reply_send(trivet_request request, const trivet_reply* reply) {
    http::Reply values;
    return take(reply, values) ? send(request, values) : TRIVET_E_ARGUMENT;
}

trivet_status trivet_reply_text(trivet_request request, uint32_t code, trivet_str body) {
    return send(request, code, http::Content::text, body);
}

trivet_status trivet_reply_html(trivet_request request, uint32_t code, trivet_str body) {
    return send(request, code, http::Content::html, body);
}

trivet_status trivet_reply_xml(trivet_request request, uint32_t code, trivet_str body) {
    return send(request, code, http::Content::xml, body);
}

trivet_status trivet_reply_json(trivet_request request, uint32_t code, trivet_str body) {
    return send(request, code, http::Content::json, body);
}

trivet_status trivet_reply_bytes(trivet_request request, uint32_t code, trivet_str body) {
    return send(request, code, http::Content::bytes, body);
}

trivet_status trivet_reply_empty(trivet_request request, uint32_t code) {
    return send(request, code, http::Content::none, {nullptr, 0});
}

trivet_status trivet_reply_redirect(trivet_request request, uint32_t code, trivet_str location) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok
                      ? found.worker->server().reply_redirect(*found.exchange, code, view(location))
                      : found.status);
}

trivet_status trivet_reply_problem(trivet_request request, uint32_t code, trivet_str detail) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok
                      ? found.worker->server().reply_problem(*found.exchange, code, view(detail))
                      : found.status);
}

trivet_status trivet_reply_fail(trivet_request request, trivet_str cause, trivet_str detail) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? found.worker->server().reply_fail(
                                                   *found.exchange, view(cause), view(detail))
                                             : found.status);
}

trivet_status trivet_reply_add_header(trivet_request request, trivet_str name, trivet_str value) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? found.exchange->add_field(view(name), view(value))
                                             : found.status);
}

trivet_status trivet_reply_post(trivet_loop* loop, const void* records, size_t size) {
    if (loop == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    return status(worker_of(loop)->post(records, size));
}

trivet_status trivet_reply_begin(trivet_request request, uint64_t length,
                                 const trivet_reply* reply) {
    http::Reply values;
    if (!take(reply, values)) {
        return TRIVET_E_ARGUMENT;
    }
    return with_server(request, [&](http::Server& server, http::Exchange& exchange) {
        return server.begin(exchange, values, length);
    });
}

trivet_status trivet_reply_write(trivet_request request, trivet_str bytes, uint32_t* out_wait) {
    *out_wait = 0;
    return with_server(request, [&](http::Server& server, http::Exchange& exchange) {
        bool is_full = false;
        const Status result = server.write(exchange, view(bytes), is_full);
        *out_wait = is_full ? 1 : 0;
        return result;
    });
}

trivet_status trivet_reply_end(trivet_request request, const trivet_header* trailers,
                               size_t count) {
    if (trailers == nullptr && count != 0) {
        return TRIVET_E_ARGUMENT;
    }
    const auto* fields = reinterpret_cast<const http1::HeaderView*>(trailers);
    return with_server(request, [&](http::Server& server, http::Exchange& exchange) {
        return server.finish(exchange, {fields, count});
    });
}

trivet_status trivet_reply_abort(trivet_request request) {
    return with_server(request, [](http::Server& server, http::Exchange& exchange) {
        if (exchange.is_in_after_hooks) {
            return Status::state;
        }
        server.break_off(exchange);
        return Status::ok;
    });
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
