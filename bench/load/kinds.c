// The requests, and what the first answer to each teaches about the later ones.

#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char kPlace[] = "########";
static const uint32_t kLearnedNumber = 10203040;

void number_write(char *at, uint32_t number) {
    for (int i = kNumberBytes - 1; i >= 0; --i, number /= 10) at[i] = (char)('0' + number % 10);
}

void kind_read(const char *path) {
    if (options.kind_count == kKindsMax) fail("too many requests");
    Kind *kind = &kinds[options.kind_count++];
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    kind->request = malloc((size_t)size + 1);
    if (size <= 0 || kind->request == NULL) fail(path);
    if (fread(kind->request, 1, (size_t)size, file) != (size_t)size) fail(path);
    fclose(file);
    kind->request[size] = 0;
    kind->request_bytes = (uint32_t)size;
    const char *place = memmem(kind->request, (size_t)size, kPlace, kNumberBytes);
    kind->number_at = place != NULL ? (int32_t)(place - kind->request) : -1;
}

// Finds out where the answer ends. False as long as its header block is incomplete.
static int measure(Kind *kind) {
    const char *end = strstr(kind->answer, "\r\n\r\n");
    if (end == NULL || pieces_wanted(kind, end)) return end != NULL;
    const char *field = strcasestr(kind->answer, "\r\ncontent-length:");
    if (field == NULL || field > end) fail("the answer has no Content-Length");
    kind->content_bytes = (uint32_t)strtoul(field + 17, NULL, 10);
    kind->answer_bytes = (uint32_t)(end + 4 - kind->answer) + kind->content_bytes;
    if (kind->answer_bytes >= kResponseMax) fail("the answer is too large");
    return 1;
}

static void learn_pieces(Kind *kind, Channel *channel, uint32_t have) {
    const char *rest = strstr(kind->answer, "\r\n\r\n") + 4;
    if (memcmp(kind->answer, "HTTP/1.1 2", 10) != 0) fail("the first answer is no success");
    pieces_learn(kind, channel, rest, (size_t)(kind->answer + have - rest));
}

static void learn(Kind *kind, Channel *channel) {
    uint32_t have = 0;
    errno = 0;
    kind->answer = malloc(kResponseMax);
    if (kind->answer == NULL) fail("start");
    if (kind->number_at >= 0) number_write(kind->request + kind->number_at, kLearnedNumber);
    channel_send_waiting(channel, kind->request, kind->request_bytes);
    while (kind->answer_bytes == 0 || have < kind->answer_bytes) {
        char *room = kind->answer + have;
        have += (uint32_t)channel_receive_waiting(channel, room, kResponseMax - 1 - have);
        kind->answer[have] = 0;
        if (kind->answer_bytes == 0 && measure(kind) && kind->in_pieces) {
            learn_pieces(kind, channel, have);
            return;
        }
    }
    if (have != kind->answer_bytes) fail("more bytes than the answer has");
    if (memcmp(kind->answer, "HTTP/1.1 2", 10) != 0) fail("the first answer is no success");
    kind->answer_number_at = -1;
    if (kind->number_at < 0) return;
    char digits[kNumberBytes];
    number_write(digits, kLearnedNumber);
    const char *content = kind->answer + kind->answer_bytes - kind->content_bytes;
    const char *found = memmem(content, kind->content_bytes, digits, kNumberBytes);
    if (found == NULL) fail("the answer does not carry the request's number");
    kind->answer_number_at = (int32_t)(found - kind->answer);
}

// Each kind's first answer, on a connection of its own, since a server may close it afterwards.
void kinds_learn(void) {
    for (int i = 0; i < options.kind_count; ++i) {
        Channel channel;
        channel_open_waiting(&channel);
        learn(&kinds[i], &channel);
        channel_close(&channel);
    }
}

uint32_t answer_bytes_max(void) {
    uint32_t most = 0;
    for (int i = 0; i < options.kind_count; ++i) {
        if (kinds[i].answer_bytes > most) most = kinds[i].answer_bytes;
    }
    return most;
}

uint32_t room_bytes(void) {
    uint32_t most = 0;
    for (int i = 0; i < options.kind_count; ++i) {
        uint32_t bytes = kinds[i].in_pieces ? kResponseMax : kinds[i].answer_bytes;
        if (bytes > most) most = bytes;
    }
    return most + 1;
}

// Status line, end of the header block and content are compared; Date and the like may differ.
int answer_is_right(const Kind *kind, const char *answer, uint32_t number) {
    if (memcmp(answer, kind->answer, kStatusBytes) != 0) {
        ++errors.status;
        return 0;
    }
    uint32_t at = kind->answer_bytes - kind->content_bytes - 4, end = kind->answer_bytes;
    if (kind->answer_number_at >= 0) {
        uint32_t digits_at = (uint32_t)kind->answer_number_at;
        char digits[kNumberBytes];
        number_write(digits, number);
        int is_right = memcmp(answer + digits_at, digits, kNumberBytes) == 0 &&
                       memcmp(answer + at, kind->answer + at, digits_at - at) == 0;
        at = digits_at + kNumberBytes;
        if (!is_right) end = 0;
    }
    if (end == 0 || memcmp(answer + at, kind->answer + at, end - at) != 0) {
        ++errors.content;
        return 0;
    }
    return 1;
}
