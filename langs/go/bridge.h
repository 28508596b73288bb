// What the Go side calls besides trivet.h itself: one crossing for a batch of answers and a turn,
// and lookups that return by value, so that no Go memory is given to the engine to write to.
#pragma once

#include "trivet.h"

// Events of one turn. More wait for the next turn, which then does not block.
#define TRIVET_GO_EVENTS_MAX 256

// Answers that only the owner's thread can give: their body is the detail or the location.
#define TRIVET_GO_CONTENT_PROBLEM 100
#define TRIVET_GO_CONTENT_REDIRECT 101

struct trivet_go_timer;

// The engine's side of one loop. Owned by the Go loop, in C memory because the engine keeps it.
struct trivet_go_loop {
    trivet_loop *loop;
    size_t event_count;
    struct trivet_go_timer *fired;
    trivet_event events[TRIVET_GO_EVENTS_MAX];
};

struct trivet_go_found {
    trivet_str value;
    trivet_status status;
};

struct trivet_go_items {
    const trivet_param *items;
    size_t count;
    trivet_status status;
};

struct trivet_go_fields {
    const trivet_header *items;
    size_t count;
    trivet_status status;
};

struct trivet_go_form {
    uint32_t refusal;
    size_t part_count;
    trivet_str detail;
    trivet_status status;
};

struct trivet_go_part {
    trivet_form_part part;
    trivet_status status;
};

struct trivet_go_size {
    size_t size;
    trivet_status status;
};

struct trivet_go_fd {
    int32_t fd;
    trivet_status status;
};

// Answers the packed records (trivet_reply_record) on the owner's thread, then takes one turn.
trivet_status trivet_go_turn(struct trivet_go_loop *loop, const char *records, size_t size,
                             int64_t timeout_ms);

// As of trivet_route_config and trivet_group_config.
struct trivet_go_limits {
    uint64_t body_bytes_max;
    uint32_t body_timeout_ms;
    uint32_t body_rate_min;
    uint32_t request_timeout_ms;
    uint32_t send_rate_min;
    uint32_t requests_max;
};

// trivet_app_route for delivery as events; the route is a number, which Go must not see as a
// pointer. `metadata` is packed: of each name and value its length as uint32_t and its bytes.
trivet_status trivet_go_route(trivet_app *app, trivet_group *group, trivet_str methods,
                              trivet_str pattern, trivet_str name, trivet_str host, trivet_str site,
                              const char *metadata, size_t metadata_count, uint32_t flags,
                              struct trivet_go_limits limits, uint32_t decompress,
                              trivet_middleware **middleware, size_t middleware_count,
                              trivet_str body_schema, uintptr_t route, trivet_error **out_error);

// trivet_app_static for delivery as events; `texts` holds index, fallback, Cache-Control and the
// folder, then the rules and the types, as metadata above.
trivet_status trivet_go_static(trivet_app *app, trivet_group *group, trivet_str prefix,
                               const char *texts, size_t rule_count, size_t type_count,
                               uint32_t flags, trivet_str name, trivet_str host, trivet_str site,
                               const char *metadata, size_t metadata_count,
                               struct trivet_go_limits limits, trivet_middleware **middleware,
                               size_t middleware_count, uintptr_t route, trivet_error **out_error);

// trivet_app_middleware; `packed` holds the options, as metadata above.
trivet_status trivet_go_middleware(trivet_app *app, trivet_str kind, const char *packed,
                                   size_t count, trivet_middleware **out_middleware,
                                   trivet_error **out_error);

trivet_status trivet_go_group(trivet_app *app, trivet_group *parent, trivet_str prefix,
                              trivet_str host, trivet_str site, struct trivet_go_limits limits,
                              uint32_t decompress, trivet_group **out_group,
                              trivet_error **out_error);

// trivet_app_configure with the host as an argument, since Go memory may not point to Go memory.
// The texts of a configuration: Go may hand over pointers by value, but none within its memory.
typedef struct {
    trivet_str host;
    trivet_str tls_certificate;
    trivet_str tls_key;
    trivet_str tls_staple;
    trivet_str tls_client_ca;
    trivet_str trusted_proxies;
    trivet_str also_listen;
    trivet_str static_folders;
} trivet_go_config_texts;

