// /limits: routes with limits of their own, and of the groups they are in.
#include "driver.h"

static void answer_late(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)view;
    sleep_start(driver, request, 60000, 200, "slept");
}

static void answer_patient(struct driver *driver, trivet_request request,
                           const trivet_request_view *view) {
    (void)view;
    sleep_start(driver, request, 400, 200, "slept");
}

static void answer_free(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("free"));
}

static bool group_add(struct program *program, trivet_group *parent, const char *prefix,
                      const struct limits *limits, trivet_group **out_group) {
    trivet_error *error = NULL;
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    config.parent = parent;
    config.site = trivet_lit("drivers/c/limits.c");
    config.body_bytes_max = limits->body_bytes_max;
    config.body_timeout_ms = limits->body_timeout_ms;
    config.body_rate_min = limits->body_rate_min;
    config.request_timeout_ms = limits->request_timeout_ms;
    config.send_rate_min = limits->send_rate_min;
    config.requests_max = limits->requests_max;
    if (trivet_app_group(program->app, trivet_lit(prefix), &config, out_group, &error) !=
        TRIVET_OK) {
        report(prefix, error);
        return false;
    }
    return true;
}

static bool group_routes_add(struct program *program, trivet_group *group,
                             struct driver_route *routes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        routes[i].group = group;
    }
    return routes_add(program, routes, count);
}

static bool outer_add(struct program *program, trivet_group *group) {
    static struct driver_route routes[] = {
        {.method = "POST", .pattern = "/body", .answer = answer_body, .as_event = true},
        {.method = "POST",
         .pattern = "/more",
         .answer = answer_body,
         .limits = {.body_bytes_max = 16}},
        {.method = "POST",
         .pattern = "/slow",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.body_timeout_ms = 200}},
        {.method = "POST",
         .pattern = "/drip",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.body_bytes_max = UINT64_C(1) << 40,
                    .body_timeout_ms = 200,
                    .body_rate_min = 10000}},
        {.method = "GET",
         .pattern = "/bytes/{n:int}",
         .answer = answer_bytes,
         .as_event = true,
         .limits = {.send_rate_min = 1000000}},
    };
    return group_routes_add(program, group, routes, sizeof routes / sizeof routes[0]);
}

static bool inner_add(struct program *program, trivet_group *group) {
    static struct driver_route routes[] = {
        {.method = "POST", .pattern = "/body", .answer = answer_body, .as_event = true},
        {.method = "GET", .pattern = "/late", .answer = answer_late, .as_event = true},
        {.method = "GET",
         .pattern = "/patient",
         .answer = answer_patient,
         .as_event = true,
         .limits = {.request_timeout_ms = TRIVET_LIMIT_NONE}},
    };
    return group_routes_add(program, group, routes, sizeof routes / sizeof routes[0]);
}

static bool few_add(struct program *program, trivet_group *group) {
    static struct driver_route routes[] = {
        {.method = "POST",
         .pattern = "/hold",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.requests_max = 1}},
        {.method = "POST",
         .pattern = "/keep",
         .answer = answer_counted,
         .as_event = true,
         .streams = true},
        {.method = "GET", .pattern = "/free", .answer = answer_free, .as_event = true},
    };
    return group_routes_add(program, group, routes, sizeof routes / sizeof routes[0]);
}

bool limits_add(struct program *program) {
    trivet_group *outer = NULL;
    trivet_group *inner = NULL;
    trivet_group *few = NULL;
    return group_add(program, NULL, "/limits", &(struct limits){.body_bytes_max = 12}, &outer) &&
           group_add(program, outer, "/inner", &(struct limits){.request_timeout_ms = 100},
                     &inner) &&
           group_add(program, outer, "/few", &(struct limits){.requests_max = 2}, &few) &&
           outer_add(program, outer) && inner_add(program, inner) && few_add(program, few);
}
