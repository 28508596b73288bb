// Cookies to set.
#include "values.h"

namespace trivet_node {

// More than name, value, domain, path and attributes have together within the engine's limits.
constexpr size_t kCookieText = 8192;

// (flags, sameSite, name, value, domain, path, expires, maxAge): the value of a Set-Cookie field.
// Texts that are undefined are empty, numbers that are undefined are not said.
static napi_value cookie_encode(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes name(env, arguments.at(2));
    const Bytes value(env, arguments.at(3));
    const Bytes domain(env, arguments.at(4));
    const Bytes path(env, arguments.at(5));
    if (name.is_out_of_memory() || value.is_out_of_memory() || domain.is_out_of_memory() ||
        path.is_out_of_memory()) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_cookie cookie;
    trivet_cookie_init(&cookie, sizeof(cookie));
    cookie.flags = arguments.u32(0);
    cookie.same_site = arguments.u32(1);
    cookie.name = name.view();
    cookie.value = value.view();
    cookie.domain = domain.view();
    cookie.path = path.view();
    if (!arguments.is_nullish(6)) {
        cookie.expires = arguments.i64(6);
    }
    if (!arguments.is_nullish(7)) {
        cookie.max_age_s = arguments.i64(7);
    }
    char room[kCookieText];
    size_t size = 0;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_cookie_encode(&cookie, sizeof(room), room, &size, &error);
    return status == TRIVET_OK ? make_string(env, {room, size})
                               : throw_error(arguments.addon(), status, error);
}

void export_cookies(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {{"cookieEncode", cookie_encode}};
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
