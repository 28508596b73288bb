/* Hello on Trivet in C, with the engine's middleware around it when TRIVET_BENCH_MIDDLEWARE is set:
 * all ten kinds, two of them on the group as well. Flags of trivet_app_main: --port, --engine. */
#include <stdlib.h>
#include <trivet.h>

enum { OPTIONS_MAX = 8 };

struct piece {
    const char *kind;
    const char *options[2 * OPTIONS_MAX]; /* names and values by turns */
};

static const struct piece of_group[] = {
    {"security_headers", {"frame", "sameorigin"}},
    {"request_id", {"trust", "true"}},
};

static const struct piece of_route[] = {
    {"body_limit", {"bytes", "1000"}},
    {"timeout", {"ms", "30000"}},
    {"request_id", {NULL}},
    {"trace_context", {"response", "true"}},
    {"cors",
     {"origin", "https://app.example.com", "origin", "https://www.example.com", "header",
      "Content-Type", "credentials", "true", "expose", "X-Request-Id"}},
    {"security_headers",
     {"csp", "default-src 'self'", "csp", "script-src 'self' 'nonce'", "hsts", "31536000",
      "permissions", "camera=()"}},
    {"bearer",
     {"token", "0d9b2a4c4f1e5a7788f0a6c1", "subject", "alice", "scope", "read", "optional",
      "true"}},
    {"api_key", {"key", "5f4dcc3b5aa765d61d8327de", "optional", "true"}},
    {"basic", {"user", "ann", "password", "secret", "optional", "true"}},
    {"require", {"scope", "read"}},
};

enum { ROUTE_COUNT = sizeof of_route / sizeof of_route[0] };

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static trivet_middleware *make(trivet_app *app, const struct piece *piece) {
    trivet_param options[OPTIONS_MAX];
    size_t count = 0;
    for (; count < OPTIONS_MAX && piece->options[2 * count] != NULL; count++) {
        options[count].name = trivet_lit(piece->options[2 * count]);
        options[count].value = trivet_lit(piece->options[2 * count + 1]);
    }
    trivet_middleware *middleware = NULL;
    if (trivet_app_middleware(app, trivet_lit(piece->kind), options, count, &middleware, NULL) !=
        TRIVET_OK) {
        exit(1);
    }
    return middleware;
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    trivet_middleware *middleware[ROUTE_COUNT];
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    if (getenv("TRIVET_BENCH_MIDDLEWARE") != NULL) {
        trivet_app_group(app, trivet_lit(NULL), NULL, &config.group, NULL);
        for (size_t i = 0; i < sizeof of_group / sizeof of_group[0]; i++) {
            trivet_app_use(app, config.group, make(app, &of_group[i]));
        }
        for (size_t i = 0; i < ROUTE_COUNT; i++) {
            middleware[i] = make(app, &of_route[i]);
        }
        config.middleware = middleware;
        config.middleware_count = ROUTE_COUNT;
    }
    if (trivet_app_route(app, trivet_lit("GET"), trivet_lit("/hello"), &config, hello, NULL, NULL,
                         NULL) != TRIVET_OK) {
        return 1;
    }
    return trivet_app_main(app, argc, argv);
}
