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

// (lo, hi): who has sent it, the certificate as a Buffer.
static napi_value request_client(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_client* client = nullptr;
    const trivet_status status = trivet_request_client(arguments.request(0), &client);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "flags", make_number(env, client->flags));
    set_property(env, result, "address", make_string(env, client->address));
    set_property(env, result, "port", make_number(env, client->port));
    set_property(env, result, "hops", make_number(env, client->hops));
    set_property(env, result, "scheme", make_string(env, client->scheme));
    set_property(env, result, "host", make_string(env, client->host));
    set_property(env, result, "version", make_string(env, client->tls_version));
    set_property(env, result, "cipher", make_string(env, client->tls_cipher));
    set_property(env, result, "serverName", make_string(env, client->tls_server_name));
    set_property(env, result, "subject", make_string(env, client->certificate_subject));
    set_property(env, result, "fingerprint", make_string(env, client->certificate_fingerprint));
    napi_value der = nullptr;
    napi_create_buffer_copy(env, client->certificate.size, client->certificate.data, nullptr, &der);
    set_property(env, result, "der", der);
    return result;
}

static napi_value request_body(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_request_view* view = view_of(arguments);
    if (view == nullptr) {
        return nullptr;
    }
    return make_buffer(env, view->body);
}

// (lo, hi): a Buffer; 0 at the end; else the status that says why there is none.
static napi_value request_read(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    trivet_str bytes{};
    const trivet_status status = trivet_request_read(arguments.request(0), &bytes);
    return status != TRIVET_OK || bytes.size == 0 ? make_status(env, status)
                                                  : make_buffer(env, bytes);
}

static napi_value request_trailers(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const trivet_header* fields = nullptr;
    size_t count = 0;
    const trivet_status status = trivet_request_trailers(arguments.request(0), &fields, &count);
    return status == TRIVET_OK ? make_pairs(env, fields, count)
                               : throw_status(arguments.addon(), status);
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

// (lo, hi): undefined for a request without a route.
static napi_value request_route(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    trivet_route_info route{};
    route.size = sizeof(route);
    const trivet_status status = trivet_request_route(arguments.request(0), &route);
    if (status == TRIVET_E_NOT_FOUND) {
        return make_undefined(env);
    }
    return status == TRIVET_OK ? make_route(env, route) : throw_status(arguments.addon(), status);
}

namespace {

// A JavaScript value that the engine keeps with a request.
struct Kept {
    napi_env env;
    napi_ref value;  // of an array that holds it: a reference to a primitive cannot be made
};

}  // namespace

static void drop_kept(void* user_data) {
    auto* kept = static_cast<Kept*>(user_data);
    napi_delete_reference(kept->env, kept->value);
    delete kept;
}

// (lo, hi, value)
static napi_value request_set_data(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* kept = new (std::nothrow) Kept{env, nullptr};
    if (kept == nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    napi_value holder = nullptr;
    napi_create_array_with_length(env, 1, &holder);
    napi_set_element(env, holder, 0, arguments.at(2));
    napi_create_reference(env, holder, 1, &kept->value);
    return check(arguments.addon(), trivet_request_set_data(arguments.request(0), kept, drop_kept));
}

static napi_value request_get_data(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    void* data = nullptr;
    const trivet_status status = trivet_request_get_data(arguments.request(0), &data);
    if (status != TRIVET_OK || data == nullptr) {
        return check(arguments.addon(), status);
    }
    napi_value holder = nullptr;
    napi_value value = nullptr;
    napi_get_reference_value(env, static_cast<const Kept*>(data)->value, &holder);
    napi_get_element(env, holder, 0, &value);
    return value;
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
        {"requestRefusal", number_part<uint32_t, &trivet_request_view::refusal>},
        {"requestRoute", request_route},
        {"requestSetData", request_set_data},
        {"requestGetData", request_get_data},
        {"requestBody", request_body},
        {"requestRead", request_read},
        {"requestTrailers", request_trailers},
        {"requestHeaders", request_headers},
        {"requestParam", request_param},
        {"requestHeader", find_item<trivet_request_header>},
        {"requestAttribute", find_item<trivet_request_attribute>},
        {"requestClient", request_client},
        {"requestQuery", find_item<trivet_request_query>},
        {"requestCookie", find_item<trivet_request_cookie>},
        {"requestQueryItems", list_items<trivet_request_query_items>},
        {"requestCookieItems", list_items<trivet_request_cookie_items>},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
