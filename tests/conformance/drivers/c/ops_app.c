// Operations on the app: its routes, its configuration, and the process that runs it.
#define _GNU_SOURCE
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kUrlParamsMax = 16, kNamesMax = 64 };

// Parameters of the query whose names begin with a prefix, without it.
static size_t prefixed(trivet_request request, const char *prefix, trivet_param *out) {
    const trivet_param *items = NULL;
    size_t count = 0, found = 0, skipped = strlen(prefix);
    trivet_request_query_items(request, &items, &count);
    for (size_t i = 0; i < count && found < kUrlParamsMax; i++) {
        trivet_str name = items[i].name;
        if (name.size > skipped && memcmp(name.data, prefix, skipped) == 0) {
            out[found++] =
                (trivet_param){{name.data + skipped, name.size - skipped}, items[i].value};
        }
    }
    return found;
}

void op_url(struct driver *driver, trivet_request request) {
    trivet_param params[kUrlParamsMax], query[kUrlParamsMax];
    size_t param_count = prefixed(request, "p:", params);
    size_t query_count = prefixed(request, "q:", query);
    trivet_str name = query_text(request, "name");
    trivet_app *app = driver->program->app;
    char *text = NULL;
    size_t size = 0;
    // First without room: a text that is too long for it says how much it takes.
    trivet_status status =
        trivet_app_url(app, name, params, param_count, query, query_count, 0, NULL, &size, NULL);
    if (status == TRIVET_E_LIMIT && (text = malloc(size)) != NULL) {
        status = trivet_app_url(app, name, params, param_count, query, query_count, size, text,
                                &size, NULL);
    }
    if (status != TRIVET_OK) {
        free(text);
        reply_status(request, "error", status);
        return;
    }
    struct json json = {0};
    json_raw(&json, "{\"url\":");
    json_string(&json, (trivet_str){text, size});
    json_raw(&json, "}");
    free(text);
    reply_built(request, &json);
}

// Methods joined by commas, as a list.
static void json_methods(struct json *json, trivet_str methods) {
    const char *end = methods.data + methods.size;
    json_raw(json, "[");
    for (const char *at = methods.data; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;
        json_string(json, (trivet_str){at, (size_t)(stop - at)});
        json_raw(json, comma == NULL ? "" : ",");
        at = stop + 1;
    }
    json_raw(json, "]");
}

void op_route(struct driver *driver, trivet_request request, const trivet_request_view *view) {
    trivet_route_info info = {.size = sizeof info};
    struct json json = {0};
    (void)driver;
    (void)view;
    trivet_status status = trivet_request_route(request, &info);
    if (status != TRIVET_OK) {
        reply_status(request, "error", status);
        return;
    }
    json_raw(&json, "{\"name\":");
    json_string(&json, info.name);
    json_raw(&json, ",\"pattern\":");
    json_string(&json, info.pattern);
    json_raw(&json, ",\"methods\":");
    json_methods(&json, info.methods);
    json_raw(&json, ",\"host\":");
    json_string(&json, info.host);
    json_raw(&json, ",\"metadata\":{");
    for (size_t i = 0; i < info.metadata_count; i++) {
        json_raw(&json, i == 0 ? "" : ",");
        json_string(&json, info.metadata[i].name);
        json_raw(&json, ":");
        json_string(&json, info.metadata[i].value);
    }
    json_raw(&json, info.site.size > 0 ? "},\"has_site\":true}" : "},\"has_site\":false}");
    reply_built(request, &json);
}

static int by_text(const void *left, const void *right) {
    const trivet_str *a = left, *b = right;
    size_t shared = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, shared);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

void op_routes(struct driver *driver, trivet_request request) {
    trivet_str names[kNamesMax];
    size_t named = 0, count = trivet_app_route_count(driver->program->app);
    struct json json = {0};
    for (size_t i = 0; i < count; i++) {
        trivet_route_info info = {.size = sizeof info};
        if (trivet_app_get_route(driver->program->app, i, &info) == TRIVET_OK &&
            info.name.size > 0 && named < kNamesMax) {
            names[named++] = info.name;
        }
    }
    qsort(names, named, sizeof names[0], by_text);
    json_raw(&json, "{\"count\":");
    json_integer(&json, (int64_t)count);
    json_raw(&json, ",\"names\":[");
    for (size_t i = 0; i < named; i++) {
        json_raw(&json, i == 0 ? "" : ",");
        json_string(&json, names[i]);
    }
    json_raw(&json, "]}");
    reply_built(request, &json);
}

