#pragma once

// As much JSON (RFC 8259) as the tasks need: reads one object, of which it keeps two members, and
// writes text. Nothing is allocated for reading: strings are decoded in place, into a buffer of the
// caller.

#include <stdbool.h>
#include <stddef.h>

enum json_kind { kJsonAbsent, kJsonString, kJsonTrue, kJsonFalse, kJsonOther };

struct json_member {
    const char *name;
    enum json_kind kind;
    // Decoded UTF-8 of a string.
    const char *text;
    size_t size;
};

enum json_result { kJsonObject, kJsonNoObject, kJsonMalformed };

// Reads an object and fills in the members that are asked for; of two members of a name the last
// one counts. `text` is overwritten. What is nested deeper than 32 counts as malformed.
enum json_result json_read(char *text, size_t size, struct json_member *members, size_t count);

// A growing text. `is_failed` is set when memory is out, and everything after that is dropped.
struct json_text {
    char *data;
    size_t size;
    size_t capacity;
    bool is_failed;
};

void json_append(struct json_text *json, const char *data, size_t size);
void json_raw(struct json_text *json, const char *text);
void json_string(struct json_text *json, const char *data, size_t size);
