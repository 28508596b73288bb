// /r: what the router makes of paths, methods and hosts.
#define _GNU_SOURCE
#include "driver.h"

#include <ctype.h>
#include <string.h>

static void json_param(struct json *json, const trivet_request_view *view, trivet_str pattern) {
    const trivet_param *only = &view->params[0];
    json_string(json, only->name);
    json_raw(json, ":");
    if (memmem(pattern.data, pattern.size, ":int}", 5) != NULL) {
        char name[32] = {0};
        memcpy(name, only->name.data, only->name.size < 31 ? only->name.size : 31);
        json_integer(json, param_integer(view, name));
        return;
    }
    char lower[37] = {0};
    if (memmem(pattern.data, pattern.size, ":uuid}", 6) == NULL || only->value.size != 36) {
        json_string(json, only->value);
        return;
    }
    for (size_t i = 0; i < only->value.size; i++) {
        lower[i] = (char)tolower((unsigned char)only->value.data[i]);
    }
    json_string(json, trivet_lit(lower));
}

static void answer_own_pattern(struct driver *driver, trivet_request request,
                               const trivet_request_view *view) {
    trivet_route_info info = {.size = sizeof info};
    struct json json = {0};
    (void)driver;
    trivet_status status = trivet_request_route(request, &info);
    if (status != TRIVET_OK) {
        trivet_reply_fail(request, trivet_status_name(status), trivet_lit(NULL));
        return;
    }
    json_raw(&json, "{\"route\":");
    json_string(&json, info.pattern);
    json_raw(&json, ",\"params\":{");
    if (view->param_count > 0) {
        json_param(&json, view, info.pattern);
    }
    json_raw(&json, "}}");
    reply_built(request, &json);
}

static void answer_method(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    struct json json = {0};
    (void)driver;
    json_raw(&json, "{\"method\":");
    json_string(&json, view->method);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void answer_api(struct driver *driver, trivet_request request,
                       const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_json(request, 200, trivet_lit("{\"host\":\"api\"}"));
}

static void reply_tenant(trivet_request request, const trivet_request_view *view,
                         const char *rest) {
    struct json json = {0};
    json_raw(&json, "{\"tenant\":");
    json_string(&json, param(view, "tenant"));
    json_raw(&json, rest);
    reply_built(request, &json);
}

static void answer_tenant(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    reply_tenant(request, view, "}");
}

static void answer_region(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    reply_tenant(request, view, ",\"region\":\"eu\"}");
}

static void answer_any_host(struct driver *driver, trivet_request request,
                            const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_json(request, 200, trivet_lit("{\"host\":\"any\"}"));
}

bool routing_add(struct program *program) {
    static struct driver_route routes[] = {
        {"GET", "/r/int/{n:int}", answer_own_pattern, false, "int", NULL, NULL},
        {"GET", "/r/uuid/{u:uuid}", answer_own_pattern, true, "uuid", NULL, NULL},
        {"GET", "/r/text/{t}", answer_own_pattern, false, "text", NULL, NULL},
        {"GET", "/r/path/{rest:path}", answer_own_pattern, true, "path", NULL, NULL},
        {"GET", "/r/regex/{code:regex([A-Z]{3}[0-9]+)}", answer_own_pattern, false, "regex", NULL,
         NULL},
        {"GET", "/r/p/{rest:path}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/p/{name}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/p/{id:regex(v[0-9]+)}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/p/{id:uuid}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/p/{id:int}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/p/new", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/u/new", answer_own_pattern, false, NULL, NULL, NULL},
        {"POST", "/r/u/{name}", answer_own_pattern, true, NULL, NULL, NULL},
        {"PUT", "/r/u/{rest:path}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET", "/r/slow/{s:regex((a+)+$)}", answer_own_pattern, false, NULL, NULL, NULL},
        {"GET,PUT,DELETE", "/r/methods", answer_method, false, NULL, NULL, NULL},
        {"GET", "/r/host", answer_any_host, false, NULL, NULL, NULL},
        {"GET", "/r/host", answer_api, false, NULL, "api.example.com", NULL},
        {"GET", "/r/host", answer_tenant, false, "tenant", "{tenant}.example.com", NULL},
        {"POST", "/r/host", answer_region, false, NULL, "{tenant}.eu.example.com", NULL},
    };
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
