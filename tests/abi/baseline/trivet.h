/* generated from capi/spec; do not edit
 *
 * Trivet's C ABI. Ownership of an argument: value; borrow (for this call or callback only); keep
 * (until a named event); own (the receiver frees). Thread of a function: any; owner (the thread
 * that made the loop); before_start (before the app's first loop, one thread at a time); handler
 * (the owner, or, for a request delivered as an event, any one thread at a time).
 */
#ifndef TRIVET_H_
#define TRIVET_H_

#include <stddef.h>
#include <stdint.h>

#ifndef TRIVET_API
#define TRIVET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types ---- */

/* Result of a call: 0 is success, negative values are TRIVET_E_* and are never reused. */
typedef int32_t trivet_status;

/* Details of a failed cold call: status, message and detail. Owned by the caller, freed with
 * trivet_error_free. */
typedef struct trivet_error trivet_error;

/* Routes and configuration. Made with trivet_app_new, freed with trivet_app_free after its
 * loops. */
typedef struct trivet_app trivet_app;

/* Routes with a common prefix, host and hooks. Made with trivet_app_group, owned by its app. */
typedef struct trivet_group trivet_group;

/* Middleware of the engine, ready to be mounted. Made with trivet_app_middleware, owned by its
 * app. */
typedef struct trivet_middleware trivet_middleware;

/* A loop and the connections it serves. Made with trivet_loop_new, freed with trivet_loop_free. */
typedef struct trivet_loop trivet_loop;

/* A started timer; 0 is none. Stale once it has fired or was cancelled. */
typedef uint64_t trivet_timer;

/* A request: mark of the library's copy, loop, slot, generation. 0 is none. Valid until it is
 * answered; then TRIVET_E_STALE. */
typedef uint64_t trivet_request;

/* A hub: what is published on it reaches every subscriber of every loop of its app in this
 * process. 0 is none. Valid until trivet_sse_hub_close or trivet_app_free; then TRIVET_E_STALE. */
typedef uint64_t trivet_sse_hub;

/* Defined with the functions that use them. */
typedef struct trivet_str trivet_str;
typedef struct trivet_app_config trivet_app_config;
typedef struct trivet_route_hooks trivet_route_hooks;
typedef struct trivet_route_config trivet_route_config;
typedef struct trivet_group_config trivet_group_config;
typedef struct trivet_route_info trivet_route_info;
typedef struct trivet_setting_info trivet_setting_info;
typedef struct trivet_static_config trivet_static_config;
typedef struct trivet_loop_config trivet_loop_config;
typedef struct trivet_loop_info trivet_loop_info;
typedef struct trivet_loop_stats trivet_loop_stats;
typedef struct trivet_event trivet_event;
typedef struct trivet_header trivet_header;
typedef struct trivet_param trivet_param;
typedef struct trivet_request_view trivet_request_view;
typedef struct trivet_client trivet_client;
typedef struct trivet_reply trivet_reply;
typedef struct trivet_reply_record trivet_reply_record;
typedef struct trivet_file trivet_file;
typedef struct trivet_supervisor_config trivet_supervisor_config;
typedef struct trivet_worker_info trivet_worker_info;
typedef struct trivet_form_config trivet_form_config;
typedef struct trivet_form trivet_form;
typedef struct trivet_form_part trivet_form_part;
typedef struct trivet_sse_event trivet_sse_event;
typedef struct trivet_sse_config trivet_sse_config;
typedef struct trivet_sse_hub_config trivet_sse_hub_config;
typedef struct trivet_sse_hub_info trivet_sse_hub_info;
typedef struct trivet_cookie trivet_cookie;
typedef struct trivet_openapi_config trivet_openapi_config;

/* ---- core ----
 * Strings, status codes, errors and versions, used by every other module. */

/* Statuses. */
/* Success. */
#define TRIVET_OK INT32_C(0)
/* An argument is missing, malformed or out of range. */
#define TRIVET_E_ARGUMENT (INT32_C(-1))
/* Memory could not be had. */
#define TRIVET_E_MEMORY (INT32_C(-2))
/* The handle's object has ended, was already answered, or belongs to another copy of the
 * library. */
#define TRIVET_E_STALE (INT32_C(-3))
/* The function is tagged owner and was called from another thread. */
#define TRIVET_E_THREAD (INT32_C(-4))
/* The object is in a state that does not allow the call, for example a route added after the
 * first loop was made. */
#define TRIVET_E_STATE (INT32_C(-5))
/* A route pattern or method is malformed; the detail says where. */
#define TRIVET_E_PATTERN (INT32_C(-6))
/* A route for the same method and the same paths exists; the detail names both registrations. */
#define TRIVET_E_CONFLICT (INT32_C(-7))
/* Another socket is bound to the address. */
#define TRIVET_E_ADDRESS_IN_USE (INT32_C(-8))
/* The host or port is malformed, not local, or not permitted; or there is something else than a
 * socket at the path of a Unix socket. */
#define TRIVET_E_ADDRESS (INT32_C(-9))
/* engine = uring was asked for and the kernel or a filter refuses it; the detail says why. */
#define TRIVET_E_ENGINE (INT32_C(-10))
/* The operating system refused; the detail names the call and its error. */
#define TRIVET_E_SYSTEM (INT32_C(-11))
/* The connection ended before the answer; the request handle is released. */
#define TRIVET_E_GONE (INT32_C(-12))
/* A response field name is not a token, or a value contains CR, LF or NUL, or the field is one
 * the engine writes itself (Content-Length, Transfer-Encoding, Connection). */
#define TRIVET_E_HEADER (INT32_C(-13))
/* No item of that name: header, query parameter, cookie, timer or watch. */
#define TRIVET_E_NOT_FOUND (INT32_C(-14))
/* A named limit does not allow one more; the detail names it. */
#define TRIVET_E_LIMIT (INT32_C(-15))
/* There is nothing now; the caller is told when there is. */
#define TRIVET_E_AGAIN (INT32_C(-16))
/* What was awaited did not come in time. */
#define TRIVET_E_TIMEOUT (INT32_C(-17))
/* What came breaks the protocol, for example the framing of chunked content. */
#define TRIVET_E_PROTOCOL (INT32_C(-18))
/* The content of a request is of another type than was asked for, for example no form. */
#define TRIVET_E_MEDIA_TYPE (INT32_C(-19))

/* Version of the header. */
/* Major version. */
#define TRIVET_VERSION_MAJOR UINT32_C(0)
/* Minor version. */
#define TRIVET_VERSION_MINOR UINT32_C(1)
/* Patch version. */
#define TRIVET_VERSION_PATCH UINT32_C(0)

/* A run of bytes by value: UTF-8 where it is text, never NUL-terminated by contract. data may be
 * NULL when size is 0. */
struct trivet_str {
    const char *data; /* First byte. */
    size_t size; /* Length in bytes. */
};

/* Version of the library, for example 0.1.0. Static storage. Thread: any. */
TRIVET_API trivet_str trivet_version(void);

/* Version of the library as major * 10000 + minor * 100 + patch, to compare with the header's.
 * Thread: any. */
TRIVET_API uint32_t trivet_abi_version(void);

/* View of a NUL-terminated literal; NULL gives the empty string. Thread: any.
 * literal (borrow): NUL-terminated, outlives the view. */
TRIVET_API trivet_str trivet_lit(const char *literal);

/* Name of a status, for example TRIVET_E_STALE; empty for a number that is none. Static storage.
 * Thread: any.
 * status (value): A status. */
TRIVET_API trivet_str trivet_status_name(trivet_status status);

/* Status of an error; TRIVET_OK for NULL. Thread: any.
 * error (borrow): An error or NULL. */
TRIVET_API trivet_status trivet_error_status(const trivet_error *error);

/* One line for people: what failed. Lives as long as the error. Thread: any.
 * error (borrow): An error or NULL. */
TRIVET_API trivet_str trivet_error_message(const trivet_error *error);

/* Where and what next: the pattern's offset, both sites of a conflict, the system error. May be
 * empty. Lives as long as the error. Thread: any.
 * error (borrow): An error or NULL. */
TRIVET_API trivet_str trivet_error_detail(const trivet_error *error);

/* Frees an error; NULL is fine. Thread: any.
 * error (own): An error or NULL. */
TRIVET_API void trivet_error_free(trivet_error *error);

/* ---- app ----
 * An app: configuration, routes and log, shared by any number of loops. Frozen when its first
 * loop is made. */

/* How much memory a loop takes for speed: what buffer_count and buffer_bytes are when they are
 * 0. */
/* 256 receive buffers of 8 KiB. */
#define TRIVET_PROFILE_DEFAULT UINT32_C(0)
/* 32 receive buffers of 4 KiB. */
#define TRIVET_PROFILE_LOW_MEMORY UINT32_C(1)
/* 1024 receive buffers of 16 KiB. */
#define TRIVET_PROFILE_HIGH_THROUGHPUT UINT32_C(2)

/* What a before hook gives. */
/* The next hook, then the handler. */
#define TRIVET_HOOK_CONTINUE INT32_C(0)
/* The hook has answered, or will. */
#define TRIVET_HOOK_STOP INT32_C(1)

/* Flags of a route. */
/* Requests with content are delivered when their head is there, and the content is read with
 * trivet_request_read. */
#define TRIVET_ROUTE_STREAM UINT32_C(1)

/* In place of a number, for limits of a route or a group. */
/* No limit, where 0 is taken for that of the group or the app around it. */
#define TRIVET_LIMIT_NONE UINT32_C(4294967295)

/* Which kernel interface moves the bytes. The environment's TRIVET_ENGINE (auto, uring, epoll)
 * overrides AUTO. */
/* io_uring where the kernel allows it, else epoll. */
#define TRIVET_ENGINE_AUTO UINT32_C(0)
/* io_uring or an error. */
#define TRIVET_ENGINE_URING UINT32_C(1)
/* epoll. */
#define TRIVET_ENGINE_EPOLL UINT32_C(2)

/* Log levels. The environment's TRIVET_LOG (debug, info, warn, error, off) overrides DEFAULT. */
/* As the environment says, else info. */
#define TRIVET_LOG_DEFAULT UINT32_C(0)
/* Every connection's end and its reason. */
#define TRIVET_LOG_DEBUG UINT32_C(1)
/* Start, drain, end. */
#define TRIVET_LOG_INFO UINT32_C(2)
/* What is degraded. */
#define TRIVET_LOG_WARN UINT32_C(3)
/* Failed handlers and failed system calls. */
#define TRIVET_LOG_ERROR UINT32_C(4)
/* Nothing. */
#define TRIVET_LOG_OFF UINT32_C(5)

/* Whether the content of requests is decoded before it is handed out. What is not encoded, or as
 * identity, is left alone; body_bytes_max holds for what came and for what it becomes; the
 * fields Content-Encoding and Content-Length are taken out of what is decoded. Other codings,
 * and more than two, give 415 with Accept-Encoding, malformed and incomplete content 400. */
/* As the group, the group around it, or body_decompress of the app's configuration says. */
#define TRIVET_DECOMPRESS_INHERIT UINT32_C(0)
/* Decoded. */
#define TRIVET_DECOMPRESS_ON UINT32_C(1)
/* As it came. */
#define TRIVET_DECOMPRESS_OFF UINT32_C(2)

/* Whether TLS asks clients for a certificate (mTLS). */
/* They are not asked. */
#define TRIVET_CLIENT_AUTH_OFF UINT32_C(0)
/* They are asked; one that has a certificate must have one that tls_client_ca has signed. */
#define TRIVET_CLIENT_AUTH_OPTIONAL UINT32_C(1)
/* A handshake without such a certificate fails. */
#define TRIVET_CLIENT_AUTH_REQUIRED UINT32_C(2)

/* Versions of TLS. */
/* RFC 5246, with ECDHE and AEAD only. */
#define TRIVET_TLS_V1_2 UINT32_C(0)
/* RFC 8446. */
#define TRIVET_TLS_V1_3 UINT32_C(1)

/* Which fields trusted proxies write. It cannot be seen from a request: a proxy that writes one
 * kind passes the other on as the client sent it. */
/* X-Forwarded-For and X-Forwarded-Proto. */
#define TRIVET_FORWARDED_X UINT32_C(0)
/* Forwarded, RFC 7239. */
#define TRIVET_FORWARDED_RFC UINT32_C(1)
/* Either, for proxies that write both, or remove what they do not write. With both, Forwarded
 * counts as far as the others say the same. */
#define TRIVET_FORWARDED_EITHER UINT32_C(2)

/* Where the value of a setting comes from; the greater number beats the smaller one. */
/* Nobody has set it. */
#define TRIVET_SOURCE_DEFAULT UINT32_C(0)
/* trivet.toml. */
#define TRIVET_SOURCE_FILE UINT32_C(1)
/* The file .env of the working directory. */
#define TRIVET_SOURCE_ENV_FILE UINT32_C(2)
/* The environment. */
#define TRIVET_SOURCE_ENVIRONMENT UINT32_C(3)
/* trivet_app_configure has changed it. */
#define TRIVET_SOURCE_PROGRAM UINT32_C(4)
/* A flag of the command that started the program. */
#define TRIVET_SOURCE_FLAG UINT32_C(5)

/* What the value of a setting is. Numbers may stand in quotes in trivet.toml, all else must. */
/* A number. */
#define TRIVET_SETTING_NUMBER UINT32_C(0)
/* A power of two, or 0. */
#define TRIVET_SETTING_POWER_OF_TWO UINT32_C(1)
/* A number, or auto. */
#define TRIVET_SETTING_AUTO UINT32_C(2)
/* A number of bytes, or text like 64KiB. */
#define TRIVET_SETTING_BYTES UINT32_C(3)
/* A number of milliseconds, or text like 30s. */
#define TRIVET_SETTING_DURATION UINT32_C(4)
/* One of the names that allowed lists. */
#define TRIVET_SETTING_NAME UINT32_C(5)
/* Any text. */
#define TRIVET_SETTING_TEXT UINT32_C(6)

