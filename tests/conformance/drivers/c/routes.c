// How a route is added and its request read, and the routes that are nothing but an answer.
#define _GNU_SOURCE
#include "driver.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool equals(trivet_str left, trivet_str right) {
    return left.size == right.size &&
           (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

void reply_built(trivet_request request, struct json *json) {
    trivet_reply_json(request, 200, (trivet_str){json->data, json->size});
    json_free(json);
}

trivet_str param(const trivet_request_view *view, const char *name) {
    for (size_t i = 0; i < view->param_count; i++) {
        if (equals(view->params[i].name, trivet_lit(name))) {
            return view->params[i].value;
        }
    }
    return (trivet_str){NULL, 0};
}

// The router has checked that an int parameter is one; it is not NUL-terminated.
int64_t param_integer(const trivet_request_view *view, const char *name) {
    trivet_str value = param(view, name);
    char *digits = value.size > 0 ? strndup(value.data, value.size) : NULL;
    int64_t number = digits == NULL ? 0 : strtoll(digits, NULL, 10);
    free(digits);
    return number;
}

static void answer_hello(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static void answer_json(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_json(request, 200, trivet_lit("{\"message\":\"Hello, World!\"}"));
}

static void answer_user(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    struct json json = {0};
    json_raw(&json, "{\"id\":");
    json_integer(&json, param_integer(view, "id"));
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void json_sha256(struct json *json, trivet_str bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char text[3];
    EVP_Digest(bytes.data, bytes.size, digest, &size, EVP_sha256(), NULL);
    for (unsigned int i = 0; i < size; i++) {
        snprintf(text, sizeof text, "%02x", digest[i]);
        json_raw(json, text);
    }
}

static void answer_echo(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    struct json json = {0};
    json_raw(&json, "{\"method\":");
    json_string(&json, view->method);
    json_raw(&json, ",\"path\":");
    json_string(&json, view->path);
    json_raw(&json, ",\"query\":");
    json_string(&json, view->query);
    json_raw(&json, ",\"headers\":[");
    for (size_t i = 0; i < view->header_count; i++) {
        json_raw(&json, i == 0 ? "[" : ",[");
        json_string(&json, view->headers[i].name);
        json_raw(&json, ",");
        json_string(&json, view->headers[i].value);
        json_raw(&json, "]");
    }
    json_raw(&json, "],\"body_length\":");
    json_integer(&json, (int64_t)view->body.size);
    json_raw(&json, ",\"body_sha256\":\"");
    json_sha256(&json, view->body);
    json_raw(&json, "\"}");
    reply_built(request, &json);
}

void answer_body(struct driver *driver, trivet_request request, const trivet_request_view *view) {
    (void)driver;
    if (view->body.size == 0) {
        trivet_reply_text(request, 200, trivet_lit("ok"));
    } else {
        trivet_reply_bytes(request, 200, view->body);
    }
}

static void answer_boom(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_fail(request, trivet_lit("Boom: the handler failed"), trivet_lit(NULL));
}

static void answer_status(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    int64_t code = param_integer(view, "code");
    if (code < 200 || code > 599) {
        trivet_reply_problem(request, 400, trivet_lit("the status must be 200 to 599"));
    } else {
        trivet_reply_empty(request, (uint32_t)code);
    }
}

static void answer_sleep(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    sleep_start(driver, request, param_integer(view, "ms"), 200, "slept");
}

void driver_dispatch(trivet_request request, const trivet_request_view *view, void *user_data) {
    const struct driver_route *route = user_data;
    route->answer(driver_here(), request, view);
}

bool has_events(const struct program *program) { return program->options.drive <= kDriveFd; }

trivet_status route_add(struct program *program, struct driver_route *route,
                        trivet_error **out_error) {
    char site[128];
    trivet_route_config config;
    snprintf(site, sizeof site, "drivers/c/routes.c:%s", route->pattern);
    trivet_route_config_init(&config, sizeof config);
    config.site = trivet_lit(site);
    config.name = trivet_lit(route->name);
    config.host = trivet_lit(route->host);
    config.group = route->group;
    config.flags = route->streams ? TRIVET_ROUTE_STREAM : 0;
    config.body_bytes_max = route->limits.body_bytes_max;
    config.body_timeout_ms = route->limits.body_timeout_ms;
    config.body_rate_min = route->limits.body_rate_min;
    config.request_timeout_ms = route->limits.request_timeout_ms;
    config.send_rate_min = route->limits.send_rate_min;
    config.requests_max = route->limits.requests_max;
    config.decompress = route->decompress;
    config.middleware = route->middleware;
    config.middleware_count = route->middleware != NULL ? 1 : 0;
    config.body_schema = trivet_lit(route->body_schema);
    return trivet_app_route(
        program->app, trivet_lit(route->method), trivet_lit(route->pattern), &config,
        has_events(program) && route->as_event ? NULL : driver_dispatch, route, NULL, out_error);
}

bool routes_add(struct program *program, struct driver_route *routes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        trivet_error *error = NULL;
        if (route_add(program, &routes[i], &error) != TRIVET_OK) {
            report(routes[i].pattern, error);
            return false;
        }
    }
    return true;
}

bool main_routes_add(struct program *program) {
    static struct driver_route routes[] = {
        {"GET", "/hello", answer_hello, false, NULL, NULL, NULL},
        {"GET", "/json", answer_json, false, NULL, NULL, NULL},
        {"GET", "/users/{id:int}", answer_user, false, NULL, NULL, NULL},
        {"*", "/echo", answer_echo, true, NULL, NULL, NULL},
        {"*", "/body", answer_body, true, NULL, NULL, NULL},
        {"GET", "/boom", answer_boom, false, NULL, NULL, NULL},
        {"GET", "/sleep/{ms:int}", answer_sleep, true, NULL, NULL, NULL},
        {"GET", "/status/{code:int}", answer_status, false, NULL, NULL, NULL},
    };
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
