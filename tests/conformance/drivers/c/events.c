// Server-Sent Events: streams of one request, hubs of one and of many.
#define _GNU_SOURCE
#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static trivet_sse_event event_of(const char *id, const char *type, const char *data) {
    trivet_sse_event event;
    trivet_sse_event_init(&event, sizeof event);
    event.id = trivet_lit(id);
    event.event = trivet_lit(type);
    event.data = trivet_lit(data);
    return event;
}

static trivet_status send_event(trivet_request request, const trivet_sse_event *event) {
    uint32_t wait = 0;
    return trivet_sse_send(request, event, &wait, NULL);
}

static void answer_stream(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)view;
    trivet_str given;
    bool is_given = trivet_request_query(request, trivet_lit("n"), &given) == TRIVET_OK;
    stream_events(driver, request, is_given ? query_integer(request, "n") : 3);
}

static void answer_fields(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    (void)view;
    const trivet_header field = {trivet_lit("X-Sse"), trivet_lit("1")};
    trivet_sse_config config;
    trivet_sse_config_init(&config, sizeof config);
    config.retry_ms = 2000;
    config.headers = &field;
    config.header_count = 1;
    if (trivet_sse_begin(request, &config) != TRIVET_OK) {
        return;
    }
    trivet_sse_event whole = event_of("7 a", "tick", "one\ntwo\r\nthree\rfour");
    whole.comment = trivet_lit("a\nb");
    whole.retry_ms = 1500;
    send_event(request, &whole);
    trivet_sse_event empty = event_of(NULL, NULL, NULL);
    empty.flags = TRIVET_SSE_EVENT_ID | TRIVET_SSE_EVENT_DATA;
    send_event(request, &empty);
    trivet_sse_event comment = event_of(NULL, NULL, NULL);
    comment.comment = trivet_lit("end");
    send_event(request, &comment);
    trivet_reply_end(request, NULL, 0);
}

static void publish_numbers(trivet_sse_hub hub, int64_t first, int64_t count, bool has_ids) {
    char id[32];
    char data[32];
    for (int64_t number = first; number < first + count; number++) {
        snprintf(id, sizeof id, "%" PRId64, number);
        snprintf(data, sizeof data, "event %" PRId64, number);
        const trivet_sse_event event = event_of(has_ids ? id : NULL, "tick", data);
        trivet_sse_hub_publish(hub, &event, NULL);
    }
}

static void hub_config_of(trivet_request request, trivet_sse_hub_config *config) {
    trivet_str given;
    trivet_sse_hub_config_init(config, sizeof *config);
    config->flags = query_integer(request, "numbered") == 1 ? 0 : TRIVET_SSE_HUB_OWN_IDS;
    if (trivet_request_query(request, trivet_lit("history"), &given) == TRIVET_OK) {
        config->history_events = (uint32_t)query_integer(request, "history");
    }
    if (trivet_request_query(request, trivet_lit("retry"), &given) == TRIVET_OK) {
        config->retry_ms = (int32_t)query_integer(request, "retry");
    }
    trivet_str policy = query_text(request, "policy");
    config->policy = equals(policy, trivet_lit("close"))      ? TRIVET_SSE_POLICY_CLOSE
                     : equals(policy, trivet_lit("coalesce")) ? TRIVET_SSE_POLICY_COALESCE
                                                              : TRIVET_SSE_POLICY_DROP_OLDEST;
}

static void fail_with(trivet_request request, trivet_status status) {
    if (status == TRIVET_E_STALE || status == TRIVET_E_LIMIT) {
        trivet_reply_problem(request, 503, trivet_lit("there are no events to be had"));
    } else {
        trivet_reply_fail(request, trivet_status_name(status), trivet_lit(NULL));
    }
}

// The request's view is read before it subscribes, for it ends with that.
static void answer_hub(struct driver *driver, trivet_request request,
                       const trivet_request_view *view) {
    (void)view;
    trivet_sse_hub hub = 0;
    trivet_sse_hub_config config;
    hub_config_of(request, &config);
    int64_t before = query_integer(request, "before");
    int64_t after = query_integer(request, "after");
    bool has_ids = (config.flags & TRIVET_SSE_HUB_OWN_IDS) != 0;
    trivet_status status = trivet_sse_hub_open(driver->program->app, &config, &hub, NULL);
    if (status != TRIVET_OK) {
        fail_with(request, status);
        return;
    }
    publish_numbers(hub, 1, before, has_ids);
    trivet_str last;
    bool has_last = trivet_request_query(request, trivet_lit("last"), &last) == TRIVET_OK;
    status = trivet_sse_subscribe(request, hub, has_last ? &last : NULL, NULL, 0);
    if (status != TRIVET_OK) {
        fail_with(request, status);
    }
    publish_numbers(hub, before + 1, after, has_ids);
    trivet_sse_hub_close(hub);
}

static void answer_closed(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)view;
    trivet_sse_hub hub = 0;
    trivet_sse_hub_open(driver->program->app, NULL, &hub, NULL);
    trivet_sse_hub_close(hub);
    trivet_status status = trivet_sse_subscribe(request, hub, NULL, NULL, 0);
    if (status != TRIVET_OK) {
        fail_with(request, status);
    }
}

