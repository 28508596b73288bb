/* The arena's endpoints on Trivet in C. Flags of trivet_app_main: --port, --engine. The dataset
 * that BENCH_DATASET names is read at start; items are kept as JSON without their last brace. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet.h>

enum { kItemsMax = 64, kItemBytes = 512, kAnswerBytes = kItemsMax * (kItemBytes + 32) };

typedef struct {
    char text[kItemBytes]; /* {"id":1, ... "count":5} without the last brace */
    size_t size;
    int64_t price, quantity;
} Item;

static Item items[kItemsMax];
static size_t item_count;
static _Thread_local trivet_loop *loop_here;

static int64_t integer(trivet_str text) {
    char copy[24];
    size_t size = text.size < sizeof copy ? text.size : sizeof copy - 1;
    memcpy(copy, text.data, size);
    copy[size] = 0;
    return strtoll(copy, NULL, 10);
}

static int64_t query_integer(trivet_request request, const char *name) {
    trivet_str value = {"", 0};
    return trivet_request_query(request, trivet_lit(name), &value) == TRIVET_OK ? integer(value)
                                                                                : 0;
}

__attribute__((format(printf, 2, 3))) static void reply(trivet_request request, const char *form,
                                                        ...) {
    char text[512];
    va_list values;
    va_start(values, form);
    int size = vsnprintf(text, sizeof text, form, values);
    va_end(values);
    trivet_reply_text(request, 200, (trivet_str){text, (size_t)size});
}

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

static void pipeline(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("ok"));
}

static void baseline(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    int64_t sum = query_integer(request, "a") + query_integer(request, "b");
    if (view->body.size != 0) sum += integer(view->body);
    reply(request, "%lld", (long long)sum);
}

static void sold_items(trivet_request request, const trivet_request_view *view, void *user_data) {
    static _Thread_local char answer[kAnswerBytes];
    (void)user_data;
    int64_t count = integer(view->params[0].value), m = query_integer(request, "m");
    if (count < 0 || (size_t)count > item_count) {
        trivet_reply_problem(request, 404, trivet_lit("there are fewer items"));
        return;
    }
    char *at = answer + sprintf(answer, "{\"items\":[");
    for (int64_t i = 0; i < count; ++i) {
        if (i != 0) *at++ = ',';
        memcpy(at, items[i].text, items[i].size);
        at += items[i].size;
        at += sprintf(at, ",\"total\":%lld}", (long long)(items[i].price * items[i].quantity * m));
    }
    at += sprintf(at, "],\"count\":%lld}", (long long)count);
    trivet_reply_json(request, 200, (trivet_str){answer, (size_t)(at - answer)});
}

static void upload(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    reply(request, "%zu", view->body.size);
}

static void delayed(void *user_data) {
    trivet_reply_text((trivet_request)(uintptr_t)user_data, 200, trivet_lit("ok"));
}

static void delay(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    uint64_t ms = (uint64_t)integer(view->params[0].value);
    trivet_timer timer;
    if (trivet_loop_timer_start(loop_here, ms, delayed, (void *)(uintptr_t)request, NULL, &timer) !=
        TRIVET_OK) {
        trivet_reply_fail(request, trivet_lit("no timer"), trivet_lit(""));
    }
}

/* Decodes a value of a form in place and returns its size. */
static size_t decode(char *text, size_t size) {
    size_t to = 0;
    for (size_t from = 0; from < size; ++from) {
        char byte = text[from] == '+' ? ' ' : text[from];
        if (byte == '%' && from + 2 < size) {
            char digits[3] = {text[from + 1], text[from + 2], 0};
            byte = (char)strtol(digits, NULL, 16);
            from += 2;
        }
        text[to++] = byte;
    }
    return to;
}

static void form(trivet_request request, const trivet_request_view *view, void *user_data) {
    static _Thread_local char copy[65536];
    (void)user_data;
    size_t size = view->body.size < sizeof copy ? view->body.size : sizeof copy - 1;
    memcpy(copy, view->body.data, size);
    copy[size] = 0;
    int count = 0;
    char *last = NULL, *rest = NULL;
    for (char *pair = strtok_r(copy, "&", &rest); pair != NULL; pair = strtok_r(NULL, "&", &rest)) {
        char *value = strchr(pair, '=');
        if (value == NULL) continue;
        *value++ = 0;
        value[decode(value, strlen(value))] = 0;
        ++count;
        if (strcmp(pair, "last") == 0) last = value;
    }
    reply(request, "%d %.100s", count, last != NULL ? last : "");
}

/* In C a read of the body is a look at it: its size twice, and a member of the object. */
static void reads(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)user_data;
    const char *member = memmem(view->body.data, view->body.size, "\"n\":", 4);
    const char *end = view->body.data + view->body.size;
    trivet_str number = {member != NULL ? member + 4 : end, 0};
    number.size = (size_t)(end - number.data);
    while (number.size != 0 && *number.data == ' ') ++number.data, --number.size;
    reply(request, "%zu %zu %lld", view->body.size, view->body.size, (long long)integer(number));
}

static void cookies(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    trivet_str value = {"", 0};
    trivet_request_cookie(request, trivet_lit("session"), &value);
    trivet_reply_text(request, 200, value);
}

static trivet_status keep_loop(trivet_loop *loop, void *user_data) {
    (void)user_data;
    loop_here = loop;
    return TRIVET_OK;
}

/* bench/arena/dataset.py writes one item a line: {...}, */
static int read_dataset(const char *path) {
    char line[kItemBytes];
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    if (file == NULL) return -1;
    while (item_count < kItemsMax && fgets(line, sizeof line, file) != NULL) {
        char *end = strrchr(line, '}');
        if (line[0] != '{' || end == NULL) continue;
        Item *item = &items[item_count++];
        item->size = (size_t)(end - line);
        memcpy(item->text, line, item->size);
        item->price = strtoll(strstr(item->text, "\"price\":") + 8, NULL, 10);
        item->quantity = strtoll(strstr(item->text, "\"quantity\":") + 11, NULL, 10);
    }
    fclose(file);
    return item_count != 0 ? 0 : -1;
}

static int route(trivet_app *app, const char *method, const char *pattern, trivet_handler handler) {
    return trivet_app_route(app, trivet_lit(method), trivet_lit(pattern), NULL, handler, NULL, NULL,
                            NULL) != TRIVET_OK;
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    if (app == NULL || trivet_app_get_config(app, &config, NULL) != TRIVET_OK) return 1;
    config.body_bytes_max = 32 << 20;
    if (trivet_app_configure(app, &config, NULL) != TRIVET_OK) return 1;
    if (read_dataset(getenv("BENCH_DATASET")) != 0) {
        fputs("BENCH_DATASET names no dataset\n", stderr);
        return 1;
    }
    int failed = trivet_app_on_start(app, keep_loop, NULL, NULL) != TRIVET_OK;
    failed |= route(app, "GET", "/hello", hello) | route(app, "GET", "/pipeline", pipeline);
    failed |=
        route(app, "GET", "/baseline11", baseline) | route(app, "POST", "/baseline11", baseline);
    failed |= route(app, "GET", "/json/{count:int}", sold_items);
    failed |= route(app, "POST", "/upload", upload) | route(app, "GET", "/delay/{ms:int}", delay);
    failed |= route(app, "POST", "/form", form) | route(app, "POST", "/reads", reads);
    failed |= route(app, "GET", "/cookies", cookies);
    return failed ? 1 : trivet_app_main(app, argc, argv);
}
