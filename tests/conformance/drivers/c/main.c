// Starts the driver: alone, as a supervisor, as a worker, or through trivet_app_main.
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kFlagBytesMax = 4096 };

// The driver's own flags for the processes that trivet_app_main starts, which it does not know.
static const char kFlagVariable[] = "TRIVET_DRIVER_FLAGS";

static int32_t run_forked(uint32_t moment, void *user_data) {
    struct program *program = user_data;
    if (moment != TRIVET_FORK_CHILD) {
        return 0;
    }
    program->worker = (trivet_worker_info){.size = sizeof program->worker};
    program->is_worker = trivet_supervisor_inherit(&program->worker) == TRIVET_OK;
    return program->is_worker ? serve(program) : 1;
}

static int supervise(struct program *program, char **argv) {
    trivet_supervisor_config config;
    trivet_error *error = NULL;
    int32_t code = 1;
    trivet_supervisor_config_init(&config, sizeof config);
    config.host = program->config.host;
    config.port = program->config.port;
    config.workers = program->config.workers;
    config.backlog = program->config.backlog;
    config.also_listen = program->config.also_listen;
    config.start_timeout_ms = program->config.start_timeout_ms;
    config.shutdown_timeout_ms = program->config.shutdown_timeout_ms;
    config.command = program->options.forks ? NULL : argv;
    if (trivet_supervisor_run(&config, program->options.forks ? run_forked : NULL, program, NULL,
                              &code, &error) != TRIVET_OK) {
        return report("no supervisor", error);
    }
    return code;
}

static void keep_flags(int argc, char **argv) {
    char flags[kFlagBytesMax] = "";
    for (int i = 1; i < argc; i++) {
        strncat(flags, argv[i], sizeof flags - strlen(flags) - 2);
        strcat(flags, " ");
    }
    setenv(kFlagVariable, flags, 1);
}

static bool kept_flags(struct options *options) {
    char flags[kFlagBytesMax] = "";
    char *words[kFlagBytesMax / 2] = {"driver"};
    int count = 1;
    char *rest = NULL;
    strncat(flags, getenv(kFlagVariable) == NULL ? "" : getenv(kFlagVariable), sizeof flags - 1);
    for (char *word = strtok_r(flags, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    return options_parse(options, count, words);
}

// The way a program of one line takes: trivet_app_main reads flags, supervises and starts threads.
static int run_main(struct program *program, int argc, char **argv) {
    static const char *const engines[] = {"auto", "uring", "epoll"};
    const trivet_app_config *config = &program->config;
    char port[16], workers[16], threads[16];
    char engine[8];
    char *arguments[] = {
        argv[0],     "--port", port,        "--engine", engine,
        "--workers", workers,  "--threads", threads,    program->options.forks ? "--fork" : NULL,
        NULL};
    snprintf(port, sizeof port, "%u", config->port);
    snprintf(workers, sizeof workers, "%u", config->workers);
    snprintf(threads, sizeof threads, "%u", config->threads);
    snprintf(engine, sizeof engine, "%s", engines[config->engine]);
    keep_flags(argc, argv);
    int code = trivet_app_main(program->app, program->options.forks ? 10 : 9, arguments);
    program->app = NULL;
    return code;
}

static bool configure(struct program *program) {
    trivet_error *error = NULL;
    uint32_t workers = 0;
    if (trivet_app_configure(program->app, &program->options.app, &error) != TRIVET_OK) {
        report("bad configuration", error);
        return false;
    }
    program->config = (trivet_app_config){.size = sizeof program->config};
    if (trivet_app_get_config(program->app, &program->config, &error) != TRIVET_OK ||
        trivet_app_concurrency(program->app, 1, &workers, &program->threads, &error) != TRIVET_OK) {
        report("bad configuration", error);
        return false;
    }
    return program->threads <= kThreadsMax;
}

// Flags, then what the environment of a worker says.
static bool begin(struct program *program, int argc, char **argv) {
    trivet_error *error = NULL;
    struct options *options = &program->options;
    trivet_app_config_init(&options->app, sizeof options->app);
    if (trivet_app_get_config(program->app, &options->app, &error) != TRIVET_OK) {
        report("bad settings", error);
        return false;
    }
    options->app.workers = 1;
    options->app.threads = 1;
    return kept_flags(options) && options_parse(options, argc, argv);
}

static bool build(struct program *program) {
    if (!lifecycle_add(program) || !main_routes_add(program) || !routing_add(program) ||
        !streams_add(program) || !limits_add(program) || !middleware_add(program) ||
        !compress_add(program) || !schema_add(program) || !files_add(program) ||
        !forms_add(program) || !events_add(program) || !openapi_add(program) ||
        !hooks_add(program) || !errors_add(program) || !ops_add(program)) {
        return false;
    }
    conflicts_try(program);
    return true;
}

static int run(struct program *program, int argc, char **argv) {
    if (program->options.drive == kDriveMain) {
        return run_main(program, argc, argv);
    }
    trivet_error *error = NULL;
    trivet_status status = trivet_app_inspect(program->app, NULL, 0, &error);
    if (status != TRIVET_E_NOT_FOUND) {
        return status == TRIVET_OK ? 0 : report("cannot be inspected", error);
    }
    program->worker = (trivet_worker_info){.size = sizeof program->worker};
    program->is_worker = trivet_supervisor_inherit(&program->worker) == TRIVET_OK;
    if (!program->is_worker && program->config.workers > 1) {
        return supervise(program, argv);
    }
    return serve(program);
}

int main(int argc, char **argv) {
    static struct program program;
    int code = 1;
    program.app = trivet_app_new();
    if (program.app == NULL) {
        fputs("driver: out of memory\n", stderr);
    } else if (!begin(&program, argc, argv)) {
        code = 2;
    } else if (configure(&program) && build(&program)) {
        code = run(&program, argc, argv);
    }
    trivet_app_free(program.app);
    return code;
}
