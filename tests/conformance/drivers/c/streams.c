// Content in pieces: requests that are read as they arrive, answers that are written as they are
// made. Each stream goes on when an event or, where there are none, its callback says so.
#define _GNU_SOURCE
#include "driver.h"

#include <openssl/evp.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kPieceBytes = 16384 };

enum way { kEcho, kCount, kPieces, kBytes, kBroken, kForm, kKeptForm, kEvents };

// Kept with its request, as the request's data, and in its driver's list.
struct stream {
    struct driver *driver;
    struct stream *next;
    enum way way;
    trivet_request request;
    EVP_MD_CTX *digest;
    int64_t total;
    int64_t done;
    bool is_begun;
};

static void stream_drop(void *user_data) {
    struct stream *stream = user_data;
    struct stream **link = &stream->driver->streams;
    while (*link != stream) {
        link = &(*link)->next;
    }
    *link = stream->next;
    EVP_MD_CTX_free(stream->digest);
    free(stream);
}

static trivet_status begin(struct stream *stream, uint64_t length) {
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.content = stream->way == kPieces ? TRIVET_CONTENT_TEXT : TRIVET_CONTENT_BYTES;
    stream->is_begun = true;
    return trivet_reply_begin(stream->request, length, &reply);
}

static void fail(struct stream *stream, const char *what) {
    trivet_reply_fail(stream->request, trivet_lit(what), trivet_lit(NULL));
}

// Reads what there is and hands it to `take`, which says whether to go on. TRIVET_OK at the end of
// the content, TRIVET_E_AGAIN when there is more to come.
static trivet_status read_all(struct stream *stream, bool (*take)(struct stream *, trivet_str)) {
    for (;;) {
        trivet_str bytes;
        trivet_status status = trivet_request_read(stream->request, &bytes);
        if (status != TRIVET_OK || bytes.size == 0) {
            return status;
        }
        if (!take(stream, bytes)) {
            return TRIVET_E_AGAIN;
        }
    }
}

static bool write_back(struct stream *stream, trivet_str bytes) {
    uint32_t wait = 0;
    trivet_status status = trivet_reply_write(stream->request, bytes, &wait);
    return status == TRIVET_OK && wait == 0;
}

static void go_echo(struct stream *stream) {
    if (!stream->is_begun && begin(stream, TRIVET_LENGTH_UNKNOWN) != TRIVET_OK) {
        return;
    }
    trivet_status status = read_all(stream, write_back);
    if (status == TRIVET_OK) {
        const trivet_header *trailers = NULL;
        size_t count = 0;
        trivet_request_trailers(stream->request, &trailers, &count);
        trivet_reply_end(stream->request, trailers, count);
    } else if (status != TRIVET_E_AGAIN && status != TRIVET_E_STALE) {
        fail(stream, "the content broke off");
    }
}

static bool digest_more(struct stream *stream, trivet_str bytes) {
    EVP_DigestUpdate(stream->digest, bytes.data, bytes.size);
    stream->done += (int64_t)bytes.size;
    return true;
}

static void answer_count(struct stream *stream) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char text[3];
    struct json json = {0};
    const trivet_header *trailers = NULL;
    size_t count = 0;
    trivet_request_trailers(stream->request, &trailers, &count);
    json_raw(&json, "{\"bytes\":");
    json_integer(&json, stream->done);
    json_raw(&json, ",\"sha256\":\"");
    EVP_DigestFinal_ex(stream->digest, digest, &size);
    for (unsigned int i = 0; i < size; i++) {
        snprintf(text, sizeof text, "%02x", digest[i]);
        json_raw(&json, text);
    }
    json_raw(&json, "\",\"trailers\":[");
    for (size_t i = 0; i < count; i++) {
        json_raw(&json, i == 0 ? "[" : ",[");
        json_string(&json, trailers[i].name);
        json_raw(&json, ",");
        json_string(&json, trailers[i].value);
        json_raw(&json, "]");
    }
    json_raw(&json, "]}");
    reply_built(stream->request, &json);
}

