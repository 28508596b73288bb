#include "json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_bytes(struct json *json, const char *data, size_t size) {
    if (size == 0) {
        return;
    }
    if (json->capacity - json->size < size) {
        size_t capacity = (json->capacity + size) * 2;
        char *grown = realloc(json->data, capacity);
        if (grown == NULL) {
            fputs("driver: out of memory\n", stderr);
            abort();
        }
        json->data = grown;
        json->capacity = capacity;
    }
    memcpy(json->data + json->size, data, size);
    json->size += size;
}

void json_raw(struct json *json, const char *text) { json_bytes(json, text, strlen(text)); }

// Length of the well-formed UTF-8 sequence that data begins with, 0 when there is none.
static size_t sequence_length(const unsigned char *data, size_t size) {
    unsigned char lead = data[0];
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xc2 && lead < 0xe0 ? 2
                    : lead >= 0xe0 && lead < 0xf0 ? 3
                    : lead >= 0xf0 && lead < 0xf5 ? 4
                                                  : 0;
    if (length == 0 || length > size) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (lead == 0xe0 && data[1] < 0xa0) || (lead == 0xf0 && data[1] < 0x90);
    bool surrogate = lead == 0xed && data[1] >= 0xa0;
    bool beyond = lead == 0xf4 && data[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

void json_string(struct json *json, trivet_str text) {
    const unsigned char *bytes = (const unsigned char *)text.data;
    json_raw(json, "\"");
    for (size_t i = 0; i < text.size;) {
        unsigned char byte = bytes[i];
        size_t length = sequence_length(bytes + i, text.size - i);
        char escaped[8];
        if (byte == '"' || byte == '\\' || byte < 0x20 || length == 0) {
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            json_raw(json, escaped);
            i++;
        } else {
            json_bytes(json, text.data + i, length);
            i += length;
        }
    }
    json_raw(json, "\"");
}

void json_integer(struct json *json, int64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    json_raw(json, text);
}

void json_free(struct json *json) {
    free(json->data);
    *json = (struct json){0};
}
