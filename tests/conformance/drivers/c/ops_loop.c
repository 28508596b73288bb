// Operations on the loop: its threads, timers, watches and counters.
#define _GNU_SOURCE
#include "driver.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void op_thread(struct driver *driver, trivet_request request) {
    struct attempt attempt = {driver, request, TRIVET_OK};
    pthread_t thread;
    if (pthread_create(&thread, NULL, reply_elsewhere, &attempt) != 0) {
        trivet_reply_fail(request, trivet_lit("pthread_create failed"), trivet_lit(NULL));
        return;
    }
    pthread_join(thread, NULL);
    reply_status(request, "error", attempt.status);
}

void op_info(struct driver *driver, trivet_request request) {
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
    json_raw(&json, info.is_secured ? ",\"secured\":true" : ",\"secured\":false");
    json_raw(&json, info.has_kernel_tls ? ",\"kernel_tls\":true}" : ",\"kernel_tls\":false}");
    reply_built(request, &json);
}

static void json_counter(struct json *json, const char *name, uint64_t value) {
    char text[96];
    snprintf(text, sizeof text, "%s\"%s\":%" PRIu64, json->size > 1 ? "," : "", name, value);
    json_raw(json, text);
}

void op_stats(struct driver *driver, trivet_request request) {
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
    json_counter(&json, "regex_limit_total", stats.regex_limit_total);
    json_counter(&json, "lent_total", stats.lent_total);
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_timer(struct driver *driver, trivet_request request) {
    sleep_start(driver, request, query_integer(request, "ms"), 200, "fired");
}

static void never(void *user_data) {
    (void)user_data;
    fputs("driver: a cancelled timer fired\n", stderr);
    abort();
}

void op_timer_cancel(struct driver *driver, trivet_request request) {
    trivet_timer timer = 0;
    struct json json = {0};
    trivet_loop_timer_start(driver->loop, 60000, never, NULL, NULL, &timer);
    bool cancelled = trivet_loop_timer_cancel(driver->loop, timer) == TRIVET_OK;
    json_raw(&json, cancelled ? "{\"cancelled\":true," : "{\"cancelled\":false,");
    json_status(&json, "again", trivet_loop_timer_cancel(driver->loop, timer));
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_watch(struct driver *driver, trivet_request request) {
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

static void *post_elsewhere(void *argument) {
    struct attempt *attempt = argument;
    static const char text[] = "posted";
    struct {
        trivet_reply_record head;
        char body[8];
    } record = {
        .head = {.request = attempt->request,
                 .status = 200,
                 .content = TRIVET_CONTENT_TEXT,
                 .body_bytes = sizeof text - 1},
    };
    memcpy(record.body, text, sizeof text - 1);
    trivet_reply_post(attempt->driver->loop, &record, sizeof record);
    free(attempt);
    return NULL;
}

void op_post(struct driver *driver, trivet_request request) {
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