trivet_status trivet_go_configure(trivet_app *app, const trivet_app_config *config,
                                  trivet_go_config_texts texts, trivet_error **out_error);

// trivet_app_url; `packed` holds the parameters, then those of the query, as metadata above.
trivet_status trivet_go_url(trivet_app *app, trivet_str name, const char *packed,
                            size_t param_count, size_t query_count, char *out_text, size_t capacity,
                            size_t *out_size, trivet_error **out_error);

// trivet_app_inspect; `packed` holds two texts for each route, the names of its hooks.
trivet_status trivet_go_inspect(trivet_app *app, const char *packed, size_t count,
                                trivet_error **out_error);

struct trivet_go_found trivet_go_attribute(trivet_request request, const char *name, size_t size);
// trivet_openapi_serve; `packed` holds title and version, description and path, the paths of the
// pages, and of each server its URL and description.
trivet_status trivet_go_openapi_serve(trivet_app *app, const char *packed, size_t server_count,
                                      trivet_error **out_error);
struct trivet_go_found trivet_go_openapi(trivet_app *app);

struct trivet_go_found trivet_go_header(trivet_request request, const char *name, size_t size);
struct trivet_go_found trivet_go_query(trivet_request request, const char *name, size_t size);
struct trivet_go_found trivet_go_cookie(trivet_request request, const char *name, size_t size);
struct trivet_go_items trivet_go_query_items(trivet_request request);
struct trivet_go_items trivet_go_cookie_items(trivet_request request);
struct trivet_go_fields trivet_go_trailers(trivet_request request);

// Of forms. Opens one of content that is there as a whole, on the loop's thread.
trivet_status trivet_go_form_open(trivet_request request, const trivet_form_config *config);
struct trivet_go_form trivet_go_form_get(trivet_request request);
struct trivet_go_part trivet_go_form_part(trivet_request request, size_t index);
struct trivet_go_size trivet_go_form_read(trivet_request request, size_t index, uint64_t offset,
                                          size_t capacity, char *bytes);
struct trivet_go_fd trivet_go_form_descriptor(trivet_request request, size_t index);

// Gives the open file without a name its name, once: 0, or the error's number.
int32_t trivet_go_link(int32_t fd, const char *path);
// A file in memory, or -1.
int32_t trivet_go_memory_file(void);

// One event of a stream, by value, since Go memory may not point to Go memory.
struct trivet_go_event {
    trivet_str id, event, data, comment, key;
    uint32_t flags;
    int32_t retry_ms;
};

struct trivet_go_encoded {
    size_t size;
    trivet_status status;
    trivet_error *error;
};

// trivet_sse_encode.
struct trivet_go_encoded trivet_go_sse_encode(struct trivet_go_event event, char *text,
                                              size_t capacity);

// trivet_cookie_encode.
struct trivet_go_encoded trivet_go_cookie_encode(trivet_cookie cookie, char *text, size_t capacity);

// trivet_sse_hub_publish.
trivet_status trivet_go_sse_publish(trivet_sse_hub hub, struct trivet_go_event event,
                                    trivet_error **out_error);

// trivet_sse_subscribe; `packed` holds the fields, as metadata above. `last_event_id` counts when
// `has_id` is 1, else the request's own.
trivet_status trivet_go_sse_subscribe(trivet_request request, trivet_sse_hub hub, uint32_t has_id,
                                      trivet_str last_event_id, const char *packed, size_t count);

// Starts a timer that Go finds by `id` with trivet_go_timer_fired after the turn it fired in.
trivet_status trivet_go_timer_start(struct trivet_go_loop *loop, uint64_t delay_ms, uint64_t id,
                                    trivet_timer *out_timer);

// The next fired timer's id, 0 when there is none.
uint64_t trivet_go_timer_fired(struct trivet_go_loop *loop);
