// Drives the loops: each way the interface offers, on one thread or on several, alone or as a
// worker.
#define _GNU_SOURCE
#include "driver.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kEventsAtOnce = 64 };

// One thread's loop.
struct run {
    struct program *program;
    trivet_loop *loop;
    pthread_t thread;
    int code;
};

// What the signal handler drains, and how many of its runs are under way: on one thread, while the
// loop of another ends.
static trivet_loop *_Atomic signal_loops[kThreadsMax];
static atomic_int signals_handled;

static void on_signal(int number) {
    (void)number;
    atomic_fetch_add(&signals_handled, 1);
    for (size_t i = 0; i < kThreadsMax; i++) {
        trivet_loop *loop = atomic_load(&signal_loops[i]);
        if (loop != NULL) {
            trivet_loop_drain(loop);
        }
    }
    atomic_fetch_sub(&signals_handled, 1);
}

// Frees a loop when no signal handler can hold it any more.
static void free_loop(trivet_loop *loop, size_t number) {
    atomic_store(&signal_loops[number], NULL);
    while (atomic_load(&signals_handled) > 0) {
        sched_yield();
    }
    trivet_loop_free(loop);
}

int report(const char *what, trivet_error *error) {
    trivet_str message = trivet_error_message(error);
    trivet_str detail = trivet_error_detail(error);
    fprintf(stderr, "driver: %s: %.*s%s%.*s\n", what, (int)message.size, message.data,
            detail.size > 0 ? ": " : "", (int)detail.size, detail.data);
    trivet_error_free(error);
    return 1;
}

static void handle_events(struct driver *driver, const trivet_event *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const trivet_event *event = &events[i];
        if (event->kind == TRIVET_EVENT_REQUEST) {
            driver_dispatch(event->request, event->view, event->user_data);
        } else if (event->kind == TRIVET_EVENT_GONE) {
            sleep_gone(driver, event->request);
            streams_event(driver, event);
        } else if (event->kind == TRIVET_EVENT_READABLE || event->kind == TRIVET_EVENT_WRITABLE) {
            streams_event(driver, event);
        } else if (event->kind == TRIVET_EVENT_WATCH) {
            ops_ready(driver, event->fd);
        }
    }
}

// One turn, its events included. is_drained is set by the loop's last event.
static trivet_status turn(trivet_loop *loop, int64_t timeout_ms, bool *is_drained) {
    trivet_event events[kEventsAtOnce];
    size_t count = 0;
    trivet_status status = trivet_loop_turn(loop, timeout_ms, events, kEventsAtOnce, &count);
    if (status == TRIVET_OK) {
        handle_events(driver_here(), events, count);
        *is_drained = count > 0 && events[count - 1].kind == TRIVET_EVENT_DRAINED;
    }
    return status;
}

static trivet_status poll_loop(trivet_loop *loop) {
    trivet_status status = trivet_loop_flush(loop);
    int64_t deadline_ms = trivet_loop_deadline(loop);
    struct pollfd poller = {.fd = trivet_loop_fd(loop), .events = POLLIN};
    if (status == TRIVET_OK && deadline_ms != 0) {
        poll(&poller, 1, deadline_ms < 0 || deadline_ms > 60000 ? 60000 : (int)deadline_ms);
    }
    return status;
}

static trivet_status drive(trivet_loop *loop, enum drive way) {
    bool is_drained = false;
    trivet_status status = TRIVET_OK;
    if (way == kDriveRun) {
        return trivet_loop_run(loop);
    }
    while (status == TRIVET_OK && !is_drained) {
        if (way == kDriveWait) {
            status = trivet_loop_wait(loop, -1);
        } else if (way == kDriveFd) {
            status = poll_loop(loop);
        }
        if (status == TRIVET_OK) {
            status = turn(loop, way == kDriveTurn ? -1 : 0, &is_drained);
        }
    }
    return status;
}

// Makes a loop of the calling thread; port 0 means the app's.
static bool open_loop(struct run *run, size_t number, uint32_t port) {
    struct program *program = run->program;
    trivet_error *error = NULL;
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = TRIVET_LOOP_DEFERRED | (port == 0 ? TRIVET_LOOP_CONFIGURED : 0) |
                   (program->threads > 1 ? TRIVET_LOOP_REUSE_PORT : 0);
    config.port = port;
    if (number == 0 && program->is_worker) {
        config.listen_fd = program->worker.listen_fd;
        config.control_fd = program->worker.control_fd;
    }
    if (trivet_loop_new(program->app, &config, &run->loop, &error) != TRIVET_OK) {
        report("no loop", error);
        return false;
    }
    atomic_store(&signal_loops[number], run->loop);
    return true;
}

// Starts the loop and drives it to its end.
static int serve_loop(struct run *run, size_t number) {
    trivet_error *error = NULL;
    int code = 0;
    if (trivet_loop_start(run->loop, &error) != TRIVET_OK) {
        code = report("no start", error);
    } else {
        trivet_status status = drive(run->loop, run->program->options.drive);
        if (status != TRIVET_OK) {
            trivet_str name = trivet_status_name(status);
            fprintf(stderr, "driver: %.*s\n", (int)name.size, name.data);
            code = 1;
        }
    }
    free_loop(run->loop, number);
    return code;
}

struct second {
    struct run run;
    size_t number;
    uint32_t port;
};

static void *run_second(void *argument) {
    struct second *second = argument;
    second->run.code = open_loop(&second->run, second->number, second->port)
                           ? serve_loop(&second->run, second->number)
                           : 1;
    return NULL;
}

static void on_signals(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    // The terminal's Ctrl-C reaches the supervisor, which then drains its workers.
    sigaction(SIGINT, &action, NULL);
}

int serve(struct program *program) {
    struct second seconds[kThreadsMax];
    struct run first = {.program = program};
    trivet_loop_info info = {.size = sizeof info};
    if (!open_loop(&first, 0, 0) || trivet_loop_get_info(first.loop, &info) != TRIVET_OK) {
        return 1;
    }
    on_signals(on_signal);
    if (program->is_worker) {
        signal(SIGINT, SIG_IGN);
    }
    trivet_loop_banner(first.loop, trivet_lit("C11"));
    for (uint32_t i = 1; i < program->threads; i++) {
        seconds[i] = (struct second){{.program = program}, i, info.port};
        if (pthread_create(&seconds[i].run.thread, NULL, run_second, &seconds[i]) != 0) {
            fputs("driver: no thread\n", stderr);
            return 1;
        }
    }
    int code = serve_loop(&first, 0);
    for (uint32_t i = 1; i < program->threads; i++) {
        pthread_join(seconds[i].run.thread, NULL);
        code = code != 0 ? code : seconds[i].run.code;
    }
    return code;
}
