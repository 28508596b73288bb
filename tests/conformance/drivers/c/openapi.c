// /openapi: what the document says of the app, and where it is served.
#include "driver.h"

static void answer_item(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    trivet_reply_json(request, 201, view->body);
}

static void answer_hidden(struct driver *driver, trivet_request request,
                          const trivet_request_view *view) {
    (void)driver;
    (void)view;
    trivet_reply_text(request, 200, trivet_lit("hidden"));
}

void op_openapi(struct driver *driver, trivet_request request) {
    trivet_str document = {NULL, 0};
    trivet_status status = trivet_openapi_document(driver->program->app, &document);
    if (status == TRIVET_OK) {
        trivet_reply_json(request, 200, document);
    } else {
        reply_status(request, "error", status);
    }
}

static trivet_status add_items(struct program *program, trivet_error **out_error) {
    static struct driver_route route = {
        .method = "POST", .pattern = "/openapi/items/{id:int}", .answer = answer_item};
    trivet_status status = route_add(program, &route, out_error);
    if (status != TRIVET_OK) {
        return status;
    }
    status = trivet_openapi_operation(
        program->app, trivet_app_route_count(program->app) - 1,
        trivet_lit("{\"operationId\":\"change_item\",\"summary\":\"Changes an item\","
                   "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":"
                   "{\"schema\":{\"$ref\":\"#/components/schemas/Item\"}}}},"
                   "\"responses\":{\"201\":{\"description\":\"Created\",\"content\":"
                   "{\"application/json\":{\"schema\":"
                   "{\"$ref\":\"#/components/schemas/Item\"}}}}}}"),
        out_error);
    if (status != TRIVET_OK) {
        return status;
    }
    return trivet_openapi_schema(
        program->app, trivet_lit("Item"),
        trivet_lit("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},"
                   "\"required\":[\"name\"]}"),
        out_error);
}

static trivet_status add_hidden(struct program *program, trivet_error **out_error) {
    static struct driver_route route = {
        .method = "GET", .pattern = "/openapi/hidden", .answer = answer_hidden};
    trivet_status status = route_add(program, &route, out_error);
    return status != TRIVET_OK
               ? status
               : trivet_openapi_operation(program->app, trivet_app_route_count(program->app) - 1,
                                          trivet_lit(""), out_error);
}

bool openapi_add(struct program *program) {
    trivet_error *error = NULL;
    trivet_param server = {trivet_lit("/"), trivet_lit("this one")};
    trivet_openapi_config config;
    trivet_openapi_config_init(&config, sizeof config);
    config.title = trivet_lit("Conformance");
    config.version = trivet_lit("1.2.3");
    config.description = trivet_lit("What all drivers do.");
    config.servers = &server;
    config.server_count = 1;
    if (trivet_openapi_serve(program->app, &config, &error) != TRIVET_OK ||
        add_items(program, &error) != TRIVET_OK || add_hidden(program, &error) != TRIVET_OK) {
        report("/openapi", error);
        return false;
    }
    return true;
}
