# generated from capi/spec; do not edit
"""The ABI as CFFI reads it: `ffi.cdef(CDEF)`; constants by name."""

CDEF = """
typedef int32_t trivet_status;
typedef uint64_t trivet_timer;
typedef uint64_t trivet_request;
typedef uint64_t trivet_sse_hub;
typedef struct trivet_error trivet_error;
typedef struct trivet_app trivet_app;
typedef struct trivet_group trivet_group;
typedef struct trivet_middleware trivet_middleware;
typedef struct trivet_loop trivet_loop;
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
struct trivet_str {
    const char *data;
    size_t size;
};
trivet_str trivet_version(void);
uint32_t trivet_abi_version(void);
trivet_str trivet_lit(const char *literal);
trivet_str trivet_status_name(trivet_status status);
trivet_status trivet_error_status(const trivet_error *error);
trivet_str trivet_error_message(const trivet_error *error);
trivet_str trivet_error_detail(const trivet_error *error);
void trivet_error_free(trivet_error *error);
struct trivet_app_config {
    uint32_t size;
    uint32_t flags;
    uint32_t engine;
    uint32_t log_level;
    uint32_t target_bytes_max;
    uint32_t head_bytes_max;
    uint32_t header_count_max;
    uint32_t connections_max;
    uint64_t body_bytes_max;
    uint32_t head_timeout_ms;
    uint32_t body_timeout_ms;
    uint32_t idle_timeout_ms;
    uint32_t send_timeout_ms;
    uint32_t shutdown_timeout_ms;
    uint32_t backlog;
    uint32_t buffer_count;
    uint32_t buffer_bytes;
    uint32_t profile;
    trivet_str host;
    uint32_t port;
    uint32_t workers;
    uint32_t threads;
    uint32_t start_timeout_ms;
    uint32_t connections_per_address_max;
    uint32_t requests_max;
    uint32_t requests_per_connection_max;
    uint32_t request_timeout_ms;
    uint32_t keep_alive_timeout_ms;
    uint32_t body_rate_min;
    uint32_t send_rate_min;
    uint32_t body_decompress;
    uint32_t body_ratio_max;
    trivet_str tls_certificate;
    trivet_str tls_key;
    trivet_str tls_staple;
    trivet_str tls_client_ca;
    uint32_t tls_client_auth;
    uint32_t tls_min_version;
    uint32_t tls_session_timeout_ms;
    trivet_str trusted_proxies;
    uint32_t forwarded;
    uint32_t forwarded_host;
    uint32_t proxy_protocol;
    trivet_str also_listen;
    uint32_t compress;
    uint32_t compress_min_bytes;
    uint32_t etag;
    trivet_str static_folders;
};
struct trivet_route_hooks {
    trivet_str before;
    trivet_str after;
};
struct trivet_route_config {
    uint32_t size;
    uint32_t flags;
    trivet_str site;
    trivet_str name;
    trivet_str host;
    trivet_group *group;
    const trivet_param *metadata;
    size_t metadata_count;
    uint64_t body_bytes_max;
    uint32_t body_timeout_ms;
    uint32_t body_rate_min;
    uint32_t request_timeout_ms;
    uint32_t send_rate_min;
    uint32_t requests_max;
    uint32_t decompress;
    trivet_middleware **middleware;
    size_t middleware_count;
    trivet_str body_schema;
};
struct trivet_group_config {
    uint32_t size;
    uint32_t flags;
    trivet_group *parent;
    trivet_str host;
    trivet_str site;
    uint64_t body_bytes_max;
    uint32_t body_timeout_ms;
    uint32_t body_rate_min;
    uint32_t request_timeout_ms;
    uint32_t send_rate_min;
    uint32_t requests_max;
    uint32_t decompress;
};
struct trivet_route_info {
    uint32_t size;
    uint32_t flags;
    trivet_str methods;
    trivet_str pattern;
    trivet_str host;
    trivet_str name;
    trivet_str site;
    const trivet_param *metadata;
    size_t metadata_count;
    void *user_data;
    size_t before_count;
    size_t after_count;
};
struct trivet_setting_info {
    uint32_t size;
    uint32_t flags;
    trivet_str key;
    trivet_str variable;
    trivet_str value;
    trivet_str default_value;
    uint32_t source;
    uint32_t kind;
    trivet_str place;
    trivet_str allowed;
    trivet_str help;
    uint64_t low;
    uint64_t high;
};
struct trivet_static_config {
    uint32_t size;
    uint32_t flags;
    const trivet_route_config *route;
    trivet_str index;
    trivet_str fallback;
    trivet_str cache_control;
    const trivet_param *cache_rules;
    size_t cache_rule_count;
    const trivet_param *types;
    size_t type_count;
};
typedef int32_t (*trivet_before_hook)(trivet_request request, const trivet_request_view *view,
                                      void *user_data);
typedef void (*trivet_after_hook)(trivet_request request, const trivet_request_view *view,
                                  trivet_reply *reply, void *user_data);
typedef void (*trivet_error_handler)(trivet_request request, const trivet_request_view *view,
                                     uint32_t status, trivet_str detail, void *user_data);
typedef trivet_status (*trivet_lifecycle_fn)(trivet_loop *loop, void *user_data);
typedef void (*trivet_drop)(void *user_data);
typedef void (*trivet_handler)(trivet_request request, const trivet_request_view *view,
                               void *user_data);
void trivet_static_config_init(trivet_static_config *config, size_t size);
void trivet_app_config_init(trivet_app_config *config, size_t size);
void trivet_route_config_init(trivet_route_config *config, size_t size);
void trivet_group_config_init(trivet_group_config *config, size_t size);
trivet_app *trivet_app_new(void);
trivet_status trivet_app_get_config(trivet_app *app, trivet_app_config *out_config,
                                    trivet_error **out_error);
trivet_status trivet_app_configure(trivet_app *app, const trivet_app_config *config,
                                   trivet_error **out_error);
trivet_status trivet_app_get_setting(trivet_app *app, size_t index, trivet_setting_info *out_info);
trivet_status trivet_app_get_variable(trivet_app *app, size_t index, trivet_param *out_variable);
trivet_status trivet_app_route(trivet_app *app, trivet_str method, trivet_str pattern,
                               const trivet_route_config *config, trivet_handler handler,
                               void *user_data, trivet_drop drop, trivet_error **out_error);
trivet_status trivet_app_group(trivet_app *app, trivet_str prefix,
                               const trivet_group_config *config, trivet_group **out_group,
                               trivet_error **out_error);
trivet_status trivet_app_static(trivet_app *app, trivet_str prefix, trivet_str directory,
                                const trivet_static_config *config, trivet_handler handler,
                                void *user_data, trivet_drop drop, trivet_error **out_error);
trivet_status trivet_app_deliver_static(trivet_app *app, size_t index, uint32_t is_delivered);
trivet_status trivet_app_middleware(trivet_app *app, trivet_str kind, const trivet_param *options,
                                    size_t option_count, trivet_middleware **out_middleware,
                                    trivet_error **out_error);
trivet_status trivet_app_use(trivet_app *app, trivet_group *group, trivet_middleware *middleware);
trivet_status trivet_app_before(trivet_app *app, trivet_group *group, trivet_before_hook hook,
                                void *user_data, trivet_drop drop);
trivet_status trivet_app_after(trivet_app *app, trivet_group *group, trivet_after_hook hook,
                               void *user_data, trivet_drop drop);
trivet_status trivet_app_fallback(trivet_app *app, trivet_handler handler, void *user_data,
                                  trivet_drop drop);
trivet_status trivet_app_on_error(trivet_app *app, trivet_error_handler handler, void *user_data,
                                  trivet_drop drop);
trivet_status trivet_app_on_start(trivet_app *app, trivet_lifecycle_fn callback, void *user_data,
                                  trivet_drop drop);
trivet_status trivet_app_on_stop(trivet_app *app, trivet_lifecycle_fn callback, void *user_data,
                                 trivet_drop drop);
trivet_status trivet_app_url(trivet_app *app, trivet_str name, const trivet_param *params,
                             size_t param_count, const trivet_param *query, size_t query_count,
                             size_t capacity, char *out_text, size_t *out_size,
                             trivet_error **out_error);
size_t trivet_app_route_count(trivet_app *app);
trivet_status trivet_app_get_route(trivet_app *app, size_t index, trivet_route_info *out_info);
trivet_status trivet_app_inspect(trivet_app *app, const trivet_route_hooks *hooks,
                                 size_t hook_count, trivet_error **out_error);
trivet_status trivet_app_concurrency(trivet_app *app, uint32_t can_thread, uint32_t *out_workers,
                                     uint32_t *out_threads, trivet_error **out_error);
trivet_status trivet_app_inject(trivet_app *app, int32_t *out_fd, trivet_error **out_error);
trivet_status trivet_app_advance(trivet_app *app, uint64_t milliseconds);
void trivet_app_log(trivet_app *app, uint32_t level, trivet_str message);
int32_t trivet_app_main(trivet_app *app, int32_t argc, char **argv);
void trivet_app_free(trivet_app *app);
struct trivet_loop_config {
    uint32_t size;
    uint32_t flags;
    trivet_str host;
    uint32_t port;
    int32_t listen_fd;
    int32_t control_fd;
};
struct trivet_loop_info {
    uint32_t size;
    uint32_t flags;
    trivet_str engine;
    trivet_str engine_reason;
    trivet_str host;
    uint32_t port;
    uint32_t state;
    uint32_t is_secured;
    uint32_t has_kernel_tls;
};
struct trivet_loop_stats {
    uint32_t size;
    uint32_t flags;
    uint64_t connections;
    uint64_t connections_total;
    uint64_t connections_refused_total;
    uint64_t requests_in_flight;
    uint64_t requests_total;
    uint64_t handler_failures_total;
    uint64_t stale_total;
    uint64_t timeouts_total;
    uint64_t system_calls_total;
    uint64_t log_dropped_total;
    uint64_t regex_limit_total;
    uint64_t lent_total;
};
struct trivet_event {
    uint32_t kind;
    uint32_t ready;
    trivet_request request;
    const trivet_request_view *view;
    void *user_data;
    int32_t fd;
    trivet_status status;
    trivet_str content;
};
typedef void (*trivet_timer_fn)(void *user_data);
void trivet_loop_config_init(trivet_loop_config *config, size_t size);
trivet_status trivet_loop_new(trivet_app *app, const trivet_loop_config *config,
                              trivet_loop **out_loop, trivet_error **out_error);
trivet_status trivet_loop_start(trivet_loop *loop, trivet_error **out_error);
trivet_status trivet_loop_wait(trivet_loop *loop, int64_t timeout_ms);
trivet_status trivet_loop_turn(trivet_loop *loop, int64_t timeout_ms, trivet_event *events,
                               size_t capacity, size_t *out_count);
trivet_status trivet_loop_flush(trivet_loop *loop);
trivet_status trivet_loop_run(trivet_loop *loop);
int32_t trivet_loop_fd(trivet_loop *loop);
int64_t trivet_loop_deadline(trivet_loop *loop);
void trivet_loop_wake(trivet_loop *loop);
void trivet_loop_drain(trivet_loop *loop);
trivet_status trivet_loop_get_info(trivet_loop *loop, trivet_loop_info *out_info);
trivet_status trivet_loop_get_stats(trivet_loop *loop, trivet_loop_stats *out_stats);
void trivet_loop_banner(trivet_loop *loop, trivet_str runtime);
trivet_status trivet_loop_watch(trivet_loop *loop, int32_t fd, uint32_t interest);
trivet_status trivet_loop_timer_start(trivet_loop *loop, uint64_t delay_ms,
                                      trivet_timer_fn callback, void *user_data, trivet_drop drop,
                                      trivet_timer *out_timer);
trivet_status trivet_loop_timer_cancel(trivet_loop *loop, trivet_timer timer);
void trivet_loop_free(trivet_loop *loop);
struct trivet_header {
    trivet_str name;
    trivet_str value;
};
struct trivet_param {
    trivet_str name;
    trivet_str value;
};
struct trivet_request_view {
    uint32_t size;
    uint32_t flags;
    uint64_t id;
    trivet_str method;
    trivet_str target;
    trivet_str path;
    trivet_str query;
    trivet_str body;
    const trivet_header *headers;
    size_t header_count;
    const trivet_param *params;
    size_t param_count;
    uint32_t version;
    uint32_t refusal;
};
struct trivet_client {
    uint32_t size;
    uint32_t flags;
    trivet_str address;
    uint32_t port;
    uint32_t hops;
    trivet_str scheme;
    trivet_str host;
    trivet_str tls_version;
    trivet_str tls_cipher;
    trivet_str tls_server_name;
    trivet_str certificate_subject;
    trivet_str certificate_fingerprint;
    trivet_str certificate;
};
typedef void (*trivet_ready_fn)(trivet_request request, uint32_t ready, void *user_data);
trivet_status trivet_request_get(trivet_request request, const trivet_request_view **out_view);
trivet_status trivet_request_header(trivet_request request, trivet_str name, trivet_str *out_value);
trivet_status trivet_request_client(trivet_request request, const trivet_client **out_client);
trivet_status trivet_request_query(trivet_request request, trivet_str name, trivet_str *out_value);
trivet_status trivet_request_query_items(trivet_request request, const trivet_param **out_items,
                                         size_t *out_count);
trivet_status trivet_request_cookie(trivet_request request, trivet_str name, trivet_str *out_value);
trivet_status trivet_request_cookie_items(trivet_request request, const trivet_param **out_items,
                                          size_t *out_count);
trivet_status trivet_request_route(trivet_request request, trivet_route_info *out_info);
trivet_status trivet_request_attribute(trivet_request request, trivet_str name,
                                       trivet_str *out_value);
trivet_status trivet_request_set_data(trivet_request request, void *user_data, trivet_drop drop);
trivet_status trivet_request_get_data(trivet_request request, void **out_data);
trivet_status trivet_request_on_ready(trivet_request request, trivet_ready_fn callback,
                                      void *user_data, trivet_drop drop);
trivet_status trivet_request_read(trivet_request request, trivet_str *out_bytes);
trivet_status trivet_request_trailers(trivet_request request, const trivet_header **out_headers,
                                      size_t *out_count);
struct trivet_reply {
    uint32_t size;
    uint32_t flags;
    uint32_t status;
    uint32_t content;
    const trivet_header *headers;
    size_t header_count;
    trivet_str body;
};
struct trivet_reply_record {
    trivet_request request;
    uint32_t kind;
    uint32_t status;
    uint32_t content;
    uint32_t header_count;
    uint32_t headers_bytes;
    uint32_t reserved;
    uint64_t body_bytes;
    uint64_t length;
};
struct trivet_file {
    uint32_t size;
    uint32_t flags;
    uint32_t status;
    uint32_t reserved;
    trivet_str path;
    trivet_str root;
    trivet_str content_type;
    trivet_str download_name;
    trivet_str cache_control;
    const trivet_header *headers;
    size_t header_count;
};
void trivet_file_init(trivet_file *file, size_t size);
void trivet_reply_init(trivet_reply *reply, size_t size);
trivet_status trivet_reply_send(trivet_request request, const trivet_reply *reply);
trivet_status trivet_reply_text(trivet_request request, uint32_t status, trivet_str body);
trivet_status trivet_reply_html(trivet_request request, uint32_t status, trivet_str body);
trivet_status trivet_reply_xml(trivet_request request, uint32_t status, trivet_str body);
trivet_status trivet_reply_json(trivet_request request, uint32_t status, trivet_str body);
trivet_status trivet_reply_bytes(trivet_request request, uint32_t status, trivet_str body);
trivet_status trivet_reply_empty(trivet_request request, uint32_t status);
trivet_status trivet_reply_redirect(trivet_request request, uint32_t status, trivet_str location);
trivet_status trivet_reply_problem(trivet_request request, uint32_t status, trivet_str detail);
trivet_status trivet_reply_fail(trivet_request request, trivet_str cause, trivet_str detail);
trivet_status trivet_reply_add_header(trivet_request request, trivet_str name, trivet_str value);
trivet_status trivet_reply_post(trivet_loop *loop, const void *records, size_t size);
trivet_status trivet_reply_begin(trivet_request request, uint64_t length,
                                 const trivet_reply *reply);
trivet_status trivet_reply_write(trivet_request request, trivet_str bytes, uint32_t *out_wait);
trivet_status trivet_reply_end(trivet_request request, const trivet_header *trailers, size_t count);
trivet_status trivet_reply_abort(trivet_request request);
trivet_status trivet_reply_static(trivet_request request);
trivet_status trivet_reply_file(trivet_request request, const trivet_file *file);
struct trivet_supervisor_config {
    uint32_t size;
    uint32_t flags;
    trivet_str host;
    uint32_t port;
    uint32_t workers;
    uint32_t backlog;
    uint32_t start_timeout_ms;
    uint32_t shutdown_timeout_ms;
    uint32_t log_level;
    int32_t stop_fd;
    char **command;
    trivet_str also_listen;
};
struct trivet_worker_info {
    uint32_t size;
    uint32_t flags;
    uint32_t slot;
    uint32_t workers;
    int32_t listen_fd;
    int32_t control_fd;
};
typedef int32_t (*trivet_fork_fn)(uint32_t moment, void *user_data);
void trivet_supervisor_config_init(trivet_supervisor_config *config, size_t size);
trivet_status trivet_supervisor_run(const trivet_supervisor_config *config, trivet_fork_fn callback,
                                    void *user_data, trivet_drop drop, int32_t *out_exit_code,
                                    trivet_error **out_error);
trivet_status trivet_supervisor_inherit(trivet_worker_info *out_info);
struct trivet_form_config {
    uint32_t size;
    uint32_t flags;
    uint32_t fields_max;
    uint32_t files_max;
    uint32_t name_bytes_max;
    uint32_t filename_bytes_max;
    uint64_t value_bytes_max;
    uint64_t fields_bytes_max;
    uint64_t file_bytes_max;
    uint64_t memory_bytes_max;
    trivet_str directory;
};
struct trivet_form {
    uint32_t size;
    uint32_t flags;
    uint32_t refusal;
    size_t part_count;
    trivet_str detail;
};
struct trivet_form_part {
    uint32_t size;
    uint32_t flags;
    trivet_str name;
    trivet_str filename;
    trivet_str content_type;
    trivet_str value;
    uint64_t bytes;
};
void trivet_form_config_init(trivet_form_config *config, size_t size);
trivet_status trivet_form_open(trivet_request request, const trivet_form_config *config,
                               trivet_form *out_form);
trivet_status trivet_form_get(trivet_request request, trivet_form *out_form);
trivet_status trivet_form_get_part(trivet_request request, size_t index,
                                   trivet_form_part *out_part);
trivet_status trivet_form_find(trivet_request request, trivet_str name, size_t first,
                               size_t *out_index);
trivet_status trivet_form_read(trivet_request request, size_t index, uint64_t offset,
                               size_t capacity, char *out_bytes, size_t *out_size);
trivet_status trivet_form_descriptor(trivet_request request, size_t index, int32_t *out_fd);
trivet_status trivet_form_save(trivet_request request, size_t index, trivet_str path,
                               uint32_t flags);
struct trivet_sse_event {
    uint32_t size;
    uint32_t flags;
    trivet_str id;
    trivet_str event;
    trivet_str data;
    trivet_str comment;
    int32_t retry_ms;
    uint32_t reserved;
    trivet_str key;
};
struct trivet_sse_config {
    uint32_t size;
    uint32_t flags;
    uint32_t heartbeat_ms;
    int32_t retry_ms;
    const trivet_header *headers;
    size_t header_count;
};
struct trivet_sse_hub_config {
    uint32_t size;
    uint32_t flags;
    uint32_t policy;
    uint32_t history_events;
    uint64_t history_bytes;
    uint32_t event_bytes_max;
    uint32_t subscribers_max;
    uint64_t client_bytes_max;
    uint32_t heartbeat_ms;
    int32_t retry_ms;
};
struct trivet_sse_hub_info {
    uint32_t size;
    uint32_t flags;
    uint64_t subscribers;
    uint64_t subscribers_total;
    uint64_t published_total;
    uint64_t delivered_total;
    uint64_t dropped_total;
    uint64_t superseded_total;
    uint64_t closed_total;
    uint64_t gaps_total;
    uint64_t history_events;
    uint64_t history_bytes;
};
void trivet_sse_event_init(trivet_sse_event *event, size_t size);
void trivet_sse_config_init(trivet_sse_config *config, size_t size);
void trivet_sse_hub_config_init(trivet_sse_hub_config *config, size_t size);
trivet_status trivet_sse_encode(const trivet_sse_event *event, size_t capacity, char *out_text,
                                size_t *out_size, trivet_error **out_error);
trivet_status trivet_sse_begin(trivet_request request, const trivet_sse_config *config);
trivet_status trivet_sse_send(trivet_request request, const trivet_sse_event *event,
                              uint32_t *out_wait, trivet_error **out_error);
trivet_status trivet_sse_hub_open(trivet_app *app, const trivet_sse_hub_config *config,
                                  trivet_sse_hub *out_hub, trivet_error **out_error);
trivet_status trivet_sse_hub_publish(trivet_sse_hub hub, const trivet_sse_event *event,
                                     trivet_error **out_error);
trivet_status trivet_sse_hub_get_info(trivet_sse_hub hub, trivet_sse_hub_info *out_info);
trivet_status trivet_sse_hub_close(trivet_sse_hub hub);
trivet_status trivet_sse_subscribe(trivet_request request, trivet_sse_hub hub,
                                   const trivet_str *last_event_id, const trivet_header *headers,
                                   size_t header_count);
struct trivet_cookie {
    uint32_t size;
    uint32_t flags;
    trivet_str name;
    trivet_str value;
    trivet_str domain;
    trivet_str path;
    int64_t expires;
    int64_t max_age_s;
    uint32_t same_site;
    uint32_t reserved;
};
void trivet_cookie_init(trivet_cookie *cookie, size_t size);
trivet_status trivet_cookie_encode(const trivet_cookie *cookie, size_t capacity, char *out_text,
                                   size_t *out_size, trivet_error **out_error);
struct trivet_openapi_config {
    uint32_t size;
    uint32_t flags;
    trivet_str title;
    trivet_str version;
    trivet_str description;
    trivet_str path;
    trivet_str docs_path;
    trivet_str reference_path;
    const trivet_param *servers;
    size_t server_count;
};
void trivet_openapi_config_init(trivet_openapi_config *config, size_t size);
trivet_status trivet_openapi_serve(trivet_app *app, const trivet_openapi_config *config,
                                   trivet_error **out_error);
trivet_status trivet_openapi_operation(trivet_app *app, size_t index, trivet_str operation,
                                       trivet_error **out_error);
trivet_status trivet_openapi_schema(trivet_app *app, trivet_str name, trivet_str schema,
                                    trivet_error **out_error);
trivet_status trivet_openapi_document(trivet_app *app, trivet_str *out_document);
"""

