#include <string>

#include "convert.h"
#include "defaults_gen.h"
#include "proto/http1/set_cookie.h"

using namespace trivet;
using namespace trivet::capi;

static_assert(static_cast<uint32_t>(http1::SameSite::lax) == TRIVET_SAME_SITE_LAX);
static_assert(static_cast<uint32_t>(http1::SameSite::strict) == TRIVET_SAME_SITE_STRICT);
static_assert(static_cast<uint32_t>(http1::SameSite::none) == TRIVET_SAME_SITE_NONE);

namespace {

constexpr uint32_t kFlags =
    TRIVET_COOKIE_INSECURE | TRIVET_COOKIE_SCRIPTS | TRIVET_COOKIE_PARTITIONED;

// False when the struct is malformed.
bool take(const trivet_cookie* cookie, http1::SetCookie& out) {
    trivet_cookie values;
    if (cookie == nullptr || !read_cookie(values, cookie) || (values.flags & ~kFlags) != 0 ||
        values.reserved != 0 || values.same_site > TRIVET_SAME_SITE_NONE) {
        return false;
    }
    out = {.name = view(values.name), .value = view(values.value), .domain = view(values.domain)};
    if (values.path.size > 0) {
        out.path = view(values.path);
    }
    if (values.expires != -1) {
        out.expires = values.expires;
    }
    if (values.max_age_s != -1) {
        out.max_age_s = values.max_age_s;
    }
    out.is_secure = (values.flags & TRIVET_COOKIE_INSECURE) == 0;
    out.is_http_only = (values.flags & TRIVET_COOKIE_SCRIPTS) == 0;
    out.is_partitioned = (values.flags & TRIVET_COOKIE_PARTITIONED) != 0;
    out.same_site = static_cast<http1::SameSite>(values.same_site);
    return true;
}

trivet_status fail(std::string_view message, trivet_error** out_error) {
    return capi::fail({Status::argument, std::string(message), {}}, out_error);
}

}  // namespace

void trivet_cookie_init(trivet_cookie* cookie, size_t size) { fill_cookie(cookie, size); }

trivet_status trivet_cookie_encode(const trivet_cookie* cookie, size_t capacity, char* out_text,
                                   size_t* out_size, trivet_error** out_error) {
    http1::SetCookie values;
    if (out_size == nullptr || (out_text == nullptr && capacity > 0)) {
        return fail("an argument must not be NULL", out_error);
    }
    if (!take(cookie, values)) {
        return fail("a struct without its init function, or with unknown flags", out_error);
    }
    const auto size = http1::set_cookie_size(values);
    if (!size) {
        return fail(http1::message(size.error()), out_error);
    }
    *out_size = *size;
    if (*size > capacity) {
        return TRIVET_E_LIMIT;
    }
    http1::write_set_cookie(out_text, values);
    return TRIVET_OK;
}