void op_lifecycle(struct driver *driver, trivet_request request) {
    struct json json = {0};
    json_raw(&json, "{\"started\":");
    json_integer(&json, driver->started);
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_worker(struct driver *driver, trivet_request request) {
    const struct program *program = driver->program;
    struct json json = {0};
    json_raw(&json, "{\"pid\":");
    json_integer(&json, getpid());
    json_raw(&json, ",\"thread\":");
    json_integer(&json, gettid());
    if (program->is_worker) {
        json_raw(&json, ",\"slot\":");
        json_integer(&json, program->worker.slot);
        json_raw(&json, ",\"workers\":");
        json_integer(&json, program->worker.workers);
        json_raw(&json, "}");
    } else {
        json_raw(&json, ",\"slot\":null,\"workers\":null}");
    }
    reply_built(request, &json);
}

void op_block(struct driver *driver, trivet_request request) {
    int64_t ms = query_integer(request, "ms");
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    (void)driver;
    while (nanosleep(&left, &left) != 0) {
    }
    trivet_reply_text(request, 200, trivet_lit("blocked"));
}

void op_config(struct driver *driver, trivet_request request) {
    static const char *const profiles[] = {"default", "low-memory", "high-throughput"};
    const trivet_app_config *config = &driver->program->config;
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        {",\"threads\":", config->threads},
        {",\"buffer_count\":", config->buffer_count},
        {",\"buffer_bytes\":", config->buffer_bytes},
        {",\"port\":", config->port},
    };
    struct json json = {0};
    json_raw(&json, "{\"workers\":");
    json_integer(&json, config->workers);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_raw(&json, numbers[i].name);
        json_integer(&json, numbers[i].value);
    }
    json_raw(&json, ",\"profile\":");
    json_string(&json, trivet_lit(profiles[config->profile]));
    json_raw(&json, ",\"host\":");
    json_string(&json, config->host);
    json_raw(&json, "}");
    reply_built(request, &json);
}

static const char *source_name(uint32_t source) {
    static const char *const names[] = {
        [TRIVET_SOURCE_DEFAULT] = "default",   [TRIVET_SOURCE_FILE] = "file",
        [TRIVET_SOURCE_ENV_FILE] = "env-file", [TRIVET_SOURCE_ENVIRONMENT] = "environment",
        [TRIVET_SOURCE_PROGRAM] = "program",   [TRIVET_SOURCE_FLAG] = "flag",
    };
    return names[source];
}

void op_setting(struct driver *driver, trivet_request request) {
    const trivet_str key = query_text(request, "key");
    trivet_setting_info info = {.size = sizeof info};
    trivet_status status = TRIVET_OK;
    for (size_t i = 0; status == TRIVET_OK && !equals(info.key, key); i++) {
        status = trivet_app_get_setting(driver->program->app, i, &info);
    }
    if (status != TRIVET_OK) {
        reply_status(request, "error", status);
        return;
    }
    const struct {
        const char *name;
        trivet_str value;
    } texts[] = {
        {"{\"variable\":", info.variable},
        {",\"value\":", info.value},
        {",\"default\":", info.default_value},
        {",\"place\":", info.place},
        {",\"allowed\":", info.allowed},
        {",\"help\":", info.help},
        {",\"source\":", trivet_lit(source_name(info.source))},
    };
    struct json json = {0};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_raw(&json, texts[i].name);
        json_string(&json, texts[i].value);
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_variables(struct driver *driver, trivet_request request) {
    trivet_param entry;
    struct json json = {0};
    json_raw(&json, "{");
    for (size_t i = 0; trivet_app_get_variable(driver->program->app, i, &entry) == TRIVET_OK; i++) {
        json_raw(&json, i == 0 ? "" : ",");
        json_string(&json, entry.name);
        json_raw(&json, ":");
        json_string(&json, entry.value);
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}
