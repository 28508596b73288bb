/* The app, asked over HTTP on a port of its own. */
#define _POSIX_C_SOURCE 200809L

#include "app.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What comes back for GET path, in a room that stays; NULL when nothing does. */
static const char *get(int port, const char *path) {
    static char answer[4096];
    char request[256];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    size_t size = 0;
    ssize_t got = -1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
             path);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        send(fd, request, strlen(request), 0) == (ssize_t)strlen(request)) {
        while ((got = recv(fd, answer + size, sizeof answer - 1 - size, 0)) > 0) {
            size += (size_t)got;
        }
    }
    close(fd);
    answer[size] = '\0';
    return got == 0 ? answer : NULL;
}

static int failures;

static void expect(int port, const char *path, const char *status, const char *body) {
    const char *answer = get(port, path);
    if (answer == NULL || strstr(answer, status) == NULL || strstr(answer, body) == NULL) {
        fprintf(stderr, "GET %s: expected %s and %s, got %s\n", path, status, body,
                answer == NULL ? "nothing" : answer);
        failures++;
    }
}

struct served {
    trivet_loop *loop;
    int port;
};

/* Asks while the main thread serves, then has the loop end. */
static void *ask(void *argument) {
    const struct served *served = argument;
    expect(served->port, "/", " 200 ", "{\"hello\":\"world\",\"next\":\"/hello/you\"}");
    expect(served->port, "/hello/trivet", " 200 ", "hello, trivet");
    expect(served->port, "/none", " 404 ", "Not Found");
    trivet_loop_drain(served->loop);
    return NULL;
}

int main(void) {
    trivet_app *app = make_app();
    trivet_loop_config config;
    trivet_loop_info info = {.size = sizeof info};
    struct served served = {0};
    pthread_t asking;
    trivet_loop_config_init(&config, sizeof config);
    config.host = trivet_lit("127.0.0.1");
    if (app == NULL || trivet_loop_new(app, &config, &served.loop, NULL) != TRIVET_OK ||
        trivet_loop_get_info(served.loop, &info) != TRIVET_OK) {
        fputs("the app cannot be served\n", stderr);
        return 1;
    }
    served.port = (int)info.port;
    if (pthread_create(&asking, NULL, ask, &served) != 0) {
        fputs("there is no thread to ask from\n", stderr);
        return 1;
    }
    trivet_status status = trivet_loop_run(served.loop);
    pthread_join(asking, NULL);
    trivet_loop_free(served.loop);
    trivet_app_free(app);
    return status != TRIVET_OK || failures > 0;
}
