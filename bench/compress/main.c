/* GET /items on Trivet in C: the JSON of BENCH_ITEMS, in the coding BENCH_CODING at the level
 * BENCH_LEVEL; without them as it is. Flags of trivet_app_main: --port, --engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trivet.h>

enum { ITEMS_MAX = 65536 };

static char items[ITEMS_MAX];
static size_t items_size;

static void answer(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_json(request, 200, (trivet_str){items, items_size});
}

static trivet_middleware *compress(trivet_app *app, const char *coding, const char *level) {
    char name[32];
    snprintf(name, sizeof name, "%s_level", coding);
    trivet_param options[] = {{trivet_lit("coding"), trivet_lit(coding)},
                              {trivet_lit(name), trivet_lit(level)}};
    trivet_middleware *middleware = NULL;
    if (trivet_app_middleware(app, trivet_lit("compress"), options, 2, &middleware, NULL) !=
        TRIVET_OK) {
        exit(1);
    }
    return middleware;
}

int main(int argc, char **argv) {
    const char *file = getenv("BENCH_ITEMS");
    const char *coding = getenv("BENCH_CODING");
    const char *level = getenv("BENCH_LEVEL");
    FILE *from = file != NULL ? fopen(file, "rb") : NULL;
    if (from == NULL) {
        perror("BENCH_ITEMS");
        return 1;
    }
    items_size = fread(items, 1, sizeof items, from);
    fclose(from);
    trivet_app *app = trivet_app_new();
    if (coding != NULL && level != NULL) {
        trivet_app_use(app, NULL, compress(app, coding, level));
    }
    if (trivet_app_route(app, trivet_lit("GET"), trivet_lit("/items"), NULL, answer, NULL, NULL,
                         NULL) != TRIVET_OK) {
        return 1;
    }
    return trivet_app_main(app, argc, argv);
}
