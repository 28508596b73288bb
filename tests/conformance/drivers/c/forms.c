// Forms and content that arrives decoded.
#define _GNU_SOURCE
#include "driver.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kPieceBytes = 1000 };

// Limits that are soon met; what is larger than a kilobyte lies in a file.
static trivet_form_config tight(void) {
    trivet_form_config config;
    trivet_form_config_init(&config, sizeof config);
    config.fields_max = 20;
    config.files_max = 3;
    config.name_bytes_max = 32;
    config.filename_bytes_max = 32;
    config.value_bytes_max = 1000;
    config.fields_bytes_max = 5000;
    config.file_bytes_max = 100000;
    config.memory_bytes_max = 1024;
    return config;
}

static void json_digest(struct json *json, EVP_MD_CTX *digest) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char text[3];
    EVP_DigestFinal_ex(digest, bytes, &size);
    EVP_MD_CTX_free(digest);
    json_raw(json, "\"");
    for (unsigned int i = 0; i < size; i++) {
        snprintf(text, sizeof text, "%02x", bytes[i]);
        json_raw(json, text);
    }
    json_raw(json, "\"");
}

static EVP_MD_CTX *digest_new(void) {
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    return digest;
}

// The content of a part, read piece by piece.
static void json_part_sha256(struct json *json, trivet_request request, size_t index) {
    char piece[kPieceBytes];
    size_t size = 0;
    uint64_t offset = 0;
    EVP_MD_CTX *digest = digest_new();
    while (trivet_form_read(request, index, offset, sizeof piece, piece, &size) == TRIVET_OK &&
           size > 0) {
        EVP_DigestUpdate(digest, piece, size);
        offset += size;
    }
    json_digest(json, digest);
}

static void json_fd_sha256(struct json *json, int fd) {
    char piece[kPieceBytes];
    ssize_t size = 0;
    EVP_MD_CTX *digest = digest_new();
    while ((size = read(fd, piece, sizeof piece)) > 0) {
        EVP_DigestUpdate(digest, piece, (size_t)size);
    }
    close(fd);
    json_digest(json, digest);
}

static void json_part(struct json *json, trivet_request request, size_t index) {
    trivet_form_part part = {.size = sizeof part};
    trivet_form_get_part(request, index, &part);
    json_raw(json, index == 0 ? "{\"name\":" : ",{\"name\":");
    json_string(json, part.name);
    json_raw(json, ",\"filename\":");
    if ((part.flags & TRIVET_PART_FILE) != 0) {
        json_string(json, part.filename);
    } else {
        json_raw(json, "null");
    }
    json_raw(json, ",\"content_type\":");
    json_string(json, part.content_type);
    json_raw(json, ",\"bytes\":");
    json_integer(json, (int64_t)part.bytes);
    json_raw(json, ",\"sha256\":");
    json_part_sha256(json, request, index);
    json_raw(json, (part.flags & TRIVET_PART_SPOOLED) != 0 ? ",\"spooled\":true}"
                                                           : ",\"spooled\":false}");
}

static void answer_parts(trivet_request request, size_t count) {
    struct json json = {0};
    json_raw(&json, "{\"parts\":[");
    for (size_t i = 0; i < count; i++) {
        json_part(&json, request, i);
    }
    json_raw(&json, "]}");
    reply_built(request, &json);
}

// Gives whether the form is whole; one that was refused is answered.
static bool open_form(trivet_request request, const trivet_form_config *config, size_t *out_count) {
    trivet_form form = {.size = sizeof form};
    trivet_status status = trivet_form_open(request, config, &form);
    if (status == TRIVET_OK) {
        *out_count = form.part_count;
        return true;
    }
    if (status != TRIVET_E_AGAIN && status != TRIVET_E_STALE) {
        trivet_reply_fail(request, trivet_lit("the form was refused"), trivet_lit(NULL));
    }
    return false;
}

void form_go(trivet_request request) {
    trivet_form_config config = tight();
    size_t count = 0;
    if (open_form(request, &config, &count)) {
        answer_parts(request, count);
    }
}

static void answer_form(struct driver *driver, trivet_request request,
                        const trivet_request_view *view) {
    (void)driver;
    (void)view;
    size_t count = 0;
    if (open_form(request, NULL, &count)) {
        answer_parts(request, count);
    }
}

static void json_saved(struct json *json, const char *path) {
    struct stat facts = {0};
    char mode[16];
    stat(path, &facts);
    snprintf(mode, sizeof mode, "%o", (unsigned)(facts.st_mode & 0777));
    json_raw(json, ",\"mode\":");
    json_string(json, trivet_lit(mode));
    json_raw(json, ",\"saved\":");
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        json_raw(json, "null");
        return;
    }
    json_fd_sha256(json, dup(fileno(file)));
    fclose(file);
}

