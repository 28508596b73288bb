#pragma once

// The conformance driver in C: the reference for all others. One program, one app, and for each of
// its loops a struct driver with what is remembered between requests.

#include "json.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { kThreadsMax = 64, kWaysToDrive = 5 };

// Every way the interface offers to run a loop; the vectors must pass with each.
enum drive {
    kDriveTurn,  // trivet_loop_turn waits
    kDriveWait,  // trivet_loop_wait, then a turn that does not wait
    kDriveFd,    // poll trivet_loop_fd until trivet_loop_deadline, flush, turn
    kDriveRun,   // trivet_loop_run: callbacks only
    kDriveMain,  // trivet_app_main: callbacks only, and its own supervisor and threads
};

struct options {
    trivet_app_config app;
    enum drive drive;
    bool forks;
    bool has_hooks;
    bool maps_errors;
};

struct program;

// A request that waits for its timer.
struct sleeper {
    struct driver *driver;
    trivet_request request;
    trivet_timer timer;
    uint32_t status;
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

struct stream;

// One loop and its thread.
struct driver {
    struct program *program;
    trivet_loop *loop;
    struct sleeper *sleepers;
    struct watcher *watchers;
    struct stream *streams;
    trivet_request kept;
    trivet_status double_result;
    uint32_t started;
};

// What the registrations that must fail gave, see conflicts.c.
struct conflicts {
    trivet_status route, pattern, name, group, host, regex, path;
    trivet_status malformed_schema, unsupported_schema, streamed_schema;
    bool has_sites;
};

struct program {
    trivet_app *app;
    trivet_sse_hub live;
    struct options options;
    // As the app was configured, for /ops/config.
    trivet_app_config config;
    // Of a worker process; slot and workers mean nothing in another one.
    bool is_worker;
    trivet_worker_info worker;
    uint32_t threads;
    struct conflicts conflicts;
    atomic_uint loops_started;
    atomic_uint loops_stopped;
    struct driver drivers[kThreadsMax];
};

typedef void (*driver_answer)(struct driver *driver, trivet_request request,
                              const trivet_request_view *view);

// As of trivet_route_config and trivet_group_config.
struct limits {
    uint64_t body_bytes_max;
    uint32_t body_timeout_ms;
    uint32_t body_rate_min;
    uint32_t request_timeout_ms;
    uint32_t send_rate_min;
    uint32_t requests_max;
};

// A route's user_data.
struct driver_route {
    const char *method;
    const char *pattern;
    driver_answer answer;
    // Delivered as an event where the way of driving allows it, else through the callback.
    bool as_event;
    const char *name;
    const char *host;
    trivet_group *group;
    bool streams;
    struct limits limits;
    uint32_t decompress;
    trivet_middleware **middleware;  // one, or NULL
    const char *body_schema;
};

// options.c: gives false after saying what is wrong.
bool options_parse(struct options *options, int argc, char **argv);

// lifecycle.c: the driver of the calling thread, set when its loop starts.
struct driver *driver_here(void);
bool lifecycle_add(struct program *program);

// serve.c: the process's exit code.
int serve(struct program *program);
int report(const char *what, trivet_error *error);

// routes.c
bool has_events(const struct program *program);
bool routes_add(struct program *program, struct driver_route *routes, size_t count);
bool main_routes_add(struct program *program);
void driver_dispatch(trivet_request request, const trivet_request_view *view, void *user_data);
trivet_status route_add(struct program *program, struct driver_route *route,
                        trivet_error **out_error);
void answer_body(struct driver *driver, trivet_request request, const trivet_request_view *view);
trivet_str param(const trivet_request_view *view, const char *name);
int64_t param_integer(const trivet_request_view *view, const char *name);
bool equals(trivet_str left, trivet_str right);
void reply_built(trivet_request request, struct json *json);

// sleep.c: answers with a status and a text, later.
void sleep_start(struct driver *driver, trivet_request request, int64_t delay_ms, uint32_t status,
                 const char *text);
// The client of a request that was delivered as an event has gone.
void sleep_gone(struct driver *driver, trivet_request request);

// streams.c: /stream
bool streams_add(struct program *program);
void answer_counted(struct driver *driver, trivet_request request, const trivet_request_view *view);
void answer_pieces(struct driver *driver, trivet_request request, const trivet_request_view *view);
void answer_bytes(struct driver *driver, trivet_request request, const trivet_request_view *view);
void streams_event(struct driver *driver, const trivet_event *event);
void op_stream_order(struct driver *driver, trivet_request request);
// Answers with so many numbered events.
void stream_events(struct driver *driver, trivet_request request, int64_t count);
void answer_streamed_form(struct driver *driver, trivet_request request,
                          const trivet_request_view *view);
void answer_kept_form(struct driver *driver, trivet_request request,
                      const trivet_request_view *view);

// forms.c: /form, /decode
bool forms_add(struct program *program);
// Read a form and answer, as soon as it is whole.
void form_go(trivet_request request);
void form_keep_go(trivet_request request);

// files.c: /files, /spa, /gated, /hooked, /file
bool files_add(struct program *program);
void op_static_errors(struct driver *driver, trivet_request request);

// schema.c: /schema
bool schema_add(struct program *program);

// limits.c: /limits
bool limits_add(struct program *program);

// compress.c: /z
bool compress_add(struct program *program);

// middleware.c
bool middleware_add(struct program *program);
void op_middleware_errors(struct driver *driver, trivet_request request);

// events.c: /sse
bool events_add(struct program *program);
void op_sse_encode(struct driver *driver, trivet_request request);
void op_sse_hub(struct driver *driver, trivet_request request);

// routing.c: /r
bool routing_add(struct program *program);

// openapi.c: /openapi
bool openapi_add(struct program *program);
void op_openapi(struct driver *driver, trivet_request request);

// hooks.c: /g, /ga, the app's hooks
bool hooks_add(struct program *program);

// errors.c: /errors, the fallback and the one place for errors
bool errors_add(struct program *program);
void json_mapped(struct json *json, uint32_t status, trivet_str detail);

// conflicts.c: tries the registrations that must fail and keeps their results.
void conflicts_try(struct program *program);
void op_bad_schema(struct driver *driver, trivet_request request);
void op_group_conflict(struct driver *driver, trivet_request request);
void op_conflict(struct driver *driver, trivet_request request);

// ops.c
bool ops_add(struct program *program);
void ops_answer(struct driver *driver, trivet_request request, const trivet_request_view *view);
void json_status(struct json *json, const char *name, trivet_status status);
void reply_status(trivet_request request, const char *name, trivet_status status);
trivet_str query_text(trivet_request request, const char *name);
int64_t query_integer(trivet_request request, const char *name);

// ops_*.c: the operations that are more than a line or two
void op_client(struct driver *driver, trivet_request request);
void op_query(struct driver *driver, trivet_request request);
void op_cookies(struct driver *driver, trivet_request request);
void op_query_one(struct driver *driver, trivet_request request);
void op_cookie_one(struct driver *driver, trivet_request request);
void op_header_one(struct driver *driver, trivet_request request);

// ops_inject.c
void op_inject(struct driver *driver, trivet_request request);
void op_advance(struct driver *driver, trivet_request request);

// ops_cookies.c
void op_set_cookie(struct driver *driver, trivet_request request);
void op_delete_cookie(struct driver *driver, trivet_request request);
void op_thread(struct driver *driver, trivet_request request);
void op_info(struct driver *driver, trivet_request request);
void op_stats(struct driver *driver, trivet_request request);
void op_timer(struct driver *driver, trivet_request request);
void op_timer_cancel(struct driver *driver, trivet_request request);
void op_watch(struct driver *driver, trivet_request request);
void op_post(struct driver *driver, trivet_request request);
void ops_ready(struct driver *driver, int fd);
void op_url(struct driver *driver, trivet_request request);
void op_route(struct driver *driver, trivet_request request, const trivet_request_view *view);
void op_routes(struct driver *driver, trivet_request request);
void op_lifecycle(struct driver *driver, trivet_request request);
void op_worker(struct driver *driver, trivet_request request);
void op_block(struct driver *driver, trivet_request request);
void op_config(struct driver *driver, trivet_request request);
void op_setting(struct driver *driver, trivet_request request);
void op_variables(struct driver *driver, trivet_request request);
