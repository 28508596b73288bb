// The driver's flags.
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Limits may be set for tests that reach them: --head-timeout-ms 50.
static bool set_number(trivet_app_config *config, const char *flag, const char *value) {
    const struct {
        const char *flag;
        uint32_t *field;
    } fields[] = {
        {"--port", &config->port},
        {"--workers", &config->workers},
        {"--threads", &config->threads},
        {"--target-bytes-max", &config->target_bytes_max},
        {"--head-bytes-max", &config->head_bytes_max},
        {"--header-count-max", &config->header_count_max},
        {"--connections-max", &config->connections_max},
        {"--head-timeout-ms", &config->head_timeout_ms},
        {"--body-timeout-ms", &config->body_timeout_ms},
        {"--idle-timeout-ms", &config->idle_timeout_ms},
        {"--send-timeout-ms", &config->send_timeout_ms},
        {"--connections-per-address-max", &config->connections_per_address_max},
        {"--requests-max", &config->requests_max},
        {"--requests-per-connection-max", &config->requests_per_connection_max},
        {"--request-timeout-ms", &config->request_timeout_ms},
        {"--keep-alive-timeout-ms", &config->keep_alive_timeout_ms},
        {"--body-rate-min", &config->body_rate_min},
        {"--send-rate-min", &config->send_rate_min},
        {"--body-decompress", &config->body_decompress},
        {"--body-ratio-max", &config->body_ratio_max},
        {"--shutdown-timeout-ms", &config->shutdown_timeout_ms},
        {"--start-timeout-ms", &config->start_timeout_ms},
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

static int index_of(const char *name, const char *const *names, int count) {
    for (int i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

// A flag whose value is a word.
static bool set_word(struct options *options, const char *flag, const char *value) {
    static const char *const drives[] = {"turn", "wait", "fd", "run", "main"};
    static const char *const engines[] = {"auto", "uring", "epoll"};
    static const char *const profiles[] = {"default", "low-memory", "high-throughput"};
    int index = -1;
    if (strcmp(flag, "--host") == 0) {
        options->app.host = (trivet_str){value, strlen(value)};
        return true;
    }
    if (strcmp(flag, "--drive") == 0) {
        index = index_of(value, drives, kWaysToDrive);
        options->drive = (enum drive)index;
    } else if (strcmp(flag, "--engine") == 0) {
        index = index_of(value, engines, 3);
        options->app.engine = (uint32_t)index;
    } else if (strcmp(flag, "--profile") == 0) {
        index = index_of(value, profiles, 3);
        options->app.profile = (uint32_t)index;
    }
    return index >= 0;
}

static bool *switch_of(struct options *options, const char *flag) {
    return strcmp(flag, "--fork") == 0     ? &options->forks
           : strcmp(flag, "--hooks") == 0  ? &options->has_hooks
           : strcmp(flag, "--errors") == 0 ? &options->maps_errors
                                           : NULL;
}

bool options_parse(struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        bool *on = switch_of(options, argv[i]);
        if (on != NULL) {
            *on = true;
            continue;
        }
        const char *flag = argv[i];
        const char *value = i + 1 < argc ? argv[++i] : "";
        if (!set_word(options, flag, value) && !set_number(&options->app, flag, value)) {
            fprintf(stderr, "driver: unknown argument: %s %s\n", flag, value);
            return false;
        }
    }
    return true;
}