/* Flags of a folder that is served. */
/* Requests go to the handler, or arrive as events, and are answered from the folder when
 * trivet_reply_static asks for it: for languages that run hooks themselves. */
#define TRIVET_STATIC_DELIVERED UINT32_C(1)
/* Names that begin with a dot are served. Else they are not there, but for .well-known in the
 * first place. */
#define TRIVET_STATIC_DOT_FILES UINT32_C(2)
/* Symbolic links are not there. Else those are followed that stay below the folder. */
#define TRIVET_STATIC_NO_SYMLINKS UINT32_C(4)
/* name.br, name.zst and name.gz do not stand for name. */
#define TRIVET_STATIC_NO_VARIANTS UINT32_C(8)

/* Limits, timeouts and engine of an app. Begin with trivet_app_config_init; a zero is rejected
 * where a limit must be positive. */
struct trivet_app_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    uint32_t engine; /* TRIVET_ENGINE_*. */
    uint32_t log_level; /* TRIVET_LOG_*. */
    uint32_t target_bytes_max; /* Longest request target; beyond it 414. */
    uint32_t head_bytes_max; /* Longest request line and header block together; beyond it 431. */
    uint32_t header_count_max; /* Most header fields, at most 1000; beyond it 431. */
    /* Open connections of one loop; beyond it new ones are closed at once. At most 262144. */
    uint32_t connections_max;
    uint64_t body_bytes_max; /* Largest request content, chunked or not; beyond it 413. */
    /* From the first byte of a request to the end of its header block; beyond it 408. */
    uint32_t head_timeout_ms;
    uint32_t body_timeout_ms; /* Longest silence while content is awaited; beyond it 408. */
    /* Longest silence between requests; beyond it the connection is closed. */
    uint32_t idle_timeout_ms;
    /* Longest time a client may take none of what was sent; beyond it the connection is closed. */
    uint32_t send_timeout_ms;
    uint32_t shutdown_timeout_ms; /* From drain to the forced end. */
    uint32_t backlog; /* Queue of connections not yet accepted; the kernel caps it at somaxconn. */
    /* Receive buffers of one loop, a power of two, at most 32768; 0: as the profile says. */
    uint32_t buffer_count;
    uint32_t buffer_bytes; /* Size of one receive buffer, 1024 to 65536; 0: as the profile says. */
    uint32_t profile; /* TRIVET_PROFILE_*. */
    /* Address for loops and supervisors that are told to take the app's, or unix:/path. Copied. */
    trivet_str host;
    uint32_t port; /* Port for them, 0 to 65535; 0 lets the kernel choose. */
    uint32_t workers; /* Processes to serve with, at most 1024; 0: see trivet_app_concurrency. */
    /* Loops in each process, at most 64, for languages that can; 0: see trivet_app_concurrency. */
    uint32_t threads;
    /* From the start of a worker to its readiness; beyond it the worker is killed and started
     * again. */
    uint32_t start_timeout_ms;
    /* Open connections of one loop from one IPv4 address or IPv6 /64; beyond it new ones are
     * closed at once. 0: any number. The default excepts loopback, where a proxy may stand; any
     * other number holds for it as well. */
    uint32_t connections_per_address_max;
    /* Requests of one loop that are delivered and not yet answered; beyond it 503 with
     * Retry-After. */
    uint32_t requests_max;
    /* Requests of one connection; the answer to the last one closes it. */
    uint32_t requests_per_connection_max;
    /* From a request, or the last of its content that came, to the beginning of its answer;
     * beyond it 503. 0: none. */
    uint32_t request_timeout_ms;
    /* Longest silence after an answer; beyond it the connection is closed. 0: as
     * idle_timeout_ms. */
    uint32_t keep_alive_timeout_ms;
    /* Bytes a second that content must come with on average, after body_timeout_ms; else 408. 0:
     * any. */
    uint32_t body_rate_min;
    /* Bytes a second that a client must take of what is sent, looked at each send_timeout_ms;
     * else the connection is closed. 0: one byte is enough. */
    uint32_t send_rate_min;
    /* 1: content that comes with Content-Encoding gzip, deflate, br or zstd, or two of them,
     * arrives decoded, unless group or route say otherwise; 0: it arrives as it was sent, unless
     * they do. */
    uint32_t body_decompress;
    /* Decoded content may be 64 KiB and so many times longer than what came; beyond it 413. At
     * most 100000. */
    uint32_t body_ratio_max;
    /* PEM files of certificates, each with its chain, as paths between commas: the first is for
     * clients that name no host, or one that no certificate is for. With any, connections are
     * secured by TLS. The files are read again when they change. Copied. */
    trivet_str tls_certificate;
    /* PEM files of their keys, without a password, in the same order; empty: they are in the
     * certificates' files. Copied. */
    trivet_str tls_key;
    /* DER files of OCSP responses to staple, in the same order, each may be empty; empty: none.
     * Copied. */
    trivet_str tls_staple;
    /* PEM file of the authorities that clients' certificates are signed by. Copied. */
    trivet_str tls_client_ca;
    uint32_t tls_client_auth; /* TRIVET_CLIENT_AUTH_*. */
    uint32_t tls_min_version; /* TRIVET_TLS_V*: the oldest version that is spoken. */
    /* How long a client may take a session up again, 1000 to 604800000; 0: never. */
    uint32_t tls_session_timeout_ms;
    /* Addresses and blocks of them (10.0.0.0/8) between commas, and unix for peers of Unix
     * sockets: what these say of who has sent a request is believed, see trivet_request_client.
     * Copied. */
    trivet_str trusted_proxies;
    uint32_t forwarded; /* TRIVET_FORWARDED_*: which fields the trusted proxies write. */
    /* 1: they write X-Forwarded-Host, too, which otherwise is the client's and not believed. */
    uint32_t forwarded_host;
    /* 1: connections to host and port begin with a PROXY protocol header, version 1 or 2, in
     * front of TLS; those of peers that trusted_proxies does not name are closed, and so are
     * those without a header. */
    uint32_t proxy_protocol;
    /* Further addresses to listen on, besides host and port: IPv4 addresses, IPv6 addresses in
     * brackets and localhost, each with a port, and Unix sockets, between commas, at most 16;
     * behind each the words plain (no TLS) and proxy (PROXY protocol), where wanted. All loops
     * and workers share these listeners. They are bound with a loop that has
     * TRIVET_LOOP_CONFIGURED, or by the supervisor. Copied. */
    trivet_str also_listen;
    /* 1: middleware of the kind compress stands around all routes; what the program mounts of
     * that kind replaces it. */
    uint32_t compress;
    uint32_t compress_min_bytes; /* Its min_bytes, at most 8 MiB. */
    uint32_t etag; /* 1: the same of the kind etag. */
    /* Folders to serve with the defaults of trivet_static_config, as /prefix=folder between
     * commas, at most 16. Middleware of the app stands before them, hooks of the program do not.
     * What cannot be served fails the first loop. Copied. */
    trivet_str static_folders;
};

/* The names of one route's hooks in the order they run, joined by commas, for
 * trivet_app_inspect. */
struct trivet_route_hooks {
    trivet_str before; /* Those before the handler. */
    trivet_str after; /* Those after it. */
};

/* Options of one route. Begin with trivet_route_config_init; NULL means the defaults. */
struct trivet_route_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_ROUTE_*. */
    /* Where the route was registered, for example main.py:12; shown when another one conflicts.
     * Copied. */
    trivet_str site;
    trivet_str name; /* For trivet_app_url, unique within the app; empty for none. Copied. */
    /* Hosts the route answers for, for example api.example.com or {tenant}.example.com; empty
     * for the group's, or all. Copied. */
    trivet_str host;
    trivet_group *group; /* The group the route belongs to; NULL for the app itself. */
    /* Names and values kept with the route, for trivet_request_route and trivet_app_get_route.
     * Copied. */
    const trivet_param *metadata;
    size_t metadata_count; /* Number of metadata, at most 100. */
    /* Largest content of the route's requests; 0: as its group has it, or else the app. */
    uint64_t body_bytes_max;
    /* As of trivet_app_config, for the route's requests; 0: as its group, or else the app, has
     * it. */
    uint32_t body_timeout_ms;
    uint32_t body_rate_min; /* The same; TRIVET_LIMIT_NONE: any. */
    uint32_t request_timeout_ms; /* The same; TRIVET_LIMIT_NONE: none. */
    /* The same, of the request that was read last; TRIVET_LIMIT_NONE: one byte is enough. */
    uint32_t send_rate_min;
    /* Requests of the route and one loop that are delivered and not yet answered; beyond it 503
     * with Retry-After. 0: as many as its groups and the app allow, whose bounds hold, too. */
    uint32_t requests_max;
    uint32_t decompress; /* TRIVET_DECOMPRESS_*: whether content arrives decoded. */
    /* Middleware of the route alone, as many as middleware_count; NULL for none. The array is
     * copied. */
    trivet_middleware **middleware;
    size_t middleware_count; /* Their number, at most 100. */
    /* JSON Schema (2020-12) that the content of each request must fulfil before the handler is
     * called, after the before hooks: else 415 where it is no JSON, 400 where it is malformed,
     * 422 with the place of each mistake. Empty: content is not looked at. Not with
     * TRIVET_ROUTE_STREAM. Copied. */
    trivet_str body_schema;
};

/* Options of a group. Begin with trivet_group_config_init; NULL means the defaults. */
struct trivet_group_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    trivet_group *parent; /* The group around this one; NULL for the app itself. */
    trivet_str host; /* As of trivet_route_config; empty for the parent's. Copied. */
    trivet_str site; /* Where the group was made. Copied. */
    /* Largest content of the requests of its routes that have no limit of their own; 0: as the
     * parent has it, or else the app. */
    uint64_t body_bytes_max;
    /* As of trivet_app_config, for the same; 0: as the parent, or else the app, has it. */
    uint32_t body_timeout_ms;
    uint32_t body_rate_min; /* The same; TRIVET_LIMIT_NONE: any. */
    uint32_t request_timeout_ms; /* The same; TRIVET_LIMIT_NONE: none. */
    /* The same, of the request that was read last; TRIVET_LIMIT_NONE: one byte is enough. */
    uint32_t send_rate_min;
    /* Requests of all its routes together and one loop that are delivered and not yet answered;
     * beyond it 503 with Retry-After. 0: as many as the groups around it and the app allow,
     * whose bounds hold, too. */
    uint32_t requests_max;
    uint32_t decompress; /* As of trivet_route_config, for all routes in the group. */
};

/* A registered route. Set size before the call. Strings live as long as the app. */
struct trivet_route_info {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* 0. */
    trivet_str methods; /* Its methods joined by commas, or *. */
    trivet_str pattern; /* The whole pattern, prefixes included. */
    trivet_str host; /* Its host pattern; empty for all hosts. */
    trivet_str name; /* Its name; empty when it has none. */
    trivet_str site; /* Where it was registered. */
    const trivet_param *metadata; /* Its metadata. */
    size_t metadata_count; /* Number of metadata. */
    void *user_data; /* As registered. */
    /* Before hooks that run for it, those of the app and its groups included. */
    size_t before_count;
    size_t after_count; /* After hooks that run for it. */
};

/* A setting: of the server, as trivet_app_config has it, or of the table [app] of trivet.toml,
 * which says how the program is started. Set size before the call. */
struct trivet_setting_info {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* 0. */
    trivet_str key; /* Table and key in trivet.toml: server.port, app.entry. */
    trivet_str variable; /* Its variable in the environment: TRIVET_PORT. */
    trivet_str value; /* Its value as the environment would have it; empty where there is none. */
    trivet_str default_value; /* The same of its default. */
    uint32_t source; /* TRIVET_SOURCE_*. */
    uint32_t kind; /* TRIVET_SETTING_*. */
    /* Where the value stands: trivet.toml:3, .env:2, TRIVET_PORT, --port; empty for the program
     * and the default. */
    trivet_str place;
    trivet_str allowed; /* What it may be, in words. */
    trivet_str help; /* What it means. */
    uint64_t low; /* The smallest number it may be; the default may be a 0 below it. */
    uint64_t high; /* The greatest number it may be; 0 for names and text. */
};

/* How a folder is served. Begin with trivet_static_config_init; NULL means the defaults. */
struct trivet_static_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_STATIC_*. */
    /* Group, host, name, limits, middleware and metadata of the route; NULL for the defaults.
     * Neither flags nor body_schema. */
    const trivet_route_config *route;
    /* The file that stands for a directory whose slash was asked for; empty for none. Copied. */
    trivet_str index;
    /* The file, below the folder, that stands with status 200 for paths that are not there and
     * have no extension, as single-page apps want it; empty for none. Copied. */
    trivet_str fallback;
    trivet_str cache_control; /* Cache-Control where no rule matches; empty for none. Copied. */
    /* Patterns and values of Cache-Control; the first that matches counts. * is any run of
     * bytes, ? any one; a pattern without a slash is held against the name of the file, another
     * against its path. Copied. */
    const trivet_param *cache_rules;
    size_t cache_rule_count; /* Their number, at most 100. */
    /* Extensions, without the dot, and media types, which beat those that the engine knows.
     * Copied. */
    const trivet_param *types;
    size_t type_count; /* Their number, at most 1000. */
};

/* Runs before the handler: gives TRIVET_HOOK_CONTINUE, or TRIVET_HOOK_STOP when it answers the
 * request itself, now or later. Must not unwind. Thread: owner.
 * request: The request's handle.
 * view: What was asked, as for a trivet_handler.
 * user_data: As registered. */
typedef int32_t (*trivet_before_hook)(trivet_request request, const trivet_request_view *view,
                                      void *user_data);

