// GET /ops/{name}: one operation of the interface each, answered with what it gave.
#include "driver.h"

#include <stdlib.h>
#include <string.h>

// Writes "name":"TRIVET_E_…".
void json_status(struct json *json, const char *name, trivet_status status) {
    json_raw(json, "\"");
    json_raw(json, name);
    json_raw(json, "\":");
    json_string(json, trivet_status_name(status));
}

void reply_status(trivet_request request, const char *name, trivet_status status) {
    struct json json = {0};
    json_raw(&json, "{");
    json_status(&json, name, status);
    json_raw(&json, "}");
    reply_built(request, &json);
}

trivet_str query_text(trivet_request request, const char *name) {
    trivet_str value = {NULL, 0};
    trivet_request_query(request, trivet_lit(name), &value);
    return value;
}

int64_t query_integer(trivet_request request, const char *name) {
    char digits[32] = {0};
    trivet_str value = query_text(request, name);
    if (value.size > 0) {
        memcpy(digits, value.data, value.size < sizeof digits ? value.size : sizeof digits - 1);
    }
    return strtoll(digits, NULL, 10);
}

static void op_text(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_text(request, 200, trivet_lit("text ü"));
}

static void op_html(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_html(request, 200, trivet_lit("<p>html ü</p>"));
}

static void op_json(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_json(request, 200, trivet_lit("{\"ok\":true,\"n\":1.5,\"s\":\"ü\\\"\\\\\\n\"}"));
}

static void op_xml(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_xml(request, 200, trivet_lit("<a>ü</a>"));
}

static void op_bytes(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_bytes(request, 200, (trivet_str){"\x00\x01\x02\xff", 4});
}

static void op_empty(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_empty(request, 204);
}

static void op_redirect(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_redirect(request, 303, trivet_lit("/hello"));
}

static void op_problem(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_problem(request, 418, trivet_lit("short and stout"));
}

static trivet_header field(const char *name, const char *value) {
    return (trivet_header){trivet_lit(name), trivet_lit(value)};
}

static trivet_status reply_fields(trivet_request request, uint32_t status,
                                  const trivet_header *fields, size_t count) {
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = status;
    reply.content = TRIVET_CONTENT_TEXT;
    reply.headers = fields;
    reply.header_count = count;
    reply.body = trivet_lit("ok");
    return trivet_reply_send(request, &reply);
}

static void op_headers(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_header fields[] = {
        field("X-One", "1"),
        field("X-Two", "a, b"),
        field("Set-Cookie", "a=1"),
        field("Set-Cookie", "b=2"),
    };
    reply_fields(request, 201, fields, 4);
}

static void op_add_header(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_reply_add_header(request, trivet_lit("X-Added"), trivet_lit("1"));
    trivet_reply_text(request, 200, trivet_lit("ok"));
}

static void op_bad_header(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_header split = field("X-Split", "a\r\nX-Injected: b");
    reply_status(request, "error", reply_fields(request, 200, &split, 1));
}

static void op_double(struct driver *driver, trivet_request request) {
    trivet_reply_text(request, 200, trivet_lit("first"));
    driver->double_result = trivet_reply_text(request, 200, trivet_lit("second"));
}

static void op_double_result(struct driver *driver, trivet_request request) {
    reply_status(request, "error", driver->double_result);
}

static void op_stale(struct driver *driver, trivet_request request) {
    driver->kept = request;
    trivet_reply_text(request, 200, trivet_lit("kept"));
}

static void op_stale_result(struct driver *driver, trivet_request request) {
    trivet_str value = {NULL, 0};
    reply_status(request, "error", trivet_request_header(driver->kept, trivet_lit("Host"), &value));
}

static void op_unserialisable(struct driver *driver, trivet_request request) {
    (void)driver;
    // C has no serialiser: this is what one in front of the library does.
    trivet_reply_fail(request, trivet_lit("a result of type function cannot be serialised"),
                      trivet_lit("a result of type function cannot be serialised"));
}

static void op_log(struct driver *driver, trivet_request request) {
    static const char *const names[] = {"", "debug", "info", "warn", "error"};
    trivet_str level = query_text(request, "level");
    for (uint32_t i = TRIVET_LOG_DEBUG; i <= TRIVET_LOG_ERROR; i++) {
        if (equals(level, trivet_lit(names[i]))) {
            trivet_app_log(driver->program->app, i, query_text(request, "text"));
            trivet_reply_empty(request, 204);
            return;
        }
    }
    trivet_reply_problem(request, 400, trivet_lit("no such level"));
}

