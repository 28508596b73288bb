// Routes with middleware of the engine; README.md tells which.
#include "driver.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

// Options as the text they are written with, names and values by turns.
struct option {
    const char *name;
    const char *value;
};

enum { kOptionsMax = 32 };

static trivet_status make(trivet_app *app, const char *kind, const struct option *options,
                          size_t count, trivet_middleware **out, trivet_error **out_error) {
    trivet_param list[kOptionsMax];
    for (size_t i = 0; i < count; i++) {
        list[i].name = trivet_lit(options[i].name);
        list[i].value = trivet_lit(options[i].value);
    }
    return trivet_app_middleware(app, trivet_lit(kind), list, count, out, out_error);
}

// NULL after saying what is wrong.
static trivet_middleware *made(struct program *program, const char *kind,
                               const struct option *options, size_t count) {
    trivet_middleware *middleware = NULL;
    trivet_error *error = NULL;
    if (make(program->app, kind, options, count, &middleware, &error) != TRIVET_OK) {
        report(kind, error);
    }
    return middleware;
}

static bool use(struct program *program, trivet_group *group, const char *kind,
                const struct option *options, size_t count) {
    trivet_middleware *middleware = made(program, kind, options, count);
    return middleware != NULL && trivet_app_use(program->app, group, middleware) == TRIVET_OK;
}

static trivet_group *group_of(struct program *program, const char *prefix) {
    trivet_group *group = NULL;
    trivet_error *error = NULL;
    if (trivet_app_group(program->app, trivet_lit(prefix), NULL, &group, &error) != TRIVET_OK) {
        report(prefix, error);
    }
    return group;
}

static bool attribute(trivet_request request, const char *name, trivet_str *out) {
    return trivet_request_attribute(request, trivet_lit(name), out) == TRIVET_OK;
}

static void json_attribute(struct json *json, trivet_request request, const char *name) {
    trivet_str value;
    json_string(json, trivet_lit(name));
    json_raw(json, ":");
    if (attribute(request, name, &value)) {
        json_string(json, value);
    } else {
        json_raw(json, "null");
    }
}

static void json_principal(struct json *json, trivet_request request) {
    static const char *const names[] = {"scheme", "subject", "scope"};
    trivet_str claims;
    if (!attribute(request, "claims", &claims)) {
        json_raw(json, "null");
        return;
    }
    json_raw(json, "{");
    for (size_t i = 0; i < COUNT(names); i++) {
        json_attribute(json, request, names[i]);
        json_raw(json, ",");
    }
    json_raw(json, "\"claims\":");
    json_bytes(json, claims.data, claims.size);
    json_raw(json, "}");
}

static void answer_who(struct driver *driver, trivet_request request,
                       const trivet_request_view *view) {
    static const char *const names[] = {"request_id", "traceparent", "parent_id", "trace_state",
                                        "nonce"};
    (void)driver;
    (void)view;
    struct json json = {0};
    json_raw(&json, "{");
    for (size_t i = 0; i < COUNT(names); i++) {
        json_attribute(&json, request, names[i]);
        json_raw(&json, ",");
    }
    json_raw(&json, "\"principal\":");
    json_principal(&json, request);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void answer_own(struct driver *driver, trivet_request request,
                       const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_add_header(request, trivet_lit("x-frame-options"), trivet_lit("DENY"));
    trivet_reply_text(request, 200, trivet_lit("own"));
}

static void answer_data(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("data"));
}

static void answer_late(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)view;
    sleep_start(driver, request, 60000, 200, "slept");
}

static void answer_boom(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_fail(request, trivet_lit("the handler failed"), trivet_lit(NULL));
}

static bool add(struct program *program, trivet_group *group, struct driver_route *routes,
                size_t count) {
    for (size_t i = 0; i < count; i++) {
        routes[i].group = group;
    }
    return routes_add(program, routes, count);
}

