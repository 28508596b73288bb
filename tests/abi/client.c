/* Built from the baseline's header, run on the new library: one app, one loop, one request. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trivet.h"

#define ANSWER_BYTES_MAX 4096

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                        \
        }                                                                   \
    } while (0)

typedef struct {
    trivet_loop *loop;
    uint32_t port;
    char answer[ANSWER_BYTES_MAX];
} exchange;

static int drops;
static int timers;
static trivet_request answered;

static void count_drop(void *user_data) {
    (void)user_data;
    ++drops;
}

static void count_timer(void *user_data) {
    (void)user_data;
    ++timers;
}

static int is(trivet_str text, const char *expected) {
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static void greet(trivet_request request, const trivet_request_view *view, void *user_data) {
    trivet_str value = {NULL, 0};
    trivet_header field = {trivet_lit("X-Client"), trivet_lit("baseline")};
    trivet_reply reply;
    CHECK(is(trivet_lit(user_data), "greet"));
    CHECK(is(view->method, "POST"));
    CHECK(is(view->path, "/greet/7"));
    CHECK(is(view->body, "hello"));
    CHECK(view->param_count == 1 && is(view->params[0].name, "id") &&
          is(view->params[0].value, "7"));
    CHECK(trivet_request_header(request, trivet_lit("host"), &value) == TRIVET_OK);
    CHECK(is(value, "localhost"));
    CHECK(trivet_request_query(request, trivet_lit("q"), &value) == TRIVET_OK);
    CHECK(is(value, "a b"));
    CHECK(trivet_request_cookie(request, trivet_lit("c"), &value) == TRIVET_E_NOT_FOUND);
    trivet_reply_init(&reply, sizeof(reply));
    CHECK(reply.size == sizeof(reply) && reply.status == 200);
    reply.status = 201;
    reply.content = TRIVET_CONTENT_TEXT;
    reply.headers = &field;
    reply.header_count = 1;
    reply.body = trivet_lit("well met");
    CHECK(trivet_reply_send(request, &reply) == TRIVET_OK);
    answered = request;
}

static void *ask(void *context) {
    exchange *it = context;
    const char request[] =
        "POST /greet/7?q=a+b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        "Connection: close\r\n\r\nhello";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)it->port)};
    size_t size = 0;
    ssize_t got = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0);
    CHECK(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr) == 1);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(write(fd, request, sizeof(request) - 1) == (ssize_t)sizeof(request) - 1);
    while ((got = read(fd, it->answer + size, sizeof(it->answer) - 1 - size)) > 0) {
        size += (size_t)got;
    }
    CHECK(got == 0);
    close(fd);
    trivet_loop_drain(it->loop);
    return NULL;
}

static trivet_app *make_app(uint32_t engine) {
    trivet_app_config config;
    trivet_route_config options;
    trivet_error *error = NULL;
    trivet_app *app = trivet_app_new();
    CHECK(app != NULL);
    trivet_app_config_init(&config, sizeof(config));
    CHECK(config.size == sizeof(config) && config.flags == 0);
    config.engine = engine;
    config.log_level = TRIVET_LOG_ERROR;
    CHECK(trivet_app_configure(app, &config, &error) == TRIVET_OK && error == NULL);
    trivet_route_config_init(&options, sizeof(options));
    options.site = trivet_lit("client.c:1");
    CHECK(trivet_app_route(app, trivet_lit("POST"), trivet_lit("/greet/{id:int}"), &options, greet,
                           (void *)(uintptr_t)"greet", count_drop, &error) == TRIVET_OK);
    CHECK(trivet_app_route(app, trivet_lit("POST"), trivet_lit("/greet/{id:int}"), &options, greet,
                           NULL, count_drop, &error) == TRIVET_E_CONFLICT);
    CHECK(trivet_error_status(error) == TRIVET_E_CONFLICT);
    CHECK(trivet_error_message(error).size > 0 && trivet_error_detail(error).size > 0);
    trivet_error_free(error);
    CHECK(drops == 1);
    return app;
}

/* False when the kernel refuses io_uring; epoll always runs. */
static int serve(uint32_t engine) {
    trivet_status status = TRIVET_OK;
    trivet_app *app = NULL;
    trivet_loop *loop = NULL;
    trivet_loop_config config;
    trivet_loop_info info = {.size = sizeof(info)};
    trivet_loop_stats stats = {.size = sizeof(stats)};
    trivet_timer timer = 0;
    exchange it = {0};
    pthread_t thread;
    drops = 0;
    timers = 0;
    app = make_app(engine);
    trivet_loop_config_init(&config, sizeof(config));
    CHECK(config.port == 8000 && config.listen_fd == -1 && is(config.host, "127.0.0.1"));
    config.port = 0;
    status = trivet_loop_new(app, &config, &loop, NULL);
    if (engine == TRIVET_ENGINE_URING && status == TRIVET_E_ENGINE) {
        trivet_app_free(app);
        CHECK(drops == 2);
        return 0;
    }
    CHECK(status == TRIVET_OK);
    CHECK(trivet_loop_get_info(loop, &info) == TRIVET_OK);
    CHECK(info.size == sizeof(info) && info.port > 0 && info.state == TRIVET_STATE_SERVING);
    CHECK(engine == TRIVET_ENGINE_EPOLL
              ? is(info.engine, "epoll")
              : engine == TRIVET_ENGINE_AUTO || is(info.engine, "io_uring"));
    CHECK(info.engine_reason.size > 0);
    CHECK(trivet_loop_timer_start(loop, 0, count_timer, NULL, count_drop, &timer) == TRIVET_OK);
    it.loop = loop;
    it.port = info.port;
    CHECK(pthread_create(&thread, NULL, ask, &it) == 0);
    CHECK(trivet_loop_run(loop) == TRIVET_OK);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(strncmp(it.answer, "HTTP/1.1 201 ", 13) == 0);
    CHECK(strstr(it.answer, "\r\nX-Client: baseline\r\n") != NULL);
    CHECK(strstr(it.answer, "\r\n\r\nwell met") != NULL);
    CHECK(timers == 1 && drops == 2);
    CHECK(trivet_loop_timer_cancel(loop, timer) == TRIVET_E_STALE);
    CHECK(trivet_reply_text(answered, 200, trivet_lit("again")) == TRIVET_E_STALE);
    CHECK(trivet_loop_get_stats(loop, &stats) == TRIVET_OK);
    CHECK(stats.requests_total == 1 && stats.connections_total == 1);
    trivet_loop_free(loop);
    CHECK(trivet_reply_text(answered, 200, trivet_lit("later")) == TRIVET_E_STALE);
    trivet_app_free(app);
    CHECK(drops == 3);
    return 1;
}

int main(void) {
    uint32_t version =
        TRIVET_VERSION_MAJOR * 10000 + TRIVET_VERSION_MINOR * 100 + TRIVET_VERSION_PATCH;
    CHECK(trivet_abi_version() >= version);
    CHECK(trivet_version().size > 0);
    CHECK(is(trivet_status_name(TRIVET_E_STALE), "TRIVET_E_STALE"));
    CHECK(trivet_status_name(1).size == 0);
    CHECK(serve(TRIVET_ENGINE_EPOLL));
    CHECK(serve(TRIVET_ENGINE_AUTO));
    (void)serve(TRIVET_ENGINE_URING);
    puts("served");
    return 0;
}