/* Runs when a request is answered, whoever answers it, before the answer is written. It may
 * change the reply's status, content and body, and add fields with trivet_reply_add_header; what
 * it points the reply to must live until it returns to the engine, as static data or
 * trivet_request_set_data does. It must not answer. Must not unwind. Thread: owner.
 * request: The request's handle.
 * view: What was asked.
 * reply: The answer.
 * user_data: As registered. */
typedef void (*trivet_after_hook)(trivet_request request, const trivet_request_view *view,
                                  trivet_reply *reply, void *user_data);

/* Answers instead of the engine's problem details: for requests without a route (404, 405), for
 * content beyond body_bytes_max (413), and for whatever is answered through trivet_reply_problem
 * and trivet_reply_fail. When it returns without having answered, the problem details are sent.
 * Must not unwind. Thread: owner.
 * request: The request's handle.
 * view: What was asked.
 * status: 400 to 599.
 * detail: What the client was to be told; may be empty.
 * user_data: As registered. */
typedef void (*trivet_error_handler)(trivet_request request, const trivet_request_view *view,
                                     uint32_t status, trivet_str detail, void *user_data);

/* The start or the end of a loop. At the start, anything but TRIVET_OK keeps the loop from
 * serving; at the end the value is ignored. Must not unwind. Thread: owner.
 * loop: The loop.
 * user_data: As registered. */
typedef trivet_status (*trivet_lifecycle_fn)(trivet_loop *loop, void *user_data);

/* Releases user_data. Called exactly once, whether the call that took it succeeded or failed.
 * Thread: any.
 * user_data: As given. */
typedef void (*trivet_drop)(void *user_data);

/* Answers a request. view and all it points to are valid during the call; afterwards
 * trivet_request_get gives a fresh one for as long as the request is unanswered. A handler may
 * answer later. Must not unwind. Thread: owner.
 * request: The request's handle.
 * view: What was asked.
 * user_data: As registered. */
typedef void (*trivet_handler)(trivet_request request, const trivet_request_view *view,
                               void *user_data);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_static_config) of the caller. */
TRIVET_API void trivet_static_config_init(trivet_static_config *config, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_app_config) of the caller. */
TRIVET_API void trivet_app_config_init(trivet_app_config *config, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_route_config) of the caller. */
TRIVET_API void trivet_route_config_init(trivet_route_config *config, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_group_config) of the caller. */
TRIVET_API void trivet_group_config_init(trivet_group_config *config, size_t size);

/* Makes an app; NULL when memory is out. Its configuration is the default one, overlaid by
 * trivet.toml (in the working directory, or where TRIVET_CONFIG says), the file .env there and
 * the environment TRIVET_*; what is wrong there is told by trivet_app_get_config,
 * trivet_app_configure and trivet_loop_new. Thread: any.
 * Result: own. */
TRIVET_API trivet_app *trivet_app_new(void);

/* Gives the present configuration, to be changed and handed to trivet_app_configure: so that
 * what the program sets beats the environment, which beats trivet.toml, which beats the
 * defaults. Set size before the call. The detail of a failure names the malformed setting and
 * its place. Thread: before_start.
 * app (borrow): The app.
 * out_config (borrow): Filled up to its size. host lives until the app is configured again.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_app_get_config(trivet_app *app, trivet_app_config *out_config,
                                               trivet_error **out_error);

/* Replaces the configuration. The detail of a failure names the offending field. Thread:
 * before_start.
 * app (borrow): The app.
 * config (borrow): Copied.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_app_configure(trivet_app *app, const trivet_app_config *config,
                                              trivet_error **out_error);

/* Tells about a setting and where its value comes from, by its number from 0: those of
 * trivet_app_config in their order, then those of the table [app]. A value that the program has
 * set is told from one that it found only where they differ. When trivet_app_get_config fails,
 * what could not be read has its default. Before the first loop is made, only on the thread that
 * builds the app. Thread: any.
 * app (borrow): The app.
 * index (value): Number of the setting.
 * out_info (borrow): Filled up to its size. Its strings live until the app is configured again.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_app_get_setting(trivet_app *app, size_t index,
                                                trivet_setting_info *out_info);

/* Tells about an entry of the file .env that is none of Trivet's own (TRIVET_*), by its number
 * from 0. Nothing puts them into the environment but trivet start and trivet dev, for what they
 * start. Thread: any.
 * app (borrow): The app.
 * index (value): Number of the entry in the order of the file.
 * out_variable (borrow): Its name and value, which live as long as the app.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_app_get_variable(trivet_app *app, size_t index,
                                                 trivet_param *out_variable);

/* Adds a route. Patterns are literal segments and parameters: /files/{name} (any text), {id:int}
 * (64 bits), {id:uuid}, {rest:path} (the rest with its slashes, last and not empty),
 * {code:regex([A-Z]{3})} (PCRE2, the whole segment). Segment by segment a literal beats an
 * integer, a UUID, a regular expression, a text and a path; routes of a host beat routes of all
 * hosts. Two routes of the same precedence for the same paths are a conflict. GET answers HEAD
 * as well; OPTIONS and 405 are answered by the engine. With a NULL handler requests arrive as
 * TRIVET_EVENT_REQUEST from trivet_loop_turn, with user_data in the event. Thread: before_start.
 * app (borrow): The app.
 * method (borrow): A method token, several joined by commas, or * for every method.
 * pattern (borrow): Copied.
 * config (borrow): NULL for the defaults.
 * handler (keep): May run on every loop's thread; NULL for delivery as events.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_PATTERN, TRIVET_E_CONFLICT, TRIVET_E_STATE, TRIVET_E_MEMORY,
 * TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_app_route(trivet_app *app, trivet_str method, trivet_str pattern,
                                          const trivet_route_config *config, trivet_handler handler,
                                          void *user_data, trivet_drop drop,
                                          trivet_error **out_error);

/* Makes a group: a prefix, a host, limits and hooks for the routes that name it. Groups nest.
 * Thread: before_start.
 * app (borrow): The app.
 * prefix (borrow): Begins with a slash and ends without one; may hold parameters; empty for
 * none. Copied.
 * config (borrow): NULL for the defaults.
 * out_group (borrow): The group, the app's.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_PATTERN, TRIVET_E_STATE, TRIVET_E_MEMORY, TRIVET_E_ARGUMENT, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_group(trivet_app *app, trivet_str prefix,
                                          const trivet_group_config *config,
                                          trivet_group **out_group, trivet_error **out_error);

/* Serves a folder below a prefix: a route for GET and HEAD with the pattern prefix/{path:path},
 * which matches like any other, behind its middleware and hooks. The prefix alone and with a
 * slash are the folder itself, unless other routes have them. What is not there is a request
 * without a route (404). The error names the option that is wrong. Thread: before_start.
 * app (borrow): The app.
 * prefix (borrow): As of a group; empty or / for the whole of the app or group. Copied.
 * directory (borrow): The folder, which must exist; a relative path is that of the working
 * directory. A symbolic link is followed anew each time. Copied.
 * config (borrow): NULL for the defaults.
 * handler (keep): With TRIVET_STATIC_DELIVERED; NULL for delivery as events. Else NULL.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_PATTERN, TRIVET_E_CONFLICT, TRIVET_E_STATE, TRIVET_E_MEMORY,
 * TRIVET_E_ARGUMENT, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_static(trivet_app *app, trivet_str prefix, trivet_str directory,
                                           const trivet_static_config *config,
                                           trivet_handler handler, void *user_data,
                                           trivet_drop drop, trivet_error **out_error);

/* Sets or takes back TRIVET_STATIC_DELIVERED of a folder's route, for languages that know only
 * at the end of registration whether hooks stand around it. TRIVET_E_NOT_FOUND: there is no such
 * route, or it has no folder. Thread: before_start.
 * app (borrow): The app.
 * index (value): Number of the route in the order of registration, from 0.
 * is_delivered (value): 0 or 1.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_app_deliver_static(trivet_app *app, size_t index,
                                                   uint32_t is_delivered);

/* Makes middleware that runs in the engine, for trivet_app_use and trivet_route_config; it does
 * nothing until it is mounted, and may be mounted several times. The kinds: body_limit (bytes),
 * timeout (ms), request_id (header, trust, response), trace_context (sampled, response), cors
 * (origin, method, header, expose, credentials, max_age), security_headers (csp,
 * csp_report_only, frame, nosniff, referrer, permissions, xss_protection, hsts, hsts_subdomains,
 * hsts_preload), bearer (token), api_key (key, header, query), basic (user, password), these
 * three with subject, scope, claim, realm and optional, require (scheme, scope, claim), compress
 * (coding, min_bytes, max_bytes, gzip_level, br_level, zstd_level, type, enabled) and etag
 * (strong, max_bytes, enabled). The guide to middleware tells what each option means. Thread:
 * before_start.
 * app (borrow): The app.
 * kind (borrow): The kind.
 * options (borrow): Options by name, in order: those that are lists are given once for each
 * item, and what belongs to a secret follows it. Flags are true or false. NULL for none. Copied.
 * option_count (value): Their number, at most 500000.
 * out_middleware (borrow): The middleware, the app's.
 * out_error (own): Set on failure, with the option that is wrong and what is allowed; may be
 * NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_middleware(trivet_app *app, trivet_str kind,
                                               const trivet_param *options, size_t option_count,
                                               trivet_middleware **out_middleware,
                                               trivet_error **out_error);

/* Mounts middleware on the routes of an app or a group. What the order of mounting is matters
 * within a phase only: limits, trace, security and authentication come one after the other, and
 * before everything that the program runs. Of a kind mounted in several places the innermost
 * counts; of bearer, api_key, basic and require each does. That of the app holds for requests
 * without a route, too, and that of a path for whatever the engine answers there: HEAD, OPTIONS,
 * 405. Thread: before_start.
 * app (borrow): The app.
 * group (borrow): A group of the app, or NULL for all of it.
 * middleware (borrow): Middleware of the app; at most 100 in one place.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_use(trivet_app *app, trivet_group *group,
                                        trivet_middleware *middleware);

/* Adds a hook that runs before the handlers of an app or a group, in the order added: the app's,
 * the outer group's, the inner group's. The app's run for requests without a route, too, when
 * there is a fallback. Thread: before_start.
 * app (borrow): The app.
 * group (borrow): A group of the app, or NULL for all of it.
 * hook (keep): May run on every loop's thread.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_app_before(trivet_app *app, trivet_group *group,
                                           trivet_before_hook hook, void *user_data,
                                           trivet_drop drop);

/* Adds a hook that runs when a request of an app or a group is answered, in the opposite order:
 * the inner group's, the outer group's, the app's, and of one place the one added last first.
 * Thread: before_start.
 * app (borrow): The app.
 * group (borrow): A group of the app, or NULL for all of it.
 * hook (keep): May run on every loop's thread.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_app_after(trivet_app *app, trivet_group *group,
                                          trivet_after_hook hook, void *user_data,
                                          trivet_drop drop);

/* Sets the handler of requests the engine would refuse although it understood them: view.refusal
 * is 404 (no route), 405 (no route for the method; the engine adds Allow to the answer), 413
 * (content beyond body_bytes_max), or, of content that the engine decodes, 400 (it is malformed)
 * or 415 (encoded in another way; the engine adds Accept-Encoding). After the last three the
 * connection closes. Once more replaces it. With a NULL handler they arrive as
 * TRIVET_EVENT_REQUEST. Thread: before_start.
 * app (borrow): The app.
 * handler (keep): May run on every loop's thread; NULL for delivery as events.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_app_fallback(trivet_app *app, trivet_handler handler,
                                             void *user_data, trivet_drop drop);

/* Sets the one place where errors become responses. Once more replaces it. A language with
 * exceptions maps them itself and takes the engine's refusals through trivet_app_fallback.
 * Thread: before_start.
 * app (borrow): The app.
 * handler (keep): May run on every loop's thread.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_app_on_error(trivet_app *app, trivet_error_handler handler,
                                             void *user_data, trivet_drop drop);

/* Adds a function that runs on each loop's thread before the loop accepts, in the order added.
 * Thread: before_start.
 * app (borrow): The app.
 * callback (keep): May run on every loop's thread.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_app_on_start(trivet_app *app, trivet_lifecycle_fn callback,
                                             void *user_data, trivet_drop drop);

/* Adds a function that runs on each loop's thread once the loop is drained, or freed undrained,
 * in the opposite order; only when the loop's start succeeded. Thread: before_start.
 * app (borrow): The app.
 * callback (keep): May run on every loop's thread.
 * user_data (keep): Until the app is freed.
 * drop (keep): Releases user_data; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_app_on_stop(trivet_app *app, trivet_lifecycle_fn callback,
                                            void *user_data, trivet_drop drop);

/* Builds the path of a named route: parameters are checked against their constraints and
 * percent-encoded, those of the query form-encoded. A route of a host gives //host/path. Every
 * parameter of the pattern must be given, and no other. Before the first loop is made, only on
 * the thread that builds the app. Thread: any.
 * app (borrow): The app.
 * name (borrow): The route's name.
 * params (borrow): Parameters by name, in any order, decoded.
 * param_count (value): Their number.
 * query (borrow): Query parameters in order, decoded; NULL for none.
 * query_count (value): Their number, at most 1000.
 * capacity (value): Room at out_text in bytes.
 * out_text (borrow): Room for the text, which is not NUL-terminated; NULL when capacity is 0.
 * out_size (borrow): Length of the text, also when it was too long for the room
 * (TRIVET_E_LIMIT).
 * out_error (own): Set on failure but TRIVET_E_LIMIT; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_url(trivet_app *app, trivet_str name,
                                        const trivet_param *params, size_t param_count,
                                        const trivet_param *query, size_t query_count,
                                        size_t capacity, char *out_text, size_t *out_size,
                                        trivet_error **out_error);

/* Number of registered routes. Thread: any.
 * app (borrow): The app. */
