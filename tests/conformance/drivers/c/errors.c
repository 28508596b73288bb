// Errors and the one place where they become responses.
#include "driver.h"

static void answer_http(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_add_header(request, trivet_lit("Retry-After"), trivet_lit("7"));
    trivet_reply_problem(request, 409, trivet_lit("already there"));
}

static void answer_helper(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_problem(request, 404, trivet_lit("no such thing"));
}

static void answer_custom(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_json(request, 418, trivet_lit("{\"error\":\"kaput\"}"));
}

void json_mapped(struct json *json, uint32_t status, trivet_str detail) {
    json_raw(json, "{\"error\":");
    json_integer(json, status);
    json_raw(json, ",\"detail\":");
    json_string(json, detail);
    json_raw(json, "}");
}

static void map_error(trivet_request request, const trivet_request_view *view, uint32_t status,
                      trivet_str detail, void *user_data) {
    const trivet_header mark = {trivet_lit("x-error"), trivet_lit("mapped")};
    struct json json = {0};
    trivet_reply reply;
    (void)view;
    (void)user_data;
    json_mapped(&json, status, detail);
    trivet_reply_init(&reply, sizeof reply);
    reply.status = status;
    reply.content = TRIVET_CONTENT_JSON;
    reply.headers = &mark;
    reply.header_count = 1;
    reply.body = (trivet_str){json.data, json.size};
    trivet_reply_send(request, &reply);
    json_free(&json);
}

// So that the app's hooks run for what no route takes; the answer is the engine's, or map_error's.
static void answer_refused(struct driver *driver, trivet_request request,
                           const trivet_request_view *view) {
    (void)driver;
    trivet_reply_problem(request, view->refusal, trivet_lit(NULL));
}

bool errors_add(struct program *program) {
    static struct driver_route refused = {.answer = answer_refused};
    static struct driver_route routes[] = {
        {"GET", "/errors/http", answer_http, false, NULL, NULL, NULL},
        {"GET", "/errors/helper", answer_helper, true, NULL, NULL, NULL},
        {"GET", "/errors/custom", answer_custom, false, NULL, NULL, NULL},
    };
    const struct options *options = &program->options;
    if (options->has_hooks &&
        trivet_app_fallback(program->app, has_events(program) ? NULL : driver_dispatch, &refused,
                            NULL) != TRIVET_OK) {
        return false;
    }
    if (options->maps_errors &&
        trivet_app_on_error(program->app, map_error, NULL, NULL) != TRIVET_OK) {
        return false;
    }
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