static void go_count(struct stream *stream) {
    trivet_status status = read_all(stream, digest_more);
    if (status == TRIVET_OK) {
        answer_count(stream);
    } else if (status != TRIVET_E_AGAIN && status != TRIVET_E_STALE) {
        fail(stream, "the content broke off");
    }
}

// Numbered lines; the trailer says how many.
static void go_pieces(struct stream *stream) {
    char text[64];
    if (!stream->is_begun && begin(stream, TRIVET_LENGTH_UNKNOWN) != TRIVET_OK) {
        return;
    }
    while (stream->done < stream->total) {
        int size = snprintf(text, sizeof text, "piece %" PRId64 "\n", ++stream->done);
        if (!write_back(stream, (trivet_str){text, (size_t)size})) {
            return;
        }
    }
    int size = snprintf(text, sizeof text, "%" PRId64, stream->total);
    const trivet_header trailer = {trivet_lit("x-pieces"), {text, (size_t)size}};
    trivet_reply_end(stream->request, &trailer, 1);
}

static void go_bytes(struct stream *stream) {
    static char piece[kPieceBytes];
    memset(piece, 'x', sizeof piece);
    if (!stream->is_begun && begin(stream, (uint64_t)stream->total) != TRIVET_OK) {
        return;
    }
    while (stream->done < stream->total) {
        int64_t left = stream->total - stream->done;
        size_t size = left < kPieceBytes ? (size_t)left : kPieceBytes;
        stream->done += (int64_t)size;
        if (!write_back(stream, (trivet_str){piece, size})) {
            return;
        }
    }
    trivet_reply_end(stream->request, NULL, 0);
}

// Fails in the middle of its answer.
static void go_broken(struct stream *stream) {
    if (begin(stream, TRIVET_LENGTH_UNKNOWN) == TRIVET_OK) {
        write_back(stream, trivet_lit("half of it"));
        fail(stream, "the handler failed in the middle");
    }
}

static void go_form(struct stream *stream) { form_go(stream->request); }

static void go_kept_form(struct stream *stream) { form_keep_go(stream->request); }

static void go_events(struct stream *stream) {
    char id[32];
    char data[32];
    if (!stream->is_begun) {
        stream->is_begun = true;
        if (trivet_sse_begin(stream->request, NULL) != TRIVET_OK) {
            return;
        }
    }
    while (stream->done < stream->total) {
        uint32_t wait = 0;
        trivet_sse_event event;
        trivet_sse_event_init(&event, sizeof event);
        snprintf(id, sizeof id, "%" PRId64, ++stream->done);
        snprintf(data, sizeof data, "event %" PRId64, stream->done);
        event.id = trivet_lit(id);
        event.data = trivet_lit(data);
        if (trivet_sse_send(stream->request, &event, &wait, NULL) != TRIVET_OK || wait != 0) {
            return;
        }
    }
    trivet_reply_end(stream->request, NULL, 0);
}

static void stream_go(struct stream *stream) {
    static void (*const ways[])(struct stream *) = {go_echo,   go_count, go_pieces,    go_bytes,
                                                    go_broken, go_form,  go_kept_form, go_events};
    ways[stream->way](stream);
}

static void stream_ready(trivet_request request, uint32_t ready, void *user_data) {
    if (ready == TRIVET_READY_GONE) {
        trivet_reply_abort(request);
    } else {
        stream_go(user_data);
    }
}

void streams_event(struct driver *driver, const trivet_event *event) {
    uint32_t ready = event->kind == TRIVET_EVENT_GONE ? TRIVET_READY_GONE : TRIVET_READY_READ;
    for (struct stream *stream = driver->streams; stream != NULL; stream = stream->next) {
        if (stream->request == event->request) {
            stream_ready(event->request, ready, stream);
            return;
        }
    }
}

static void stream_start(struct driver *driver, trivet_request request, enum way way,
                         int64_t total) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        return;
    }
    stream->driver = driver;
    stream->next = driver->streams;
    driver->streams = stream;
    stream->way = way;
    stream->request = request;
    stream->total = total;
    stream->digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(stream->digest, EVP_sha256(), NULL);
    trivet_request_set_data(request, stream, stream_drop);
    if (!has_events(driver->program)) {
        trivet_request_on_ready(request, stream_ready, stream, NULL);
    }
    stream_go(stream);
}