static void op_status_name(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_status(request, "name", (trivet_status)query_integer(request, "status"));
}

static const struct {
    const char *name;
    void (*run)(struct driver *driver, trivet_request request);
} operations[] = {
    {"query", op_query},
    {"query_one", op_query_one},
    {"cookies", op_cookies},
    {"cookie_one", op_cookie_one},
    {"header_one", op_header_one},
    {"text", op_text},
    {"html", op_html},
    {"openapi", op_openapi},
    {"xml", op_xml},
    {"json", op_json},
    {"bytes", op_bytes},
    {"empty", op_empty},
    {"redirect", op_redirect},
    {"problem", op_problem},
    {"headers", op_headers},
    {"add_header", op_add_header},
    {"middleware_errors", op_middleware_errors},
    {"static_errors", op_static_errors},
    {"set_cookie", op_set_cookie},
    {"delete_cookie", op_delete_cookie},
    {"bad_header", op_bad_header},
    {"double", op_double},
    {"double_result", op_double_result},
    {"stale", op_stale},
    {"stale_result", op_stale_result},
    {"thread", op_thread},
    {"unserialisable", op_unserialisable},
    {"info", op_info},
    {"client", op_client},
    {"stats", op_stats},
    {"timer", op_timer},
    {"timer_cancel", op_timer_cancel},
    {"watch", op_watch},
    {"log", op_log},
    {"conflict", op_conflict},
    {"group_conflict", op_group_conflict},
    {"bad_schema", op_bad_schema},
    {"stream_order", op_stream_order},
    {"sse_encode", op_sse_encode},
    {"sse_hub", op_sse_hub},
    {"url", op_url},
    {"routes", op_routes},
    {"lifecycle", op_lifecycle},
    {"worker", op_worker},
    {"block", op_block},
    {"config", op_config},
    {"setting", op_setting},
    {"variables", op_variables},
    {"status_name", op_status_name},
    {"post", op_post},
    {"inject", op_inject},
    {"advance", op_advance},
};

void ops_answer(struct driver *driver, trivet_request request, const trivet_request_view *view) {
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (equals(view->params[0].value, trivet_lit(operations[i].name))) {
            operations[i].run(driver, request);
            return;
        }
    }
    trivet_reply_problem(request, 501, trivet_lit("the driver does not know this operation"));
}

static trivet_str kept = {"kept", 4};

static int32_t keep_in_state(trivet_request request, const trivet_request_view *view,
                             void *user_data) {
    (void)view;
    (void)user_data;
    trivet_request_set_data(request, &kept, NULL);
    return TRIVET_HOOK_CONTINUE;
}

static void op_state(struct driver *driver, trivet_request request,
                     const trivet_request_view *view) {
    void *data = NULL;
    struct json json = {0};
    (void)driver;
    (void)view;
    json_raw(&json, "{\"state\":");
    if (trivet_request_get_data(request, &data) == TRIVET_OK && data == &kept) {
        json_string(&json, kept);
    } else {
        json_raw(&json, "null");
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

static bool route_with_metadata(struct program *program) {
    static struct driver_route route = {.answer = op_route};
    const trivet_param metadata = {trivet_lit("team"), trivet_lit("core")};
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.name = trivet_lit("ops-route");
    config.site = trivet_lit("drivers/c/ops.c");
    config.metadata = &metadata;
    config.metadata_count = 1;
    return trivet_app_route(program->app, trivet_lit("GET"), trivet_lit("/ops/route"), &config,
                            driver_dispatch, &route, NULL, NULL) == TRIVET_OK;
}

bool ops_add(struct program *program) {
    static struct driver_route routes[] = {
        {"GET", "/ops/{name}", ops_answer, false, NULL, NULL, NULL},
        {"GET", "/ops/state", op_state, true, NULL, NULL, NULL},
    };
    return trivet_app_group(program->app, trivet_lit(NULL), NULL, &routes[1].group, NULL) ==
               TRIVET_OK &&
           trivet_app_before(program->app, routes[1].group, keep_in_state, NULL, NULL) ==
               TRIVET_OK &&
           route_with_metadata(program) && routes_add(program, routes, 2);
}
