// /g and /ga: groups within groups, and hooks that leave a trace. With --hooks the app has some,
// too.
#include "driver.h"

#include <stdlib.h>
#include <string.h>

enum { kHooksMax = 8 };

// A hook's user_data, and what its fields ask for.
struct hook {
    const char *name;
    const char *stopped;
    // Answers a stop from a timer instead of at once.
    bool is_late;
    // The last after hook of its requests: it writes what the inner ones noted, unless an error has
    // replaced the response meanwhile.
    bool is_outermost;
    bool maps_errors;
    trivet_app *app;
};

// Kept with the request.
struct trace {
    const char *before[kHooksMax];
    size_t before_count;
    const char *after[kHooksMax];
    size_t after_count;
    struct json body;
};

static void trace_drop(void *user_data) {
    struct trace *trace = user_data;
    json_free(&trace->body);
    free(trace);
}

static struct trace *trace_of(trivet_request request) {
    void *data = NULL;
    if (trivet_request_get_data(request, &data) != TRIVET_OK || data != NULL) {
        return data;
    }
    data = calloc(1, sizeof(struct trace));
    return data == NULL || trivet_request_set_data(request, data, trace_drop) != TRIVET_OK ? NULL
                                                                                           : data;
}

static bool asks(trivet_request request, const char *field, const struct hook *hook) {
    trivet_str value = {NULL, 0};
    return trivet_request_header(request, trivet_lit(field), &value) == TRIVET_OK &&
           equals(value, trivet_lit(hook->name));
}

static int32_t run_before(trivet_request request, const trivet_request_view *view,
                          void *user_data) {
    const struct hook *hook = user_data;
    struct trace *trace = trace_of(request);
    (void)view;
    if (trace == NULL || trace->before_count == kHooksMax || asks(request, "x-fail", hook)) {
        trivet_reply_fail(request, trivet_lit("HookError: a before hook failed"), trivet_lit(NULL));
        return TRIVET_HOOK_STOP;
    }
    trace->before[trace->before_count++] = hook->name;
    if (!asks(request, "x-stop", hook)) {
        return TRIVET_HOOK_CONTINUE;
    }
    if (hook->is_late) {
        sleep_start(driver_here(), request, 1, 403, hook->stopped);
    } else {
        trivet_reply_text(request, 403, trivet_lit(hook->stopped));
    }
    return TRIVET_HOOK_STOP;
}

// What a language makes of a hook that throws: another response, and a line in the log.
static void replace_with_error(const struct hook *hook, struct trace *trace, trivet_request request,
                               const trivet_request_view *view, trivet_reply *reply) {
    struct json line = {0};
    json_bytes(&line, view->method.data, view->method.size);
    json_raw(&line, " ");
    json_bytes(&line, view->path.data, view->path.size);
    json_raw(&line, ": HookError: an after hook failed");
    trivet_app_log(hook->app, TRIVET_LOG_ERROR, (trivet_str){line.data, line.size});
    json_free(&line);
    trace->after_count = 0;
    reply->status = 500;
    reply->headers = NULL;
    reply->header_count = 0;
    if (hook->maps_errors) {
        json_mapped(&trace->body, 500, trivet_lit(NULL));
        reply->content = TRIVET_CONTENT_JSON;
        reply->body = (trivet_str){trace->body.data, trace->body.size};
        trivet_reply_add_header(request, trivet_lit("x-error"), trivet_lit("mapped"));
        return;
    }
    reply->content = TRIVET_CONTENT_PROBLEM;
    reply->body =
        trivet_lit("{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500}");
}

