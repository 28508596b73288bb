// A small tasks API, the page that uses it, and one that follows it live. Start it with ./run
// --port 8000.
#include "json.h"
#include "openapi.h"
#include "tasks.h"

#include <trivet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    char *text;
    size_t size;
};

struct demo {
    struct tasks tasks;
    struct page page;
    struct page live;
    trivet_sse_hub changes;
};

static void json_task(struct json_text *json, const struct task *task) {
    char id[40];
    snprintf(id, sizeof id, "{\"id\":%" PRId64 ",\"title\":", task->id);
    json_raw(json, id);
    json_string(json, task->title, task->title_size);
    json_raw(json, task->is_done ? ",\"done\":true}" : ",\"done\":false}");
}

static void reply_json(trivet_request request, uint32_t status, struct json_text *json) {
    if (json->is_failed) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
    } else {
        trivet_reply_json(request, status, (trivet_str){json->data, json->size});
    }
    free(json->data);
}

static void reply_task(trivet_request request, uint32_t status, const struct task *task) {
    struct json_text json = {0};
    json_task(&json, task);
    reply_json(request, status, &json);
}

// Tells everybody who follows the tasks.
static void publish(struct demo *demo, const char *action, const struct task *task) {
    struct json_text json = {0};
    trivet_sse_event event;
    json_raw(&json, "{\"action\":\"");
    json_raw(&json, action);
    json_raw(&json, "\",\"task\":");
    json_task(&json, task);
    json_raw(&json, "}");
    trivet_sse_event_init(&event, sizeof event);
    event.event = trivet_lit("task");
    event.data = (trivet_str){json.data, json.size};
    if (!json.is_failed) {
        trivet_sse_hub_publish(demo->changes, &event, NULL);
    }
    free(json.data);
}

static bool is_blank(const struct json_member *text) {
    for (size_t i = 0; i < text->size; i++) {
        if (strchr(" \t\r\n", text->text[i]) == NULL || text->text[i] == '\0') {
            return false;
        }
    }
    return true;
}

enum { kTitle, kDone, kMembers };

// Reads {"title": string, "done": boolean}; what is wrong is answered. `text` is the caller's to
// free and holds the title.
static bool read_input(trivet_request request, const trivet_request_view *view, char **text,
                       struct json_member members[kMembers]) {
    members[kTitle] = (struct json_member){.name = "title"};
    members[kDone] = (struct json_member){.name = "done"};
    *text = malloc(view->body.size + 1);
    if (*text == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        return false;
    }
    if (view->body.size > 0) {
        memcpy(*text, view->body.data, view->body.size);
    }
    enum json_result result = json_read(*text, view->body.size, members, kMembers);
    if (result != kJsonObject) {
        trivet_reply_problem(request, result == kJsonMalformed ? 400 : 422,
                             trivet_lit("the content must be a JSON object"));
        return false;
    }
    enum json_kind title = members[kTitle].kind;
    enum json_kind done = members[kDone].kind;
    if (title != kJsonAbsent && (title != kJsonString || is_blank(&members[kTitle]))) {
        trivet_reply_problem(request, 422, trivet_lit("title must be a string that is not empty"));
        return false;
    }
    if (done != kJsonAbsent && done != kJsonTrue && done != kJsonFalse) {
        trivet_reply_problem(request, 422, trivet_lit("done must be true or false"));
        return false;
    }
    return true;
}

// The task that the path names; NULL when there is none, which is then answered.
static struct task *find_task(struct demo *demo, trivet_request request,
                              const trivet_request_view *view) {
    // The router takes only what fits into 64 bits, so 20 characters at most count.
    char digits[32] = {0};
    trivet_str id = view->params[0].value;
    memcpy(digits, id.data, id.size < sizeof digits ? id.size : sizeof digits - 1);
    struct task *task = tasks_find(&demo->tasks, strtoll(digits, NULL, 10));
    if (task == NULL) {
        trivet_reply_problem(request, 404, trivet_lit("there is no such task"));
    }
    return task;
}

static void get_page(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    struct demo *demo = user_data;
    trivet_reply_html(request, 200, (trivet_str){demo->page.text, demo->page.size});
}

static void get_live(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    struct demo *demo = user_data;
    trivet_reply_html(request, 200, (trivet_str){demo->live.text, demo->live.size});
}

static void get_events(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    struct demo *demo = user_data;
    if (trivet_sse_subscribe(request, demo->changes, NULL, NULL, 0) == TRIVET_E_LIMIT) {
        trivet_reply_problem(request, 503, trivet_lit("too many clients follow the tasks"));
    }
}

static void get_tasks(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    struct demo *demo = user_data;
    struct json_text json = {0};
    json_raw(&json, "[");
    for (size_t i = 0; i < demo->tasks.count; i++) {
        json_raw(&json, i == 0 ? "" : ",");
        json_task(&json, &demo->tasks.items[i]);
    }
    json_raw(&json, "]");
    reply_json(request, 200, &json);
}

