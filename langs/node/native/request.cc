// Requests: each part is read when JavaScript asks for it, and only then becomes a JavaScript
// value.
#include "values.h"

namespace trivet_node {

namespace {

// nullptr, with an error thrown, for a request that was answered.
const trivet_request_view* view_of(const Arguments& arguments) {
    const trivet_request_view* view = nullptr;
    const trivet_status status = trivet_request_get(arguments.request(0), &view);
    if (status == TRIVET_OK) {
        return view;
    }
    throw_status(arguments.addon(), status);
    return nullptr;
}

template <trivet_str trivet_request_view::* kPart>
napi_value text_part(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    return view == nullptr ? nullptr : make_string(env, view->*kPart);
}

template <typename Number, Number trivet_request_view::* kPart>
napi_value number_part(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    return view == nullptr ? nullptr : make_number(env, static_cast<double>(view->*kPart));
}

// [name, value, name, value, …]; trivet_header and trivet_param both have name and value.
template <typename Item>
napi_value make_pairs(napi_env env, const Item* items, size_t count) {
    napi_value result = nullptr;
    napi_create_array_with_length(env, count * 2, &result);
    for (size_t i = 0; i < count; ++i) {
        napi_set_element(env, result, static_cast<uint32_t>(i * 2),
                         make_string(env, items[i].name));
        napi_set_element(env, result, static_cast<uint32_t>(i * 2 + 1),
                         make_string(env, items[i].value));
    }
    return result;
}

using Find = trivet_status (*)(trivet_request, trivet_str, trivet_str*);
using List = trivet_status (*)(trivet_request, const trivet_param**, size_t*);

// (lo, hi, name): the first value of that name, or undefined.
template <Find kFind>
napi_value find_item(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes name(env, arguments.at(2));
    trivet_str value{};
    const trivet_status status = kFind(arguments.request(0), name.view(), &value);
    if (status == TRIVET_E_NOT_FOUND) {
        return make_undefined(env);
    }
    return status == TRIVET_OK ? make_string(env, value) : throw_status(arguments.addon(), status);
}

template <List kList>
napi_value list_items(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_param* items = nullptr;
    size_t count = 0;
    const trivet_status status = kList(arguments.request(0), &items, &count);
    return status == TRIVET_OK ? make_pairs(env, items, count)
                               : throw_status(arguments.addon(), status);
}

}  // namespace

static napi_value request_body(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    if (view == nullptr) {
        return nullptr;
    }
    napi_value result = nullptr;
    const char* data = view->body.size == 0 ? "" : view->body.data;
    napi_create_buffer_copy(env, view->body.size, data, nullptr, &result);
    return result;
}

static napi_value request_headers(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    return view == nullptr ? nullptr : make_pairs(env, view->headers, view->header_count);
}

// (lo, hi, index): the index-th path parameter of the route's pattern.
static napi_value request_param(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    if (view == nullptr) {
        return nullptr;
    }
    const uint32_t index = arguments.u32(2);
    if (index >= view->param_count) {
        return throw_status(arguments.addon(), TRIVET_E_NOT_FOUND);
    }
    return make_string(env, view->params[index].value);
}

void export_request(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"requestMethod", text_part<&trivet_request_view::method>},
        {"requestTarget", text_part<&trivet_request_view::target>},
        {"requestPath", text_part<&trivet_request_view::path>},
        {"requestQueryText", text_part<&trivet_request_view::query>},
        {"requestText", text_part<&trivet_request_view::body>},
        {"requestId", number_part<uint64_t, &trivet_request_view::id>},
        {"requestFlags", number_part<uint32_t, &trivet_request_view::flags>},
        {"requestVersion", number_part<uint32_t, &trivet_request_view::version>},
        {"requestBody", request_body},
        {"requestHeaders", request_headers},
        {"requestParam", request_param},
        {"requestHeader", find_item<trivet_request_header>},
        {"requestQuery", find_item<trivet_request_query>},
        {"requestCookie", find_item<trivet_request_cookie>},
        {"requestQueryItems", list_items<trivet_request_query_items>},
        {"requestCookieItems", list_items<trivet_request_cookie_items>},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
