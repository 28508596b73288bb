// GET /ops/{name}: one operation of the interface each, answered with what it gave.
#define _GNU_SOURCE
#include "driver.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool equals(trivet_str left, trivet_str right) {
    return left.size == right.size &&
           (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

// Writes "name":"TRIVET_E_…".
static void json_status(struct json *json, const char *name, trivet_status status) {
    json_raw(json, "\"");
    json_raw(json, name);
    json_raw(json, "\":");
    json_string(json, trivet_status_name(status));
}

static void reply_status(trivet_request request, const char *name, trivet_status status) {
    struct json json = {0};
    json_raw(&json, "{");
    json_status(&json, name, status);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static trivet_str query_text(trivet_request request, const char *name) {
    trivet_str value = {NULL, 0};
    trivet_request_query(request, trivet_lit(name), &value);
    return value;
}

static int64_t query_integer(trivet_request request, const char *name) {
    char digits[32] = {0};
    trivet_str value = query_text(request, name);
    if (value.size > 0) {
        memcpy(digits, value.data, value.size < sizeof digits ? value.size : sizeof digits - 1);
    }
    return strtoll(digits, NULL, 10);
}

static bool seen_before(const trivet_param *items, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (equals(items[i].name, items[index].name)) {
            return true;
        }
    }
    return false;
}

static void op_query(struct driver *driver, trivet_request request) {
    (void)driver;
    const trivet_param *items = NULL;
    size_t count = 0;
    struct json json = {0};
    trivet_request_query_items(request, &items, &count);
    json_raw(&json, "{");
    for (size_t i = 0; i < count; i++) {
        if (seen_before(items, i)) {
            continue;
        }
        json_raw(&json, json.size > 1 ? "," : "");
        json_string(&json, items[i].name);
        json_raw(&json, ":[");
        json_string(&json, items[i].value);
        for (size_t j = i + 1; j < count; j++) {
            if (equals(items[i].name, items[j].name)) {
                json_raw(&json, ",");
                json_string(&json, items[j].value);
            }
        }
        json_raw(&json, "]");
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

// The first of several cookies of a name counts (the more specific path, RFC 6265 section 5.4).
static void op_cookies(struct driver *driver, trivet_request request) {
    (void)driver;
    const trivet_param *items = NULL;
    size_t count = 0;
    struct json json = {0};
    trivet_request_cookie_items(request, &items, &count);
    json_raw(&json, "{");
    for (size_t i = 0; i < count; i++) {
        if (seen_before(items, i)) {
            continue;
        }
        json_raw(&json, json.size > 1 ? "," : "");
        json_string(&json, items[i].name);
        json_raw(&json, ":");
        json_string(&json, items[i].value);
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

typedef trivet_status (*lookup)(trivet_request request, trivet_str name, trivet_str *out_value);

static void reply_lookup(trivet_request request, lookup find) {
    trivet_str value = {NULL, 0};
    struct json json = {0};
    json_raw(&json, "{\"value\":");
    if (find(request, query_text(request, "name"), &value) == TRIVET_OK) {
        json_string(&json, value);
    } else {
        json_raw(&json, "null");
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void op_query_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_query);
}

static void op_cookie_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_cookie);
}

static void op_header_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_header);
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

struct attempt {
    struct driver *driver;
    trivet_request request;
    trivet_status status;
};

static void *reply_elsewhere(void *argument) {
    struct attempt *attempt = argument;
    attempt->status = trivet_reply_text(attempt->request, 200, trivet_lit("wrong thread"));
    trivet_loop_wake(attempt->driver->loop);
    return NULL;
}

static void op_thread(struct driver *driver, trivet_request request) {
    struct attempt attempt = {driver, request, TRIVET_OK};
    pthread_t thread;
    if (pthread_create(&thread, NULL, reply_elsewhere, &attempt) != 0) {
        trivet_reply_fail(request, trivet_lit("pthread_create failed"), trivet_lit(NULL));
        return;
    }
    pthread_join(thread, NULL);
    reply_status(request, "error", attempt.status);
}

static void op_unserialisable(struct driver *driver, trivet_request request) {
    (void)driver;
    // C has no serialiser: this is what one in front of the library does.
    trivet_reply_fail(request, trivet_lit("a result of type function cannot be serialised"),
                      trivet_lit("a result of type function cannot be serialised"));
}

static void op_info(struct driver *driver, trivet_request request) {
    static const char *const states[] = {"unknown", "serving", "draining", "drained"};
    trivet_loop_info info = {.size = sizeof info};
    struct json json = {0};
    if (trivet_loop_get_info(driver->loop, &info) != TRIVET_OK) {
        trivet_reply_fail(request, trivet_lit("trivet_loop_get_info failed"), trivet_lit(NULL));
        return;
    }
    json_raw(&json, "{\"engine\":");
    json_string(&json, info.engine);
    json_raw(&json, ",\"reason\":");
    json_string(&json, info.engine_reason);
    json_raw(&json, ",\"state\":\"");
    json_raw(&json, states[info.state <= TRIVET_STATE_DRAINED ? info.state : 0]);
    json_raw(&json, "\",\"version\":");
    json_string(&json, trivet_version());
    json_raw(&json, ",\"abi\":");
    json_integer(&json, trivet_abi_version());
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void json_counter(struct json *json, const char *name, uint64_t value) {
    char text[96];
    snprintf(text, sizeof text, "%s\"%s\":%" PRIu64, json->size > 1 ? "," : "", name, value);
    json_raw(json, text);
}

static void op_stats(struct driver *driver, trivet_request request) {
    trivet_loop_stats stats = {.size = sizeof stats};
    struct json json = {0};
    if (trivet_loop_get_stats(driver->loop, &stats) != TRIVET_OK) {
        trivet_reply_fail(request, trivet_lit("trivet_loop_get_stats failed"), trivet_lit(NULL));
        return;
    }
    json_raw(&json, "{");
    json_counter(&json, "connections", stats.connections);
    json_counter(&json, "connections_total", stats.connections_total);
    json_counter(&json, "connections_refused_total", stats.connections_refused_total);
    json_counter(&json, "requests_in_flight", stats.requests_in_flight);
    json_counter(&json, "requests_total", stats.requests_total);
    json_counter(&json, "handler_failures_total", stats.handler_failures_total);
    json_counter(&json, "stale_total", stats.stale_total);
    json_counter(&json, "timeouts_total", stats.timeouts_total);
    json_counter(&json, "system_calls_total", stats.system_calls_total);
    json_counter(&json, "log_dropped_total", stats.log_dropped_total);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void op_timer(struct driver *driver, trivet_request request) {
    sleep_start(driver, request, query_integer(request, "ms"), "fired");
}

static void never(void *user_data) {
    (void)user_data;
    fputs("driver: a cancelled timer fired\n", stderr);
    abort();
}

static void op_timer_cancel(struct driver *driver, trivet_request request) {
    trivet_timer timer = 0;
    struct json json = {0};
    trivet_loop_timer_start(driver->loop, 60000, never, NULL, NULL, &timer);
    bool cancelled = trivet_loop_timer_cancel(driver->loop, timer) == TRIVET_OK;
    json_raw(&json, cancelled ? "{\"cancelled\":true," : "{\"cancelled\":false,");
    json_status(&json, "again", trivet_loop_timer_cancel(driver->loop, timer));
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void op_watch(struct driver *driver, trivet_request request) {
    struct watcher *watcher = malloc(sizeof *watcher);
    int fds[2];
    if (watcher == NULL || pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(watcher);
        trivet_reply_fail(request, trivet_lit("no pipe"), trivet_lit(NULL));
        return;
    }
    *watcher = (struct watcher){request, fds[0], fds[1], driver->watchers};
    driver->watchers = watcher;
    if (trivet_loop_watch(driver->loop, fds[0], TRIVET_WATCH_READ) != TRIVET_OK ||
        write(fds[1], "x", 1) != 1) {
        ops_ready(driver, fds[0]);
    }
}

void ops_ready(struct driver *driver, int fd) {
    struct watcher **link = &driver->watchers;
    while (*link != NULL && (*link)->read_fd != fd) {
        link = &(*link)->next;
    }
    struct watcher *watcher = *link;
    if (watcher == NULL) {
        return;
    }
    *link = watcher->next;
    char byte = 0;
    bool came = read(watcher->read_fd, &byte, 1) == 1 && byte == 'x';
    trivet_loop_watch(driver->loop, watcher->read_fd, 0);
    close(watcher->read_fd);
    close(watcher->write_fd);
    if (came) {
        trivet_reply_text(watcher->request, 200, trivet_lit("ready"));
    } else {
        trivet_reply_fail(watcher->request, trivet_lit("the watch reported nothing to read"),
                          trivet_lit(NULL));
    }
    free(watcher);
}

static void op_log(struct driver *driver, trivet_request request) {
    static const char *const names[] = {"", "debug", "info", "warn", "error"};
    trivet_str level = query_text(request, "level");
    for (uint32_t i = TRIVET_LOG_DEBUG; i <= TRIVET_LOG_ERROR; i++) {
        if (equals(level, trivet_lit(names[i]))) {
            trivet_app_log(driver->app, i, query_text(request, "text"));
            trivet_reply_empty(request, 204);
            return;
        }
    }
    trivet_reply_problem(request, 400, trivet_lit("no such level"));
}

static void nothing(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_empty(request, 204);
}

// The result of a registration that must fail, told twice: by the call and by its error.
static trivet_status refused_route(struct driver *driver, const char *pattern) {
    trivet_error *error = NULL;
    trivet_status status = trivet_app_route(driver->app, trivet_lit("GET"), trivet_lit(pattern),
                                            NULL, nothing, NULL, NULL, &error);
    bool told = trivet_error_status(error) == status && trivet_error_message(error).size > 0 &&
                trivet_error_detail(error).size > 0;
    trivet_error_free(error);
    return told ? status : TRIVET_OK;
}

void ops_try_conflicts(struct driver *driver) {
    driver->conflict_result = refused_route(driver, "/hello");
    driver->pattern_result = refused_route(driver, "/x/{");
}

static void op_conflict(struct driver *driver, trivet_request request) {
    struct json json = {0};
    trivet_status late = trivet_app_route(driver->app, trivet_lit("GET"), trivet_lit("/late"), NULL,
                                          nothing, NULL, NULL, NULL);
    json_raw(&json, "{");
    json_status(&json, "conflict", driver->conflict_result);
    json_raw(&json, ",");
    json_status(&json, "pattern", driver->pattern_result);
    json_raw(&json, ",");
    json_status(&json, "late", late);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static void op_status_name(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_status(request, "name", (trivet_status)query_integer(request, "status"));
}

static void *post_elsewhere(void *argument) {
    struct attempt *attempt = argument;
    static const char text[] = "posted";
    struct {
        trivet_reply_record head;
        char body[8];
    } record = {
        .head = {attempt->request, 200, TRIVET_CONTENT_TEXT, 0, 0, sizeof text - 1},
    };
    memcpy(record.body, text, sizeof text - 1);
    trivet_reply_post(attempt->driver->loop, &record, sizeof record);
    free(attempt);
    return NULL;
}

static void op_post(struct driver *driver, trivet_request request) {
    struct attempt *attempt = malloc(sizeof *attempt);
    pthread_t thread;
    if (attempt == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        return;
    }
    *attempt = (struct attempt){driver, request, TRIVET_OK};
    if (pthread_create(&thread, NULL, post_elsewhere, attempt) != 0) {
        free(attempt);
        trivet_reply_fail(request, trivet_lit("pthread_create failed"), trivet_lit(NULL));
        return;
    }
    pthread_detach(thread);
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
    {"json", op_json},
    {"bytes", op_bytes},
    {"empty", op_empty},
    {"redirect", op_redirect},
    {"problem", op_problem},
    {"headers", op_headers},
    {"bad_header", op_bad_header},
    {"double", op_double},
    {"double_result", op_double_result},
    {"stale", op_stale},
    {"stale_result", op_stale_result},
    {"thread", op_thread},
    {"unserialisable", op_unserialisable},
    {"info", op_info},
    {"stats", op_stats},
    {"timer", op_timer},
    {"timer_cancel", op_timer_cancel},
    {"watch", op_watch},
    {"log", op_log},
    {"conflict", op_conflict},
    {"status_name", op_status_name},
    {"post", op_post},
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
