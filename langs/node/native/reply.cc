// Answers that do not go through the shared memory: with header fields, large, or from low level.
// They give the status and throw nothing; the TypeScript side decides what is an error.
#include "values.h"

namespace trivet_node {

namespace {

using Answer = trivet_status (*)(trivet_request, uint32_t, trivet_str);

// (lo, hi, status, body)
template <Answer kAnswer>
napi_value answer(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes body(env, arguments.at(3));
    if (body.is_out_of_memory()) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    return make_status(env, kAnswer(arguments.request(0), arguments.u32(2), body.view()));
}

}  // namespace

// (lo, hi, status, content, pairs, body)
static napi_value reply_send(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes body(env, arguments.at(5));
    Pairs<trivet_header> fields;
    if (body.is_out_of_memory() || !fields.read(env, arguments.at(4))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof(reply));
    reply.status = arguments.u32(2);
    reply.content = arguments.u32(3);
    reply.headers = fields.data();
    reply.header_count = fields.count();
    reply.body = body.view();
    return make_status(env, trivet_reply_send(arguments.request(0), &reply));
}

static napi_value reply_empty(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    return make_status(env, trivet_reply_empty(arguments.request(0), arguments.u32(2)));
}

static napi_value reply_fail(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes cause(env, arguments.at(2));
    const Bytes detail(env, arguments.at(3));
    return make_status(env, trivet_reply_fail(arguments.request(0), cause.view(), detail.view()));
}

// (lo, hi, name, value)
static napi_value reply_add_header(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes name(env, arguments.at(2));
    const Bytes value(env, arguments.at(3));
    if (name.is_out_of_memory() || value.is_out_of_memory()) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    return make_status(env,
                       trivet_reply_add_header(arguments.request(0), name.view(), value.view()));
}

// (lo, hi, status, content, pairs, length): a negative length is none.
static napi_value reply_begin(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Pairs<trivet_header> fields;
    if (!fields.read(env, arguments.at(4))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof(reply));
    reply.status = arguments.u32(2);
    reply.content = arguments.u32(3);
    reply.headers = fields.data();
    reply.header_count = fields.count();
    const int64_t length = arguments.i64(5);
    return make_status(
        env, trivet_reply_begin(arguments.request(0),
                                length < 0 ? TRIVET_LENGTH_UNKNOWN : static_cast<uint64_t>(length),
                                &reply));
}

// (lo, hi, bytes): 1 when the writer should wait for room, else the status.
static napi_value reply_write(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes bytes(env, arguments.at(2));
    if (bytes.is_out_of_memory()) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    uint32_t wait = 0;
    const trivet_status status = trivet_reply_write(arguments.request(0), bytes.view(), &wait);
    return make_status(env, status == TRIVET_OK ? static_cast<trivet_status>(wait) : status);
}

// (lo, hi, pairs)
static napi_value reply_end(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Pairs<trivet_header> trailers;
    if (!trailers.read(env, arguments.at(2))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    return make_status(env,
                       trivet_reply_end(arguments.request(0), trailers.data(), trailers.count()));
}

// (lo, hi)
static napi_value reply_static(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    return make_status(env, trivet_reply_static(arguments.request(0)));
}

// (lo, hi, status, flags, path, root, contentType, downloadName, cacheControl, pairs)
static napi_value reply_file(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes path(env, arguments.at(4));
    const Bytes root(env, arguments.at(5));
    const Bytes content_type(env, arguments.at(6));
    const Bytes download_name(env, arguments.at(7));
    const Bytes cache_control(env, arguments.at(8));
    Pairs<trivet_header> fields;
    if (path.is_out_of_memory() || root.is_out_of_memory() || content_type.is_out_of_memory() ||
        download_name.is_out_of_memory() || cache_control.is_out_of_memory() ||
        !fields.read(env, arguments.at(9))) {
        return make_status(env, TRIVET_E_MEMORY);
    }
    trivet_file file;
    trivet_file_init(&file, sizeof(file));
    file.status = arguments.u32(2);
    file.flags = arguments.u32(3);
    file.path = path.view();
    file.root = root.view();
    file.content_type = content_type.view();
    file.download_name = download_name.view();
    file.cache_control = cache_control.view();
    file.headers = fields.data();
    file.header_count = fields.count();
    return make_status(env, trivet_reply_file(arguments.request(0), &file));
}

static napi_value reply_abort(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    return make_status(env, trivet_reply_abort(arguments.request(0)));
}

void export_reply(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"replySend", reply_send},
        {"replyText", answer<trivet_reply_text>},
        {"replyHtml", answer<trivet_reply_html>},
        {"replyXml", answer<trivet_reply_xml>},
        {"replyJson", answer<trivet_reply_json>},
        {"replyBytes", answer<trivet_reply_bytes>},
        {"replyRedirect", answer<trivet_reply_redirect>},
        {"replyProblem", answer<trivet_reply_problem>},
        {"replyEmpty", reply_empty},
        {"replyFail", reply_fail},
        {"replyAddHeader", reply_add_header},
        {"replyBegin", reply_begin},
        {"replyWrite", reply_write},
        {"replyEnd", reply_end},
        {"replyAbort", reply_abort},
        {"replyFile", reply_file},
        {"replyStatic", reply_static},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
