#pragma once

#include <trivet.h>

#include <stdbool.h>

// What C has to say by hand of each route: Operation Objects of OpenAPI 3.1.
extern const char openapi_events[], openapi_all_tasks[], openapi_add_task[], openapi_change_task[],
    openapi_remove_task[];

// Names the schemas, and has document and pages served; false after saying what is wrong.
bool openapi_serve(trivet_app *app);