CONSTANTS = {
    "TRIVET_VERSION_MAJOR": 0,
    "TRIVET_VERSION_MINOR": 1,
    "TRIVET_VERSION_PATCH": 0,
    "TRIVET_PROFILE_DEFAULT": 0,
    "TRIVET_PROFILE_LOW_MEMORY": 1,
    "TRIVET_PROFILE_HIGH_THROUGHPUT": 2,
    "TRIVET_HOOK_CONTINUE": 0,
    "TRIVET_HOOK_STOP": 1,
    "TRIVET_ROUTE_STREAM": 1,
    "TRIVET_LIMIT_NONE": 4294967295,
    "TRIVET_ENGINE_AUTO": 0,
    "TRIVET_ENGINE_URING": 1,
    "TRIVET_ENGINE_EPOLL": 2,
    "TRIVET_LOG_DEFAULT": 0,
    "TRIVET_LOG_DEBUG": 1,
    "TRIVET_LOG_INFO": 2,
    "TRIVET_LOG_WARN": 3,
    "TRIVET_LOG_ERROR": 4,
    "TRIVET_LOG_OFF": 5,
    "TRIVET_DECOMPRESS_INHERIT": 0,
    "TRIVET_DECOMPRESS_ON": 1,
    "TRIVET_DECOMPRESS_OFF": 2,
    "TRIVET_CLIENT_AUTH_OFF": 0,
    "TRIVET_CLIENT_AUTH_OPTIONAL": 1,
    "TRIVET_CLIENT_AUTH_REQUIRED": 2,
    "TRIVET_TLS_V1_2": 0,
    "TRIVET_TLS_V1_3": 1,
    "TRIVET_FORWARDED_X": 0,
    "TRIVET_FORWARDED_RFC": 1,
    "TRIVET_FORWARDED_EITHER": 2,
    "TRIVET_SOURCE_DEFAULT": 0,
    "TRIVET_SOURCE_FILE": 1,
    "TRIVET_SOURCE_ENV_FILE": 2,
    "TRIVET_SOURCE_ENVIRONMENT": 3,
    "TRIVET_SOURCE_PROGRAM": 4,
    "TRIVET_SOURCE_FLAG": 5,
    "TRIVET_SETTING_NUMBER": 0,
    "TRIVET_SETTING_POWER_OF_TWO": 1,
    "TRIVET_SETTING_AUTO": 2,
    "TRIVET_SETTING_BYTES": 3,
    "TRIVET_SETTING_DURATION": 4,
    "TRIVET_SETTING_NAME": 5,
    "TRIVET_SETTING_TEXT": 6,
    "TRIVET_STATIC_DELIVERED": 1,
    "TRIVET_STATIC_DOT_FILES": 2,
    "TRIVET_STATIC_NO_SYMLINKS": 4,
    "TRIVET_STATIC_NO_VARIANTS": 8,
    "TRIVET_LOOP_UNBOUND": 1,
    "TRIVET_LOOP_REUSE_PORT": 2,
    "TRIVET_LOOP_DEFERRED": 4,
    "TRIVET_LOOP_CONFIGURED": 8,
    "TRIVET_LOOP_TEST": 16,
    "TRIVET_EVENT_REQUEST": 1,
    "TRIVET_EVENT_GONE": 2,
    "TRIVET_EVENT_WATCH": 3,
    "TRIVET_EVENT_DRAINED": 4,
    "TRIVET_EVENT_READABLE": 5,
    "TRIVET_EVENT_WRITABLE": 6,
    "TRIVET_EVENT_CONTENT": 7,
    "TRIVET_EVENT_FORM": 8,
    "TRIVET_WATCH_READ": 1,
    "TRIVET_WATCH_WRITE": 2,
    "TRIVET_WATCH_ERROR": 4,
    "TRIVET_STATE_SERVING": 1,
    "TRIVET_STATE_DRAINING": 2,
    "TRIVET_STATE_DRAINED": 3,
    "TRIVET_REQUEST_KEEP_ALIVE": 1,
    "TRIVET_REQUEST_GONE": 2,
    "TRIVET_READY_READ": 1,
    "TRIVET_READY_WRITE": 2,
    "TRIVET_READY_GONE": 4,
    "TRIVET_CLIENT_SECURED": 1,
    "TRIVET_CLIENT_FORWARDED": 2,
    "TRIVET_CLIENT_CERTIFICATE": 4,
    "TRIVET_CONTENT_NONE": 0,
    "TRIVET_CONTENT_TEXT": 1,
    "TRIVET_CONTENT_HTML": 2,
    "TRIVET_CONTENT_JSON": 3,
    "TRIVET_CONTENT_BYTES": 4,
    "TRIVET_CONTENT_PROBLEM": 5,
    "TRIVET_CONTENT_XML": 6,
    "TRIVET_LENGTH_UNKNOWN": 18446744073709551615,
    "TRIVET_POST_REPLY": 0,
    "TRIVET_POST_READ": 1,
    "TRIVET_POST_BEGIN": 2,
    "TRIVET_POST_WRITE": 3,
    "TRIVET_POST_END": 4,
    "TRIVET_POST_ABORT": 5,
    "TRIVET_POST_FORM": 6,
    "TRIVET_POST_SSE_BEGIN": 7,
    "TRIVET_POST_SSE_SUBSCRIBE": 8,
    "TRIVET_POST_FILE": 9,
    "TRIVET_POST_STATIC": 10,
    "TRIVET_FILE_DOT_FILES": 1,
    "TRIVET_FILE_NO_SYMLINKS": 2,
    "TRIVET_FORK_PREPARE": 0,
    "TRIVET_FORK_PARENT": 1,
    "TRIVET_FORK_CHILD": 2,
    "TRIVET_PART_FILE": 1,
    "TRIVET_PART_SPOOLED": 2,
    "TRIVET_SAVE_REPLACE": 1,
    "TRIVET_SSE_EVENT_ID": 1,
    "TRIVET_SSE_EVENT_DATA": 2,
    "TRIVET_SSE_HUB_OWN_IDS": 1,
    "TRIVET_SSE_POLICY_DROP_OLDEST": 0,
    "TRIVET_SSE_POLICY_CLOSE": 1,
    "TRIVET_SSE_POLICY_COALESCE": 2,
    "TRIVET_COOKIE_INSECURE": 1,
    "TRIVET_COOKIE_SCRIPTS": 2,
    "TRIVET_COOKIE_PARTITIONED": 4,
    "TRIVET_SAME_SITE_LAX": 0,
    "TRIVET_SAME_SITE_STRICT": 1,
    "TRIVET_SAME_SITE_NONE": 2,
    "TRIVET_OK": 0,
    "TRIVET_E_ARGUMENT": -1,
    "TRIVET_E_MEMORY": -2,
    "TRIVET_E_STALE": -3,
    "TRIVET_E_THREAD": -4,
    "TRIVET_E_STATE": -5,
    "TRIVET_E_PATTERN": -6,
    "TRIVET_E_CONFLICT": -7,
    "TRIVET_E_ADDRESS_IN_USE": -8,
    "TRIVET_E_ADDRESS": -9,
    "TRIVET_E_ENGINE": -10,
    "TRIVET_E_SYSTEM": -11,
    "TRIVET_E_GONE": -12,
    "TRIVET_E_HEADER": -13,
    "TRIVET_E_NOT_FOUND": -14,
    "TRIVET_E_LIMIT": -15,
    "TRIVET_E_AGAIN": -16,
    "TRIVET_E_TIMEOUT": -17,
    "TRIVET_E_PROTOCOL": -18,
    "TRIVET_E_MEDIA_TYPE": -19,
}

# The callbacks a client may pass, for ffi.callback.
CALLBACKS = (
    "trivet_before_hook",
    "trivet_after_hook",
    "trivet_error_handler",
    "trivet_lifecycle_fn",
    "trivet_drop",
    "trivet_handler",
    "trivet_timer_fn",
    "trivet_ready_fn",
    "trivet_fork_fn",
)
