// Registrations that must fail, tried at the start; /ops/conflict and /ops/group_conflict tell how.
#define _GNU_SOURCE
#include "driver.h"

#include <string.h>

static void nothing(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_empty(request, 204);
}

static bool mentions(trivet_str text, const char *word) {
    return memmem(text.data, text.size, word, strlen(word)) != NULL;
}

// A call's status, told twice: by the call and by its error. TRIVET_OK when the error lacks
// something.
static trivet_status told(trivet_status status, trivet_error *error) {
    bool is_complete = trivet_error_status(error) == status &&
                       trivet_error_message(error).size > 0 && trivet_error_detail(error).size > 0;
    trivet_error_free(error);
    return is_complete ? status : TRIVET_OK;
}

static trivet_status refused(struct program *program, const char *pattern, const char *name,
                             const char *host) {
    trivet_error *error = NULL;
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.site = trivet_lit("drivers/c/conflicts.c");
    config.name = trivet_lit(name);
    config.host = trivet_lit(host);
    trivet_status status = trivet_app_route(program->app, trivet_lit("GET"), trivet_lit(pattern),
                                            &config, nothing, NULL, NULL, &error);
    return told(status, error);
}

// GET /hello once more, by way of a group; the error must name both places.
static trivet_status refused_in_group(struct program *program, bool *has_sites) {
    trivet_group *group = NULL;
    trivet_error *error = NULL;
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.site = trivet_lit("drivers/c/conflicts.c");
    if (trivet_app_group(program->app, trivet_lit("/hello"), NULL, &group, NULL) != TRIVET_OK) {
        return TRIVET_OK;
    }
    config.group = group;
    trivet_status status = trivet_app_route(program->app, trivet_lit("GET"), trivet_lit(NULL),
                                            &config, nothing, NULL, NULL, &error);
    trivet_str detail = trivet_error_detail(error);
    *has_sites =
        mentions(detail, "drivers/c/routes.c:/hello") && mentions(detail, "drivers/c/conflicts.c");
    return told(status, error);
}

static trivet_status refused_schema(struct program *program, const char *schema, uint32_t flags) {
    trivet_error *error = NULL;
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.flags = flags;
    config.body_schema = trivet_lit(schema);
    trivet_status status = trivet_app_route(program->app, trivet_lit("POST"), trivet_lit("/x"),
                                            &config, nothing, NULL, NULL, &error);
    return told(status, error);
}

void conflicts_try(struct program *program) {
    struct conflicts *results = &program->conflicts;
    results->route = refused(program, "/hello", NULL, NULL);
    results->pattern = refused(program, "/x/{", NULL, NULL);
    results->name = refused(program, "/x/name", "leaf", NULL);
    results->group = refused_in_group(program, &results->has_sites);
    results->host = refused(program, "/x/host", NULL, "bad host");
    results->regex = refused(program, "/x/{c:regex(()}", NULL, NULL);
    results->path = refused(program, "/x/{rest:path}/y", NULL, NULL);
    results->malformed_schema = refused_schema(program, "{\"type\":", 0);
    results->unsupported_schema = refused_schema(program, "{\"format\":\"duration\"}", 0);
    results->streamed_schema = refused_schema(program, "{}", TRIVET_ROUTE_STREAM);
}

static void json_results(struct json *json, const char *const *names, const trivet_status *values,
                         size_t count) {
    json_raw(json, "{");
    for (size_t i = 0; i < count; i++) {
        json_raw(json, i == 0 ? "" : ",");
        json_status(json, names[i], values[i]);
    }
}

void op_conflict(struct driver *driver, trivet_request request) {
    static const char *const names[] = {"conflict", "pattern", "late"};
    const struct conflicts *results = &driver->program->conflicts;
    struct json json = {0};
    trivet_status late = trivet_app_route(driver->program->app, trivet_lit("GET"),
                                          trivet_lit("/late"), NULL, nothing, NULL, NULL, NULL);
    json_results(&json, names, (trivet_status[]){results->route, results->pattern, late}, 3);
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_bad_schema(struct driver *driver, trivet_request request) {
    static const char *const names[] = {"malformed", "unsupported", "streamed"};
    const struct conflicts *results = &driver->program->conflicts;
    struct json json = {0};
    json_results(&json, names,
                 (trivet_status[]){results->malformed_schema, results->unsupported_schema,
                                   results->streamed_schema},
                 3);
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_group_conflict(struct driver *driver, trivet_request request) {
    static const char *const names[] = {"name", "group", "host", "regex", "path"};
    const struct conflicts *results = &driver->program->conflicts;
    struct json json = {0};
    json_results(&json, names,
                 (trivet_status[]){results->name, results->group, results->host, results->regex,
                                   results->path},
                 5);
    json_raw(&json, results->has_sites ? ",\"sites\":true}" : ",\"sites\":false}");
    reply_built(request, &json);
}