TRIVET_API size_t trivet_app_route_count(trivet_app *app);

/* Tells about a route by its number in the order of registration, from 0. Before the first loop
 * is made, only on the thread that builds the app. Thread: any.
 * app (borrow): The app.
 * index (value): Number of the route.
 * out_info (borrow): Filled up to its size.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_app_get_route(trivet_app *app, size_t index,
                                              trivet_route_info *out_info);

/* Describes the app to whoever started the program in order to know it: when the environment's
 * TRIVET_INSPECT names a descriptor, one JSON document is written there (version, routes with
 * methods, pattern, host, name, site, metadata, constraints, limits, middleware and hooks,
 * problems of the configuration), the descriptor is closed, and the program is to end with exit
 * code 0 instead of serving. Call it when everything is registered, before trivet_supervisor_run
 * and trivet_loop_new; trivet_app_main does by itself. The app is frozen afterwards. Thread:
 * before_start.
 * app (borrow): The app.
 * hooks (borrow): The names of the hooks of each route, in the order of registration, for
 * languages that run hooks themselves; NULL for the engine's own, shown by their place in the
 * program's file.
 * hook_count (value): The number of routes; 0 when hooks is NULL.
 * out_error (own): Set on failure but TRIVET_E_NOT_FOUND (nobody asked); may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_app_inspect(trivet_app *app, const trivet_route_hooks *hooks,
                                            size_t hook_count, trivet_error **out_error);

/* How many workers and threads the app is to serve with. Where neither is configured: as many
 * threads as there are CPUs if the language can run loops in threads, else as many workers;
 * where one is, the other is 1. For a process that is no worker: a worker has as many loops as
 * threads says, 0 meaning one. CPUs are those of the affinity mask within the cgroup's quota.
 * Warns in the log above twice their number. Thread: any.
 * app (borrow): The app.
 * can_thread (value): Whether the language can run several loops in one process: 0 or 1.
 * TRIVET_E_ARGUMENT when threads are configured and it cannot.
 * out_workers (borrow): At least 1.
 * out_threads (borrow): At least 1.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_app_concurrency(trivet_app *app, uint32_t can_thread,
                                                uint32_t *out_workers, uint32_t *out_threads,
                                                trivet_error **out_error);

/* A client's connection to a loop that was made with TRIVET_LOOP_TEST, without a port: whoever
 * holds it speaks HTTP/1.1 over it, and is served as any client is, by the same parser, router
 * and limits. Its address is unknown, so that connections_per_address_max does not count it. The
 * loop accepts it in its next turn, from its start on; until then at most 1024 may wait.
 * TRIVET_E_NOT_FOUND: the app has no such loop. TRIVET_E_STATE: it drains. TRIVET_E_LIMIT: too
 * many wait. Thread: any.
 * app (borrow): The app.
 * out_fd (own): The client's end, a connected stream socket that blocks; close it.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_STATE, TRIVET_E_LIMIT, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_app_inject(trivet_app *app, int32_t *out_fd,
                                           trivet_error **out_error);

/* Puts the clock of the app's loops that were made with TRIVET_LOOP_TEST forward, so that timers
 * and deadlines come without waiting; it goes on from there. Holds from a loop's next turn on,
 * before what that accepts and receives. Connections that are injected later see the time of
 * then. TRIVET_E_NOT_FOUND: the app has no such loop. TRIVET_E_LIMIT: more than 2^40 ms in all.
 * Thread: any.
 * app (borrow): The app.
 * milliseconds (value): How far.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_app_advance(trivet_app *app, uint64_t milliseconds);

/* Writes one line to the app's log (standard error) at a level. Thread: any.
 * app (borrow): The app.
 * level (value): TRIVET_LOG_DEBUG to TRIVET_LOG_ERROR.
 * message (borrow): One line; control characters are escaped. */
TRIVET_API void trivet_app_log(trivet_app *app, uint32_t level, trivet_str message);

/* Runs an app as a program: reads flags from argv (--host, --port, --engine, --workers,
 * --threads, --fork, --profile, --buffer-count, --buffer-bytes, --help), starts workers or
 * threads as trivet_app_concurrency says (workers execute the program anew, or with --fork are
 * forked from it), prints the banner, serves until SIGTERM or SIGINT, drains, frees the app.
 * Gives the process's exit code: 0, 1 when it could not start, 2 for wrong arguments. Thread:
 * owner.
 * app (own): The app; freed.
 * argc (value): As main received it.
 * argv (borrow): As main received it. */
TRIVET_API int32_t trivet_app_main(trivet_app *app, int32_t argc, char **argv);

/* Frees an app whose loops are freed, and drops every route's user_data; NULL is fine. Thread:
 * any.
 * app (own): The app or NULL. */
TRIVET_API void trivet_app_free(trivet_app *app);

/* ---- loop ----
 * A loop: one thread, one ring or epoll instance, one listener. The thread that calls
 * trivet_loop_new owns it. */

/* Flags of trivet_loop_config. */
/* No listener: timers, watches and wake-ups only. */
#define TRIVET_LOOP_UNBOUND UINT32_C(1)
/* SO_REUSEPORT, for several loops on one port; without it a port in use is an error. Loops of
 * one app share a Unix socket in the same way. */
#define TRIVET_LOOP_REUSE_PORT UINT32_C(2)
/* The listener is bound, but the loop accepts only from trivet_loop_start on. */
#define TRIVET_LOOP_DEFERRED UINT32_C(4)
/* host and port are those of the app's configuration instead of the ones given here. When
 * LISTEN_PID names this process and LISTEN_FDS listening sockets from descriptor 3 on (socket
 * activation), the app takes those instead, once, and the variables are removed. Else the loop
 * listens on the addresses of also_listen, too, which loops with TRIVET_LOOP_REUSE_PORT on its
 * port share. */
#define TRIVET_LOOP_CONFIGURED UINT32_C(8)
/* For tests: no listener; connections come from trivet_app_inject, and trivet_app_advance puts
 * the clock forward. Not together with what is said of a listener or a supervisor. */
#define TRIVET_LOOP_TEST UINT32_C(16)

/* Kinds of events. */
/* A request for a route without a handler: request, view, user_data of the route. The view stays
 * valid until the request is answered. */
#define TRIVET_EVENT_REQUEST UINT32_C(1)
/* The client of an unanswered request closed its side: request, user_data of the route. The
 * handle stays valid; it should still be answered, which may give TRIVET_E_GONE. status is
 * TRIVET_E_GONE when the connection has ended, so that nothing can be sent any more; else the
 * client may still be reading. */
#define TRIVET_EVENT_GONE UINT32_C(2)
/* A watched descriptor is ready: fd, ready. */
#define TRIVET_EVENT_WATCH UINT32_C(3)
/* The drain is complete, the last event of a loop. */
#define TRIVET_EVENT_DRAINED UINT32_C(4)
/* After a trivet_request_read or trivet_form_open that gave TRIVET_E_AGAIN: there is content
 * now, its end or its failure; or the form has ended. request, user_data of the route. */
#define TRIVET_EVENT_READABLE UINT32_C(5)
/* After a trivet_reply_write that told the writer to wait: there is room again. Also what a
 * posted TRIVET_POST_SSE_SUBSCRIBE gave, in status. request, user_data of the route; status is
 * TRIVET_E_STALE when a posted step found that the request had ended, TRIVET_E_GONE when its
 * client has gone. */
#define TRIVET_EVENT_WRITABLE UINT32_C(6)
/* Answers a posted TRIVET_POST_READ: request, user_data of the route, content with the bytes,
 * valid until the next one is posted or the request has ended, and status with TRIVET_OK, or why
 * no more will come, TRIVET_E_STALE when the request has ended. Empty content with TRIVET_OK is
 * the end. */
#define TRIVET_EVENT_CONTENT UINT32_C(7)
/* Answers a posted TRIVET_POST_FORM: request, user_data of the route, status as trivet_form_open
 * gives it, but for TRIVET_E_AGAIN; TRIVET_E_STALE when the request has ended. From then on the
 * thread that handles the request may ask for the form. */
#define TRIVET_EVENT_FORM UINT32_C(8)

/* Interest in, and readiness of, a watched descriptor. */
/* Readable, or at its end. */
#define TRIVET_WATCH_READ UINT32_C(1)
/* Writable. */
#define TRIVET_WATCH_WRITE UINT32_C(2)
/* Readiness only: an error or hang-up. */
#define TRIVET_WATCH_ERROR UINT32_C(4)

/* States of a loop. */
/* Accepts and serves. */
#define TRIVET_STATE_SERVING UINT32_C(1)
/* Finishes what is in flight. */
#define TRIVET_STATE_DRAINING UINT32_C(2)
/* Nothing is left. */
#define TRIVET_STATE_DRAINED UINT32_C(3)

/* Where a loop listens. Begin with trivet_loop_config_init. */
struct trivet_loop_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_LOOP_*. */
    /* IPv4 or IPv6 address, localhost, or a Unix socket: unix:/path, or unix:@name in the
     * abstract namespace, of at most 107 bytes. The socket's file has mode 0660, replaces one
     * whose server has ended, and is removed when the last loop that listens on it drains or is
     * freed. Copied. */
    trivet_str host;
    /* 0 to 65535; 0 lets the kernel choose, trivet_loop_info tells. Ignored for a Unix socket. */
    uint32_t port;
    /* An already listening socket to take over, or -1. Owned by the loop from then on. */
    int32_t listen_fd;
    /* A worker's channel to its supervisor, from trivet_supervisor_inherit, or -1. Owned by the
     * loop from then on. When the supervisor asks for the drain or ends, every loop of the app
     * drains. */
    int32_t control_fd;
};

/* What a loop is. Set size before the call. Strings live as long as the loop. */
struct trivet_loop_info {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* As configured. */
    trivet_str engine; /* io_uring or epoll. */
    trivet_str engine_reason; /* Why this engine runs. */
    trivet_str host; /* Address it listens on, or unix:/path; empty when unbound. */
    uint32_t port; /* Port it listens on; 0 for a Unix socket. */
    uint32_t state; /* TRIVET_STATE_*. */
    uint32_t is_secured; /* 1: connections are secured by TLS. */
    /* 1: the kernel can secure sockets by itself (kTLS). Told only: records are sealed and
     * opened by the library. */
    uint32_t has_kernel_tls;
};

/* Counters of a loop since its start. Set size before the call. */
struct trivet_loop_stats {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* 0. */
    uint64_t connections; /* Open now. */
    uint64_t connections_total; /* Accepted. */
    uint64_t connections_refused_total; /* Closed at once because of connections_max or memory. */
    uint64_t requests_in_flight; /* Delivered and not answered. */
    uint64_t requests_total; /* Answered or refused, every status. */
    uint64_t handler_failures_total; /* Answered through trivet_reply_fail. */
    uint64_t stale_total; /* Answers to requests that had ended. */
    uint64_t timeouts_total; /* Connections ended by a deadline. */
    uint64_t system_calls_total; /* System calls the engine made. */
    uint64_t log_dropped_total; /* Log lines the device did not take. */
    /* Regular expressions of routes given up at the match limit, which is no match. */
    uint64_t regex_limit_total;
    uint64_t lent_total; /* Connections accepted on behalf of workers that could not. */
};

/* One event of a turn. */
struct trivet_event {
    uint32_t kind; /* TRIVET_EVENT_*. */
    uint32_t ready; /* TRIVET_WATCH_* of a WATCH event. */
    trivet_request request; /* Of all but WATCH and DRAINED. */
    const trivet_request_view *view; /* Of REQUEST. */
    void *user_data; /* Of the route, where there is a request. */
    int32_t fd; /* Of WATCH. */
    trivet_status status; /* Of GONE, CONTENT, WRITABLE and FORM. */
    trivet_str content; /* Of CONTENT. */
};

/* A timer's end. Must not unwind. Thread: owner.
 * user_data: As given. */
typedef void (*trivet_timer_fn)(void *user_data);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_loop_config) of the caller. */
TRIVET_API void trivet_loop_config_init(trivet_loop_config *config, size_t size);

/* Makes a loop for an app, owned by the calling thread, and binds its listener. Freezes the app.
 * Unless TRIVET_LOOP_DEFERRED is given the loop is started, too. Thread: any.
 * app (borrow): Outlives the loop.
 * config (borrow): Copied; NULL for the defaults.
 * out_loop (own): The loop.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_ADDRESS_IN_USE, TRIVET_E_ADDRESS, TRIVET_E_ENGINE,
 * TRIVET_E_SYSTEM, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_loop_new(trivet_app *app, const trivet_loop_config *config,
                                         trivet_loop **out_loop, trivet_error **out_error);

/* Runs the functions of trivet_app_on_start, begins to accept, and tells the supervisor, if
 * there is one, that the worker is ready. For a loop made with TRIVET_LOOP_DEFERRED, once.
 * Thread: owner.
 * loop (borrow): The loop.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_THREAD, TRIVET_E_STATE, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_loop_start(trivet_loop *loop, trivet_error **out_error);

/* Submits what is queued and waits in the kernel for the first completion, a timer, a wake-up or
 * the timeout. Runs no callback, so a language may release its lock around it. Returns at once
 * when something is already there. Thread: owner.
 * loop (borrow): The loop.
 * timeout_ms (value): Longest wait; 0 for none, negative for no limit.
 * Fails: TRIVET_E_THREAD, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_loop_wait(trivet_loop *loop, int64_t timeout_ms);

/* One turn: waits as trivet_loop_wait does, then runs what completed: calls the handlers and
 * timers, and hands out events. Events that do not fit come with the next turn, which then does
 * not wait. Thread: owner.
 * loop (borrow): The loop. Not from within a handler (TRIVET_E_STATE).
 * timeout_ms (value): Longest wait; 0 for none, negative for no limit.
 * events (borrow): Room for events; NULL when capacity is 0, events are then discarded and
 * event-delivered requests answered with 500.
 * capacity (value): Number of events there is room for.
 * out_count (borrow): Number of events written; may be NULL when capacity is 0.
 * Fails: TRIVET_E_THREAD, TRIVET_E_STATE, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_loop_turn(trivet_loop *loop, int64_t timeout_ms,
                                          trivet_event *events, size_t capacity, size_t *out_count);

/* Submits what is queued without waiting, for a loop that is driven through trivet_loop_fd.
 * Thread: owner.
 * loop (borrow): The loop.
 * Fails: TRIVET_E_THREAD, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_loop_flush(trivet_loop *loop);

/* Turns until the loop is drained. Thread: owner.
 * loop (borrow): The loop.
 * Fails: TRIVET_E_THREAD, TRIVET_E_STATE, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_loop_run(trivet_loop *loop);

/* A descriptor that polls readable when a turn has something to do (timers aside: see
 * trivet_loop_deadline), so that another event loop can drive this one. Only poll it. -1 when it
 * could not be made. Thread: owner.
 * loop (borrow): The loop. */