static void keep_part(struct json *json, trivet_request request, size_t index) {
    char folder[] = "/tmp/trivet-driver-XXXXXX";
    char path[sizeof folder + 8];
    int32_t fd = -1;
    if (mkdtemp(folder) == NULL) {
        return;
    }
    snprintf(path, sizeof path, "%s/kept", folder);
    json_raw(json, ",");
    json_status(json, "save", trivet_form_save(request, index, trivet_lit(path), 0));
    json_saved(json, path);
    json_raw(json, ",");
    json_status(json, "again", trivet_form_save(request, index, trivet_lit(path), 0));
    json_raw(json, ",");
    json_status(json, "replace",
                trivet_form_save(request, index, trivet_lit(path), TRIVET_SAVE_REPLACE));
    unlink(path);
    rmdir(folder);
    json_raw(json, ",");
    json_status(json, "nowhere", trivet_form_save(request, index, trivet_lit(path), 0));
    json_raw(json, ",\"descriptor\":");
    if (trivet_form_descriptor(request, index, &fd) == TRIVET_OK) {
        json_fd_sha256(json, fd);
    } else {
        json_raw(json, "null");
    }
}

// Keeps the part "file" as a file, and tells what calls give.
void form_keep_go(trivet_request request) {
    trivet_form_config config = tight();
    trivet_form form = {.size = sizeof form};
    trivet_str bytes;
    struct json json = {0};
    size_t count = 0;
    size_t index = 0;
    if (!open_form(request, &config, &count)) {
        return;
    }
    json_raw(&json, "{");
    json_status(&json, "get", trivet_form_get(request, &form));
    json_raw(&json, ",\"parts\":");
    json_integer(&json, (int64_t)form.part_count);
    json_raw(&json, ",");
    json_status(&json, "read", trivet_request_read(request, &bytes));
    json_raw(&json, ",");
    json_status(&json, "missing", trivet_form_find(request, trivet_lit("no such"), 0, &index));
    json_raw(&json, ",");
    json_status(&json, "find", trivet_form_find(request, trivet_lit("file"), 0, &index));
    json_raw(&json, ",\"index\":");
    json_integer(&json, (int64_t)index);
    keep_part(&json, request, index);
    json_raw(&json, "}");
    reply_built(request, &json);
}

// What arrived, and which fields still say how it was encoded.
static void answer_decoded(struct driver *driver, trivet_request request,
                           const trivet_request_view *view) {
    (void)driver;
    static const char *const names[] = {"Content-Encoding", "Content-Length"};
    struct json json = {0};
    EVP_MD_CTX *digest = digest_new();
    trivet_str value;
    const char *separator = "";
    EVP_DigestUpdate(digest, view->body.data, view->body.size);
    json_raw(&json, "{\"bytes\":");
    json_integer(&json, (int64_t)view->body.size);
    json_raw(&json, ",\"sha256\":");
    json_digest(&json, digest);
    json_raw(&json, ",\"fields\":[");
    for (size_t i = 0; i < 2; i++) {
        if (trivet_request_header(request, trivet_lit(names[i]), &value) == TRIVET_OK) {
            json_raw(&json, separator);
            json_string(&json, trivet_lit(names[i]));
            separator = ",";
        }
    }
    json_raw(&json, "]}");
    reply_built(request, &json);
}

static trivet_group *add_group(struct program *program) {
    trivet_group *group = NULL;
    trivet_error *error = NULL;
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    config.site = trivet_lit("drivers/c/forms.c");
    config.decompress = TRIVET_DECOMPRESS_ON;
    if (trivet_app_group(program->app, trivet_lit("/decode"), &config, &group, &error) !=
        TRIVET_OK) {
        report("/decode", error);
    }
    return group;
}

bool forms_add(struct program *program) {
    static struct driver_route routes[] = {
        {.method = "POST", .pattern = "/form", .answer = answer_form, .as_event = true},
        {.method = "POST",
         .pattern = "/form/stream",
         .answer = answer_streamed_form,
         .as_event = true,
         .streams = true},
        {.method = "POST",
         .pattern = "/form/keep",
         .answer = answer_kept_form,
         .as_event = true,
         .streams = true},
        {.method = "POST",
         .pattern = "/form/small",
         .answer = answer_streamed_form,
         .as_event = true,
         .streams = true,
         .limits = {.body_bytes_max = 300}},
    };
    static struct driver_route decoded[] = {
        {.method = "POST",
         .pattern = "",
         .answer = answer_decoded,
         .as_event = true,
         .limits = {.body_bytes_max = 100000}},
        {.method = "POST",
         .pattern = "/stream",
         .answer = answer_counted,
         .as_event = true,
         .streams = true,
         .limits = {.body_bytes_max = 100000}},
        {.method = "POST",
         .pattern = "/form",
         .answer = answer_streamed_form,
         .as_event = true,
         .streams = true},
        {.method = "POST",
         .pattern = "/raw",
         .answer = answer_decoded,
         .as_event = true,
         .decompress = TRIVET_DECOMPRESS_OFF},
    };
    trivet_group *group = add_group(program);
    for (size_t i = 0; i < sizeof decoded / sizeof decoded[0]; i++) {
        decoded[i].group = group;
    }
    return group != NULL && routes_add(program, routes, sizeof routes / sizeof routes[0]) &&
           routes_add(program, decoded, sizeof decoded / sizeof decoded[0]);
}
