// /files, /spa, /gated, /coded, /hooked: folders that are served, and files that handlers send.
#include "driver.h"

#include <stdlib.h>
#include <string.h>

// The folder that the runner has filled.
static trivet_str folder(void) {
    const char *path = getenv("TRIVET_DRIVER_FILES");
    return trivet_lit(path == NULL ? "." : path);
}

static void answer_file(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    static const trivet_header kMine = {{"X-Mine", 6}, {"yes", 3}};
    trivet_file file;
    trivet_file_init(&file, sizeof file);
    file.path = param(view, "path");
    file.root = folder();
    file.download_name = query_text(request, "download");
    file.content_type = query_text(request, "type");
    file.cache_control = query_text(request, "cache");
    file.headers = &kMine;
    file.header_count = 1;
    if (query_integer(request, "status") > 0) {
        file.status = (uint32_t)query_integer(request, "status");
    }
    if (trivet_reply_file(request, &file) != TRIVET_OK) {
        trivet_reply_problem(request, 500, trivet_lit("trivet_reply_file"));
    }
}

// A path of the program's own, which may be anything.
static void answer_own_file(struct driver *driver, trivet_request request,
                            const trivet_request_view *view) {
    (void)driver;
    (void)view;
    char path[4096];
    trivet_str root = folder();
    trivet_file file;
    trivet_file_init(&file, sizeof file);
    memcpy(path, root.data, root.size);
    memcpy(path + root.size, "/hello.txt", sizeof "/hello.txt" - 1);
    file.path = (trivet_str){path, root.size + sizeof "/hello.txt" - 1};
    trivet_reply_file(request, &file);
}

// In front of the folder /hooked.
static int32_t stop_some(trivet_request request, const trivet_request_view *view, void *user_data) {
    trivet_str value = {NULL, 0};
    (void)view;
    (void)user_data;
    if (trivet_request_header(request, trivet_lit("x-stop"), &value) != TRIVET_OK) {
        return TRIVET_HOOK_CONTINUE;
    }
    trivet_reply_text(request, 403, trivet_lit("stopped"));
    return TRIVET_HOOK_STOP;
}

static void mark(trivet_request request, const trivet_request_view *view, trivet_reply *reply,
                 void *user_data) {
    (void)view;
    (void)reply;
    (void)user_data;
    trivet_reply_add_header(request, trivet_lit("x-after"), trivet_lit("files"));
}

static void deliver(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_static(request);
}

static trivet_status add_plain(trivet_app *app, trivet_error **out_error) {
    trivet_param rules[] = {
        {trivet_lit("assets/*"), trivet_lit("public, max-age=31536000, immutable")}};
    trivet_param types[] = {{trivet_lit("sku"), trivet_lit("application/x-sku")}};
    trivet_static_config config;
    trivet_route_config route;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&route, sizeof route);
    route.name = trivet_lit("files");
    config.route = &route;
    config.cache_rules = rules;
    config.cache_rule_count = 1;
    config.types = types;
    config.type_count = 1;
    trivet_status status = trivet_app_static(app, trivet_lit("/files"), folder(), &config, NULL,
                                             NULL, NULL, out_error);
    if (status != TRIVET_OK) {
        return status;
    }
    trivet_static_config_init(&config, sizeof config);
    config.flags = TRIVET_STATIC_DOT_FILES | TRIVET_STATIC_NO_SYMLINKS | TRIVET_STATIC_NO_VARIANTS;
    config.index = (trivet_str){NULL, 0};
    config.fallback = trivet_lit("page/index.html");
    config.cache_control = (trivet_str){NULL, 0};
    return trivet_app_static(app, trivet_lit("/spa"), folder(), &config, NULL, NULL, NULL,
                             out_error);
}

// Behind a token.
static trivet_status add_gated(trivet_app *app, trivet_error **out_error) {
    trivet_param token = {trivet_lit("token"), trivet_lit("alpha-token")};
    trivet_group *group = NULL;
    trivet_middleware *bearer = NULL;
    trivet_static_config config;
    trivet_route_config route;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&route, sizeof route);
    trivet_status status =
        trivet_app_group(app, trivet_lit("/gated/{org}"), NULL, &group, out_error);
    if (status == TRIVET_OK) {
        status = trivet_app_middleware(app, trivet_lit("bearer"), &token, 1, &bearer, out_error);
    }
    if (status == TRIVET_OK) {
        status = trivet_app_use(app, group, bearer);
    }
    route.group = group;
    config.route = &route;
    return status != TRIVET_OK ? status
                               : trivet_app_static(app, trivet_lit("/files"), folder(), &config,
                                                   NULL, NULL, NULL, out_error);
}