static bool headers_add(struct program *program) {
    static const struct option id[] = {{"trust", "true"}};
    static const struct option trace[] = {{"sampled", "true"}, {"response", "true"}};
    static const struct option security[] = {
        {"csp", "default-src 'self'"}, {"csp", "script-src 'self' 'nonce'"},
        {"frame", "sameorigin"},       {"permissions", "camera=()"},
        {"hsts", "31536000"},          {"hsts_subdomains", "true"},
    };
    static const struct option plain[] = {{"frame", "off"}, {"referrer", "no-referrer"}};
    static const struct option limit[] = {{"bytes", "8"}};
    static const struct option time[] = {{"ms", "100"}};
    static trivet_middleware *of_routes[3];
    static struct driver_route routes[] = {
        {.method = "GET", .pattern = "/who", .answer = answer_who},
        {.method = "GET", .pattern = "/own", .answer = answer_own},
        {.method = "GET", .pattern = "/boom", .answer = answer_boom},
        {.method = "GET", .pattern = "/pieces/{n:int}", .answer = answer_pieces, .as_event = true},
        {.method = "GET", .pattern = "/plain", .answer = answer_data, .middleware = &of_routes[0]},
        {.method = "POST", .pattern = "/body", .answer = answer_body, .middleware = &of_routes[1]},
        {.method = "GET",
         .pattern = "/late",
         .answer = answer_late,
         .as_event = true,
         .middleware = &of_routes[2]},
    };
    trivet_group *group = group_of(program, "/mw");
    of_routes[0] = made(program, "security_headers", plain, COUNT(plain));
    of_routes[1] = made(program, "body_limit", limit, COUNT(limit));
    of_routes[2] = made(program, "timeout", time, COUNT(time));
    return use(program, group, "request_id", id, COUNT(id)) &&
           use(program, group, "trace_context", trace, COUNT(trace)) &&
           use(program, group, "security_headers", security, COUNT(security)) &&
           add(program, group, routes, COUNT(routes));
}

static bool cors_add(struct program *program) {
    static const struct option listed[] = {
        {"origin", "https://app.example.com"},
        {"origin", "https://*.example.org"},
        {"header", "Content-Type"},
        {"header", "X-Token"},
        {"expose", "X-Request-Id"},
        {"credentials", "true"},
        {"max_age", "600"},
    };
    static const struct option open[] = {
        {"origin", "*"}, {"method", "GET"}, {"method", "DELETE"}, {"header", "*"}};
    static const struct option token[] = {{"token", "alpha-token"}};
    static trivet_middleware *guard[1];
    static struct driver_route listed_routes[] = {
        {.method = "GET,PUT", .pattern = "/data", .answer = answer_data},
        {.method = "GET", .pattern = "/guarded", .answer = answer_data, .middleware = guard},
    };
    static struct driver_route open_routes[] = {
        {.method = "GET", .pattern = "/data", .answer = answer_data}};
    trivet_group *listed_group = group_of(program, "/cors");
    trivet_group *open_group = group_of(program, "/open");
    guard[0] = made(program, "bearer", token, COUNT(token));
    return use(program, listed_group, "cors", listed, COUNT(listed)) &&
           use(program, open_group, "cors", open, COUNT(open)) &&
           add(program, listed_group, listed_routes, COUNT(listed_routes)) &&
           add(program, open_group, open_routes, COUNT(open_routes));
}

static bool schemes_add(struct program *program) {
    static const struct option tokens[] = {
        {"token", "alpha-token"}, {"subject", "alice"},    {"scope", "read write"},
        {"claim", "role=admin"},  {"token", "beta-token"}, {"subject", "bob"},
        {"realm", "api"},
    };
    static const struct option keys[] = {
        {"key", "key-1"}, {"subject", "client-1"}, {"key", "key-2"}, {"subject", "client-2"},
        {"key", "key-3"}, {"subject", "client-3"}, {"key", "key-4"}, {"subject", "client-4"},
        {"key", "key-5"}, {"subject", "client-5"}, {"key", "key-6"}, {"subject", "client-6"},
        {"query", "key"},
    };
    static const struct option users[] = {{"user", "ann"}, {"password", "pass:word"}};
    static const struct option scope[] = {{"scope", "write"}};
    static const struct option claim[] = {{"claim", "role=admin"}};
    static trivet_middleware *demands[2];
    static struct driver_route bearer_routes[] = {
        {.method = "GET", .pattern = "/who", .answer = answer_who},
        {.method = "POST", .pattern = "/body", .answer = answer_body},
        {.method = "GET", .pattern = "/scoped", .answer = answer_data, .middleware = &demands[0]},
        {.method = "GET", .pattern = "/claimed", .answer = answer_data, .middleware = &demands[1]},
    };
    static struct driver_route key_routes[] = {
        {.method = "GET", .pattern = "/who", .answer = answer_who}};
    static struct driver_route basic_routes[] = {
        {.method = "GET", .pattern = "/who", .answer = answer_who}};
    static struct driver_route like_routes[] = {
        {.method = "GET", .pattern = "/bearer-not/who", .answer = answer_who}};
    trivet_group *bearer = group_of(program, "/bearer");
    trivet_group *key = group_of(program, "/key");
    trivet_group *basic = group_of(program, "/basic");
    demands[0] = made(program, "require", scope, COUNT(scope));
    demands[1] = made(program, "require", claim, COUNT(claim));
    return use(program, bearer, "bearer", tokens, COUNT(tokens)) &&
           use(program, key, "api_key", keys, COUNT(keys)) &&
           use(program, basic, "basic", users, COUNT(users)) &&
           add(program, bearer, bearer_routes, COUNT(bearer_routes)) &&
           add(program, key, key_routes, COUNT(key_routes)) &&
           add(program, basic, basic_routes, COUNT(basic_routes)) &&
           add(program, NULL, like_routes, COUNT(like_routes));
}

