// A supervisor in a process with threads, which is told to end through a descriptor.
//   workers exec   its workers execute the program anew
//   workers fork   they are forked from it (before there are threads)
// SIGUSR1 asks for the end. Workers print READY and their port, and then what a program that they
// start sees of their inheritance: the variable, and how many sockets.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet.h>
#include <unistd.h>

static int stop_pipe[2];

static void die(const char *what, trivet_error *error) {
    trivet_str message = trivet_error_message(error);
    fprintf(stderr, "workers: %s: %.*s\n", what, (int)message.size, message.data);
    exit(1);
}

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static int serve(void) {
    trivet_worker_info worker = {.size = sizeof worker};
    trivet_loop_config config;
    trivet_loop_info info = {.size = sizeof info};
    trivet_error *error = NULL;
    trivet_loop *loop = NULL;
    if (trivet_supervisor_inherit(&worker) != TRIVET_OK) {
        fputs("workers: nothing inherited\n", stderr);
        return 1;
    }
    trivet_app *app = trivet_app_new();
    if (trivet_app_route(app, trivet_lit("GET"), trivet_lit("/hello"), NULL, hello, NULL, NULL,
                         &error) != TRIVET_OK) {
        die("route", error);
    }
    trivet_loop_config_init(&config, sizeof config);
    config.listen_fd = worker.listen_fd;
    config.control_fd = worker.control_fd;
    if (trivet_loop_new(app, &config, &loop, &error) != TRIVET_OK) {
        die("loop", error);
    }
    trivet_loop_get_info(loop, &info);
    printf("READY %u\n", info.port);
    fflush(stdout);
    if (system("echo SEES ${TRIVET_WORKER:-nothing}, "
               "$(ls -l /proc/self/fd | grep -c socket:) sockets") != 0) {
        die("system", NULL);
    }
    trivet_status status = trivet_loop_run(loop);
    trivet_loop_free(loop);
    trivet_app_free(app);
    return status == TRIVET_OK ? 0 : 1;
}

static int32_t on_fork(uint32_t moment, void *user_data) {
    (void)user_data;
    return moment == TRIVET_FORK_CHILD ? serve() : 0;
}

static void on_drop(void *user_data) {
    printf("DROPPED %s\n", (const char *)user_data);
    fflush(stdout);
}

static void *await_signal(void *argument) {
    const sigset_t *set = argument;
    int number = 0;
    while (sigwait(set, &number) == 0) {
        if (write(stop_pipe[1], "x", 1) != 1) {
            return NULL;
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    int forks = argc > 1 && strcmp(argv[1], "fork") == 0;
    if (!forks && getenv("TRIVET_WORKER") != NULL) {
        return serve();
    }
    sigset_t set;
    pthread_t thread;
    trivet_supervisor_config config;
    trivet_error *error = NULL;
    int32_t code = 0;
    trivet_supervisor_config_init(&config, sizeof config);
    config.port = 0;
    config.workers = 2;
    if (!forks) {
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        if (pipe(stop_pipe) != 0 || pthread_create(&thread, NULL, await_signal, &set) != 0) {
            die("thread", NULL);
        }
        config.stop_fd = stop_pipe[0];
        config.command = argv;
    }
    if (trivet_supervisor_run(&config, forks ? on_fork : NULL, "once", on_drop, &code, &error) !=
        TRIVET_OK) {
        die("supervisor", error);
    }
    return code;
}
