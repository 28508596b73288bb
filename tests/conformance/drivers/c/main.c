// Starts the driver: flags, configuration, the chosen way of driving the loop, SIGTERM.
#define _GNU_SOURCE
#include "driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kEventsAtOnce = 64 };

// Every way the interface offers to run a loop; the vectors must pass with each.
enum drive {
    kDriveTurn,  // trivet_loop_turn waits
    kDriveWait,  // trivet_loop_wait, then a turn that does not wait
    kDriveFd,    // poll trivet_loop_fd until trivet_loop_deadline, flush, turn
    kDriveRun,   // trivet_loop_run: callbacks only
    kDriveMain,  // trivet_app_main: callbacks only, no loop to name
};

static const char *const drive_names[] = {"turn", "wait", "fd", "run", "main"};

struct options {
    uint32_t port;
    enum drive drive;
    trivet_app_config app;
};

// What the signal handler drains.
static trivet_loop *volatile signal_loop;

static void on_signal(int number) {
    (void)number;
    trivet_loop *loop = signal_loop;
    if (loop != NULL) {
        trivet_loop_drain(loop);
    }
}

static int report(const char *what, trivet_error *error) {
    trivet_str message = trivet_error_message(error);
    trivet_str detail = trivet_error_detail(error);
    fprintf(stderr, "driver: %s: %.*s%s%.*s\n", what, (int)message.size, message.data,
            detail.size > 0 ? ": " : "", (int)detail.size, detail.data);
    trivet_error_free(error);
    return 1;
}

