// The routes that every driver has, apart from /ops.
#include "driver.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_built(trivet_request request, struct json *json) {
    trivet_reply_json(request, 200, (trivet_str){json->data, json->size});
    json_free(json);
}

// The router has checked that an int parameter is one; it is not NUL-terminated.
static int64_t param_integer(const trivet_request_view *view) {
    char digits[32] = {0};
    trivet_str value = view->params[0].value;
    memcpy(digits, value.data, value.size < sizeof digits ? value.size : sizeof digits - 1);
    return strtoll(digits, NULL, 10);
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
    json_integer(&json, param_integer(view));
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

static void answer_body(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
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
    int64_t code = param_integer(view);
    if (code < 200 || code > 599) {
        trivet_reply_problem(request, 400, trivet_lit("the status must be 200 to 599"));
    } else {
        trivet_reply_empty(request, (uint32_t)code);
    }
}

static void sleeper_drop(void *user_data) {
    struct sleeper *sleeper = user_data;
    struct sleeper **link = &sleeper->driver->sleepers;
    while (*link != sleeper) {
        link = &(*link)->next;
    }
    *link = sleeper->next;
    free(sleeper);
}

static void sleeper_fired(void *user_data) {
    struct sleeper *sleeper = user_data;
    const trivet_request_view *view = NULL;
    // A request that waits stays readable; only one whose loop is ending is not.
    if (trivet_request_get(sleeper->request, &view) == TRIVET_OK) {
        trivet_reply_text(sleeper->request, 200, trivet_lit(sleeper->text));
    }
}

void sleep_start(struct driver *driver, trivet_request request, int64_t delay_ms,
                 const char *text) {
    struct sleeper *sleeper = malloc(sizeof *sleeper);
    if (sleeper == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        return;
    }
    *sleeper = (struct sleeper){driver, request, 0, text, driver->sleepers};
    driver->sleepers = sleeper;
    if (delay_ms < 0 ||
        trivet_loop_timer_start(driver->loop, (uint64_t)delay_ms, sleeper_fired, sleeper,
                                sleeper_drop, &sleeper->timer) != TRIVET_OK) {
        // drop has been called already if the library took the sleeper.
        if (delay_ms < 0) {
            sleeper_drop(sleeper);
        }
        trivet_reply_problem(request, 400, trivet_lit("no such delay"));
    }
}

void sleep_gone(struct driver *driver, trivet_request request) {
    for (struct sleeper *sleeper = driver->sleepers; sleeper != NULL; sleeper = sleeper->next) {
        if (sleeper->request == request) {
            trivet_loop_timer_cancel(driver->loop, sleeper->timer);
            // The client does not read it any more; the answer releases the handle.
            trivet_reply_empty(request, 204);
            return;
        }
    }
}

static void answer_sleep(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    sleep_start(driver, request, param_integer(view), "slept");
}

static void dispatch(trivet_request request, const trivet_request_view *view, void *user_data) {
    struct driver_route *route = user_data;
    route->answer(route->driver, request, view);
}

trivet_status route_add(struct driver *driver, struct driver_route *route, bool events,
                        trivet_error **out_error) {
    char site[64];
    trivet_route_config config;
    snprintf(site, sizeof site, "drivers/c/routes.c:%s", route->pattern);
    trivet_route_config_init(&config, sizeof config);
    config.site = trivet_lit(site);
    route->driver = driver;
    return trivet_app_route(driver->app, trivet_lit(route->method), trivet_lit(route->pattern),
                            &config, events && route->as_event ? NULL : dispatch, route, NULL,
                            out_error);
}

bool routes_add(struct driver *driver, bool events) {
    static struct driver_route routes[] = {
        {"GET", "/hello", answer_hello, false, NULL},
        {"GET", "/json", answer_json, false, NULL},
        {"GET", "/users/{id:int}", answer_user, false, NULL},
        {"*", "/echo", answer_echo, true, NULL},
        {"*", "/body", answer_body, true, NULL},
        {"GET", "/boom", answer_boom, false, NULL},
        {"GET", "/sleep/{ms:int}", answer_sleep, true, NULL},
        {"GET", "/status/{code:int}", answer_status, false, NULL},
        {"GET", "/ops/{name}", ops_answer, false, NULL},
    };
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        trivet_error *error = NULL;
        if (route_add(driver, &routes[i], events, &error) != TRIVET_OK) {
            trivet_str message = trivet_error_message(error);
            fprintf(stderr, "driver: %s: %.*s\n", routes[i].pattern, (int)message.size,
                    message.data);
            trivet_error_free(error);
            return false;
        }
    }
    return true;
}
