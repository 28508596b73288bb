// An app that says how it is configured: settings [--print] [FIELD=NUMBER ...]
// The fields are what the program sets itself. It prints what trivet_app_get_config gives then as
// one line of JSON, and serves unless --print is given.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet.h>

#define FIELD(name) \
    {#name, offsetof(trivet_app_config, name), sizeof(((trivet_app_config *)0)->name)}

static const struct {
    const char *name;
    size_t offset;
    size_t size;
} kFields[] = {
    FIELD(engine),
    FIELD(log_level),
    FIELD(target_bytes_max),
    FIELD(head_bytes_max),
    FIELD(header_count_max),
    FIELD(connections_max),
    FIELD(body_bytes_max),
    FIELD(head_timeout_ms),
    FIELD(body_timeout_ms),
    FIELD(idle_timeout_ms),
    FIELD(send_timeout_ms),
    FIELD(shutdown_timeout_ms),
    FIELD(backlog),
    FIELD(buffer_count),
    FIELD(buffer_bytes),
    FIELD(profile),
    FIELD(port),
    FIELD(workers),
    FIELD(threads),
    FIELD(start_timeout_ms),
    FIELD(connections_per_address_max),
    FIELD(requests_max),
    FIELD(requests_per_connection_max),
    FIELD(request_timeout_ms),
    FIELD(keep_alive_timeout_ms),
    FIELD(body_rate_min),
    FIELD(send_rate_min),
    FIELD(body_decompress),
    FIELD(body_ratio_max),
    FIELD(tls_client_auth),
    FIELD(tls_min_version),
    FIELD(tls_session_timeout_ms),
    FIELD(forwarded),
    FIELD(forwarded_host),
    FIELD(proxy_protocol),
    FIELD(compress),
    FIELD(compress_min_bytes),
    FIELD(etag),
};
enum { kFieldCount = sizeof kFields / sizeof kFields[0] };

static void fail(const char *what, trivet_error *error) {
    trivet_str message = trivet_error_message(error);
    trivet_str detail = trivet_error_detail(error);
    fprintf(stderr, "settings: %s: %.*s (%.*s)\n", what, (int)message.size, message.data,
            (int)detail.size, detail.data);
    trivet_error_free(error);
    exit(1);
}

static void set(trivet_app_config *config, const char *argument) {
    const char *equals = strchr(argument, '=');
    for (size_t i = 0; equals != NULL && i < kFieldCount; i++) {
        if (strlen(kFields[i].name) == (size_t)(equals - argument) &&
            strncmp(kFields[i].name, argument, (size_t)(equals - argument)) == 0) {
            const uint64_t value = strtoull(equals + 1, NULL, 10);
            const uint32_t narrow = (uint32_t)value;
            memcpy((char *)config + kFields[i].offset,
                   kFields[i].size == 8 ? (const void *)&value : (const void *)&narrow,
                   kFields[i].size);
            return;
        }
    }
    fprintf(stderr, "settings: no field in '%s'\n", argument);
    exit(2);
}

static void print(const trivet_app_config *config) {
    const struct {
        const char *name;
        trivet_str text;
    } texts[] = {
        {"host", config->host},
        {"tls_certificate", config->tls_certificate},
        {"tls_key", config->tls_key},
        {"tls_staple", config->tls_staple},
        {"tls_client_ca", config->tls_client_ca},
        {"trusted_proxies", config->trusted_proxies},
        {"also_listen", config->also_listen},
        {"static_folders", config->static_folders},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        printf("%s\"%s\": \"%.*s\"", i == 0 ? "{" : ", ", texts[i].name, (int)texts[i].text.size,
               texts[i].text.data);
    }
    for (size_t i = 0; i < kFieldCount; i++) {
        uint64_t value = 0;
        uint32_t narrow = 0;
        const char *place = (const char *)config + kFields[i].offset;
        if (kFields[i].size == 8) {
            memcpy(&value, place, sizeof value);
        } else {
            memcpy(&narrow, place, sizeof narrow);
            value = narrow;
        }
        printf(", \"%s\": %llu", kFields[i].name, (unsigned long long)value);
    }
    printf("}\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    trivet_app_config config = {.size = sizeof config};
    trivet_error *error = NULL;
    int prints_only = 0;
    if (trivet_app_get_config(app, &config, &error) != TRIVET_OK) {
        fail("get_config", error);
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--print") == 0) {
            prints_only = 1;
        } else {
            set(&config, argv[i]);
        }
    }
    if (trivet_app_configure(app, &config, &error) != TRIVET_OK) {
        fail("configure", error);
    }
    config.size = sizeof config;
    if (trivet_app_get_config(app, &config, &error) != TRIVET_OK) {
        fail("get_config", error);
    }
    print(&config);
    if (prints_only) {
        trivet_app_free(app);
        return 0;
    }
    return trivet_app_main(app, 1, argv);
}
