// Operations on a loop for tests: a connection without a port, and a clock that is put forward.
#define _GNU_SOURCE
#include "driver.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kTurnsMax = 1000, kTurnMs = 10, kAnswerBytesMax = 4096, kIdleMs = 80 * 1000 };

// An app of its own with one loop, and a client of it.
struct trial {
    trivet_app *app;
    trivet_loop *loop;
    int32_t fd;
    char answer[kAnswerBytesMax];
    size_t size;
    bool is_ended;
};

static void greet(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static trivet_status trial_begin(struct trial *trial) {
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = TRIVET_LOOP_TEST;
    trial->fd = -1;
    trial->app = trivet_app_new();
    if (trial->app == NULL) {
        return TRIVET_E_MEMORY;
    }
    trivet_status status = trivet_app_route(trial->app, trivet_lit("GET"), trivet_lit("/hello"),
                                            NULL, greet, NULL, NULL, NULL);
    if (status == TRIVET_OK) {
        status = trivet_loop_new(trial->app, &config, &trial->loop, NULL);
    }
    return status == TRIVET_OK ? trivet_app_inject(trial->app, &trial->fd, NULL) : status;
}

// Turns until the answer ends with a text, or the connection does.
static bool trial_read(struct trial *trial, const char *end) {
    for (int turns = 0; turns < kTurnsMax && !trial->is_ended; turns++) {
        if (end != NULL && memmem(trial->answer, trial->size, end, strlen(end)) != NULL) {
            return true;
        }
        trivet_loop_turn(trial->loop, kTurnMs, NULL, 0, NULL);
        ssize_t count = recv(trial->fd, trial->answer + trial->size,
                             sizeof trial->answer - trial->size, MSG_DONTWAIT);
        trial->size += count > 0 ? (size_t)count : 0;
        trial->is_ended = count == 0;
    }
    return trial->is_ended && end == NULL;
}

static bool trial_ask(struct trial *trial) {
    static const char question[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    return send(trial->fd, question, sizeof question - 1, MSG_NOSIGNAL) ==
               (ssize_t)(sizeof question - 1) &&
           trial_read(trial, "Hello, World!");
}

static void trial_end(struct trial *trial) {
    if (trial->fd >= 0) {
        close(trial->fd);
    }
    trivet_loop_free(trial->loop);
    trivet_app_free(trial->app);
}

void op_inject(struct driver *driver, trivet_request request) {
    struct trial trial = {0};
    struct json json = {0};
    int32_t fd = -1;
    int number = 0;
    trivet_status status = trial_begin(&trial);
    bool has_answer = status == TRIVET_OK && trial_ask(&trial);
    if (has_answer) {
        sscanf(trial.answer, "HTTP/1.1 %d ", &number);
    }
    json_raw(&json, "{\"status\":");
    json_integer(&json, number);
    json_raw(&json, ",\"body\":");
    json_string(&json, trivet_lit(has_answer ? "Hello, World!" : ""));
    json_raw(&json, ",");
    json_status(&json, "here", trivet_app_inject(driver->program->app, &fd, NULL));
    json_raw(&json, "}");
    trial_end(&trial);
    reply_built(request, &json);
}

void op_advance(struct driver *driver, trivet_request request) {
    struct trial trial = {0};
    struct json json = {0};
    bool is_closed = trial_begin(&trial) == TRIVET_OK && trial_ask(&trial) &&
                     trivet_app_advance(trial.app, kIdleMs) == TRIVET_OK &&
                     trial_read(&trial, NULL);
    json_raw(&json, is_closed ? "{\"closed\":true," : "{\"closed\":false,");
    json_status(&json, "here", trivet_app_advance(driver->program->app, 1));
    json_raw(&json, "}");
    trial_end(&trial);
    reply_built(request, &json);
}
