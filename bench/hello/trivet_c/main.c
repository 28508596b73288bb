/* Hello on Trivet in C. Flags of trivet_app_main: --port, --engine. */
#include <trivet.h>

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    if (app == NULL || trivet_app_route(app, trivet_lit("GET"), trivet_lit("/hello"), NULL, hello,
                                        NULL, NULL, NULL) != TRIVET_OK) {
        return 1;
    }
    return trivet_app_main(app, argc, argv);
}
