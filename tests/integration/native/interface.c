// What the interface promises about hooks, groups, lifecycle and URLs beyond what a response shows:
//   interface ENGINE
// One thread is client and server. Prints "held" when all did; else says what did not, exit code 1.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <trivet.h>
#include <unistd.h>

enum { kAnswerBytesMax = 65536, kAddedMax = 100 };

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "interface: line %d: %s\n", __LINE__, #condition); \
            exit(1);                                                           \
        }                                                                      \
    } while (0)

static uint32_t engine;
static int drops;
static char calls[64];

static void count_drop(void *user_data) {
    (void)user_data;
    drops++;
}

// Notes the one letter that user_data points to.
static void note(void *user_data) { strncat(calls, user_data, sizeof calls - strlen(calls) - 1); }

static bool is(trivet_str text, const char *expected) {
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static trivet_app *make_app(void) {
    trivet_app_config config;
    trivet_app *app = trivet_app_new();
    CHECK(app != NULL);
    trivet_app_config_init(&config, sizeof config);
    CHECK(trivet_app_get_config(app, &config, NULL) == TRIVET_OK);
    config.engine = engine;
    config.log_level = TRIVET_LOG_OFF;
    CHECK(trivet_app_configure(app, &config, NULL) == TRIVET_OK);
    drops = 0;
    calls[0] = '\0';
    return app;
}

static trivet_status add(trivet_app *app, const char *pattern, trivet_group *group,
                         trivet_handler handler, void *user_data) {
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.group = group;
    return trivet_app_route(app, trivet_lit("GET"), trivet_lit(pattern), &config, handler,
                            user_data, NULL, NULL);
}

static trivet_status open_loop(trivet_app *app, uint32_t flags, trivet_loop **out_loop) {
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = flags;
    config.port = 0;
    return trivet_loop_new(app, &config, out_loop, NULL);
}

static int ask(trivet_loop *loop, const char *target) {
    char request[512];
    trivet_loop_info info = {.size = sizeof info};
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && trivet_loop_get_info(loop, &info) == TRIVET_OK);
    address.sin_port = htons((uint16_t)info.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    CHECK(send(fd, request, (size_t)size, 0) == size);
    return fd;
}

// Turns the loop until the response to one request has come.
static const char *answer(trivet_loop *loop, const char *target) {
    static char text[kAnswerBytesMax];
    size_t size = 0;
    int fd = ask(loop, target);
    memset(text, 0, sizeof text);
    while (strstr(text, "\r\n\r\n") == NULL) {
        CHECK(trivet_loop_turn(loop, 10, NULL, 0, NULL) == TRIVET_OK);
        ssize_t got = recv(fd, text + size, sizeof text - 1 - size, MSG_DONTWAIT);
        size += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return text;
}

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    CHECK(trivet_reply_text(request, 200, trivet_lit("hello")) == TRIVET_OK);
}

// --- lifecycle -----------------------------------------------------------------------------------

static trivet_status start_note(trivet_loop *loop, void *user_data) {
    trivet_loop_info info = {.size = sizeof info};
    CHECK(trivet_loop_get_info(loop, &info) == TRIVET_OK && info.port > 0);
    note(user_data);
    return TRIVET_OK;
}

static trivet_status start_fail(trivet_loop *loop, void *user_data) {
    (void)loop;
    note(user_data);
    return TRIVET_E_SYSTEM;
}

static void lifecycle_order(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    CHECK(trivet_app_on_start(app, start_note, "a", count_drop) == TRIVET_OK);
    CHECK(trivet_app_on_start(app, start_note, "b", count_drop) == TRIVET_OK);
    CHECK(trivet_app_on_stop(app, start_note, "y", count_drop) == TRIVET_OK);
    CHECK(trivet_app_on_stop(app, start_note, "z", count_drop) == TRIVET_OK);
    CHECK(trivet_app_on_start(app, NULL, NULL, count_drop) == TRIVET_E_ARGUMENT && drops == 1);
    CHECK(open_loop(app, TRIVET_LOOP_DEFERRED, &loop) == TRIVET_OK);
    CHECK(strcmp(calls, "") == 0);
    CHECK(trivet_loop_start(loop, NULL) == TRIVET_OK);
    CHECK(strcmp(calls, "ab") == 0);
    CHECK(trivet_loop_start(loop, NULL) == TRIVET_E_STATE);
    CHECK(trivet_app_on_stop(app, start_note, "x", count_drop) == TRIVET_E_STATE && drops == 2);
    trivet_loop_free(loop);
    CHECK(strcmp(calls, "abzy") == 0);
    trivet_app_free(app);
    CHECK(drops == 6);
}

static void lifecycle_failure(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    CHECK(trivet_app_on_start(app, start_note, "a", NULL) == TRIVET_OK);
    CHECK(trivet_app_on_start(app, start_fail, "b", NULL) == TRIVET_OK);
    CHECK(trivet_app_on_start(app, start_note, "c", NULL) == TRIVET_OK);
    CHECK(trivet_app_on_stop(app, start_note, "z", NULL) == TRIVET_OK);
    CHECK(open_loop(app, 0, &loop) != TRIVET_OK);
    CHECK(strcmp(calls, "ab") == 0);
    calls[0] = '\0';
    trivet_error *error = NULL;
    CHECK(open_loop(app, TRIVET_LOOP_DEFERRED, &loop) == TRIVET_OK);
    trivet_status status = trivet_loop_start(loop, &error);
    CHECK(status != TRIVET_OK && trivet_error_status(error) == status);
    CHECK(trivet_error_message(error).size > 0);
    trivet_error_free(error);
    trivet_loop_free(loop);
    CHECK(strcmp(calls, "ab") == 0);
    trivet_app_free(app);
}

static void *start_elsewhere(void *loop) {
    CHECK(trivet_loop_start(loop, NULL) == TRIVET_E_THREAD);
    return NULL;
}

static void lifecycle_thread(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    pthread_t thread;
    CHECK(open_loop(app, TRIVET_LOOP_DEFERRED, &loop) == TRIVET_OK);
    CHECK(pthread_create(&thread, NULL, start_elsewhere, loop) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    trivet_loop_free(loop);
    trivet_app_free(app);
}

// --- hooks and what is kept with a request -------------------------------------------------------

static int32_t before_note(trivet_request request, const trivet_request_view *view,
                           void *user_data) {
    (void)request;
    (void)view;
    note(user_data);
    return TRIVET_HOOK_CONTINUE;
}

static void after_note(trivet_request request, const trivet_request_view *view, trivet_reply *reply,
                       void *user_data) {
    CHECK(reply->status == 200 && is(view->method, "GET"));
    CHECK(trivet_reply_text(request, 200, trivet_lit("no")) != TRIVET_OK);
    note(user_data);
}

static void hook_order(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    trivet_group *outer = NULL, *inner = NULL;
    trivet_group_config config;
    CHECK(trivet_app_group(app, trivet_lit("/o"), NULL, &outer, NULL) == TRIVET_OK);
    trivet_group_config_init(&config, sizeof config);
    config.parent = outer;
    CHECK(trivet_app_group(app, trivet_lit("/i"), &config, &inner, NULL) == TRIVET_OK);
    CHECK(trivet_app_group(app, trivet_lit("no-slash"), NULL, &inner, NULL) == TRIVET_E_PATTERN);
    CHECK(trivet_app_group(app, trivet_lit("/x/"), NULL, &inner, NULL) == TRIVET_E_PATTERN);
    CHECK(add(app, "/r", inner, hello, NULL) == TRIVET_OK);
    // Hooks that are added after the route are its hooks as well.
    CHECK(trivet_app_before(app, inner, before_note, "3", count_drop) == TRIVET_OK);
    CHECK(trivet_app_before(app, outer, before_note, "2", count_drop) == TRIVET_OK);
    CHECK(trivet_app_before(app, NULL, before_note, "0", count_drop) == TRIVET_OK);
    CHECK(trivet_app_before(app, NULL, before_note, "1", count_drop) == TRIVET_OK);
    CHECK(trivet_app_after(app, NULL, after_note, "d", count_drop) == TRIVET_OK);
    CHECK(trivet_app_after(app, NULL, after_note, "c", count_drop) == TRIVET_OK);
    CHECK(trivet_app_after(app, outer, after_note, "b", count_drop) == TRIVET_OK);
    CHECK(trivet_app_after(app, inner, after_note, "a", count_drop) == TRIVET_OK);
    CHECK(trivet_app_before(app, NULL, NULL, NULL, count_drop) == TRIVET_E_ARGUMENT && drops == 1);
    CHECK(trivet_app_after(app, NULL, NULL, NULL, count_drop) == TRIVET_E_ARGUMENT && drops == 2);
    CHECK(open_loop(app, 0, &loop) == TRIVET_OK);
    CHECK(strstr(answer(loop, "/o/i/r"), "200 OK") != NULL);
    CHECK(strcmp(calls, "0123abcd") == 0);
    trivet_route_info info = {.size = sizeof info};
    CHECK(trivet_app_route_count(app) == 1);
    CHECK(trivet_app_get_route(app, 0, &info) == TRIVET_OK && is(info.pattern, "/o/i/r"));
    CHECK(info.before_count == 4 && info.after_count == 4);
    CHECK(trivet_app_get_route(app, 1, &info) == TRIVET_E_NOT_FOUND);
    CHECK(trivet_app_before(app, inner, before_note, "x", count_drop) == TRIVET_E_STATE);
    CHECK(trivet_app_after(app, inner, after_note, "x", count_drop) == TRIVET_E_STATE);
    CHECK(trivet_app_group(app, trivet_lit("/l"), NULL, &outer, NULL) == TRIVET_E_STATE);
    CHECK(trivet_app_fallback(app, hello, NULL, count_drop) == TRIVET_E_STATE);
    CHECK(drops == 5);
    trivet_loop_free(loop);
    trivet_app_free(app);
    CHECK(drops == 13);
}

// More added fields than a request may have, and ones that none may have.
static void add_fields(trivet_request request, const trivet_request_view *view, void *user_data) {
    static const char *const engine_writes[] = {"Content-Length", "transfer-encoding",
                                                "Connection"};
    (void)view;
    (void)user_data;
    trivet_str one = trivet_lit("1");
    CHECK(trivet_reply_add_header(request, trivet_lit("a b"), one) == TRIVET_E_HEADER);
    CHECK(trivet_reply_add_header(request, trivet_lit(""), one) == TRIVET_E_HEADER);
    CHECK(trivet_reply_add_header(request, trivet_lit("a"), trivet_lit("b\nc")) == TRIVET_E_HEADER);
    CHECK(trivet_reply_add_header(request, trivet_lit("a"), (trivet_str){"b\0c", 3}) ==
          TRIVET_E_HEADER);
    for (size_t i = 0; i < 3; i++) {
        trivet_str name = trivet_lit(engine_writes[i]);
        CHECK(trivet_reply_add_header(request, name, one) == TRIVET_E_HEADER);
    }
    for (int i = 0; i < kAddedMax; i++) {
        CHECK(trivet_reply_add_header(request, trivet_lit("X-Many"), one) == TRIVET_OK);
    }
    CHECK(trivet_reply_add_header(request, trivet_lit("X-Many"), one) == TRIVET_E_LIMIT);
    CHECK(trivet_reply_text(request, 200, trivet_lit("added")) == TRIVET_OK);
    CHECK(trivet_reply_add_header(request, trivet_lit("X-Late"), one) == TRIVET_E_STALE);
}

static void added_fields(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    int count = 0;
    CHECK(add(app, "/", NULL, add_fields, NULL) == TRIVET_OK);
    CHECK(open_loop(app, 0, &loop) == TRIVET_OK);
    for (const char *at = answer(loop, "/"); (at = strstr(at, "\r\nX-Many: 1\r\n")) != NULL; at++) {
        count++;
    }
    CHECK(count == kAddedMax);
    trivet_loop_free(loop);
    trivet_app_free(app);
}

static trivet_request kept;

static void keep_data(trivet_request request, const trivet_request_view *view, void *user_data) {
    void *data = &data;
    CHECK(trivet_request_get_data(request, &data) == TRIVET_OK && data == NULL);
    CHECK(trivet_request_set_data(request, "a", note) == TRIVET_OK);
    CHECK(trivet_request_set_data(request, "b", note) == TRIVET_OK);
    CHECK(strcmp(calls, "a") == 0);
    CHECK(trivet_request_get_data(request, &data) == TRIVET_OK && strcmp(data, "b") == 0);
    kept = request;
    if (user_data == NULL) {
        CHECK(trivet_reply_text(request, 200, view->path) == TRIVET_OK);
        CHECK(trivet_request_set_data(request, "c", note) == TRIVET_E_STALE);
        CHECK(trivet_request_get_data(request, &data) == TRIVET_E_STALE);
    }
}

// Dropped once: when replaced, when answered, or with a loop that ends before.
static void kept_data(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    CHECK(add(app, "/now", NULL, keep_data, NULL) == TRIVET_OK);
    CHECK(add(app, "/never", NULL, keep_data, "never") == TRIVET_OK);
    CHECK(open_loop(app, 0, &loop) == TRIVET_OK);
    CHECK(strstr(answer(loop, "/now"), "200 OK") != NULL);
    // A set_data that was refused drops what it was given, as every call does.
    CHECK(strcmp(calls, "acb") == 0 || strcmp(calls, "abc") == 0);
    calls[0] = '\0';
    kept = 0;
    int fd = ask(loop, "/never");
    while (kept == 0) {
        CHECK(trivet_loop_turn(loop, 10, NULL, 0, NULL) == TRIVET_OK);
    }
    CHECK(strcmp(calls, "a") == 0);
    trivet_loop_free(loop);
    CHECK(strcmp(calls, "ab") == 0);
    close(fd);
    trivet_app_free(app);
}

static void refuse(trivet_request request, const trivet_request_view *view, void *user_data) {
    trivet_route_info info = {.size = sizeof info};
    (void)user_data;
    CHECK(view->refusal == 404 && view->param_count == 0);
    CHECK(trivet_request_route(request, &info) == TRIVET_E_NOT_FOUND);
    CHECK(trivet_reply_text(request, 200, trivet_lit("here")) == TRIVET_OK);
}

static void fallback(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    // Once more replaces it, and drops what the first was given.
    CHECK(trivet_app_fallback(app, hello, NULL, count_drop) == TRIVET_OK);
    CHECK(trivet_app_fallback(app, refuse, NULL, count_drop) == TRIVET_OK && drops == 1);
    CHECK(open_loop(app, 0, &loop) == TRIVET_OK);
    CHECK(strstr(answer(loop, "/nowhere"), "200 OK") != NULL);
    trivet_loop_free(loop);
    trivet_app_free(app);
    CHECK(drops == 2);
}

// --- URLs ----------------------------------------------------------------------------------------

static void urls(void) {
    trivet_app *app = make_app();
    trivet_route_config config;
    trivet_error *error = NULL;
    trivet_param id = {trivet_lit("id"), trivet_lit("7")};
    trivet_param twice[] = {id, id};
    char room[16];
    size_t size = 0;
    trivet_route_config_init(&config, sizeof config);
    config.name = trivet_lit("item");
    CHECK(trivet_app_route(app, trivet_lit("GET"), trivet_lit("/items/{id:int}"), &config, hello,
                           NULL, NULL, NULL) == TRIVET_OK);
    trivet_str name = config.name;
    memset(room, '#', sizeof room);
    CHECK(trivet_app_url(app, name, &id, 1, NULL, 0, 0, NULL, &size, &error) == TRIVET_E_LIMIT);
    CHECK(size == 8 && error == NULL);
    CHECK(trivet_app_url(app, name, &id, 1, NULL, 0, 7, room, &size, NULL) == TRIVET_E_LIMIT);
    CHECK(size == 8 && room[7] == '#');
    CHECK(trivet_app_url(app, name, &id, 1, NULL, 0, 8, room, &size, NULL) == TRIVET_OK);
    CHECK(size == 8 && memcmp(room, "/items/7#", 9) == 0);
    CHECK(trivet_app_url(app, name, twice, 2, NULL, 0, 16, room, &size, &error) ==
          TRIVET_E_ARGUMENT);
    CHECK(trivet_error_message(error).size > 0);
    trivet_error_free(error);
    CHECK(trivet_app_url(app, name, &id, 1, NULL, 1001, 0, NULL, &size, NULL) != TRIVET_OK);
    CHECK(trivet_app_url(app, name, &id, 1, NULL, 0, 16, room, NULL, NULL) == TRIVET_E_ARGUMENT);
    trivet_app_free(app);
}

int main(int argc, char **argv) {
    engine = argc > 1 && strcmp(argv[1], "uring") == 0 ? TRIVET_ENGINE_URING : TRIVET_ENGINE_EPOLL;
    lifecycle_order();
    lifecycle_failure();
    lifecycle_thread();
    hook_order();
    added_fields();
    kept_data();
    fallback();
    urls();
    puts("held");
    return 0;
}
