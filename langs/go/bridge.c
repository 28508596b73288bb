#define _GNU_SOURCE  // memfd_create

#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// trivet_reply allows no more fields; the Go side refuses a further one.
enum { HEADERS_MAX = 1000 };

// Reads one text of a packed list, its length and its bytes, and moves past it.
static trivet_str take_text(const char **packed) {
    uint32_t length;
    memcpy(&length, *packed, sizeof length);
    trivet_str text = {*packed + sizeof length, length};
    *packed += sizeof length + length;
    return text;
}

// Sends a record with fields. The lengths were written by reply.go, so they add up.
static trivet_status reply_with_fields(const trivet_reply_record *record, const char *packed,
                                       trivet_str body) {
    trivet_header fields[HEADERS_MAX];
    size_t count = record->header_count < HEADERS_MAX ? record->header_count : HEADERS_MAX;
    for (size_t i = 0; i < count; i++) {
        fields[i].name = take_text(&packed);
        fields[i].value = take_text(&packed);
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = record->status;
    reply.content = record->content;
    reply.headers = fields;
    reply.header_count = count;
    reply.body = body;
    return trivet_reply_send(record->request, &reply);
}

// A file, whose texts lie between NULs.
static trivet_status reply_file(const trivet_reply_record *record, const char *packed,
                                trivet_str body) {
    trivet_header fields[HEADERS_MAX];
    size_t count = record->header_count < HEADERS_MAX ? record->header_count : HEADERS_MAX;
    for (size_t i = 0; i < count; i++) {
        fields[i].name = take_text(&packed);
        fields[i].value = take_text(&packed);
    }
    if (record->kind == TRIVET_POST_STATIC) {
        for (size_t i = 0; i < count; i++) {
            trivet_status status =
                trivet_reply_add_header(record->request, fields[i].name, fields[i].value);
            if (status != TRIVET_OK) {
                return status;
            }
        }
        return trivet_reply_static(record->request);
    }
    trivet_file file;
    trivet_file_init(&file, sizeof file);
    trivet_str *texts[] = {&file.path, &file.root, &file.content_type, &file.download_name,
                           &file.cache_control};
    const char *end = body.data + body.size;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *nul = memchr(body.data, 0, (size_t)(end - body.data));
        const char *stop = nul != NULL ? nul : end;
        *texts[i] = (trivet_str){body.data, (size_t)(stop - body.data)};
        body.data = nul != NULL ? nul + 1 : end;
    }
    file.flags = (uint32_t)record->length;
    file.status = record->status;
    file.headers = fields;
    file.header_count = count;
    return trivet_reply_file(record->request, &file);
}

static trivet_status reply_one(const trivet_reply_record *record) {
    const char *packed = (const char *)(record + 1);
    trivet_str body = {packed + record->headers_bytes, record->body_bytes};
    if (record->kind != TRIVET_POST_REPLY) {
        return reply_file(record, packed, body);
    }
    if (record->status == 0) {
        trivet_str detail = {NULL, 0};
        if (record->header_count > 0) {  // packed as the value of a field without a name
            take_text(&packed);
            detail = take_text(&packed);
        }
        return trivet_reply_fail(record->request, body, detail);
    }
    if (record->header_count > 0) {
        return reply_with_fields(record, packed, body);
    }
    switch (record->content) {
        case TRIVET_CONTENT_TEXT:
            return trivet_reply_text(record->request, record->status, body);
        case TRIVET_CONTENT_HTML:
            return trivet_reply_html(record->request, record->status, body);
        case TRIVET_CONTENT_JSON:
            return trivet_reply_json(record->request, record->status, body);
        case TRIVET_CONTENT_BYTES:
            return trivet_reply_bytes(record->request, record->status, body);
        case TRIVET_CONTENT_XML:
            return trivet_reply_xml(record->request, record->status, body);
        case TRIVET_GO_CONTENT_PROBLEM:
            return trivet_reply_problem(record->request, record->status, body);
        case TRIVET_GO_CONTENT_REDIRECT:
            return trivet_reply_redirect(record->request, record->status, body);
        default:
            return body.size == 0 ? trivet_reply_empty(record->request, record->status)
                                  : reply_with_fields(record, packed, body);
    }
}

trivet_status trivet_go_turn(struct trivet_go_loop *loop, const char *records, size_t size,
                             int64_t timeout_ms) {
    for (size_t offset = 0; offset < size;) {
        const trivet_reply_record *record = (const trivet_reply_record *)(records + offset);
        trivet_status status = reply_one(record);
        if (status == TRIVET_E_ARGUMENT || status == TRIVET_E_HEADER ||
            status == TRIVET_E_LIMIT) {  // still unanswered
            trivet_reply_fail(record->request, trivet_lit("the engine refused the answer"),
                              trivet_lit(NULL));
        }
        offset += (sizeof *record + record->headers_bytes + record->body_bytes + 7) & ~(size_t)7;
    }
    loop->event_count = 0;
    return trivet_loop_turn(loop->loop, timeout_ms, loop->events, TRIVET_GO_EVENTS_MAX,
                            &loop->event_count);
}

