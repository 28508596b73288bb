#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kDepthMax = 32 };

struct reader {
    char *at;
    char *end;
};

static bool read_value(struct reader *reader, int depth, struct json_member *out);

static void skip_space(struct reader *reader) {
    while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4) != NULL) {
        reader->at++;
    }
}

static bool take(struct reader *reader, char wanted) {
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != wanted) {
        return false;
    }
    reader->at++;
    return true;
}

static bool take_word(struct reader *reader, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) {
        return false;
    }
    reader->at += size;
    return true;
}

// Length of the well-formed UTF-8 sequence at the reader, 0 when there is none.
static size_t utf8_length(const struct reader *reader) {
    const unsigned char *at = (const unsigned char *)reader->at;
    size_t left = (size_t)(reader->end - reader->at);
    size_t length = at[0] < 0x80   ? 1
                    : at[0] < 0xc2 ? 0
                    : at[0] < 0xe0 ? 2
                    : at[0] < 0xf0 ? 3
                    : at[0] < 0xf5 ? 4
                                   : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool is_beyond = at[0] == 0xf4 && at[1] > 0x8f;
    return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

static char *write_utf8(char *out, uint32_t point) {
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

static bool read_hex4(struct reader *reader, uint32_t *out) {
    uint32_t value = 0;
    if (reader->end - reader->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        char c = *reader->at++;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

// After \u. A surrogate must be the first of a pair.
static bool read_code_point(struct reader *reader, uint32_t *out) {
    uint32_t low = 0;
    if (!read_hex4(reader, out) || (*out >= 0xdc00 && *out < 0xe000)) {
        return false;
    }
    if (*out < 0xd800 || *out >= 0xe000) {
        return true;
    }
    if (!take_word(reader, "\\u") || !read_hex4(reader, &low) || low < 0xdc00 || low >= 0xe000) {
        return false;
    }
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

// After a backslash. The decoded form is never longer than the escape, so it is written in its
// place.
static bool read_escape(struct reader *reader, char **out) {
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    uint32_t point = 0;
    if (reader->at == reader->end) {
        return false;
    }
    char name = *reader->at++;
    if (name == 'u') {
        if (!read_code_point(reader, &point)) {
            return false;
        }
        *out = write_utf8(*out, point);
        return true;
    }
    const char *found = memchr(names, name, sizeof names - 1);
    if (found == NULL) {
        return false;
    }
    *(*out)++ = values[found - names];
    return true;
}

// After the opening quote.
static bool read_string(struct reader *reader, struct json_member *out) {
    char *begin = reader->at;
    char *written = begin;
    while (reader->at < reader->end && *reader->at != '"') {
        if (*reader->at == '\\') {
            reader->at++;
            if (!read_escape(reader, &written)) {
                return false;
            }
            continue;
        }
        size_t length = (unsigned char)*reader->at < 0x20 ? 0 : utf8_length(reader);
        if (length == 0) {
            return false;
        }
        memmove(written, reader->at, length);
        written += length;
        reader->at += length;
    }
    if (reader->at == reader->end) {
        return false;
    }
    reader->at++;
    out->kind = kJsonString;
    out->text = begin;
    out->size = (size_t)(written - begin);
    return true;
}

static size_t take_digits(struct reader *reader) {
    char *begin = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return (size_t)(reader->at - begin);
}

static bool read_number(struct reader *reader) {
    take_word(reader, "-");
    if (!take_word(reader, "0") && take_digits(reader) == 0) {
        return false;
    }
    if (take_word(reader, ".") && take_digits(reader) == 0) {
        return false;
    }
    if (take_word(reader, "e") || take_word(reader, "E")) {
        if (!take_word(reader, "+")) {
            take_word(reader, "-");
        }
        return take_digits(reader) > 0;
    }
    return true;
}

static void keep(const struct json_member *name, const struct json_member *value,
                 struct json_member *members, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(members[i].name) == name->size &&
            memcmp(members[i].name, name->text, name->size) == 0) {
            members[i].kind = value->kind;
            members[i].text = value->text;
            members[i].size = value->size;
        }
    }
}

// After the opening brace.
static bool read_members(struct reader *reader, int depth, struct json_member *members,
                         size_t count) {
    if (take(reader, '}')) {
        return true;
    }
    do {
        struct json_member name = {0};
        struct json_member value = {0};
        if (!take(reader, '"') || !read_string(reader, &name) || !take(reader, ':') ||
            !read_value(reader, depth, &value)) {
            return false;
        }
        keep(&name, &value, members, count);
    } while (take(reader, ','));
    return take(reader, '}');
}

// After the opening bracket.
static bool read_items(struct reader *reader, int depth) {
    if (take(reader, ']')) {
        return true;
    }
    do {
        struct json_member item = {0};
        if (!read_value(reader, depth, &item)) {
            return false;
        }
    } while (take(reader, ','));
    return take(reader, ']');
}

static bool read_value(struct reader *reader, int depth, struct json_member *out) {
    out->kind = kJsonOther;
    if (depth == kDepthMax) {
        return false;
    }
    if (take(reader, '"')) {
        return read_string(reader, out);
    }
    if (take(reader, '{')) {
        return read_members(reader, depth + 1, NULL, 0);
    }
    if (take(reader, '[')) {
        return read_items(reader, depth + 1);
    }
    if (take_word(reader, "true")) {
        out->kind = kJsonTrue;
        return true;
    }
    if (take_word(reader, "false")) {
        out->kind = kJsonFalse;
        return true;
    }
    return take_word(reader, "null") || read_number(reader);
}

enum json_result json_read(char *text, size_t size, struct json_member *members, size_t count) {
    struct reader reader = {text, text + size};
    struct json_member other = {0};
    bool is_object = take(&reader, '{');
    if (!(is_object ? read_members(&reader, 1, members, count) : read_value(&reader, 0, &other))) {
        return kJsonMalformed;
    }
    skip_space(&reader);
    if (reader.at != reader.end) {
        return kJsonMalformed;
    }
    return is_object ? kJsonObject : kJsonNoObject;
}

void json_append(struct json_text *json, const char *data, size_t size) {
    if (json->is_failed || size == 0) {
        return;
    }
    if (json->capacity - json->size < size) {
        size_t capacity = (json->size + size) * 2;
        char *grown = realloc(json->data, capacity);
        if (grown == NULL) {
            json->is_failed = true;
            return;
        }
        json->data = grown;
        json->capacity = capacity;
    }
    memcpy(json->data + json->size, data, size);
    json->size += size;
}

void json_raw(struct json_text *json, const char *text) { json_append(json, text, strlen(text)); }

void json_string(struct json_text *json, const char *data, size_t size) {
    json_raw(json, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == '"' || byte == '\\' || byte < 0x20) {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            json_raw(json, escaped);
        } else {
            json_append(json, data + i, 1);
        }
    }
    json_raw(json, "\"");
}
