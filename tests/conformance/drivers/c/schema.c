// /schema: routes whose content the engine holds against a JSON Schema.
#include "driver.h"

static const char kOrder[] =
    "{\"type\":\"object\",\"required\":[\"sku\",\"lines\"],\"properties\":{"
    "\"sku\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":4,\"pattern\":\"^[a-zé]+$\"},"
    "\"lines\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
    "\"required\":[\"qty\"],\"properties\":{\"qty\":{\"type\":\"integer\",\"minimum\":1}},"
    "\"additionalProperties\":false}}}}";

static void answer_passed(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("passed"));
}

bool schema_add(struct program *program) {
    static struct driver_route routes[] = {
        {.method = "POST",
         .pattern = "/schema/order",
         .answer = answer_passed,
         .body_schema = kOrder},
        {.method = "POST",
         .pattern = "/schema/event",
         .answer = answer_passed,
         .as_event = true,
         .body_schema = kOrder},
    };
    return routes_add(program, routes, sizeof routes / sizeof routes[0]);
}
