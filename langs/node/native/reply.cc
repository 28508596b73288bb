// Answers that do not go through the shared memory: with header fields, large, or from low level.
// They give the status and throw nothing; the TypeScript side decides what is an error.
#include <cstdlib>
#include <memory>
#include <new>

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

// The header fields of one answer: the texts of [name, value, …] in one block of memory.
class Fields {
public:
    // false when memory is out.
    bool read(napi_env env, napi_value pairs);

    [[nodiscard]] const trivet_header* data() const { return fields_.get(); }
    [[nodiscard]] size_t count() const { return count_; }

private:
    std::unique_ptr<trivet_header[]> fields_;
    std::unique_ptr<char[]> text_;
    size_t count_ = 0;
};

size_t utf8_size(napi_env env, napi_value text) {
    size_t size = 0;
    napi_get_value_string_utf8(env, text, nullptr, 0, &size);
    return size;
}

bool Fields::read(napi_env env, napi_value pairs) {
    uint32_t length = 0;
    if (napi_get_array_length(env, pairs, &length) != napi_ok || length < 2) {
        return true;
    }
    size_t total = 0;
    napi_value item = nullptr;
    for (uint32_t i = 0; i < length; ++i) {
        napi_get_element(env, pairs, i, &item);
        total += utf8_size(env, item) + 1;
    }
    fields_.reset(new (std::nothrow) trivet_header[length / 2]);
    text_.reset(new (std::nothrow) char[total]);
    if (fields_ == nullptr || text_ == nullptr) {
        return false;
    }
    char* at = text_.get();
    for (uint32_t i = 0; i + 1 < length; i += 2) {
        trivet_str parts[2] = {};
        for (uint32_t side = 0; side < 2; ++side) {
            napi_get_element(env, pairs, i + side, &item);
            const auto room = static_cast<size_t>(text_.get() + total - at);
            napi_get_value_string_utf8(env, item, at, room, &parts[side].size);
            parts[side].data = at;
            at += parts[side].size + 1;
        }
        fields_[i / 2] = {parts[0], parts[1]};
    }
    count_ = length / 2;
    return true;
}

}  // namespace

// (lo, hi, status, content, pairs, body)
static napi_value reply_send(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes body(env, arguments.at(5));
    Fields fields;
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

void export_reply(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"replySend", reply_send},
        {"replyText", answer<trivet_reply_text>},
        {"replyHtml", answer<trivet_reply_html>},
        {"replyJson", answer<trivet_reply_json>},
        {"replyBytes", answer<trivet_reply_bytes>},
        {"replyRedirect", answer<trivet_reply_redirect>},
        {"replyProblem", answer<trivet_reply_problem>},
        {"replyEmpty", reply_empty},
        {"replyFail", reply_fail},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