static void answer_live(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)view;
    trivet_status status = trivet_sse_subscribe(request, driver->program->live, NULL, NULL, 0);
    if (status != TRIVET_OK) {
        fail_with(request, status);
    }
}

static void answer_publish(struct driver *driver, trivet_request request,
                           const trivet_request_view *view) {
    trivet_sse_event event = event_of(NULL, NULL, NULL);
    event.flags = TRIVET_SSE_EVENT_DATA;
    event.data = view->body;
    trivet_status status = trivet_sse_hub_publish(driver->program->live, &event, NULL);
    trivet_sse_hub_info info = {.size = sizeof info};
    trivet_sse_hub_get_info(driver->program->live, &info);
    if (status != TRIVET_OK) {
        fail_with(request, status);
        return;
    }
    struct json json = {0};
    json_raw(&json, "{\"subscribers\":");
    json_integer(&json, (int64_t)info.subscribers);
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_sse_encode(struct driver *driver, trivet_request request) {
    (void)driver;
    trivet_str id = {NULL, 0};
    trivet_str data = {NULL, 0};
    trivet_str retry;
    bool has_id = trivet_request_query(request, trivet_lit("id"), &id) == TRIVET_OK;
    bool has_data = trivet_request_query(request, trivet_lit("data"), &data) == TRIVET_OK;
    trivet_sse_event event = event_of(NULL, NULL, NULL);
    event.flags = (has_id ? TRIVET_SSE_EVENT_ID : 0u) | (has_data ? TRIVET_SSE_EVENT_DATA : 0u);
    event.id = id;
    event.data = data;
    event.event = query_text(request, "event");
    event.comment = query_text(request, "comment");
    if (trivet_request_query(request, trivet_lit("retry"), &retry) == TRIVET_OK) {
        event.retry_ms = (int32_t)query_integer(request, "retry");
    }
    size_t size = 0;
    trivet_status status = trivet_sse_encode(&event, 0, NULL, &size, NULL);
    if (status != TRIVET_E_LIMIT) {
        reply_status(request, "error", status);
        return;
    }
    struct json json = {0};
    char *text = malloc(size);
    trivet_sse_encode(&event, size, text, &size, NULL);
    json_raw(&json, "{\"text\":");
    json_string(&json, (trivet_str){text, size});
    json_raw(&json, "}");
    free(text);
    reply_built(request, &json);
}

static void json_next(struct json *json, const char *name, trivet_status status) {
    json_raw(json, json->size > 1 ? "," : "");
    json_status(json, name, status);
}

static void json_count(struct json *json, const char *name, uint64_t count) {
    json_raw(json, ",\"");
    json_raw(json, name);
    json_raw(json, "\":");
    json_integer(json, (int64_t)count);
}

void op_sse_hub(struct driver *driver, trivet_request request) {
    char long_text[101];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    const trivet_sse_event empty = event_of(NULL, NULL, NULL);
    const trivet_sse_event with_id = event_of("1", NULL, "x");
    const trivet_sse_event long_one = event_of(NULL, NULL, long_text);
    const trivet_sse_event event = event_of(NULL, NULL, "x");
    trivet_app *app = driver->program->app;
    trivet_sse_hub hub = 0;
    struct json json = {0};
    trivet_sse_hub_config config;
    trivet_sse_hub_config_init(&config, sizeof config);
    config.policy = 9;
    json_raw(&json, "{");
    json_next(&json, "policy", trivet_sse_hub_open(app, &config, &hub, NULL));
    config.policy = TRIVET_SSE_POLICY_DROP_OLDEST;
    config.event_bytes_max = 100;
    json_next(&json, "open", trivet_sse_hub_open(app, &config, &hub, NULL));
    json_next(&json, "empty", trivet_sse_hub_publish(hub, &empty, NULL));
    json_next(&json, "id", trivet_sse_hub_publish(hub, &with_id, NULL));
    json_next(&json, "long", trivet_sse_hub_publish(hub, &long_one, NULL));
    json_next(&json, "publish", trivet_sse_hub_publish(hub, &event, NULL));
    trivet_sse_hub_info info = {.size = sizeof info};
    trivet_sse_hub_get_info(hub, &info);
    json_count(&json, "published", info.published_total);
    json_count(&json, "history", info.history_events);
    json_next(&json, "close", trivet_sse_hub_close(hub));
    json_next(&json, "late", trivet_sse_hub_publish(hub, &event, NULL));
    json_next(&json, "again", trivet_sse_hub_close(hub));
    json_raw(&json, "}");
    reply_built(request, &json);
}

bool events_add(struct program *program) {
    static struct driver_route routes[] = {
        {.method = "GET", .pattern = "/sse", .answer = answer_stream, .as_event = true},
        {.method = "GET", .pattern = "/sse/fields", .answer = answer_fields},
        {.method = "GET", .pattern = "/sse/hub", .answer = answer_hub},
        {.method = "GET", .pattern = "/sse/closed", .answer = answer_closed, .as_event = true},
        {.method = "GET", .pattern = "/sse/live", .answer = answer_live, .as_event = true},
        {.method = "POST", .pattern = "/sse/live", .answer = answer_publish},
    };
    trivet_error *error = NULL;
    if (trivet_sse_hub_open(program->app, NULL, &program->live, &error) != TRIVET_OK) {
        report("the live hub", error);
        return false;
    }
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
