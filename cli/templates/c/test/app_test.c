/* The app, asked over a connection within the process. */
#define _POSIX_C_SOURCE 200809L

#include "app.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MAX = 1000, TURN_MS = 10 };

static int failures;

/* What comes back for GET path, in a room that stays; NULL when nothing does. */
static const char *get(trivet_app *app, trivet_loop *loop, const char *path) {
    static char answer[4096];
    char request[256];
    size_t size = 0;
    ssize_t got = -1;
    int32_t fd = -1;
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
             path);
    if (trivet_app_inject(app, &fd, NULL) != TRIVET_OK) {
        return NULL;
    }
    if (send(fd, request, strlen(request), 0) == (ssize_t)strlen(request)) {
        for (int turn = 0; turn < TURNS_MAX && got != 0; turn++) {
            trivet_loop_turn(loop, TURN_MS, NULL, 0, NULL);
            got = recv(fd, answer + size, sizeof answer - 1 - size, MSG_DONTWAIT);
            size += got > 0 ? (size_t)got : 0;
        }
    }
    close(fd);
    answer[size] = '\0';
    return got == 0 ? answer : NULL;
}

static void expect(trivet_app *app, trivet_loop *loop, const char *path, const char *status,
                   const char *body) {
    const char *answer = get(app, loop, path);
    if (answer == NULL || strstr(answer, status) == NULL || strstr(answer, body) == NULL) {
        fprintf(stderr, "GET %s: expected %s and %s, got %s\n", path, status, body,
                answer == NULL ? "nothing" : answer);
        failures++;
    }
}

int main(void) {
    trivet_app *app = make_app();
    trivet_loop *loop = NULL;
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = TRIVET_LOOP_TEST;
    if (app == NULL || trivet_loop_new(app, &config, &loop, NULL) != TRIVET_OK) {
        fputs("the app cannot be served\n", stderr);
        return 1;
    }
    expect(app, loop, "/", " 200 ", "{\"hello\":\"world\",\"next\":\"/hello/you\"}");
    expect(app, loop, "/hello/trivet", " 200 ", "hello, trivet");
    expect(app, loop, "/none", " 404 ", "Not Found");
    trivet_loop_free(loop);
    trivet_app_free(app);
    return failures > 0;
}
