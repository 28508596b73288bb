#pragma once

#include <trivet.h>

#include <stdint.h>

// A growing run of JSON text. Zero-initialised it is empty; memory running out ends the driver.
struct json {
    char *data;
    size_t size;
    size_t capacity;
};

void json_raw(struct json *json, const char *text);
void json_bytes(struct json *json, const char *data, size_t size);
// Writes a quoted string. Bytes outside well-formed UTF-8 are taken as ISO 8859-1.
void json_string(struct json *json, trivet_str text);
void json_integer(struct json *json, int64_t number);
void json_free(struct json *json);