// Limits may be set for tests that reach them: --head-timeout-ms 50.
static bool set_limit(trivet_app_config *config, const char *flag, const char *value) {
    const struct {
        const char *flag;
        uint32_t *field;
    } fields[] = {
        {"--target-bytes-max", &config->target_bytes_max},
        {"--head-bytes-max", &config->head_bytes_max},
        {"--header-count-max", &config->header_count_max},
        {"--connections-max", &config->connections_max},
        {"--head-timeout-ms", &config->head_timeout_ms},
        {"--body-timeout-ms", &config->body_timeout_ms},
        {"--idle-timeout-ms", &config->idle_timeout_ms},
        {"--send-timeout-ms", &config->send_timeout_ms},
        {"--shutdown-timeout-ms", &config->shutdown_timeout_ms},
        {"--backlog", &config->backlog},
        {"--buffer-count", &config->buffer_count},
        {"--buffer-bytes", &config->buffer_bytes},
    };
    if (strcmp(flag, "--body-bytes-max") == 0) {
        config->body_bytes_max = strtoull(value, NULL, 10);
        return true;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(flag, fields[i].flag) == 0) {
            *fields[i].field = (uint32_t)strtoul(value, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool set_drive(struct options *options, const char *name) {
    for (size_t i = 0; i < sizeof drive_names / sizeof drive_names[0]; i++) {
        if (strcmp(name, drive_names[i]) == 0) {
            options->drive = (enum drive)i;
            return true;
        }
    }
    return false;
}

static bool set_engine(struct options *options, const char *name) {
    static const char *const engines[] = {"auto", "uring", "epoll"};
    for (uint32_t i = TRIVET_ENGINE_AUTO; i <= TRIVET_ENGINE_EPOLL; i++) {
        if (strcmp(name, engines[i]) == 0) {
            options->app.engine = i;
            return true;
        }
    }
    return false;
}

static bool parse(struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool known = false;
        if (strcmp(argv[i], "--port") == 0) {
            options->port = (uint32_t)strtoul(value, NULL, 10);
            known = true;
        } else if (strcmp(argv[i], "--engine") == 0) {
            known = set_engine(options, value);
        } else if (strcmp(argv[i], "--drive") == 0) {
            known = set_drive(options, value);
        } else {
            known = set_limit(&options->app, argv[i], value);
        }
        if (!known) {
            fprintf(stderr, "driver: unknown argument: %s %s\n", argv[i], value);
            return false;
        }
    }
    return true;
}

static void handle_events(struct driver *driver, const trivet_event *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const trivet_event *event = &events[i];
        if (event->kind == TRIVET_EVENT_REQUEST) {
            struct driver_route *route = event->user_data;
            route->answer(driver, event->request, event->view);
        } else if (event->kind == TRIVET_EVENT_GONE) {
            sleep_gone(driver, event->request);
        } else if (event->kind == TRIVET_EVENT_WATCH) {
            ops_ready(driver, event->fd);
        }
    }
}

// One turn, its events included. is_drained is set by the loop's last event.
static trivet_status turn(struct driver *driver, int64_t timeout_ms, bool *is_drained) {
    trivet_event events[kEventsAtOnce];
    size_t count = 0;
    trivet_status status =
        trivet_loop_turn(driver->loop, timeout_ms, events, kEventsAtOnce, &count);
    if (status == TRIVET_OK) {
        handle_events(driver, events, count);
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

static trivet_status drive(struct driver *driver, enum drive way) {
    bool is_drained = false;
    trivet_status status = TRIVET_OK;
    while (status == TRIVET_OK && !is_drained) {
        if (way == kDriveWait) {
            status = trivet_loop_wait(driver->loop, -1);
        } else if (way == kDriveFd) {
            status = poll_loop(driver->loop);
        }
        if (status == TRIVET_OK) {
            status = turn(driver, way == kDriveTurn ? -1 : 0, &is_drained);
        }
    }
    return status;
}

static int serve(struct driver *driver, const struct options *options) {
    trivet_loop_config config;
    trivet_loop_info info = {.size = sizeof info};
    trivet_error *error = NULL;
    trivet_loop_config_init(&config, sizeof config);
    config.port = options->port;
    if (trivet_loop_new(driver->app, &config, &driver->loop, &error) != TRIVET_OK) {
        return report("no loop", error);
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    signal_loop = driver->loop;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    trivet_loop_banner(driver->loop, trivet_lit("C11"));
    trivet_loop_get_info(driver->loop, &info);
    printf("READY %u\n", info.port);
    fflush(stdout);

    trivet_status status =
        options->drive == kDriveRun ? trivet_loop_run(driver->loop) : drive(driver, options->drive);
    if (status != TRIVET_OK) {
        trivet_str name = trivet_status_name(status);
        fprintf(stderr, "driver: %.*s\n", (int)name.size, name.data);
    }
    signal_loop = NULL;
    trivet_loop_free(driver->loop);
    return status == TRIVET_OK ? 0 : 1;
}

// trivet_app_main says nothing on standard output: a second thread connects until it is accepted.
static void *announce(void *argument) {
    uint32_t port = *(uint32_t *)argument;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool is_up = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (is_up) {
            printf("READY %u\n", port);
            fflush(stdout);
            return NULL;
        }
        usleep(5000);
    }
}

static int serve_as_program(struct driver *driver, const struct options *options) {
    static const char *const engines[] = {"auto", "uring", "epoll"};
    char port[16];
    char engine[8];
    char *arguments[] = {"driver", "--port", port, "--engine", engine, NULL};
    pthread_t thread;
    uint32_t announced = options->port;
    // A signal that came to the second thread would end the process: trivet_app_main waits for it
    // in its own thread.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    snprintf(port, sizeof port, "%u", options->port);
    snprintf(engine, sizeof engine, "%s", engines[options->app.engine]);
    if (pthread_create(&thread, NULL, announce, &announced) != 0) {
        return 1;
    }
    int code = trivet_app_main(driver->app, 5, arguments);
    driver->app = NULL;
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    return code;
}

int main(int argc, char **argv) {
    struct options options = {.port = 8000};
    trivet_app_config_init(&options.app, sizeof options.app);
    if (!parse(&options, argc, argv)) {
        return 2;
    }
    struct driver driver = {.app = trivet_app_new()};
    trivet_error *error = NULL;
    int code = 1;
    if (driver.app == NULL) {
        fputs("driver: out of memory\n", stderr);
    } else if (trivet_app_configure(driver.app, &options.app, &error) != TRIVET_OK) {
        report("bad configuration", error);
    } else if (routes_add(&driver, options.drive <= kDriveFd)) {
        ops_try_conflicts(&driver);
        code = options.drive == kDriveMain ? serve_as_program(&driver, &options)
                                           : serve(&driver, &options);
    }
    trivet_app_free(driver.app);
    return code;
}