static trivet_status add_hooked(trivet_app *app, trivet_error **out_error) {
    trivet_group *group = NULL;
    trivet_static_config config;
    trivet_route_config route;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&route, sizeof route);
    config.flags = TRIVET_STATIC_DELIVERED;
    trivet_status status = trivet_app_group(app, trivet_lit("/hooked"), NULL, &group, out_error);
    if (status == TRIVET_OK) {
        status = trivet_app_before(app, group, stop_some, NULL, NULL);
    }
    if (status == TRIVET_OK) {
        status = trivet_app_after(app, group, mark, NULL, NULL);
    }
    route.group = group;
    config.route = &route;
    if (status == TRIVET_OK) {
        status = trivet_app_static(app, trivet_lit("/"), folder(), &config, deliver, NULL, NULL,
                                   out_error);
    }
    return status != TRIVET_OK ? status
                               : trivet_app_deliver_static(app, trivet_app_route_count(app) - 1, 1);
}

// Encoded where that makes it smaller.
static trivet_status add_coded(trivet_app *app, trivet_error **out_error) {
    trivet_group *group = NULL;
    trivet_middleware *compress = NULL;
    trivet_static_config config;
    trivet_route_config route;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&route, sizeof route);
    trivet_status status = trivet_app_group(app, trivet_lit("/coded"), NULL, &group, out_error);
    if (status == TRIVET_OK) {
        status = trivet_app_middleware(app, trivet_lit("compress"), NULL, 0, &compress, out_error);
    }
    if (status == TRIVET_OK) {
        status = trivet_app_use(app, group, compress);
    }
    route.group = group;
    config.route = &route;
    return status != TRIVET_OK ? status
                               : trivet_app_static(app, trivet_lit("/"), folder(), &config, NULL,
                                                   NULL, NULL, out_error);
}

bool files_add(struct program *program) {
    static struct driver_route routes[] = {
        {.method = "GET", .pattern = "/file/{path:path}", .answer = answer_file},
        {.method = "GET", .pattern = "/own-file", .answer = answer_own_file, .as_event = true},
    };
    trivet_error *error = NULL;
    if (add_plain(program->app, &error) != TRIVET_OK ||
        add_gated(program->app, &error) != TRIVET_OK ||
        add_coded(program->app, &error) != TRIVET_OK ||
        add_hooked(program->app, &error) != TRIVET_OK) {
        report("/files", error);
        return false;
    }
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}

// What the configuration of a folder is refused for, on an app that nobody serves.
void op_static_errors(struct driver *driver, trivet_request request) {
    (void)driver;
    static const char *const kNames[] = {"directory", "index", "fallback", "cache_rules", "types"};
    struct json json = {0};
    trivet_app *app = trivet_app_new();
    for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; i++) {
        trivet_param bad = {trivet_lit(i == 4 ? ".txt" : ""), trivet_lit("text/plain")};
        trivet_error *error = NULL;
        trivet_static_config config;
        trivet_static_config_init(&config, sizeof config);
        config.index = i == 1 ? trivet_lit("a/b") : config.index;
        config.fallback = i == 2 ? trivet_lit("../a") : config.fallback;
        config.cache_rules = &bad;
        config.cache_rule_count = i == 3;
        config.types = &bad;
        config.type_count = i == 4;
        trivet_status status =
            trivet_app_static(app, trivet_lit("/x"), i == 0 ? trivet_lit("/none/such") : folder(),
                              &config, NULL, NULL, NULL, &error);
        json_raw(&json, i == 0 ? "{" : ",");
        json_string(&json, trivet_lit(kNames[i]));
        json_raw(&json, ":");
        json_string(&json, status == TRIVET_E_ARGUMENT ? trivet_error_detail(error)
                                                       : trivet_status_name(status));
        trivet_error_free(error);
    }
    json_raw(&json, "}");
    trivet_app_free(app);
    reply_built(request, &json);
}
