// Answers in chunks, and those too large for a buffer: taken apart as they come and compared with
// the content of the first one. One request at a time on a connection.

#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { kLearningBytes = 1 << 16 };

static int keep(Kind *kind, const char *bytes, uint64_t size) {
    if (kind->content_bytes + size > kContentMax) fail("the answer is too large");
    char *content = realloc(kind->content, kind->content_bytes + size);
    if (content == NULL) fail("memory");
    memcpy(content + kind->content_bytes, bytes, size);
    kind->content = content;
    kind->content_bytes += (uint32_t)size;
    return 1;
}

static int is_same(const Kind *kind, uint64_t at, const char *bytes, uint64_t size) {
    return at + size <= kind->content_bytes && memcmp(kind->content + at, bytes, size) == 0;
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

// A byte of the framing (RFC 9112, section 7.1). False when it has no place there.
static int frame(Pieces *pieces, char byte) {
    switch (pieces->phase) {
        case kPieceSize: {
            int digit = hex_digit(byte);
            if (digit >= 0) {
                pieces->left = pieces->left << 4 | (unsigned)digit;
                ++pieces->digits;
                return pieces->digits <= 15;
            }
            pieces->phase = kPieceSizeEnd;
            return pieces->digits != 0 && (byte == '\r' || byte == ';');
        }
        case kPieceSizeEnd:
            if (byte != '\n') return 1;
            pieces->phase = pieces->left != 0 ? kPieceContent : kPieceTrailer;
            pieces->digits = 0;
            return 1;
        case kPieceContentEnd:
            if (byte == '\n') pieces->phase = kPieceSize;
            return byte == '\n' || byte == '\r';
        case kPieceTrailer:  // digits: bytes of the line
            if (byte == '\n' && pieces->digits == 0) pieces->phase = kPieceDone;
            if (byte != '\r') pieces->digits = byte == '\n' ? 0 : pieces->digits + 1;
            return 1;
        default:
            return 0;  // nothing comes after the end
    }
}

// Takes what came behind the head. False when it is not what it has to be.
static int take(Kind *kind, Pieces *pieces, const char *bytes, size_t size, int is_learning) {
    while (size != 0) {
        if (pieces->phase != kPieceContent) {
            if (!frame(pieces, *bytes)) return 0;
            ++bytes;
            --size;
            continue;
        }
        uint64_t run = pieces->left < size ? pieces->left : size;
        if (is_learning ? !keep(kind, bytes, run) : !is_same(kind, pieces->taken, bytes, run)) {
            return 0;
        }
        pieces->taken += run;
        pieces->left -= run;
        bytes += run;
        size -= run;
        if (pieces->left == 0) pieces->phase = kind->is_chunked ? kPieceContentEnd : kPieceDone;
    }
    return 1;
}

static void begin(const Kind *kind, Pieces *pieces) {
    *pieces = (Pieces){.phase = kind->is_chunked ? kPieceSize : kPieceContent};
    if (!kind->is_chunked) pieces->left = kind->promised_bytes;
}

int pieces_wanted(Kind *kind, const char *head_end) {
    const char *field = strcasestr(kind->answer, "\r\ntransfer-encoding: chunked");
    const char *length = strcasestr(kind->answer, "\r\ncontent-length:");
    kind->is_chunked = field != NULL && field < head_end;
    if (!kind->is_chunked && (length == NULL || length > head_end)) return 0;
    if (!kind->is_chunked) kind->promised_bytes = strtoull(length + 17, NULL, 10);
    size_t head = (size_t)(head_end + 4 - kind->answer);
    kind->in_pieces = kind->is_chunked || head + kind->promised_bytes >= kResponseMax;
    return kind->in_pieces;
}

void pieces_learn(Kind *kind, Channel *channel, const char *rest, size_t size) {
    static char bytes[kLearningBytes];
    Pieces pieces;
    begin(kind, &pieces);
    if (options.depth > 1) fail("answers in pieces cannot be pipelined");
    for (;;) {
        if (!take(kind, &pieces, rest, size, 1)) fail("the chunks are malformed");
        if (pieces.phase == kPieceDone) break;
        rest = bytes;
        size = channel_receive_waiting(channel, bytes, sizeof bytes);
    }
    kind->answer_bytes = kind->content_bytes;  // for the report; nothing of this size is kept
}

int pieces_take(Kind *kind, Connection *connection) {
    Pieces *pieces = &connection->pieces;
    const char *rest = connection->buffer;
    size_t size = connection->received;
    if (pieces->phase == kPieceHead) {
        int is_refused = size >= kStatusBytes && memcmp(rest, kind->answer, kStatusBytes) != 0;
        const char *end = memmem(rest, size, "\r\n\r\n", 4);
        if (is_refused) ++errors.status;
        if (is_refused || end == NULL) return is_refused ? -1 : 0;
        begin(kind, pieces);
        size -= (size_t)(end + 4 - rest);
        rest = end + 4;
    }
    connection->received = 0;
    if (!take(kind, pieces, rest, size, 0) ||
        (pieces->phase == kPieceDone && pieces->taken != kind->content_bytes)) {
        ++errors.content;
        return -1;
    }
    if (pieces->phase != kPieceDone) return 0;
    pieces->phase = kPieceHead;
    return 1;
}
