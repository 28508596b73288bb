#pragma once

// The conformance driver in C: the reference for all others. One loop, one thread; what is
// remembered between requests lives in struct driver.

#include "json.h"

#include <stdbool.h>

struct driver;

typedef void (*driver_answer)(struct driver *driver, trivet_request request,
                              const trivet_request_view *view);

// A route's user_data.
struct driver_route {
    const char *method;
    const char *pattern;
    driver_answer answer;
    // Delivered as an event where the way of driving allows it, else through the callback.
    bool as_event;
    struct driver *driver;
};

// A request that waits for its timer.
struct sleeper {
    struct driver *driver;
    trivet_request request;
    trivet_timer timer;
    const char *text;
    struct sleeper *next;
};

// A request that waits for a pipe to become readable.
struct watcher {
    trivet_request request;
    int read_fd;
    int write_fd;
    struct watcher *next;
};

struct driver {
    trivet_app *app;
    trivet_loop *loop;
    struct sleeper *sleepers;
    struct watcher *watchers;
    trivet_request kept;
    trivet_status double_result;
    trivet_status conflict_result;
    trivet_status pattern_result;
};

// routes.c
bool routes_add(struct driver *driver, bool events);
void sleep_start(struct driver *driver, trivet_request request, int64_t delay_ms, const char *text);
// The client of a request that was delivered as an event has gone.
void sleep_gone(struct driver *driver, trivet_request request);
trivet_status route_add(struct driver *driver, struct driver_route *route, bool events,
                        trivet_error **out_error);
void reply_built(trivet_request request, struct json *json);

// ops.c
void ops_answer(struct driver *driver, trivet_request request, const trivet_request_view *view);
void ops_ready(struct driver *driver, int fd);
// Tries the registrations that must fail and keeps their results.
void ops_try_conflicts(struct driver *driver);