TRIVET_API int32_t trivet_loop_fd(trivet_loop *loop);

/* Milliseconds until the loop's next timer or deadline, 0 when one is due or events wait, -1
 * when there is none. Thread: owner.
 * loop (borrow): The loop. */
TRIVET_API int64_t trivet_loop_deadline(trivet_loop *loop);

/* Ends the current or the next wait. Safe in a signal handler. The loop must not be freed before
 * the call returns. Thread: any.
 * loop (borrow): The loop. */
TRIVET_API void trivet_loop_wake(trivet_loop *loop);

/* Begins the drain: stops accepting, closes idle connections, finishes what is in flight, forces
 * the end at shutdown_timeout_ms. A second call forces it now. Safe in a signal handler. The
 * loop may end meanwhile, but must not be freed before the call returns. Thread: any.
 * loop (borrow): The loop. */
TRIVET_API void trivet_loop_drain(trivet_loop *loop);

/* Tells what the loop is. Thread: owner.
 * loop (borrow): The loop.
 * out_info (borrow): Filled up to its size.
 * Fails: TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_loop_get_info(trivet_loop *loop, trivet_loop_info *out_info);

/* Reads the loop's counters. Thread: owner.
 * loop (borrow): The loop.
 * out_stats (borrow): Filled up to its size.
 * Fails: TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_loop_get_stats(trivet_loop *loop, trivet_loop_stats *out_stats);

/* Writes the banner to standard error: version, runtime, address, the number of the app's loops
 * when there are several, engine and why. Nothing at TRIVET_LOG=warn and above. A worker's loop
 * hands it to the supervisor instead, with its readiness: call it before trivet_loop_start.
 * Thread: owner.
 * loop (borrow): The loop.
 * runtime (borrow): The language and its version, for example Python 3.11.7. */
TRIVET_API void trivet_loop_banner(trivet_loop *loop, trivet_str runtime);

/* Watches a foreign descriptor, level-triggered: as long as it is ready, every turn reports
 * TRIVET_EVENT_WATCH. A second call replaces the interest; interest 0 ends the watch, and must
 * precede closing the descriptor. Thread: owner.
 * loop (borrow): The loop.
 * fd (value): A pollable descriptor that stays the caller's.
 * interest (value): TRIVET_WATCH_READ, TRIVET_WATCH_WRITE, both, or 0.
 * Fails: TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_SYSTEM,
 * TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_loop_watch(trivet_loop *loop, int32_t fd, uint32_t interest);

/* Calls back once after a delay. Thread: owner.
 * loop (borrow): The loop.
 * delay_ms (value): At most 2^40.
 * callback (keep): Called at most once.
 * user_data (keep): Until it fired or was cancelled.
 * drop (keep): Releases user_data after the callback or the cancellation; may be NULL.
 * out_timer (borrow): The timer; may be NULL.
 * Fails: TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_loop_timer_start(trivet_loop *loop, uint64_t delay_ms,
                                                 trivet_timer_fn callback, void *user_data,
                                                 trivet_drop drop, trivet_timer *out_timer);

/* Cancels a timer that has not fired. Thread: owner.
 * loop (borrow): The loop.
 * timer (value): The timer.
 * Fails: TRIVET_E_THREAD, TRIVET_E_STALE. */
TRIVET_API trivet_status trivet_loop_timer_cancel(trivet_loop *loop, trivet_timer timer);

/* Closes every connection and frees the loop; its request handles are stale from then on. NULL
 * is fine. Thread: owner.
 * loop (own): The loop or NULL. */
TRIVET_API void trivet_loop_free(trivet_loop *loop);

/* ---- request ----
 * A request, from its delivery to its answer. Thread tag handler: the owner's thread; for a
 * request delivered as an event, any one thread at a time until it is answered. */

/* Flags of a request view. */
/* The connection stays open after the answer. */
#define TRIVET_REQUEST_KEEP_ALIVE UINT32_C(1)
/* The client has closed its side. */
#define TRIVET_REQUEST_GONE UINT32_C(2)

/* What a request is ready for. */
/* As TRIVET_EVENT_READABLE. */
#define TRIVET_READY_READ UINT32_C(1)
/* As TRIVET_EVENT_WRITABLE. */
#define TRIVET_READY_WRITE UINT32_C(2)
/* As TRIVET_EVENT_GONE. */
#define TRIVET_READY_GONE UINT32_C(4)

/* Flags of a client. */
/* The connection is secured by TLS. */
#define TRIVET_CLIENT_SECURED UINT32_C(1)
/* Trusted proxies have said who it is. */
#define TRIVET_CLIENT_FORWARDED UINT32_C(2)
/* The peer of the connection has shown a certificate, which was checked. */
#define TRIVET_CLIENT_CERTIFICATE UINT32_C(4)

/* A header field, name as received. Names compare without case. */
struct trivet_header {
    trivet_str name; /* Field name. */
    trivet_str value; /* Field value without surrounding white space. */
};

/* A decoded name and value: path parameter, query parameter or cookie. */
struct trivet_param {
    trivet_str name; /* Name. */
    trivet_str value; /* Value. */
};

/* What was asked. All strings point into the engine's memory. Fields are only ever appended. */
struct trivet_request_view {
    uint32_t size; /* Size of the struct the library was compiled with. */
    uint32_t flags; /* TRIVET_REQUEST_*. */
    uint64_t id; /* Number of the request in its process, the one in log lines. */
    trivet_str method; /* Method token as received. */
    trivet_str target; /* Request target as received. */
    trivet_str path; /* Path, percent-decoded. */
    trivet_str query; /* Query as received, without the question mark. */
    trivet_str body; /* The whole content. */
    const trivet_header *headers; /* Fields in the order received. */
    size_t header_count; /* Number of fields. */
    const trivet_param *params; /* Path parameters in the pattern's order. */
    size_t param_count; /* Number of path parameters. */
    uint32_t version; /* 10 or 11. */
    /* 0, or what the engine would answer: 400, 404, 405, 413 or 415, for the fallback only. */
    uint32_t refusal;
};

/* Who has sent a request. The fields on TLS are those of the connection, empty without TLS,
 * whatever proxies say. Fields are only ever appended. */
struct trivet_client {
    uint32_t size; /* Size of the struct the library was compiled with. */
    uint32_t flags; /* TRIVET_CLIENT_*. */
    /* IPv4 or IPv6 address (RFC 5952); empty when it is not known, as of a Unix socket. */
    trivet_str address;
    uint32_t port; /* Port of the client; 0 when it is not known. */
    uint32_t hops; /* Proxies whose word was taken. */
    trivet_str scheme; /* http or https, as the client speaks it. */
    trivet_str host; /* Host and port as the client asked for; may be empty. */
    trivet_str tls_version; /* TLSv1.2 or TLSv1.3. */
    trivet_str tls_cipher; /* Cipher suite, as OpenSSL calls it. */
    /* Host that the client named in the handshake (SNI); may be empty. */
    trivet_str tls_server_name;
    trivet_str certificate_subject; /* Subject of the peer's certificate (RFC 2253). */
    trivet_str certificate_fingerprint; /* SHA-256 of the certificate, in hexadecimal. */
    trivet_str certificate; /* The certificate (DER). */
};

/* Tells that a request is ready. Must not unwind. Thread: owner.
 * request: The request.
 * ready: TRIVET_READY_*, one of them.
 * user_data: As given. */
typedef void (*trivet_ready_fn)(trivet_request request, uint32_t ready, void *user_data);

/* Gives the view of an unanswered request. It stays valid until the request is answered, except
 * within its handler's callback, where it is the callback's view and moves once when the
 * callback returns. Thread: handler.
 * request (value): The request.
 * out_view (borrow): The view.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD. */
TRIVET_API trivet_status trivet_request_get(trivet_request request,
                                            const trivet_request_view **out_view);

/* Finds the first header field of a name, compared without case. Thread: handler.
 * request (value): The request.
 * name (borrow): Field name.
 * out_value (borrow): The value.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_request_header(trivet_request request, trivet_str name,
                                               trivet_str *out_value);

/* Tells who has sent a request: the far end of its connection or, when that is one of
 * trusted_proxies, whom its fields name. Lives as long as the view of trivet_request_get, and
 * like it moves once when the handler's callback returns. Thread: handler.
 * request (value): The request.
 * out_client (borrow): The client.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_request_client(trivet_request request,
                                               const trivet_client **out_client);

/* Finds the first query parameter of a name, decoded as application/x-www-form-urlencoded.
 * Thread: handler.
 * request (value): The request.
 * name (borrow): Decoded name.
 * out_value (borrow): The value.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_NOT_FOUND, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_request_query(trivet_request request, trivet_str name,
                                              trivet_str *out_value);

/* All query parameters in order, decoded once and kept with the request. More than 1000 are
 * TRIVET_E_LIMIT. Thread: handler.
 * request (value): The request.
 * out_items (borrow): The parameters.
 * out_count (borrow): Their number.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_request_query_items(trivet_request request,
                                                    const trivet_param **out_items,
                                                    size_t *out_count);

/* Finds the first cookie of a name (RFC 6265 section 5.4: names compare with case). Thread:
 * handler.
 * request (value): The request.
 * name (borrow): Cookie name.
 * out_value (borrow): The value, quotes removed.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_NOT_FOUND, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_request_cookie(trivet_request request, trivet_str name,
                                               trivet_str *out_value);

/* All cookies in order. More than 1000 are TRIVET_E_LIMIT. Thread: handler.
 * request (value): The request.
 * out_items (borrow): The cookies.
 * out_count (borrow): Their number.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_request_cookie_items(trivet_request request,
                                                     const trivet_param **out_items,
                                                     size_t *out_count);

/* Tells which route a request was matched with; TRIVET_E_NOT_FOUND for the fallback's. Thread:
 * handler.
 * request (value): The request.
 * out_info (borrow): Filled up to its size.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_request_route(trivet_request request, trivet_route_info *out_info);

/* What the engine's middleware has found out about a request: request_id; traceparent (to be
 * sent on), trace_id, span_id, parent_id, trace_flags, trace_state; nonce (of the
 * Content-Security-Policy); and of the principal that its credentials prove scheme, subject,
 * scope and claims (a JSON object). TRIVET_E_NOT_FOUND when no middleware of its route has it.
 * Thread: handler.
 * request (value): The request.
 * name (borrow): Name of the attribute.
 * out_value (borrow): Its value.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_request_attribute(trivet_request request, trivet_str name,
                                                  trivet_str *out_value);

/* Keeps a pointer with the request, for hooks and handler to share. The one before is dropped.
 * Thread: handler.
 * request (value): The request.
 * user_data (keep): Until the request has ended.
 * drop (keep): Releases user_data, on the owner's thread when the request ends; may be NULL.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD. */
TRIVET_API trivet_status trivet_request_set_data(trivet_request request, void *user_data,
                                                 trivet_drop drop);

/* Gives the pointer that is kept with the request; NULL when there is none. Thread: handler.
 * request (value): The request.
 * out_data (borrow): The pointer.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD. */
TRIVET_API trivet_status trivet_request_get_data(trivet_request request, void **out_data);

/* Has readiness and departure of one request told to a callback instead of by events. Once more
 * replaces it. Thread: owner.
 * request (value): The request.
 * callback (keep): Until the request has ended.
 * user_data (keep): Likewise.
 * drop (keep): Releases user_data, on the owner's thread when the request ends; may be NULL.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_request_on_ready(trivet_request request, trivet_ready_fn callback,
                                                 void *user_data, trivet_drop drop);

/* Takes what has come of the content of a request; of one whose route does not stream, the
 * whole. Where the route decodes content, the bytes are decoded ones. The first call sends 100
 * Continue to a client that waits for it. At most 64 KiB wait unread, then the client is held
 * back. Empty bytes with TRIVET_OK are the end. TRIVET_E_AGAIN: nothing yet, readiness is told
 * once. TRIVET_E_STATE: the content is read as a form. The other failures tell why no more will
 * come; the request is still to be answered. Thread: owner.
 * request (value): The request.
 * out_bytes (borrow): Valid until the next read and the end of the request.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_STATE, TRIVET_E_AGAIN, TRIVET_E_GONE,
 * TRIVET_E_LIMIT, TRIVET_E_TIMEOUT, TRIVET_E_PROTOCOL, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_request_read(trivet_request request, trivet_str *out_bytes);

/* The trailer fields of a chunked request whose content has been read to its end; none before.
 * Those that RFC 9110 section 6.5.1 forbids are left out. Thread: handler.
 * request (value): The request.
 * out_headers (borrow): The fields.
 * out_count (borrow): Their number.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD. */
TRIVET_API trivet_status trivet_request_trailers(trivet_request request,
                                                 const trivet_header **out_headers,
                                                 size_t *out_count);