// The items of a packed list; NULL when memory is out or the list is empty. Freed by the caller.
static trivet_param *unpack(const char *packed, size_t count) {
    trivet_param *items = calloc(count, sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++) {
        items[i].name = take_text(&packed);
        items[i].value = take_text(&packed);
    }
    return items;
}

trivet_status trivet_go_route(trivet_app *app, trivet_group *group, trivet_str methods,
                              trivet_str pattern, trivet_str name, trivet_str host, trivet_str site,
                              const char *metadata, size_t metadata_count, uint32_t flags,
                              struct trivet_go_limits limits, uint32_t decompress,
                              trivet_middleware **middleware, size_t middleware_count,
                              trivet_str body_schema, uintptr_t route, trivet_error **out_error) {
    trivet_param *items = unpack(metadata, metadata_count);
    if (items == NULL && metadata_count > 0) {
        return TRIVET_E_MEMORY;
    }
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.group = group;
    config.name = name;
    config.host = host;
    config.site = site;
    config.metadata = items;
    config.metadata_count = metadata_count;
    config.flags = flags;
    config.body_bytes_max = limits.body_bytes_max;
    config.body_timeout_ms = limits.body_timeout_ms;
    config.body_rate_min = limits.body_rate_min;
    config.request_timeout_ms = limits.request_timeout_ms;
    config.send_rate_min = limits.send_rate_min;
    config.requests_max = limits.requests_max;
    config.decompress = decompress;
    config.middleware = middleware;
    config.middleware_count = middleware_count;
    config.body_schema = body_schema;
    trivet_status status =
        trivet_app_route(app, methods, pattern, &config, NULL, (void *)route, NULL, out_error);
    free(items);
    return status;
}

trivet_status trivet_go_static(trivet_app *app, trivet_group *group, trivet_str prefix,
                               const char *texts, size_t rule_count, size_t type_count,
                               uint32_t flags, trivet_str name, trivet_str host, trivet_str site,
                               const char *metadata, size_t metadata_count,
                               struct trivet_go_limits limits, trivet_middleware **middleware,
                               size_t middleware_count, uintptr_t route, trivet_error **out_error) {
    trivet_static_config config;
    trivet_route_config options;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&options, sizeof options);
    config.index = take_text(&texts);
    config.fallback = take_text(&texts);
    config.cache_control = take_text(&texts);
    trivet_str directory = take_text(&texts);
    trivet_param *items = unpack(texts, rule_count + type_count);
    trivet_param *pairs = unpack(metadata, metadata_count);
    trivet_status status = TRIVET_E_MEMORY;
    if ((items != NULL || rule_count + type_count == 0) && (pairs != NULL || metadata_count == 0)) {
        config.cache_rules = items;
        config.cache_rule_count = rule_count;
        config.types = type_count > 0 ? items + rule_count : NULL;
        config.type_count = type_count;
        config.flags = flags;
        config.route = &options;
        options.group = group;
        options.name = name;
        options.host = host;
        options.site = site;
        options.metadata = pairs;
        options.metadata_count = metadata_count;
        options.body_bytes_max = limits.body_bytes_max;
        options.body_timeout_ms = limits.body_timeout_ms;
        options.body_rate_min = limits.body_rate_min;
        options.request_timeout_ms = limits.request_timeout_ms;
        options.send_rate_min = limits.send_rate_min;
        options.requests_max = limits.requests_max;
        options.middleware = middleware;
        options.middleware_count = middleware_count;
        status = trivet_app_static(app, prefix, directory, &config, NULL, (void *)route, NULL,
                                   out_error);
    }
    free(items);
    free(pairs);
    return status;
}

trivet_status trivet_go_middleware(trivet_app *app, trivet_str kind, const char *packed,
                                   size_t count, trivet_middleware **out_middleware,
                                   trivet_error **out_error) {
    trivet_param *options = unpack(packed, count);
    if (options == NULL && count > 0) {
        return TRIVET_E_MEMORY;
    }
    trivet_status status =
        trivet_app_middleware(app, kind, options, count, out_middleware, out_error);
    free(options);
    return status;
}

trivet_status trivet_go_group(trivet_app *app, trivet_group *parent, trivet_str prefix,
                              trivet_str host, trivet_str site, struct trivet_go_limits limits,
                              uint32_t decompress, trivet_group **out_group,
                              trivet_error **out_error) {
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    config.parent = parent;
    config.host = host;
    config.site = site;
    config.body_bytes_max = limits.body_bytes_max;
    config.body_timeout_ms = limits.body_timeout_ms;
    config.body_rate_min = limits.body_rate_min;
    config.request_timeout_ms = limits.request_timeout_ms;
    config.send_rate_min = limits.send_rate_min;
    config.requests_max = limits.requests_max;
    config.decompress = decompress;
    return trivet_app_group(app, prefix, &config, out_group, out_error);
}