static void run_after(trivet_request request, const trivet_request_view *view, trivet_reply *reply,
                      void *user_data) {
    const struct hook *hook = user_data;
    struct trace *trace = trace_of(request);
    if (trace == NULL || trace->after_count == kHooksMax) {
        return;
    }
    if (asks(request, "x-fail-after", hook) ||
        (asks(request, "x-inject", hook) &&
         trivet_reply_add_header(request, trivet_lit("x-split"),
                                 trivet_lit("a\r\nx-injected: b")) == TRIVET_E_HEADER)) {
        replace_with_error(hook, trace, request, view, reply);
    } else {
        if (asks(request, "x-status", hook)) {
            reply->status = 299;
        }
        trace->after[trace->after_count++] = hook->name;
    }
    for (size_t i = 0; hook->is_outermost && i < trace->after_count; i++) {
        trivet_reply_add_header(request, trivet_lit("x-after"), trivet_lit(trace->after[i]));
    }
}

static void answer_trace(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    struct trace *trace = trace_of(request);
    struct json json = {0};
    (void)driver;
    json_raw(&json, "{\"trace\":[");
    for (size_t i = 0; trace != NULL && i < trace->before_count; i++) {
        json_raw(&json, i == 0 ? "" : ",");
        json_string(&json, trivet_lit(trace->before[i]));
    }
    json_raw(&json, "]");
    if (view->param_count > 0) {
        json_raw(&json, ",\"org\":");
        json_string(&json, param(view, "org"));
        json_raw(&json, ",\"id\":");
        json_integer(&json, param_integer(view, "id"));
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

static trivet_group *group_add(struct program *program, trivet_group *parent, const char *prefix,
                               struct hook *hook) {
    trivet_group *group = NULL;
    trivet_error *error = NULL;
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    config.parent = parent;
    config.site = trivet_lit("drivers/c/hooks.c");
    hook->app = program->app;
    hook->maps_errors = program->options.maps_errors;
    if (trivet_app_group(program->app, trivet_lit(prefix), &config, &group, &error) != TRIVET_OK) {
        report(prefix, error);
        return NULL;
    }
    return trivet_app_before(program->app, group, run_before, hook, NULL) == TRIVET_OK &&
                   trivet_app_after(program->app, group, run_after, hook, NULL) == TRIVET_OK
               ? group
               : NULL;
}

// A route's own hooks are those of a group around it alone.
static bool tree_add(struct program *program, const char *prefix, struct hook *hooks,
                     struct driver_route *routes) {
    hooks[0].is_outermost = !program->options.has_hooks;
    trivet_group *outer = group_add(program, NULL, prefix, &hooks[0]);
    trivet_group *inner =
        outer == NULL ? NULL : group_add(program, outer, "/inner/{org}", &hooks[1]);
    trivet_group *around = inner == NULL ? NULL : group_add(program, inner, "", &hooks[2]);
    routes[0].group = outer;
    routes[1].group = around;
    return around != NULL && routes_add(program, routes, 2);
}

bool hooks_add(struct program *program) {
    static struct hook of_app = {"app", "stopped by app", false, true, false, NULL};
    static struct hook hooks[] = {
        {"outer", "stopped by outer", false, false, false, NULL},
        {"inner", "stopped by inner", false, false, false, NULL},
        {"route", "stopped by route", false, false, false, NULL},
    };
    static struct hook late_hooks[] = {
        {"outer", "stopped by outer", true, false, false, NULL},
        {"inner", "stopped by inner", true, false, false, NULL},
        {"route", "stopped by route", true, false, false, NULL},
    };
    static struct driver_route routes[] = {
        {"GET", "", answer_trace, false, NULL, NULL, NULL},
        {"GET", "/leaf/{id:int}", answer_trace, false, "leaf", NULL, NULL},
    };
    static struct driver_route late_routes[] = {
        {"GET", "", answer_trace, true, NULL, NULL, NULL},
        {"GET", "/leaf/{id:int}", answer_trace, true, "leaf-async", NULL, NULL},
    };
    of_app.app = program->app;
    of_app.maps_errors = program->options.maps_errors;
    if (program->options.has_hooks &&
        (trivet_app_before(program->app, NULL, run_before, &of_app, NULL) != TRIVET_OK ||
         trivet_app_after(program->app, NULL, run_after, &of_app, NULL) != TRIVET_OK)) {
        return false;
    }
    return tree_add(program, "/g", hooks, routes) &&
           tree_add(program, "/ga", late_hooks, late_routes);
}