/* ---- reply ----
 * Answers. All but trivet_reply_add_header, trivet_reply_begin and trivet_reply_write end their
 * request: the handle is stale afterwards, whatever the call returns, except after
 * TRIVET_E_HEADER, TRIVET_E_ARGUMENT and TRIVET_E_STATE, which leave it unanswered. Everything
 * passed in is copied. Within an after hook they give TRIVET_E_STATE. */

/* Ready-made Content-Type fields. */
/* No Content-Type from the engine; give one among the headers. */
#define TRIVET_CONTENT_NONE UINT32_C(0)
/* text/plain; charset=utf-8 */
#define TRIVET_CONTENT_TEXT UINT32_C(1)
/* text/html; charset=utf-8 */
#define TRIVET_CONTENT_HTML UINT32_C(2)
/* application/json */
#define TRIVET_CONTENT_JSON UINT32_C(3)
/* application/octet-stream */
#define TRIVET_CONTENT_BYTES UINT32_C(4)
/* application/problem+json */
#define TRIVET_CONTENT_PROBLEM UINT32_C(5)
/* application/xml */
#define TRIVET_CONTENT_XML UINT32_C(6)

/* Lengths of an answer in pieces. */
/* It is chunked, or ends with the connection for HTTP/1.0. */
#define TRIVET_LENGTH_UNKNOWN UINT64_C(18446744073709551615)

/* What a posted record asks for. */
/* A whole answer, as trivet_reply_send. */
#define TRIVET_POST_REPLY UINT32_C(0)
/* trivet_request_read; the bytes come as TRIVET_EVENT_CONTENT. */
#define TRIVET_POST_READ UINT32_C(1)
/* trivet_reply_begin with status, content, fields and length. A head that cannot be sent becomes
 * a failure as of trivet_reply_fail. */
#define TRIVET_POST_BEGIN UINT32_C(2)
/* trivet_reply_write with the body. With status 1 TRIVET_EVENT_WRITABLE comes as soon as there
 * is room, which may be at once. */
#define TRIVET_POST_WRITE UINT32_C(3)
/* trivet_reply_end with the fields as trailers. */
#define TRIVET_POST_END UINT32_C(4)
/* trivet_reply_abort. */
#define TRIVET_POST_ABORT UINT32_C(5)
/* trivet_form_open; the outcome comes as TRIVET_EVENT_FORM. The body is a trivet_form_config, or
 * empty for the defaults; its directory must last until the event. */
#define TRIVET_POST_FORM UINT32_C(6)
/* trivet_sse_begin with the fields, heartbeat_ms in status and retry_ms in length
 * (TRIVET_LENGTH_UNKNOWN: none). Events follow as WRITE, encoded by trivet_sse_encode. Fails as
 * BEGIN does. */
#define TRIVET_POST_SSE_BEGIN UINT32_C(7)
/* trivet_sse_subscribe with the fields and the hub in length: the thread's last record of the
 * request. Bits of status: 1, the body is the last event id, else the request's field counts; 2,
 * TRIVET_EVENT_WRITABLE tells the outcome, TRIVET_OK when what is published from then on reaches
 * the client, and a failure that leaves the request unanswered leaves it to the poster. Without
 * 2, TRIVET_E_LIMIT and a hub that is closed give 503, and other failures are as of
 * trivet_reply_fail. */
#define TRIVET_POST_SSE_SUBSCRIBE UINT32_C(8)
/* trivet_reply_file with status and fields, and the flags in length. The body is path, root,
 * content type, download name and Cache-Control with a NUL between each two. */
#define TRIVET_POST_FILE UINT32_C(9)
/* trivet_reply_static, with the fields added to the answer as by trivet_reply_add_header. */
#define TRIVET_POST_STATIC UINT32_C(10)

/* Flags of a file that a handler sends, for a path below a root. */
/* Names that begin with a dot may be sent. */
#define TRIVET_FILE_DOT_FILES UINT32_C(1)
/* Symbolic links are not there. */
#define TRIVET_FILE_NO_SYMLINKS UINT32_C(2)

/* A whole response. Begin with trivet_reply_init. The engine writes Content-Length, Connection
 * and Date. */
struct trivet_reply {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    uint32_t status; /* 200 to 599. 204 and 304 carry no content. */
    uint32_t content; /* TRIVET_CONTENT_*. */
    const trivet_header *headers; /* Further fields; NULL when there are none. */
    size_t header_count; /* Number of further fields, at most 1000. */
    trivet_str body; /* The content. */
};

/* Head of one packed step of trivet_reply_post: this struct, then header_count pairs of name and
 * value, each a uint32_t length and its bytes (together headers_bytes), then body_bytes of
 * content, then zeros up to a multiple of 8. Host byte order. */
struct trivet_reply_record {
    trivet_request request; /* The request. */
    uint32_t kind; /* TRIVET_POST_*. */
    /* Of REPLY, BEGIN and FILE: 200 to 599. Of WRITE: 1 when the writer waits for room, else 0.
     * Of SSE_BEGIN and SSE_SUBSCRIBE: see there. */
    uint32_t status;
    uint32_t content; /* Of REPLY and BEGIN: TRIVET_CONTENT_*. */
    /* Number of fields, of REPLY, BEGIN, END, SSE_BEGIN, SSE_SUBSCRIBE, FILE and STATIC. */
    uint32_t header_count;
    uint32_t headers_bytes; /* Bytes of the packed fields. */
    uint32_t reserved; /* 0. */
    /* Bytes of the content, of REPLY, WRITE and SSE_SUBSCRIBE, of the configuration, of FORM, or
     * of the texts, of FILE. */
    uint64_t body_bytes;
    /* Of BEGIN: bytes promised, or TRIVET_LENGTH_UNKNOWN. Of SSE_BEGIN, SSE_SUBSCRIBE and FILE:
     * see there. */
    uint64_t length;
};

/* A file to be sent. Begin with trivet_file_init. All is copied. */
struct trivet_file {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_FILE_*. */
    /* 200 to 599. With another than 200 the whole file is sent, whatever was asked for. */
    uint32_t status;
    uint32_t reserved; /* 0. */
    /* The file. Without a root it is the program's own and never a client's text. */
    trivet_str path;
    /* A directory that the path must not leave, in which case it may be a client's text: names
     * with single slashes between. What leads out, by dots or by links, is not there. Empty for
     * none. */
    trivet_str root;
    trivet_str content_type; /* Empty: by the extension of the path. */
    /* The name to save the file under, UTF-8; empty: it is to be shown. */
    trivet_str download_name;
    trivet_str cache_control; /* Cache-Control; empty for none. */
    /* Further fields, which beat those of the file; NULL when there are none. */
    const trivet_header *headers;
    size_t header_count; /* Their number, at most 1000. */
};

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * file (borrow): To fill.
 * size (value): sizeof(trivet_file) of the caller. */
TRIVET_API void trivet_file_init(trivet_file *file, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * reply (borrow): To fill.
 * size (value): sizeof(trivet_reply) of the caller. */
TRIVET_API void trivet_reply_init(trivet_reply *reply, size_t size);

/* Answers with a whole response. Thread: owner.
 * request (value): The request.
 * reply (borrow): Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_send(trivet_request request, const trivet_reply *reply);

/* Answers with text/plain. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599.
 * body (borrow): UTF-8. Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_text(trivet_request request, uint32_t status,
                                           trivet_str body);

/* Answers with text/html. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599.
 * body (borrow): UTF-8. Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_html(trivet_request request, uint32_t status,
                                           trivet_str body);

/* Answers with application/xml. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599.
 * body (borrow): A document that names its encoding, or UTF-8. Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_xml(trivet_request request, uint32_t status, trivet_str body);

/* Answers with application/json. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599.
 * body (borrow): Serialised JSON. Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_json(trivet_request request, uint32_t status,
                                           trivet_str body);

/* Answers with application/octet-stream. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599.
 * body (borrow): Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_bytes(trivet_request request, uint32_t status,
                                            trivet_str body);

/* Answers without content. Thread: owner.
 * request (value): The request.
 * status (value): 200 to 599, usually 204.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_empty(trivet_request request, uint32_t status);

/* Answers with a redirect. Thread: owner.
 * request (value): The request.
 * status (value): 301, 302, 303, 307 or 308.
 * location (borrow): URI reference of the Location field.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_redirect(trivet_request request, uint32_t status,
                                               trivet_str location);

/* Answers with problem details (RFC 9457): type about:blank, the status's title, the status, the
 * detail when it is not empty. Thread: owner.
 * request (value): The request.
 * status (value): 400 to 599.
 * detail (borrow): For the client; UTF-8.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_GONE, TRIVET_E_MEMORY,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_problem(trivet_request request, uint32_t status,
                                              trivet_str detail);

/* Answers a request whose handler failed: 500 with problem details that tell nothing of the
 * cause, only the detail where there is one, and one log line at level error with the request's
 * id, method, path and the cause. Where trivet_request_read had told that the client's content
 * failed, the answer is 413, 408 or 400 and nothing is logged. An answer in pieces that has
 * begun is aborted. Thread: owner.
 * request (value): The request.
 * cause (borrow): For the log: error type and message; control characters are escaped.
 * detail (borrow): For the client, for example which type cannot be serialised; usually empty.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_GONE, TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_fail(trivet_request request, trivet_str cause,
                                           trivet_str detail);

/* Adds a field to the answer to come, whoever gives it. It does not answer. At most 100 a
 * request. Thread: owner.
 * request (value): The request.
 * name (borrow): Field name. Copied.
 * value (borrow): Field value. Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_HEADER, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_reply_add_header(trivet_request request, trivet_str name,
                                                 trivet_str value);

/* Hands packed answers, and steps of answers in pieces, to a loop from any thread, with at most
 * one wake-up a batch. The call copies; the loop takes them in order at its next turn. A record
 * whose request has ended is counted in stale_total. An answer that cannot be sent as it is (a
 * forbidden header, a status out of range) becomes a failure as of trivet_reply_fail; so does a
 * step that is not possible. A BEGIN or WRITE that fails, or whose client has gone, leaves the
 * request as one whose client has gone (TRIVET_EVENT_GONE): it lasts until END, ABORT or a whole
 * answer, because the posting thread may still read it. READs posted before one is answered are
 * answered together. status 0 of a whole answer means trivet_reply_fail with the content as
 * cause and the value of the first field, if there is one, as detail. When it fails nothing was
 * taken; TRIVET_E_LIMIT says that 256 MiB wait already. Thread: any.
 * loop (borrow): The loop whose requests are answered.
 * records (borrow): trivet_reply_record items, 8-byte aligned.
 * size (value): Bytes of all records.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_reply_post(trivet_loop *loop, const void *records, size_t size);

/* Begins an answer in pieces: sends the head of a reply without body. Answers to HEAD, 204 and
 * 304 have no content, and what is written is dropped. After hooks run here. Thread: owner.
 * request (value): The request.
 * length (value): Bytes that will be written, or TRIVET_LENGTH_UNKNOWN.
 * reply (borrow): Copied. body must be empty.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_begin(trivet_request request, uint64_t length,
                                            const trivet_reply *reply);

/* Writes a piece of an answer. TRIVET_E_ARGUMENT: more than was promised; TRIVET_E_LIMIT: 4 MiB
 * wait already; nothing of the piece was taken then. Thread: owner.
 * request (value): The request.
 * bytes (borrow): Copied.
 * out_wait (borrow): 1 when more than 256 KiB wait and the writer should until it is told, else
 * 0.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_LIMIT, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_write(trivet_request request, trivet_str bytes,
                                            uint32_t *out_wait);

/* Ends an answer in pieces, and its request. Trailers go out with chunked answers and are
 * dropped otherwise. TRIVET_E_HEADER: a trailer is malformed or forbidden, and nothing has
 * ended. TRIVET_E_ARGUMENT: less was written than promised, and the connection closes. Thread:
 * owner.
 * request (value): The request.
 * trailers (borrow): Copied; NULL when there are none.
 * count (value): Their number.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_end(trivet_request request, const trivet_header *trailers,
                                          size_t count);

/* Gives an answer up, begun or not, and ends its request: the connection closes so that the
 * client sees that something is missing. Thread: owner.
 * request (value): The request.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_abort(trivet_request request);

/* Answers a request of a folder's route from the folder, as the engine does where nobody asks
 * for the request first. The request has ended for its handler, though the answer may come
 * later. TRIVET_E_STATE: its route has no folder, or it is being answered. Thread: owner.
 * request (value): The request.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_GONE, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_static(trivet_request request);

/* Answers with a file. The request has ended for its handler, though the answer may come later:
 * 404 where there is no such file, 500 with a log line where it cannot be read. Thread: owner.
 * request (value): The request.
 * file (borrow): Copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_reply_file(trivet_request request, const trivet_file *file);

/* ---- supervisor ----
 * Worker processes. The supervisor owns one SO_REUSEPORT listener for each worker slot, starts
 * the workers and hands them their listener and a control channel, so that a worker's end costs
 * only the requests it held. */

/* Moments of a fork without exec. */
/* In the parent, before. */
#define TRIVET_FORK_PREPARE UINT32_C(0)
/* In the parent, afterwards, whether it succeeded or not. */
#define TRIVET_FORK_PARENT UINT32_C(1)
/* In the worker: serve, then give the process's exit code. */
#define TRIVET_FORK_CHILD UINT32_C(2)

/* What to supervise. Begin with trivet_supervisor_config_init. */
struct trivet_supervisor_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    /* IPv4 or IPv6 address, localhost, or a Unix socket as of trivet_loop_config, which all
     * workers share and whose file is removed when the drain begins. */
    trivet_str host;
    uint32_t port; /* 0 to 65535; 0 lets the kernel choose one for all workers. */
    /* Worker slots, at most 1024; 0: as many as there are CPUs by affinity and cgroup quota.
     * Above twice that a warning is logged. */
    uint32_t workers;
    uint32_t backlog; /* Queue of connections not yet accepted, of each listener. */
    /* From a worker's start to its readiness; beyond it the worker is killed and started again. */
    uint32_t start_timeout_ms;
    /* From the drain to the end; workers that are still there 2 s later are killed. */
    uint32_t shutdown_timeout_ms;
    uint32_t log_level; /* TRIVET_LOG_*. */
    /* A descriptor on which each byte asks for the drain, and a second one for the forced end.
     * -1: SIGTERM and SIGINT do; they are blocked in the calling thread meanwhile and read as a
     * descriptor. */
    int32_t stop_fd;
    /* Program and arguments of a worker, ending with NULL, found in PATH; NULL: workers are
     * forked and run the callback. */
    char **command;
    /* As of trivet_app_config: further listeners, which all workers share. Not with socket
     * activation, whose listeners stand for all. */
    trivet_str also_listen;
};