trivet_status trivet_go_configure(trivet_app *app, const trivet_app_config *config,
                                  trivet_go_config_texts texts, trivet_error **out_error) {
    trivet_app_config whole = *config;
    whole.host = texts.host;
    whole.tls_certificate = texts.tls_certificate;
    whole.tls_key = texts.tls_key;
    whole.tls_staple = texts.tls_staple;
    whole.tls_client_ca = texts.tls_client_ca;
    whole.trusted_proxies = texts.trusted_proxies;
    whole.also_listen = texts.also_listen;
    whole.static_folders = texts.static_folders;
    return trivet_app_configure(app, &whole, out_error);
}

trivet_status trivet_go_url(trivet_app *app, trivet_str name, const char *packed,
                            size_t param_count, size_t query_count, char *out_text, size_t capacity,
                            size_t *out_size, trivet_error **out_error) {
    size_t count = param_count + query_count;
    trivet_param *items = unpack(packed, count);
    if (items == NULL && count > 0) {
        return TRIVET_E_MEMORY;
    }
    const trivet_param *query = query_count > 0 ? items + param_count : NULL;
    trivet_status status = trivet_app_url(app, name, items, param_count, query, query_count,
                                          capacity, out_text, out_size, out_error);
    free(items);
    return status;
}

trivet_status trivet_go_inspect(trivet_app *app, const char *packed, size_t count,
                                trivet_error **out_error) {
    trivet_route_hooks *hooks = calloc(count + 1, sizeof *hooks);
    if (hooks == NULL) {
        return TRIVET_E_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        hooks[i].before = take_text(&packed);
        hooks[i].after = take_text(&packed);
    }
    trivet_status status = trivet_app_inspect(app, hooks, count, out_error);
    free(hooks);
    return status;
}

struct trivet_go_found trivet_go_attribute(trivet_request request, const char *name, size_t size) {
    struct trivet_go_found found = {{NULL, 0}, 0};
    found.status = trivet_request_attribute(request, (trivet_str){name, size}, &found.value);
    return found;
}

struct trivet_go_found trivet_go_header(trivet_request request, const char *name, size_t size) {
    struct trivet_go_found found = {{NULL, 0}, 0};
    found.status = trivet_request_header(request, (trivet_str){name, size}, &found.value);
    return found;
}

struct trivet_go_found trivet_go_query(trivet_request request, const char *name, size_t size) {
    struct trivet_go_found found = {{NULL, 0}, 0};
    found.status = trivet_request_query(request, (trivet_str){name, size}, &found.value);
    return found;
}

struct trivet_go_found trivet_go_cookie(trivet_request request, const char *name, size_t size) {
    struct trivet_go_found found = {{NULL, 0}, 0};
    found.status = trivet_request_cookie(request, (trivet_str){name, size}, &found.value);
    return found;
}

struct trivet_go_items trivet_go_query_items(trivet_request request) {
    struct trivet_go_items items = {NULL, 0, 0};
    items.status = trivet_request_query_items(request, &items.items, &items.count);
    return items;
}

struct trivet_go_items trivet_go_cookie_items(trivet_request request) {
    struct trivet_go_items items = {NULL, 0, 0};
    items.status = trivet_request_cookie_items(request, &items.items, &items.count);
    return items;
}

struct trivet_go_fields trivet_go_trailers(trivet_request request) {
    struct trivet_go_fields fields = {NULL, 0, 0};
    fields.status = trivet_request_trailers(request, &fields.items, &fields.count);
    return fields;
}

trivet_status trivet_go_form_open(trivet_request request, const trivet_form_config *config) {
    return trivet_form_open(request, config, NULL);
}

struct trivet_go_form trivet_go_form_get(trivet_request request) {
    trivet_form form = {.size = sizeof form};
    trivet_status status = trivet_form_get(request, &form);
    return (struct trivet_go_form){form.refusal, form.part_count, form.detail, status};
}

struct trivet_go_part trivet_go_form_part(trivet_request request, size_t index) {
    struct trivet_go_part found = {.part = {.size = sizeof found.part}};
    found.status = trivet_form_get_part(request, index, &found.part);
    return found;
}

struct trivet_go_size trivet_go_form_read(trivet_request request, size_t index, uint64_t offset,
                                          size_t capacity, char *bytes) {
    struct trivet_go_size found = {0, 0};
    found.status = trivet_form_read(request, index, offset, capacity, bytes, &found.size);
    return found;
}