static void post_task(trivet_request request, const trivet_request_view *view, void *user_data) {
    struct demo *demo = user_data;
    struct json_member members[kMembers];
    char *text = NULL;
    if (read_input(request, view, &text, members)) {
        const struct json_member *title = &members[kTitle];
        if (title->kind == kJsonAbsent) {
            trivet_reply_problem(request, 422, trivet_lit("title is missing"));
        } else {
            struct task *task = tasks_add(&demo->tasks, title->text, title->size);
            if (task == NULL) {
                trivet_reply_problem(request, 503, trivet_lit("there is no room for more tasks"));
            } else {
                task->is_done = members[kDone].kind == kJsonTrue;
                publish(demo, "added", task);
                reply_task(request, 201, task);
            }
        }
    }
    free(text);
}

static void patch_task(trivet_request request, const trivet_request_view *view, void *user_data) {
    struct demo *demo = user_data;
    struct json_member members[kMembers];
    char *text = NULL;
    struct task *task = find_task(demo, request, view);
    if (task == NULL) {
        return;
    }
    if (read_input(request, view, &text, members)) {
        const struct json_member *title = &members[kTitle];
        if (title->kind == kJsonString && !task_rename(task, title->text, title->size)) {
            trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        } else {
            if (members[kDone].kind != kJsonAbsent) {
                task->is_done = members[kDone].kind == kJsonTrue;
            }
            publish(demo, "changed", task);
            reply_task(request, 200, task);
        }
    }
    free(text);
}

static void delete_task(trivet_request request, const trivet_request_view *view, void *user_data) {
    struct demo *demo = user_data;
    struct task *task = find_task(demo, request, view);
    if (task != NULL) {
        publish(demo, "removed", task);
        tasks_remove(&demo->tasks, task);
        trivet_reply_empty(request, 204);
    }
}

static bool read_page(struct page *page, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "tasks: %s: %s\n", path, strerror(errno));
        return false;
    }
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    page->text = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(file);
    if (page->text != NULL) {
        page->size = fread(page->text, 1, (size_t)size, file);
    }
    fclose(file);
    if (page->text == NULL || page->size != (size_t)size) {
        fprintf(stderr, "tasks: %s cannot be read\n", path);
        return false;
    }
    return true;
}

static bool add_routes(trivet_app *app, struct demo *demo) {
    static const struct {
        const char *method;
        const char *pattern;
        trivet_handler handler;
        const char *operation;
    } routes[] = {
        {"GET", "/", get_page, ""},  // a page is not described
        {"GET", "/live", get_live, ""},
        {"GET", "/events", get_events, openapi_events},
        {"GET", "/api/tasks", get_tasks, openapi_all_tasks},
        {"POST", "/api/tasks", post_task, openapi_add_task},
        {"PATCH", "/api/tasks/{id:int}", patch_task, openapi_change_task},
        {"DELETE", "/api/tasks/{id:int}", delete_task, openapi_remove_task},
    };
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        trivet_error *error = NULL;
        if (trivet_app_route(app, trivet_lit(routes[i].method), trivet_lit(routes[i].pattern), NULL,
                             routes[i].handler, demo, NULL, &error) != TRIVET_OK ||
            trivet_openapi_operation(app, i, trivet_lit(routes[i].operation), &error) !=
                TRIVET_OK) {
            trivet_str message = trivet_error_message(error);
            fprintf(stderr, "tasks: %.*s\n", (int)message.size, message.data);
            trivet_error_free(error);
            return false;
        }
    }
    return true;
}

// The list lives in this process's memory, and the handlers share it without a lock.
static bool serve_alone(trivet_app *app) {
    trivet_app_config config;
    trivet_error *error = NULL;
    trivet_app_config_init(&config, sizeof config);
    if (trivet_app_get_config(app, &config, &error) == TRIVET_OK) {
        config.workers = 1;
        config.threads = 1;
        if (trivet_app_configure(app, &config, &error) == TRIVET_OK) {
            return true;
        }
    }
    trivet_str message = trivet_error_message(error);
    trivet_str detail = trivet_error_detail(error);
    fprintf(stderr, "tasks: %.*s: %.*s\n", (int)message.size, message.data, (int)detail.size,
            detail.data);
    trivet_error_free(error);
    return false;
}

// The pages lie in one folder; TASKS_PAGE is the first one's path.
static bool read_pages(struct demo *demo) {
    char live[4096];
    const char *given = getenv("TASKS_PAGE");
    const char *page = given == NULL ? "../page/index.html" : given;
    const char *name = strrchr(page, '/');
    int folder = name == NULL ? 0 : (int)(name + 1 - page);
    snprintf(live, sizeof live, "%.*slive.html", folder, page);
    return read_page(&demo->page, page) && read_page(&demo->live, live);
}

int main(int argc, char **argv) {
    struct demo demo = {0};
    trivet_app *app = trivet_app_new();
    int code = 1;
    if (app != NULL && read_pages(&demo) && add_routes(app, &demo) && openapi_serve(app) &&
        serve_alone(app) && trivet_sse_hub_open(app, NULL, &demo.changes, NULL) == TRIVET_OK) {
        struct task *first = tasks_add(&demo.tasks, "Light the fire", 14);
        if (first != NULL) {
            first->is_done = true;
        }
        tasks_add(&demo.tasks, "Put the pot on the trivet", 25);
        code = trivet_app_main(app, argc, argv);
        app = NULL;
    }
    trivet_app_free(app);
    tasks_free(&demo.tasks);
    free(demo.page.text);
    free(demo.live.text);
    return code;
}
