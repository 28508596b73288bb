#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

trivet_status send(trivet_request request, const http::Reply& reply) {
    const Resolved found = resolve(request, false);
    return status(found.status == Status::ok ? found.worker->server().reply(*found.exchange, reply)
                                             : found.status);
}

trivet_status send(trivet_request request, uint32_t code, http::Content content, trivet_str body) {
    return send(request, {.status = code, .content = content, .fields = {}, .body = view(body)});
}

}  // namespace

void trivet_reply_init(trivet_reply* reply, size_t size) { fill_reply(reply, size); }

trivet_status trivet_reply_send(trivet_request request, const trivet_reply* reply) {
    trivet_reply values;
    if (reply == nullptr || !read_reply(values, reply) || values.flags != 0 ||
        (values.headers == nullptr && values.header_count != 0)) {
        return TRIVET_E_ARGUMENT;
    }
    const auto* fields = reinterpret_cast<const http1::HeaderView*>(values.headers);
    return send(request, {.status = values.status,
                          .content = static_cast<http::Content>(values.content),
                          .fields = {fields, values.header_count},
                          .body = view(values.body)});
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
