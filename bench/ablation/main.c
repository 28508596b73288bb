/* What each part of the engine adds: `ablation MODE` and the flags of trivet_app_main.
 *
 * fallback  no route: everything goes to the fallback, so engine and parser alone
 * route     one route
 * routes    a thousand routes with parameters beside it
 * fields    the handler looks up two header fields, a cookie and a query parameter
 * hooks     a before and an after hook */
#include <stdio.h>
#include <string.h>
#include <trivet.h>

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static void hello_fields(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_str agent, language, session, page;
    if (trivet_request_header(request, trivet_lit("User-Agent"), &agent) != TRIVET_OK ||
        trivet_request_header(request, trivet_lit("Accept-Language"), &language) != TRIVET_OK ||
        trivet_request_cookie(request, trivet_lit("session"), &session) != TRIVET_OK ||
        trivet_request_query(request, trivet_lit("page"), &page) != TRIVET_OK) {
        trivet_reply_problem(request, 400, trivet_lit("a field is missing"));
        return;
    }
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static int32_t before(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)request, (void)view, (void)user_data;
    return 0;
}

static void after(trivet_request request, const trivet_request_view *view, trivet_reply *reply,
                  void *user_data) {
    (void)request, (void)view, (void)reply, (void)user_data;
}

static int route(trivet_app *app, const char *pattern, trivet_handler handler) {
    return trivet_app_route(app, trivet_lit("GET"), trivet_lit(pattern), NULL, handler, NULL, NULL,
                            NULL) != TRIVET_OK;
}

static int build(trivet_app *app, const char *mode) {
    if (strcmp(mode, "fallback") == 0) {
        return trivet_app_fallback(app, hello, NULL, NULL) != TRIVET_OK;
    }
    if (strcmp(mode, "fields") == 0) return route(app, "/hello", hello_fields);
    int failed = route(app, "/hello", hello);
    for (int i = 0; strcmp(mode, "routes") == 0 && i < 1000; ++i) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "/part%d/{id:int}/items/{name}", i);
        failed |= route(app, pattern, hello);
    }
    if (strcmp(mode, "hooks") == 0) {
        failed |= trivet_app_before(app, NULL, before, NULL, NULL) != TRIVET_OK;
        failed |= trivet_app_after(app, NULL, after, NULL, NULL) != TRIVET_OK;
    }
    return failed;
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    if (app == NULL || argc < 2 || build(app, argv[1])) return 1;
    argv[1] = argv[0];
    return trivet_app_main(app, argc - 1, argv + 1);
}