struct trivet_go_fd trivet_go_form_descriptor(trivet_request request, size_t index) {
    struct trivet_go_fd found = {-1, 0};
    found.status = trivet_form_descriptor(request, index, &found.fd);
    return found;
}

int32_t trivet_go_link(int32_t fd, const char *path) {
    char open_file[32];
    snprintf(open_file, sizeof open_file, "/proc/self/fd/%d", (int)fd);
    return linkat(AT_FDCWD, open_file, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

int32_t trivet_go_memory_file(void) { return memfd_create("trivet-part", MFD_CLOEXEC); }

static trivet_sse_event event_of(struct trivet_go_event from) {
    trivet_sse_event event;
    trivet_sse_event_init(&event, sizeof event);
    event.flags = from.flags;
    event.id = from.id;
    event.event = from.event;
    event.data = from.data;
    event.comment = from.comment;
    event.retry_ms = from.retry_ms;
    event.key = from.key;
    return event;
}

struct trivet_go_encoded trivet_go_sse_encode(struct trivet_go_event event, char *text,
                                              size_t capacity) {
    struct trivet_go_encoded encoded = {0, TRIVET_OK, NULL};
    const trivet_sse_event encodable = event_of(event);
    encoded.status = trivet_sse_encode(&encodable, capacity, text, &encoded.size, &encoded.error);
    return encoded;
}

struct trivet_go_encoded trivet_go_cookie_encode(trivet_cookie cookie, char *text,
                                                 size_t capacity) {
    struct trivet_go_encoded encoded = {0, TRIVET_OK, NULL};
    encoded.status = trivet_cookie_encode(&cookie, capacity, text, &encoded.size, &encoded.error);
    return encoded;
}

trivet_status trivet_go_sse_publish(trivet_sse_hub hub, struct trivet_go_event event,
                                    trivet_error **out_error) {
    const trivet_sse_event published = event_of(event);
    return trivet_sse_hub_publish(hub, &published, out_error);
}

trivet_status trivet_go_sse_subscribe(trivet_request request, trivet_sse_hub hub, uint32_t has_id,
                                      trivet_str last_event_id, const char *packed, size_t count) {
    trivet_header fields[HEADERS_MAX];
    if (count > HEADERS_MAX) {
        return TRIVET_E_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        fields[i].name = take_text(&packed);
        fields[i].value = take_text(&packed);
    }
    return trivet_sse_subscribe(request, hub, has_id != 0 ? &last_event_id : NULL, fields, count);
}

struct trivet_go_timer {
    struct trivet_go_loop *loop;
    struct trivet_go_timer *next;
    uint64_t id;
    int has_fired;
};

static void timer_fire(void *user_data) {
    struct trivet_go_timer *timer = user_data;
    timer->has_fired = 1;
    struct trivet_go_timer **end = &timer->loop->fired;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = timer;
}

// A timer that fired is freed by trivet_go_timer_fired.
static void timer_drop(void *user_data) {
    struct trivet_go_timer *timer = user_data;
    if (!timer->has_fired) {
        free(timer);
    }
}

trivet_status trivet_go_timer_start(struct trivet_go_loop *loop, uint64_t delay_ms, uint64_t id,
                                    trivet_timer *out_timer) {
    struct trivet_go_timer *timer = malloc(sizeof *timer);
    if (timer == NULL) {
        return TRIVET_E_MEMORY;
    }
    *timer = (struct trivet_go_timer){loop, NULL, id, 0};
    return trivet_loop_timer_start(loop->loop, delay_ms, timer_fire, timer, timer_drop, out_timer);
}

uint64_t trivet_go_timer_fired(struct trivet_go_loop *loop) {
    struct trivet_go_timer *timer = loop->fired;
    if (timer == NULL) {
        return 0;
    }
    uint64_t id = timer->id;
    loop->fired = timer->next;
    free(timer);
    return id;
}

trivet_status trivet_go_openapi_serve(trivet_app *app, const char *packed, size_t server_count,
                                      trivet_error **out_error) {
    trivet_openapi_config config;
    trivet_openapi_config_init(&config, sizeof config);
    config.title = take_text(&packed);
    config.version = take_text(&packed);
    config.description = take_text(&packed);
    config.path = take_text(&packed);
    config.docs_path = take_text(&packed);
    config.reference_path = take_text(&packed);
    trivet_param *servers = unpack(packed, server_count);
    if (servers == NULL && server_count > 0) {
        return TRIVET_E_MEMORY;
    }
    config.servers = servers;
    config.server_count = server_count;
    trivet_status status = trivet_openapi_serve(app, &config, out_error);
    free(servers);
    return status;
}

struct trivet_go_found trivet_go_openapi(trivet_app *app) {
    struct trivet_go_found found = {.value = {NULL, 0}};
    found.status = trivet_openapi_document(app, &found.value);
    return found;
}
