// A program of somebody who has trivet.h and libtrivet from the package.
#include <stdio.h>
#include <string.h>
#include <trivet.h>
#include <unistd.h>

static void process(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    char text[32];
    int size = snprintf(text, sizeof text, "%d", (int)getpid());
    trivet_reply_text(request, 200, (trivet_str){text, (size_t)size});
}

static trivet_loop *own_loop;
static trivet_request waiting;

static trivet_status keep(trivet_loop *loop, void *user_data) {
    (void)user_data;
    own_loop = loop;
    return TRIVET_OK;
}

// Answers when the test says so; looks again at every timer.
static void look(void *user_data) {
    (void)user_data;
    if (access("go-on", F_OK) == 0) {
        trivet_reply_text(waiting, 200, trivet_lit("held"));
        return;
    }
    trivet_timer timer;
    trivet_loop_timer_start(own_loop, 5, look, NULL, NULL, &timer);
}

static void held(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    waiting = request;
    FILE *file = fopen("arrived", "w");
    if (file != NULL) {
        fclose(file);
    }
    look(NULL);
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    trivet_app_on_start(app, keep, NULL, NULL);
    trivet_app_route(app, trivet_lit("GET"), trivet_lit("/"), NULL, process, NULL, NULL, NULL);
    trivet_app_route(app, trivet_lit("GET"), trivet_lit("/held"), NULL, held, NULL, NULL, NULL);
    return trivet_app_main(app, argc, argv);
}
