/* Content in pieces on Trivet in C: POST /upload counts what arrives, GET /pieces/{n} writes pieces
 * of 64 KiB, GET /events/{n} writes events one by one. Flags of trivet_app_main: --port, --engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet.h>

enum { kPieceBytes = 65536, kTextBytes = 32 };

static char piece[kPieceBytes];

/* Of one request, from its head to its answer. */
struct stream {
    trivet_request request;
    uint64_t size, number, count;
    int is_of_events;
};

static void drop_stream(void *user_data) { free(user_data); }

static uint64_t integer(trivet_str text) {
    char copy[24];
    size_t size = text.size < sizeof copy ? text.size : sizeof copy - 1;
    memcpy(copy, text.data, size);
    copy[size] = 0;
    return strtoull(copy, NULL, 10);
}

static void count_more(struct stream *stream) {
    trivet_request request = stream->request;
    for (;;) {
        trivet_str bytes;
        trivet_status status = trivet_request_read(request, &bytes);
        if (status == TRIVET_E_AGAIN) return;
        if (status != TRIVET_OK) {
            trivet_reply_fail(request, trivet_lit("the content broke off"), trivet_lit(""));
            return;
        }
        if (bytes.size == 0) break;
        stream->size += bytes.size;
    }
    char text[24];
    int size = snprintf(text, sizeof text, "%llu", (unsigned long long)stream->size);
    trivet_reply_text(request, 200, (trivet_str){text, (size_t)size});
}

static trivet_status send_event(trivet_request request, uint64_t number, uint32_t *out_wait) {
    char id[kTextBytes], data[kTextBytes];
    trivet_sse_event event;
    trivet_sse_event_init(&event, sizeof event);
    event.id =
        (trivet_str){id, (size_t)snprintf(id, sizeof id, "%llu", (unsigned long long)number)};
    event.data = (trivet_str){
        data, (size_t)snprintf(data, sizeof data, "message %llu", (unsigned long long)number)};
    return trivet_sse_send(request, &event, out_wait, NULL);
}

static void write_more(struct stream *stream) {
    trivet_request request = stream->request;
    uint32_t must_wait = 0;
    while (stream->number < stream->count) {
        ++stream->number;
        trivet_status status =
            stream->is_of_events
                ? send_event(request, stream->number, &must_wait)
                : trivet_reply_write(request, (trivet_str){piece, kPieceBytes}, &must_wait);
        if (status != TRIVET_OK || must_wait != 0) return;
    }
    trivet_reply_end(request, NULL, 0);
}

static void on_upload_ready(trivet_request request, uint32_t ready, void *user_data) {
    if (ready == TRIVET_READY_GONE) {
        trivet_reply_abort(request);
    } else {
        count_more(user_data);
    }
}

static void on_answer_ready(trivet_request request, uint32_t ready, void *user_data) {
    if (ready == TRIVET_READY_GONE) {
        trivet_reply_abort(request);
    } else if (ready == TRIVET_READY_WRITE) {
        write_more(user_data);
    }
}

static struct stream *open_stream(trivet_request request, trivet_ready_fn on_ready) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(""));
        return NULL;
    }
    stream->request = request;
    if (trivet_request_on_ready(request, on_ready, stream, drop_stream) != TRIVET_OK) {
        trivet_reply_fail(request, trivet_lit("no callback"), trivet_lit(""));
        return NULL;
    }
    return stream;
}

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static void upload(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    struct stream *stream = open_stream(request, on_upload_ready);
    if (stream != NULL) count_more(stream);
}

static void answer(trivet_request request, const trivet_request_view *view, int is_of_events) {
    struct stream *stream = open_stream(request, on_answer_ready);
    if (stream == NULL) return;
    stream->count = integer(view->params[0].value);
    stream->is_of_events = is_of_events;
    trivet_reply head;
    trivet_reply_init(&head, sizeof head);
    head.content = TRIVET_CONTENT_BYTES;
    trivet_status status = is_of_events ? trivet_sse_begin(request, NULL)
                                        : trivet_reply_begin(request, TRIVET_LENGTH_UNKNOWN, &head);
    if (status == TRIVET_OK) write_more(stream);
}

static void pieces(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    answer(request, view, 0);
}

static void events(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    answer(request, view, 1);
}

static int route(trivet_app *app, const char *method, const char *pattern, trivet_handler handler,
                 uint32_t flags) {
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.flags = flags;
    config.body_bytes_max = UINT64_C(1) << 30;
    return trivet_app_route(app, trivet_lit(method), trivet_lit(pattern), &config, handler, NULL,
                            NULL, NULL) != TRIVET_OK;
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    if (app == NULL) return 1;
    memset(piece, 'x', sizeof piece);
    int failed = route(app, "GET", "/hello", hello, 0);
    failed |= route(app, "POST", "/upload", upload, TRIVET_ROUTE_STREAM);
    failed |= route(app, "GET", "/pieces/{n:int}", pieces, 0);
    failed |= route(app, "GET", "/events/{n:int}", events, 0);
    return failed ? 1 : trivet_app_main(app, argc, argv);
}