static bool any_add(struct program *program) {
    static const struct option token[] = {{"token", "alpha-token"}, {"optional", "true"}};
    static const struct option key[] = {{"key", "key-1"}, {"optional", "true"}};
    static const struct option user[] = {
        {"user", "ann"}, {"password", "pass:word"}, {"optional", "true"}};
    static const struct option scheme[] = {{"scheme", "basic"}};
    static trivet_middleware *demands[2];
    static struct driver_route routes[] = {
        {.method = "GET", .pattern = "/maybe", .answer = answer_who},
        {.method = "GET", .pattern = "/who", .answer = answer_who, .middleware = &demands[0]},
        {.method = "GET", .pattern = "/basic", .answer = answer_who, .middleware = &demands[1]},
    };
    trivet_group *group = group_of(program, "/any");
    demands[0] = made(program, "require", NULL, 0);
    demands[1] = made(program, "require", scheme, COUNT(scheme));
    return use(program, group, "bearer", token, COUNT(token)) &&
           use(program, group, "api_key", key, COUNT(key)) &&
           use(program, group, "basic", user, COUNT(user)) &&
           add(program, group, routes, COUNT(routes));
}

bool middleware_add(struct program *program) {
    return headers_add(program) && cors_add(program) && schemes_add(program) && any_add(program);
}

// Options that must be refused, on an app that nobody serves.
void op_middleware_errors(struct driver *driver, trivet_request request) {
    static const struct {
        const char *name;
        const char *kind;
        struct option options[2];
        size_t count;
    } wrong[] = {
        {"origin", "cors", {{"origin", "https://app.example.com/"}}, 1},
        {"any", "cors", {{"origin", "*"}, {"credentials", "true"}}, 2},
        {"token", "bearer", {{"token", "two words"}}, 1},
        {"twice", "bearer", {{"token", "same"}, {"token", "same"}}, 2},
        {"missing", "bearer", {{NULL, NULL}}, 0},
        {"csp", "security_headers", {{"csp", "script-src self"}}, 1},
        {"coding", "compress", {{"coding", "deflate"}}, 1},
        {"level", "compress", {{"br_level", "11"}}, 1},
        {"tag", "etag", {{"max_bytes", "-1"}}, 1},
    };
    (void)driver;
    struct json json = {0};
    trivet_app *app = trivet_app_new();
    for (size_t i = 0; i < COUNT(wrong); i++) {
        trivet_middleware *middleware = NULL;
        trivet_error *error = NULL;
        trivet_status status =
            make(app, wrong[i].kind, wrong[i].options, wrong[i].count, &middleware, &error);
        json_raw(&json, i == 0 ? "{" : ",");
        json_string(&json, trivet_lit(wrong[i].name));
        json_raw(&json, ":");
        json_string(&json, status == TRIVET_E_ARGUMENT ? trivet_error_detail(error)
                                                       : trivet_status_name(status));
        trivet_error_free(error);
    }
    json_raw(&json, "}");
    trivet_app_free(app);
    reply_built(request, &json);
}