/* What a worker process was given by its supervisor. Set size before the call. */
struct trivet_worker_info {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* 0. */
    uint32_t slot; /* Number of the worker, from 0. */
    uint32_t workers; /* Number of slots. */
    int32_t listen_fd; /* The slot's listener, for trivet_loop_config. The caller's. */
    int32_t control_fd; /* The channel to the supervisor, for trivet_loop_config. The caller's. */
};

/* Called around a fork without exec. Its value counts in the child only. Must not unwind.
 * Thread: owner.
 * moment: TRIVET_FORK_*.
 * user_data: As given. */
typedef int32_t (*trivet_fork_fn)(uint32_t moment, void *user_data);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_supervisor_config) of the caller. */
TRIVET_API void trivet_supervisor_config_init(trivet_supervisor_config *config, size_t size);

/* Supervises until told to end: binds the listeners, or takes those of socket activation
 * (LISTEN_PID, LISTEN_FDS) and shares them among the slots, starts the workers, starts those
 * anew that die (at once, or with growing delays when they die before they are ready or within a
 * second after it), lends the listener of a worker that cannot accept for 250 ms to one that
 * can, drains on request. In a worker that was forked without exec the call returns as well,
 * with the callback's value. With a callback the process forks without exec: call it before any
 * thread or loop exists. Thread: any.
 * config (borrow): What to supervise.
 * callback (borrow): Around each fork and in each worker when command is NULL; else NULL.
 * user_data (keep): Until the call returns.
 * drop (keep): Releases user_data; may be NULL. Not called in workers.
 * out_exit_code (borrow): For the process to end with: 0 after a drain, 1 when a worker had to
 * be killed; in a forked worker the callback's value.
 * out_error (own): Set when it could not start; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_ADDRESS_IN_USE, TRIVET_E_ADDRESS, TRIVET_E_SYSTEM,
 * TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_supervisor_run(const trivet_supervisor_config *config,
                                               trivet_fork_fn callback, void *user_data,
                                               trivet_drop drop, int32_t *out_exit_code,
                                               trivet_error **out_error);

/* What this process was given by a supervisor that started it; TRIVET_E_NOT_FOUND when none did,
 * and when it was asked before. The descriptors become close-on-exec and the environment
 * variable that named them (TRIVET_WORKER) is removed, so that processes started from here are
 * no workers. Call it before there are threads that use the environment. Thread: any.
 * out_info (borrow): Filled up to its size.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_supervisor_inherit(trivet_worker_info *out_info);

/* ---- form ----
 * Forms: the content of a request as named parts, from application/x-www-form-urlencoded or
 * multipart/form-data. The parts live as long as their request. A form that is being read
 * belongs to the loop: other threads ask for its parts once its completion was told. */

/* Flags of a part. */
/* It came with a file name, be it empty. */
#define TRIVET_PART_FILE UINT32_C(1)
/* Its content lies in a temporary file without a name, and value is empty. */
#define TRIVET_PART_SPOOLED UINT32_C(2)

/* Flags of trivet_form_save. */
/* What has the path already is replaced in one step. */
#define TRIVET_SAVE_REPLACE UINT32_C(1)

/* What a form may be; beyond a limit it is refused as a whole. Begin with
 * trivet_form_config_init. */
struct trivet_form_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    uint32_t fields_max; /* Most parts that are no files, at most 10000. */
    uint32_t files_max; /* Most files, at most 10000. */
    /* Longest name of a part, at most 8192. The head of a part of multipart/form-data has at
     * most 8192 bytes and 16 fields. */
    uint32_t name_bytes_max;
    uint32_t filename_bytes_max; /* Longest name of a file, at most 8192. */
    uint64_t value_bytes_max; /* Longest content of one part that is no file, at most 2^30. */
    /* Longest content of all of them together, at most 2^30; of
     * application/x-www-form-urlencoded as it came, names included. */
    uint64_t fields_bytes_max;
    uint64_t file_bytes_max; /* Largest file, at most 2^40. */
    /* A file of a streamed request that is larger goes to a temporary file. At most 2^30. */
    uint64_t memory_bytes_max;
    trivet_str directory; /* Where temporary files lie; empty for TMPDIR, else /tmp. Copied. */
};

/* A form as it was read. Set size before the call. */
struct trivet_form {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* 0. */
    /* 0, or the HTTP status that tells the client what was wrong with it: 400, 408, 413, 415,
     * 500 or 503. */
    uint32_t refusal;
    size_t part_count; /* Number of parts; 0 when it was not read to its end. */
    /* What was wrong in words, for the client; empty when nothing was. Static storage. */
    trivet_str detail;
};

/* One part of a form, in the order they came. Set size before the call. Strings live as long as
 * the request. */
struct trivet_form_part {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_PART_*. */
    trivet_str name; /* Name, decoded. */
    /* File name as the client says, decoded. It may be a path: never one to write to. */
    trivet_str filename;
    trivet_str content_type; /* Content-Type of the part; empty when it has none. */
    trivet_str value; /* The whole content, unless TRIVET_PART_SPOOLED. */
    uint64_t bytes; /* Length of the content. */
};

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_form_config) of the caller. */
TRIVET_API void trivet_form_config_init(trivet_form_config *config, size_t size);

/* Reads the content of a request as a form. Where the route does not stream, all of it is there
 * and the call completes. Where it streams, the call takes the reading over, and
 * trivet_request_read is TRIVET_E_STATE from then on; TRIVET_E_AGAIN: there is more to come,
 * readiness to read is told once the form has ended, and the same call then gives the outcome.
 * The configuration of the first call holds. TRIVET_E_STATE: some of the content was read
 * before. Every other failure is the form's and stays; the request is still to be answered, and
 * trivet_reply_fail without a detail answers with the form's refusal. TRIVET_E_MEDIA_TYPE (415):
 * it is no form. TRIVET_E_PROTOCOL (400): it is malformed. TRIVET_E_LIMIT (413): a limit of the
 * form or of the route was met. TRIVET_E_TIMEOUT (408), TRIVET_E_GONE. TRIVET_E_SYSTEM (500): a
 * temporary file could not be written, which the log tells. TRIVET_E_MEMORY (503). Thread:
 * owner.
 * request (value): The request.
 * config (borrow): Copied; NULL for the defaults.
 * out_form (borrow): As of trivet_form_get; may be NULL. Untouched after TRIVET_E_AGAIN and by
 * failures that are not the form's.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_AGAIN,
 * TRIVET_E_MEDIA_TYPE, TRIVET_E_PROTOCOL, TRIVET_E_LIMIT, TRIVET_E_TIMEOUT, TRIVET_E_GONE,
 * TRIVET_E_SYSTEM, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_form_open(trivet_request request, const trivet_form_config *config,
                                          trivet_form *out_form);

/* Tells of the form of a request that was read with trivet_form_open or TRIVET_POST_FORM,
 * whether it succeeded or not. TRIVET_E_AGAIN: it has not ended. TRIVET_E_NOT_FOUND: nobody
 * asked for it. Thread: handler.
 * request (value): The request.
 * out_form (borrow): Filled up to its size.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_AGAIN, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_form_get(trivet_request request, trivet_form *out_form);

/* Gives a part by its place. TRIVET_E_NOT_FOUND: there are fewer, or no form was read to its
 * end. Thread: handler.
 * request (value): The request.
 * index (value): From 0.
 * out_part (borrow): Filled up to its size.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_form_get_part(trivet_request request, size_t index,
                                              trivet_form_part *out_part);

/* Finds the next part of a name, compared byte by byte. Thread: handler.
 * request (value): The request.
 * name (borrow): The name.
 * first (value): Where to begin: 0, or behind the one found before.
 * out_index (borrow): Its place.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_NOT_FOUND. */
TRIVET_API trivet_status trivet_form_find(trivet_request request, trivet_str name, size_t first,
                                          size_t *out_index);

/* Copies content of a part, in memory or in its file. Less than capacity is copied only at the
 * end. May wait for the disk. Thread: handler.
 * request (value): The request.
 * index (value): The part.
 * offset (value): Where to begin.
 * capacity (value): How much there is room for.
 * out_bytes (borrow): The room; may be NULL when capacity is 0.
 * out_size (borrow): How much was copied.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND,
 * TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_form_read(trivet_request request, size_t index, uint64_t offset,
                                          size_t capacity, char *out_bytes, size_t *out_size);

/* Opens the content of a part for reading: a descriptor of its own, at its beginning, closed on
 * exec, that outlives the request. Content in memory is copied to a memory file. Thread:
 * handler.
 * request (value): The request.
 * index (value): The part.
 * out_fd (borrow): The descriptor, the caller's to close.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND,
 * TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_form_descriptor(trivet_request request, size_t index,
                                                int32_t *out_fd);

/* Keeps the content of a part as a file that only its owner may read and write (mode 0600). A
 * temporary file of the same file system gets the path as its name, once; all else is copied,
 * which may wait for the disk. What could not be written whole is removed. TRIVET_E_CONFLICT:
 * the path exists already. Thread: handler.
 * request (value): The request.
 * index (value): The part.
 * path (borrow): Where to, below 4096 bytes, without NUL.
 * flags (value): TRIVET_SAVE_*.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND,
 * TRIVET_E_CONFLICT, TRIVET_E_SYSTEM. */
TRIVET_API trivet_status trivet_form_save(trivet_request request, size_t index, trivet_str path,
                                          uint32_t flags);

/* ---- sse ----
 * Server-Sent Events (WHATWG HTML section 9.2): events in the answer of one request, and hubs
 * that send each event to any number of clients. Everything passed in is copied. */

/* Flags of an event: fields that are sent although they are empty. */
/* An empty id: the client forgets its Last-Event-ID. */
#define TRIVET_SSE_EVENT_ID UINT32_C(1)
/* Empty data: without a data field clients drop an event, whatever its type. */
#define TRIVET_SSE_EVENT_DATA UINT32_C(2)

/* Flags of a hub. */
/* Ids are the publisher's. Without it the hub gives each event an id of its own, which tells the
 * hub and a number that grows by one, and an event that brings one is TRIVET_E_ARGUMENT. */
#define TRIVET_SSE_HUB_OWN_IDS UINT32_C(1)

/* What becomes of a client that takes less than is published. */
/* It misses the oldest events that wait for it. */
#define TRIVET_SSE_POLICY_DROP_OLDEST UINT32_C(0)
/* Its connection closes; a browser comes back with Last-Event-ID and gets what it missed. */
#define TRIVET_SSE_POLICY_CLOSE UINT32_C(1)
/* It misses events that a later one of the same key superseded, then the oldest. */
#define TRIVET_SSE_POLICY_COALESCE UINT32_C(2)

/* One event. Begin with trivet_sse_event_init. Text is UTF-8; anything else is
 * TRIVET_E_ARGUMENT, as is an event without any field, or with a type and no data. Line ends of
 * data and comment may be CR, LF or CRLF; those of data reach the client as LF. */
struct trivet_sse_event {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_SSE_EVENT_*. */
    /* What the client sends as Last-Event-ID when it comes back: without control characters and
     * without a space at either end. Empty: none. */
    trivet_str id;
    trivet_str event; /* The type, without CR, LF and NUL. Empty: message. */
    trivet_str data; /* Any number of lines. Empty: none. */
    trivet_str comment; /* Sent before the fields and ignored by clients. Empty: none. */
    int32_t retry_ms; /* How long the client waits before it connects again, or -1. */
    uint32_t reserved; /* 0. */
    /* Not sent: under TRIVET_SSE_POLICY_COALESCE an event supersedes the earlier ones of its
     * key. Empty: the type. */
    trivet_str key;
};

/* How a stream of events begins. Begin with trivet_sse_config_init. */
struct trivet_sse_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    /* The engine sends a comment when nothing was sent for so long; at most 86400000. 0: never. */
    uint32_t heartbeat_ms;
    /* Sent at the beginning: how long the client waits before it connects again; -1: nothing is
     * sent. */
    int32_t retry_ms;
    const trivet_header *headers; /* Further fields; NULL when there are none. */
    size_t header_count; /* Number of further fields, at most 997. */
};

/* Limits and habits of a hub. Begin with trivet_sse_hub_config_init. */
struct trivet_sse_hub_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_SSE_HUB_*. */
    uint32_t policy; /* TRIVET_SSE_POLICY_*. */
    /* Last events that are kept for clients that come back: 1 to 65536. More are kept, 65536 at
     * most, while they lie within client_bytes_max of the last one, since somebody may still
     * wait for them. */
    uint32_t history_events;
    uint64_t history_bytes; /* Bytes of all that are kept: 1024 to 1073741824. */
    /* Bytes of one encoded event, at most history_bytes; more is TRIVET_E_LIMIT. */
    uint32_t event_bytes_max;
    uint32_t subscribers_max; /* Clients at a time: 1 to 1048576; one more is TRIVET_E_LIMIT. */
    /* Bytes that may wait for one client before the policy applies, at most history_bytes. What
     * a client that comes back has missed does not count. */
    uint64_t client_bytes_max;
    /* Clients get a comment when nothing was published for so long; at most 86400000. 0: never. */
    uint32_t heartbeat_ms;
    /* Sent to each client at the beginning: how long it waits before it connects again; -1:
     * nothing is sent. */
    int32_t retry_ms;
};

