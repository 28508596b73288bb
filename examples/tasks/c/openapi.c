#include "openapi.h"

#include <stdio.h>

#define JSON_OF(schema) "{\"application/json\":{\"schema\":" schema "}}"
#define NAMED(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define ANSWER(status, description, schema)                         \
    "\"responses\":{\"" status "\":{\"description\":\"" description \
    "\",\"content\":" JSON_OF(schema) "}}"
#define CONTENT(schema) "\"requestBody\":{\"required\":true,\"content\":" JSON_OF(schema) "}"
#define IN_TASKS "\"tags\":[\"tasks\"],"

const char openapi_events[] =
    "{\"operationId\":\"events\",\"summary\":\"Follow the changes\","
    "\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{"
    "\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}}}}";
const char openapi_all_tasks[] =
    "{\"operationId\":\"all_tasks\",\"summary\":\"All tasks\"," IN_TASKS ANSWER(
        "200", "OK", "{\"type\":\"array\",\"items\":" NAMED("Task") "}") "}";
const char openapi_add_task[] =
    "{\"operationId\":\"add_task\",\"summary\":\"Add a task\"," IN_TASKS CONTENT(
        NAMED("NewTask")) "," ANSWER("201", "Created", NAMED("Task")) "}";
const char openapi_change_task[] =
    "{\"operationId\":\"change_task\",\"summary\":\"Change a task\"," IN_TASKS CONTENT(
        NAMED("TaskChange")) "," ANSWER("200", "OK", NAMED("Task")) "}";
const char openapi_remove_task[] =
    "{\"operationId\":\"remove_task\",\"summary\":\"Remove a task\"," IN_TASKS
    "\"responses\":{\"204\":{\"description\":\"No Content\"}}}";

static const char kTask[] =
    "{\"type\":\"object\",\"required\":[\"id\",\"title\",\"done\"],\"properties\":{"
    "\"id\":{\"type\":\"integer\"},\"title\":{\"type\":\"string\"},\"done\":{\"type\":\"boolean\"}}"
    "}";
static const char kNewTask[] =
    "{\"type\":\"object\",\"required\":[\"title\"],\"properties\":{"
    "\"title\":{\"type\":\"string\",\"minLength\":1,\"pattern\":\"[^ \\\\t\\\\r\\\\n]\"}}}";
static const char kTaskChange[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"title\":{\"type\":\"string\",\"pattern\":\"[^ \\\\t\\\\r\\\\n]\"},"
    "\"done\":{\"type\":\"boolean\"}}}";

bool openapi_serve(trivet_app *app) {
    trivet_error *error = NULL;
    trivet_openapi_config config;
    trivet_openapi_config_init(&config, sizeof config);
    config.title = trivet_lit("Tasks");
    config.version = trivet_lit("1.0.0");
    if (trivet_openapi_serve(app, &config, &error) == TRIVET_OK &&
        trivet_openapi_schema(app, trivet_lit("Task"), trivet_lit(kTask), &error) == TRIVET_OK &&
        trivet_openapi_schema(app, trivet_lit("NewTask"), trivet_lit(kNewTask), &error) ==
            TRIVET_OK &&
        trivet_openapi_schema(app, trivet_lit("TaskChange"), trivet_lit(kTaskChange), &error) ==
            TRIVET_OK) {
        return true;
    }
    trivet_str message = trivet_error_message(error), detail = trivet_error_detail(error);
    fprintf(stderr, "tasks: %.*s: %.*s\n", (int)message.size, message.data, (int)detail.size,
            detail.data);
    trivet_error_free(error);
    return false;
}
