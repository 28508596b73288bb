// Operations that set cookies.
#include <stdlib.h>
#include <string.h>

#include "driver.h"

static int64_t integer_or(trivet_request request, const char *name, int64_t otherwise) {
    trivet_str text;
    return trivet_request_query(request, trivet_lit(name), &text) == TRIVET_OK
               ? query_integer(request, name)
               : otherwise;
}

static bool has_flag(trivet_request request, char flag) {
    trivet_str flags = query_text(request, "flags");
    return flags.size > 0 && memchr(flags.data, flag, flags.size) != NULL;
}

static uint32_t same_site(trivet_request request) {
    trivet_str text = query_text(request, "same_site");
    if (equals(text, trivet_lit("strict"))) {
        return TRIVET_SAME_SITE_STRICT;
    }
    return equals(text, trivet_lit("none")) ? TRIVET_SAME_SITE_NONE : TRIVET_SAME_SITE_LAX;
}

static trivet_cookie asked_for(trivet_request request) {
    trivet_cookie cookie;
    trivet_cookie_init(&cookie, sizeof cookie);
    cookie.name = query_text(request, "name");
    cookie.domain = query_text(request, "domain");
    cookie.path = query_text(request, "path");
    return cookie;
}

static void set_cookie(trivet_request request, const trivet_cookie *cookie) {
    size_t size = 0;
    trivet_status status = trivet_cookie_encode(cookie, 0, NULL, &size, NULL);
    if (status != TRIVET_E_LIMIT) {
        reply_status(request, "error", status);
        return;
    }
    char *text = malloc(size);
    trivet_cookie_encode(cookie, size, text, &size, NULL);
    trivet_reply_add_header(request, trivet_lit("Set-Cookie"), (trivet_str){text, size});
    free(text);
    trivet_reply_text(request, 200, trivet_lit("ok"));
}

void op_set_cookie(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_cookie cookie = asked_for(request);
    cookie.value = query_text(request, "value");
    cookie.expires = integer_or(request, "expires", -1);
    cookie.max_age_s = integer_or(request, "max_age", -1);
    cookie.same_site = same_site(request);
    cookie.flags = (has_flag(request, 'i') ? TRIVET_COOKIE_INSECURE : 0u) |
                   (has_flag(request, 's') ? TRIVET_COOKIE_SCRIPTS : 0u) |
                   (has_flag(request, 'p') ? TRIVET_COOKIE_PARTITIONED : 0u);
    set_cookie(request, &cookie);
}

void op_delete_cookie(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_cookie cookie = asked_for(request);
    cookie.expires = 0;
    set_cookie(request, &cookie);
}