/* What a hub has done. Set size before the call. */
struct trivet_sse_hub_info {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* As configured. */
    uint64_t subscribers; /* Clients now. */
    uint64_t subscribers_total; /* Clients so far. */
    uint64_t published_total; /* Events taken. */
    uint64_t delivered_total; /* Events handed to the kernel, counted for each client. */
    uint64_t dropped_total; /* Events that slow clients missed, superseded ones not among them. */
    /* Events that slow clients missed because a later one of the same key was there. */
    uint64_t superseded_total;
    uint64_t closed_total; /* Slow clients closed by TRIVET_SSE_POLICY_CLOSE. */
    /* Clients that came back with an id that is no longer known, and got all that is kept. */
    uint64_t gaps_total;
    uint64_t history_events; /* Events kept now for clients that come back. */
    uint64_t history_bytes; /* Their bytes. */
};

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * event (borrow): To fill.
 * size (value): sizeof(trivet_sse_event) of the caller. */
TRIVET_API void trivet_sse_event_init(trivet_sse_event *event, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_sse_config) of the caller. */
TRIVET_API void trivet_sse_config_init(trivet_sse_config *config, size_t size);

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_sse_hub_config) of the caller. */
TRIVET_API void trivet_sse_hub_config_init(trivet_sse_hub_config *config, size_t size);

/* Writes an event as it stands in a stream, ready for trivet_reply_write and TRIVET_POST_WRITE.
 * Thread: any.
 * event (borrow): The event.
 * capacity (value): Room at out_text in bytes.
 * out_text (borrow): Room for the text, which is not NUL-terminated; NULL when capacity is 0.
 * out_size (borrow): Length of the text, also when it was too long for the room
 * (TRIVET_E_LIMIT); nothing is written then.
 * out_error (own): Set on failure but TRIVET_E_LIMIT; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_sse_encode(const trivet_sse_event *event, size_t capacity,
                                           char *out_text, size_t *out_size,
                                           trivet_error **out_error);

/* Begins an answer of events: status 200, Content-Type text/event-stream, and, unless the
 * further fields have them, Cache-Control no-cache, no-transform and X-Accel-Buffering no. Then
 * as after trivet_reply_begin with an unknown length: events follow with trivet_sse_send,
 * encoded ones with trivet_reply_write, and trivet_reply_end or trivet_reply_abort end it.
 * TRIVET_E_HEADER, TRIVET_E_ARGUMENT and TRIVET_E_STATE leave the request unanswered. Thread:
 * owner.
 * request (value): The request.
 * config (borrow): Copied; NULL for the defaults.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_sse_begin(trivet_request request, const trivet_sse_config *config);

/* Sends an event in an answer that trivet_sse_begin or trivet_reply_begin began; else as
 * trivet_reply_write. TRIVET_E_LIMIT: 4 MiB wait already, and the event was not taken. Thread:
 * owner.
 * request (value): The request.
 * event (borrow): The event.
 * out_wait (borrow): 1 when more than 256 KiB wait and the writer should until it is told, else
 * 0.
 * out_error (own): Set when the event cannot be said (TRIVET_E_ARGUMENT); may be NULL.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_LIMIT, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_sse_send(trivet_request request, const trivet_sse_event *event,
                                         uint32_t *out_wait, trivet_error **out_error);

/* Makes a hub, at any time in the app's life. TRIVET_E_LIMIT: 65536 hubs of this process are
 * open. Thread: any.
 * app (borrow): The app whose requests subscribe; freeing it closes the hub.
 * config (borrow): Copied; NULL for the defaults.
 * out_hub (borrow): The hub.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_MEMORY, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_sse_hub_open(trivet_app *app, const trivet_sse_hub_config *config,
                                             trivet_sse_hub *out_hub, trivet_error **out_error);

/* Encodes an event once and sends it to every subscriber. A client that subscribes before the
 * call returns has it either way, and never twice. TRIVET_E_LIMIT: it is longer than
 * event_bytes_max. Thread: any.
 * hub (value): The hub.
 * event (borrow): The event.
 * out_error (own): Set on failure but TRIVET_E_STALE; may be NULL.
 * Fails: TRIVET_E_STALE, TRIVET_E_ARGUMENT, TRIVET_E_LIMIT, TRIVET_E_MEMORY. */
TRIVET_API trivet_status trivet_sse_hub_publish(trivet_sse_hub hub, const trivet_sse_event *event,
                                                trivet_error **out_error);

/* Reads the hub's counters. Thread: any.
 * hub (value): The hub.
 * out_info (borrow): Filled up to its size.
 * Fails: TRIVET_E_STALE, TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_sse_hub_get_info(trivet_sse_hub hub, trivet_sse_hub_info *out_info);

/* Ends the hub: each subscriber gets what was published before, then the end of its answer.
 * Thread: any.
 * hub (value): The hub.
 * Fails: TRIVET_E_STALE. */
TRIVET_API trivet_status trivet_sse_hub_close(trivet_sse_hub hub);

/* Answers a request with the events of a hub, with a head as that of trivet_sse_begin: first
 * those that the hub keeps after the last event id, then each as it is published, until the
 * client leaves, the hub closes or the loop drains. With TRIVET_OK the request has ended for the
 * caller: its handle is stale. TRIVET_E_HEADER, TRIVET_E_ARGUMENT, TRIVET_E_STATE and
 * TRIVET_E_LIMIT (subscribers_max) leave it unanswered; so does TRIVET_E_STALE when it is the
 * hub's. HEAD gets the head alone. Thread: owner.
 * request (value): The request.
 * hub (value): A hub of the request's app.
 * last_event_id (borrow): The id of the last event the client has seen, empty for none; NULL for
 * what its Last-Event-ID field says. An id that is not known (any more) gives all that is kept.
 * headers (borrow): Further fields; NULL when there are none.
 * header_count (value): Their number, at most 997.
 * Fails: TRIVET_E_STALE, TRIVET_E_THREAD, TRIVET_E_ARGUMENT, TRIVET_E_HEADER, TRIVET_E_GONE,
 * TRIVET_E_MEMORY, TRIVET_E_STATE, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_sse_subscribe(trivet_request request, trivet_sse_hub hub,
                                              const trivet_str *last_event_id,
                                              const trivet_header *headers, size_t header_count);

/* ---- cookie ----
 * Cookies to set (RFC 6265bis). Those of a request are read with trivet_request_cookie. */

/* Flags of a cookie. Without them it is as safe as it can be: sent over TLS alone, and out of
 * the reach of scripts. */
/* Without Secure: sent over plain HTTP, too. Browsers take Secure cookies of plain HTTP from
 * loopback addresses only. */
#define TRIVET_COOKIE_INSECURE UINT32_C(1)
/* Without HttpOnly: document.cookie has it. */
#define TRIVET_COOKIE_SCRIPTS UINT32_C(2)
/* Partitioned: one jar for each site that embeds this one. Not with TRIVET_COOKIE_INSECURE. */
#define TRIVET_COOKIE_PARTITIONED UINT32_C(4)

/* Which requests that other sites cause have the cookie. */
/* Those of links that a user follows. */
#define TRIVET_SAME_SITE_LAX UINT32_C(0)
/* None. */
#define TRIVET_SAME_SITE_STRICT UINT32_C(1)
/* All. Not with TRIVET_COOKIE_INSECURE. */
#define TRIVET_SAME_SITE_NONE UINT32_C(2)

/* A cookie to set. Begin with trivet_cookie_init. */
struct trivet_cookie {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* TRIVET_COOKIE_*. */
    /* A token. A name that begins with __Secure-, __Host-, __Http- or __Host-Http- must keep
     * what that promises. */
    trivet_str name;
    /* Visible ASCII without comma, semicolon and backslash, perhaps between two double quotes.
     * Name and value together are at most 4096 bytes. */
    trivet_str value;
    /* A host name, RFC 1035; its subdomains get the cookie as well. Empty: the host of the
     * request alone. */
    trivet_str domain;
    /* Begins with a slash; what lies under it has the cookie. Empty: /, every path. */
    trivet_str path;
    /* Seconds since 1970, up to the year 9999; 0 removes the cookie. -1: none, and without
     * max_age_s, too, the cookie ends with the browser's session. */
    int64_t expires;
    int64_t max_age_s; /* Seconds the cookie lives, at least 1, which beats expires. -1: none. */
    uint32_t same_site; /* TRIVET_SAME_SITE_*. */
    uint32_t reserved; /* 0. */
};

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * cookie (borrow): To fill.
 * size (value): sizeof(trivet_cookie) of the caller. */
TRIVET_API void trivet_cookie_init(trivet_cookie *cookie, size_t size);

/* Writes the value of a Set-Cookie field, for the headers of any answer. What no browser could
 * take is TRIVET_E_ARGUMENT, with the reason in the error. Thread: any.
 * cookie (borrow): The cookie.
 * capacity (value): Room at out_text in bytes.
 * out_text (borrow): Room for the value, which is not NUL-terminated; NULL when capacity is 0.
 * out_size (borrow): Length of the value, also when it was too long for the room
 * (TRIVET_E_LIMIT); nothing is written then.
 * out_error (own): Set on failure but TRIVET_E_LIMIT; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_cookie_encode(const trivet_cookie *cookie, size_t capacity,
                                              char *out_text, size_t *out_size,
                                              trivet_error **out_error);

/* ---- openapi ----
 * The OpenAPI 3.1 document of an app, made of its routes when it is frozen, and the pages that
 * show it: Swagger UI and Scalar, whose files are part of the library, so that no browser asks
 * anybody else. Paths and path parameters are those of the patterns, and every operation names
 * the problems that the engine and its handler may answer with; what else there is to say of an
 * operation the program says. HEAD that GET answers, OPTIONS that the engine answers, and
 * methods that OpenAPI does not know are not described. */

/* What the document says of the app, and where it is served. Begin with
 * trivet_openapi_config_init. */
struct trivet_openapi_config {
    uint32_t size; /* Size of the struct the caller was compiled with. */
    uint32_t flags; /* No flags yet; must be 0. */
    trivet_str title; /* Title of the API. Copied. */
    trivet_str version; /* Its version. Copied. */
    trivet_str description; /* More about it, in CommonMark; empty for nothing. Copied. */
    /* Where the document is served; empty for nowhere, and then no page is either. Copied. */
    trivet_str path;
    /* Where Swagger UI shows it, with its files below; empty for nowhere. Copied. */
    trivet_str docs_path;
    trivet_str reference_path; /* The same with Scalar. Copied. */
    /* URLs of the servers, as names, and descriptions, which may be empty; none for the one that
     * the document comes from. Copied. */
    const trivet_param *servers;
    size_t server_count; /* Number of servers, at most 100. */
};

/* Fills in the defaults of the fields that fit into size bytes. Thread: any.
 * config (borrow): To fill.
 * size (value): sizeof(trivet_openapi_config) of the caller. */
TRIVET_API void trivet_openapi_config_init(trivet_openapi_config *config, size_t size);

/* Has the app's document and the pages that show it served, by GET and HEAD, on every host,
 * without the app's hooks; a route of the program for one of these paths is left alone. Called
 * again, it replaces what it was told before. An app that does not call it serves none, and
 * trivet_openapi_document still gives the document. Thread: before_start.
 * app (borrow): The app.
 * config (borrow): NULL for the defaults.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_STATE, TRIVET_E_LIMIT. */
TRIVET_API trivet_status trivet_openapi_serve(trivet_app *app, const trivet_openapi_config *config,
                                              trivet_error **out_error);

/* Says of a route what its pattern does not: an Operation Object of OpenAPI 3.1 as JSON, at most
 * 1 MiB. Path parameters that it leaves out are added, as are an operationId, the group's last
 * word as a tag, the host as a server, and the answers 400, 404, 413, 415, 422, 500 and default
 * where they may occur. An empty text leaves the route out of the document. Told again, it is
 * replaced. Thread: before_start.
 * app (borrow): The app.
 * index (value): The route, as of trivet_app_get_route: the latest one is trivet_app_route_count
 * less one.
 * operation (borrow): JSON, or empty. Copied.
 * out_error (own): Set on failure; may be NULL. Its detail says what is wrong and where.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_NOT_FOUND, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_openapi_operation(trivet_app *app, size_t index,
                                                  trivet_str operation, trivet_error **out_error);

/* Adds a schema that operations refer to as #/components/schemas/name: JSON Schema 2020-12, at
 * most 1 MiB. Problem is there already, the schema of problem details. Once more with the same
 * JSON is no conflict. At most 10000. Thread: before_start.
 * app (borrow): The app.
 * name (borrow): Letters, digits, points, hyphens and underscores, at most 256. Copied.
 * schema (borrow): JSON. Copied.
 * out_error (own): Set on failure; may be NULL.
 * Fails: TRIVET_E_ARGUMENT, TRIVET_E_CONFLICT, TRIVET_E_LIMIT, TRIVET_E_STATE. */
TRIVET_API trivet_status trivet_openapi_schema(trivet_app *app, trivet_str name, trivet_str schema,
                                               trivet_error **out_error);

/* Gives the document as JSON, whether it is served or not. Freezes the app: before its first
 * loop is made, only on the thread that builds it. Thread: any.
 * app (borrow): The app.
 * out_document (borrow): The document, which lives as long as the app.
 * Fails: TRIVET_E_ARGUMENT. */
TRIVET_API trivet_status trivet_openapi_document(trivet_app *app, trivet_str *out_document);

#ifdef __cplusplus
}
#endif

#endif /* TRIVET_H_ */
