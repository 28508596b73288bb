/* Like client.c, for groups, hooks, names, lifecycle and what a supervisor hands over. */
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

static char calls[16];

static void note(const char *letter) { strncat(calls, letter, sizeof(calls) - strlen(calls) - 1); }

static int is(trivet_str text, const char *expected) {
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

static trivet_status started(trivet_loop *loop, void *user_data) {
    CHECK(loop != NULL);
    note(user_data);
    return TRIVET_OK;
}

static int32_t before(trivet_request request, const trivet_request_view *view, void *user_data) {
    CHECK(view->refusal == 0 && is(view->path, "/shop/7"));
    CHECK(trivet_request_set_data(request, user_data, NULL) == TRIVET_OK);
    note(user_data);
    return TRIVET_HOOK_CONTINUE;
}

static void after(trivet_request request, const trivet_request_view *view, trivet_reply *reply,
                  void *user_data) {
    (void)view;
    CHECK(reply->size == sizeof(*reply) && reply->status == 200);
    CHECK(is(reply->body, "<shop/>") && reply->content == TRIVET_CONTENT_XML);
    CHECK(trivet_reply_add_header(request, trivet_lit("X-After"), trivet_lit("1")) == TRIVET_OK);
    reply->status = 203;
    note(user_data);
}

static void show(trivet_request request, const trivet_request_view *view, void *user_data) {
    trivet_route_info info = {.size = sizeof(info)};
    void *data = NULL;
    (void)view;
    CHECK(trivet_request_route(request, &info) == TRIVET_OK);
    CHECK(is(info.name, "item") && is(info.pattern, "/shop/{id:int}") && is(info.methods, "GET"));
    CHECK(info.metadata_count == 1 && is(info.metadata[0].value, "core"));
    CHECK(info.user_data == user_data && info.before_count == 1 && info.after_count == 1);
    CHECK(trivet_request_get_data(request, &data) == TRIVET_OK && strcmp(data, "b") == 0);
    CHECK(trivet_reply_xml(request, 200, trivet_lit("<shop/>")) == TRIVET_OK);
}

static void *ask(void *context) {
    static const char request[] =
        "GET /shop/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    exchange *it = context;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)it->port)};
    size_t size = 0;
    ssize_t got = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
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

static void add_route(trivet_app *app) {
    const trivet_param metadata = {trivet_lit("team"), trivet_lit("core")};
    trivet_group_config group_config;
    trivet_route_config config;
    trivet_group *group = NULL;
    trivet_group_config_init(&group_config, sizeof(group_config));
    CHECK(group_config.size == sizeof(group_config) && group_config.parent == NULL);
    CHECK(trivet_app_group(app, trivet_lit("/shop"), &group_config, &group, NULL) == TRIVET_OK);
    CHECK(trivet_app_before(app, group, before, (void *)(uintptr_t)"b", NULL) == TRIVET_OK);
    CHECK(trivet_app_after(app, group, after, (void *)(uintptr_t)"a", NULL) == TRIVET_OK);
    trivet_route_config_init(&config, sizeof(config));
    config.name = trivet_lit("item");
    config.group = group;
    config.metadata = &metadata;
    config.metadata_count = 1;
    CHECK(trivet_app_route(app, trivet_lit("GET"), trivet_lit("/{id:int}"), &config, show, app,
                           NULL, NULL) == TRIVET_OK);
}

static void check_process(trivet_app *app) {
    trivet_supervisor_config config;
    trivet_worker_info info = {.size = sizeof(info)};
    trivet_param id = {trivet_lit("id"), trivet_lit("7")};
    uint32_t workers = 0, threads = 0;
    char room[32];
    size_t size = 0;
    trivet_supervisor_config_init(&config, sizeof(config));
    CHECK(config.size == sizeof(config) && config.stop_fd == -1 && config.command == NULL);
    CHECK(trivet_supervisor_inherit(&info) == TRIVET_E_NOT_FOUND);
    CHECK(trivet_app_concurrency(app, 1, &workers, &threads, NULL) == TRIVET_OK);
    CHECK(workers == 1 && threads == 3);
    CHECK(trivet_app_url(app, trivet_lit("item"), &id, 1, NULL, 0, sizeof(room), room, &size,
                         NULL) == TRIVET_OK);
    CHECK(is((trivet_str){room, size}, "/shop/7"));
}

static void serve(uint32_t engine) {
    trivet_app_config config = {.size = sizeof(config)};
    trivet_loop_config loop_config;
    trivet_loop_info info = {.size = sizeof(info)};
    exchange it = {0};
    pthread_t thread;
    trivet_app *app = trivet_app_new();
    calls[0] = '\0';
    CHECK(trivet_app_get_config(app, &config, NULL) == TRIVET_OK);
    config.engine = engine;
    config.log_level = TRIVET_LOG_ERROR;
    config.port = 0;
    config.threads = 3;
    CHECK(trivet_app_configure(app, &config, NULL) == TRIVET_OK);
    add_route(app);
    check_process(app);
    CHECK(trivet_app_on_start(app, started, (void *)(uintptr_t)"s", NULL) == TRIVET_OK);
    CHECK(trivet_app_on_stop(app, started, (void *)(uintptr_t)"t", NULL) == TRIVET_OK);
    trivet_loop_config_init(&loop_config, sizeof(loop_config));
    loop_config.flags = TRIVET_LOOP_DEFERRED | TRIVET_LOOP_CONFIGURED;
    CHECK(loop_config.control_fd == -1);
    CHECK(trivet_loop_new(app, &loop_config, &it.loop, NULL) == TRIVET_OK);
    CHECK(trivet_loop_start(it.loop, NULL) == TRIVET_OK);
    CHECK(trivet_loop_get_info(it.loop, &info) == TRIVET_OK && info.port > 0);
    it.port = info.port;
    CHECK(pthread_create(&thread, NULL, ask, &it) == 0);
    CHECK(trivet_loop_run(it.loop) == TRIVET_OK);
    CHECK(pthread_join(thread, NULL) == 0);
    trivet_loop_free(it.loop);
    CHECK(strncmp(it.answer, "HTTP/1.1 203 ", 13) == 0);
    CHECK(strstr(it.answer, "\r\nX-After: 1\r\n") != NULL);
    CHECK(strcmp(calls, "sbat") == 0);
    trivet_app_free(app);
}

int main(void) {
    serve(TRIVET_ENGINE_EPOLL);
    serve(TRIVET_ENGINE_AUTO);
    puts("served");
    return 0;
}
