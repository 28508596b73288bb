// /z: answers that middleware encodes and tags; README.md tells which.
#include "driver.h"

#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { kOptionsMax = 8, kLong = 2000 };

static void answer_rows(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    const int64_t count = param_integer(view, "n");
    struct json text = {0};
    for (int64_t i = 1; i <= count; i++) {
        json_raw(&text, "row ");
        json_integer(&text, i);
        json_raw(&text, "\n");
    }
    trivet_reply_text(request, 200, (trivet_str){text.data, text.size});
    json_free(&text);
}

static void add_header(trivet_request request, const char *name, const char *value) {
    trivet_reply_add_header(request, trivet_lit(name), trivet_lit(value));
}

static void reply_long(trivet_request request) {
    char text[kLong];
    memset(text, 'x', sizeof text);
    trivet_reply_text(request, 200, (trivet_str){text, sizeof text});
}

static void answer_own(struct driver *driver, trivet_request request,
                       const trivet_request_view *view) {
    (void)driver;
    (void)view;
    add_header(request, "ETag", "\"v1\"");
    add_header(request, "Vary", "Accept");
    add_header(request, "Cache-Control", "max-age=60");
    reply_long(request);
}

static void answer_final(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    (void)driver;
    (void)view;
    add_header(request, "Content-Encoding", "identity");
    reply_long(request);
}

static void answer_events(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)view;
    stream_events(driver, request, 3);
}

// Names and values by turns. NULL after saying what is wrong.
static trivet_middleware *made(struct program *program, const char *kind,
                               const char *const *options) {
    trivet_param list[kOptionsMax];
    size_t count = 0;
    for (; options != NULL && options[2 * count] != NULL; count++) {
        list[count].name = trivet_lit(options[2 * count]);
        list[count].value = trivet_lit(options[2 * count + 1]);
    }
    trivet_middleware *middleware = NULL;
    trivet_error *error = NULL;
    if (trivet_app_middleware(program->app, trivet_lit(kind), list, count, &middleware, &error) !=
        TRIVET_OK) {
        report(kind, error);
    }
    return middleware;
}

static trivet_group *group_of(struct program *program, trivet_group *parent, const char *prefix,
                              const char *const *compress, const char *const *etag) {
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    config.parent = parent;
    trivet_group *group = NULL;
    trivet_error *error = NULL;
    if (trivet_app_group(program->app, trivet_lit(prefix), &config, &group, &error) != TRIVET_OK) {
        report(prefix, error);
        return NULL;
    }
    trivet_middleware *const both[] = {made(program, "compress", compress),
                                       made(program, "etag", etag)};
    for (size_t i = 0; i < COUNT(both); i++) {
        if (both[i] == NULL || trivet_app_use(program->app, group, both[i]) != TRIVET_OK) {
            return NULL;
        }
    }
    return group;
}

static bool add(struct program *program, trivet_group *group, struct driver_route *routes,
                size_t count) {
    for (size_t i = 0; i < count; i++) {
        routes[i].group = group;
    }
    return group != NULL && routes_add(program, routes, count);
}

bool compress_add(struct program *program) {
    static const char *const off[] = {"enabled", "false", NULL};
    static const char *const strong[] = {"strong", "true", NULL};
    static const char *const few[] = {"coding", "gzip",       "coding", "br",       "min_bytes",
                                      "1",      "gzip_level", "9",      "br_level", "5",
                                      "type",   "text/plain", NULL};
    static const char *const events[] = {"type", "default", "type", "text/event-stream", NULL};
    static trivet_middleware *with_events[1];
    static struct driver_route routes[] = {
        {.method = "GET,POST", .pattern = "/rows/{n:int}", .answer = answer_rows},
        {.method = "GET", .pattern = "/own", .answer = answer_own},
        {.method = "GET", .pattern = "/final", .answer = answer_final},
        {.method = "GET", .pattern = "/pieces/{n:int}", .answer = answer_pieces, .as_event = true},
        {.method = "GET", .pattern = "/bytes/{n:int}", .answer = answer_bytes, .as_event = true},
        {.method = "GET", .pattern = "/events", .answer = answer_events, .as_event = true},
        {.method = "GET",
         .pattern = "/events/coded",
         .answer = answer_events,
         .as_event = true,
         .middleware = with_events},
    };
    static struct driver_route off_routes[] = {
        {.method = "GET", .pattern = "/rows/{n:int}", .answer = answer_rows}};
    static struct driver_route strong_routes[] = {
        {.method = "GET", .pattern = "/rows/{n:int}", .answer = answer_rows}};
    trivet_group *group = group_of(program, NULL, "/z", NULL, NULL);
    with_events[0] = made(program, "compress", events);
    return with_events[0] != NULL && add(program, group, routes, COUNT(routes)) &&
           add(program, group_of(program, group, "/off", off, off), off_routes,
               COUNT(off_routes)) &&
           add(program, group_of(program, group, "/strong", few, strong), strong_routes,
               COUNT(strong_routes));
}