static void answer_echo(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)view;
    stream_start(driver, request, kEcho, 0);
}

void answer_counted(struct driver *driver, trivet_request request,
                    const trivet_request_view *view) {
    (void)view;
    stream_start(driver, request, kCount, 0);
}

void answer_streamed_form(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)view;
    stream_start(driver, request, kForm, 0);
}

void answer_kept_form(struct driver *driver, trivet_request request,
                      const trivet_request_view *view) {
    (void)view;
    stream_start(driver, request, kKeptForm, 0);
}

void answer_pieces(struct driver *driver, trivet_request request, const trivet_request_view *view) {
    stream_start(driver, request, kPieces, param_integer(view, "n"));
}

void answer_bytes(struct driver *driver, trivet_request request, const trivet_request_view *view) {
    stream_start(driver, request, kBytes, param_integer(view, "n"));
}

static void answer_broken(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)view;
    stream_start(driver, request, kBroken, 0);
}

void stream_events(struct driver *driver, trivet_request request, int64_t count) {
    stream_start(driver, request, kEvents, count);
}

static void answer_early(struct driver *driver, trivet_request request,
                         const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("early"));
}

// What calls give that come too early, too late or with too much. Answers in pieces of its own.
void op_stream_order(struct driver *driver, trivet_request request) {
    (void)driver;
    static const trivet_header forbidden = {{"Content-Length", 14}, {"1", 1}};
    struct json json = {0};
    trivet_str bytes;
    uint32_t wait = 0;
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.content = TRIVET_CONTENT_JSON;
    trivet_status write_first = trivet_reply_write(request, trivet_lit("x"), &wait);
    trivet_status end_first = trivet_reply_end(request, NULL, 0);
    trivet_status read = trivet_request_read(request, &bytes);
    trivet_status first = trivet_reply_begin(request, TRIVET_LENGTH_UNKNOWN, &reply);
    trivet_status second = trivet_reply_begin(request, TRIVET_LENGTH_UNKNOWN, &reply);
    trivet_status whole = trivet_reply_text(request, 200, trivet_lit("x"));
    trivet_status trailer = trivet_reply_end(request, &forbidden, 1);
    json_raw(&json, "{");
    json_status(&json, "write_first", write_first);
    json_raw(&json, ",");
    json_status(&json, "end_first", end_first);
    json_raw(&json, ",");
    json_status(&json, "read", read);
    json_raw(&json, ",");
    json_status(&json, "begin", first);
    json_raw(&json, ",");
    json_status(&json, "begin_twice", second);
    json_raw(&json, ",");
    json_status(&json, "whole", whole);
    json_raw(&json, ",");
    json_status(&json, "trailer", trailer);
    json_raw(&json, "}");
    trivet_reply_write(request, (trivet_str){json.data, json.size}, &wait);
    json_free(&json);
    trivet_reply_end(request, NULL, 0);
}

bool streams_add(struct program *program) {
    static struct driver_route routes[] = {
        {.method = "POST",
         .pattern = "/stream/echo",
         .answer = answer_echo,
         .as_event = true,
         .streams = true},
        {.method = "POST",
         .pattern = "/stream/count",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.body_bytes_max = UINT64_C(1) << 40}},
        {.method = "POST",
         .pattern = "/stream/small",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.body_bytes_max = 16}},
        {.method = "GET",
         .pattern = "/stream/pieces/{n:int}",
         .answer = answer_pieces,
         .as_event = true},
        {.method = "GET",
         .pattern = "/stream/bytes/{n:int}",
         .answer = answer_bytes,
         .as_event = true},
        {.method = "POST",
         .pattern = "/stream/early",
         .answer = answer_early,
         .as_event = true,
         .streams = true},
        {.method = "GET", .pattern = "/stream/broken", .answer = answer_broken, .as_event = true},
    };
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
