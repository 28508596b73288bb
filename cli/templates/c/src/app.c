#include "app.h"

#include <stdio.h>

static void home(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_json(request, 200, trivet_lit("{\"hello\":\"world\",\"next\":\"/hello/you\"}"));
}

/* Any text may be a name, so it is answered as text, not pasted into JSON. */
static void greet(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    char text[256];
    trivet_str name = view->params[0].value;
    int size = snprintf(text, sizeof text, "hello, %.*s", (int)name.size, name.data);
    size_t kept = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    trivet_reply_text(request, 200, (trivet_str){text, kept});
}

static int add(trivet_app *app, const char *pattern, trivet_handler handler) {
    trivet_error *error = NULL;
    if (trivet_app_route(app, trivet_lit("GET"), trivet_lit(pattern), NULL, handler, NULL, NULL,
                         &error) == TRIVET_OK) {
        return 1;
    }
    trivet_str what = trivet_error_message(error);
    fprintf(stderr, "route %s: %.*s\n", pattern, (int)what.size, what.data);
    trivet_error_free(error);
    return 0;
}

trivet_app *make_app(void) {
    trivet_app *app = trivet_app_new();
    if (app == NULL || !add(app, "/", home) || !add(app, "/hello/{name}", greet)) {
        trivet_app_free(app);
        return NULL;
    }
    return app;
}
