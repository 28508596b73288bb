// The connections: sending, taking answers, replacing.

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { kReplacementsMax = 10000, kBatchBytesMax = 65536, kEvents = 256, kFirstNumber = 10000000 };

static int epoll_fd;
static int *idle;  // open loop: indexes of connections with nothing in flight
static int idle_count;
static uint32_t buffer_bytes;

static void watch(const Connection *connection, int operation, uint32_t events) {
    struct epoll_event event = {.events = events};
    event.data.u32 = (uint32_t)(connection - connections);
    if (epoll_ctl(epoll_fd, operation, connection->channel.fd, &event) != 0) fail("epoll_ctl");
}

static void connection_open(Connection *connection) {
    connection->received = connection->served = 0;
    connection->first = connection->flying = 0;
    connection->is_closing = connection->awaits_room = 0;
    connection->pieces.phase = kPieceHead;
    channel_open(&connection->channel);
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    // The first flight; what fails is told by the next event.
    if (connection->channel.is_handshaking) channel_handshake(&connection->channel);
}

static void drop_unsent(Connection *connection) {
    free(connection->unsent_copy);
    connection->unsent_copy = NULL;
    connection->unsent = NULL;
}

// Close together, so that what is touched for a request stays in the first cache.
void connections_start(void) {
    size_t count = (size_t)options.connections, depth = (size_t)options.depth;
    buffer_bytes = room_bytes();
    if (depth > 1 && buffer_bytes < kBatchBytesMax) {
        uint32_t whole = answer_bytes_max() * (uint32_t)depth + 1;
        buffer_bytes = whole < kBatchBytesMax ? whole : kBatchBytesMax;
    }
    char *buffers = calloc(count, buffer_bytes);
    Flight *flights = calloc(count * depth, sizeof *flights);
    connections = calloc(count, sizeof *connections);
    idle = calloc(count, sizeof *idle);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0 || buffers == NULL || flights == NULL || connections == NULL || idle == NULL) {
        fail("start");
    }
    for (size_t i = 0; i < count; ++i) {
        connections[i].buffer = buffers + i * buffer_bytes;
        connections[i].flights = flights + i * depth;
        connection_open(&connections[i]);
    }
    for (int i = 0; i < options.connections; ++i) {
        if (options.rate > 0) {
            idle[idle_count++] = i;
        } else {
            connection_send(&connections[i], now_ns());
        }
    }
}

int connection_take_idle(void) { return idle_count > 0 ? idle[--idle_count] : -1; }

// How many connections owe an answer for longer than is allowed.
uint64_t connections_overdue(uint64_t at_ns) {
    uint64_t limit = (uint64_t)(options.timeout_seconds * 1e9), count = 0;
    for (int i = 0; i < options.connections; ++i) {
        const Connection *connection = &connections[i];
        const Flight *first = &connection->flights[connection->first];
        int is_waiting = connection->flying != 0 || connection->is_closing;
        count += is_waiting && at_ns > first->since_ns + limit;
    }
    return count;
}

static void await_room(Connection *connection, int is_awaited) {
    if (connection->awaits_room == is_awaited) return;
    watch(connection, EPOLL_CTL_MOD, is_awaited ? EPOLLIN | EPOLLOUT : EPOLLIN);
    connection->awaits_room = (uint8_t)is_awaited;
}

// Keeps what was not taken until it can be sent; as a copy when the bytes may change.
static void keep_unsent(Connection *connection, const char *bytes, size_t size, int is_lasting) {
    if (!is_lasting) {
        connection->unsent_copy = malloc(size);
        if (connection->unsent_copy == NULL) fail("memory");
        bytes = memcpy(connection->unsent_copy, bytes, size);
    }
    connection->unsent = bytes;
    connection->unsent_at = 0;
    connection->unsent_bytes = (uint32_t)size;
}

static void send_bytes(Connection *connection, const char *bytes, size_t size, int is_lasting) {
    ssize_t sent = 0;
    if (!connection->channel.is_handshaking) {
        sent = channel_send(&connection->channel, bytes, size);
        // An error leaves the answer owed; the close or the timeout that follows counts it.
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return;
        if (sent < 0) sent = 0;
        if ((size_t)sent == size) return;
        await_room(connection, 1);
    }
    keep_unsent(connection, bytes + sent, size - (size_t)sent, is_lasting);
}

static void send_more(Connection *connection) {
    if (connection->unsent == NULL) return;
    const char *bytes = connection->unsent + connection->unsent_at;
    size_t size = connection->unsent_bytes - connection->unsent_at;
    ssize_t sent = channel_send(&connection->channel, bytes, size);
    if (sent > 0) connection->unsent_at += (uint32_t)sent;
    int is_whole = connection->unsent_at == connection->unsent_bytes;
    if (is_whole) drop_unsent(connection);
    await_room(connection, !is_whole);
}

// Sends as many requests as may be in flight, in one call.
void connection_send(Connection *connection, uint64_t since_ns) {
    static uint32_t next_number = kFirstNumber;
    static int next_kind;
    static char batch[kBatchBytesMax];
    size_t size = 0;
    connection->first = 0;
    connection->flying = (uint16_t)options.depth;
    for (int i = 0; i < options.depth; ++i) {
        Kind *kind = &kinds[next_kind];
        connection->flights[i] = (Flight){since_ns, next_number, (uint16_t)next_kind};
        if (kind->number_at >= 0) {
            number_write(kind->request + kind->number_at, next_number);
            next_number = next_number == 99999999 ? kFirstNumber : next_number + 1;
        }
        if (options.kind_count > 1) next_kind = (next_kind + 1) % options.kind_count;
        if (options.depth == 1) {
            send_bytes(connection, kind->request, kind->request_bytes, kind->number_at < 0);
            return;
        }
        if (size + kind->request_bytes > sizeof batch) fail("too large for the pipeline");
        memcpy(batch + size, kind->request, kind->request_bytes);
        size += kind->request_bytes;
    }
    send_bytes(connection, batch, size, 0);
}

// What follows when nothing is in flight any more.
static void go_on(Connection *connection) {
    if (options.rate > 0) {
        idle[idle_count++] = (int)(connection - connections);
    } else {
        connection_send(connection, now_ns());
    }
}

static void renew(Connection *connection) {
    drop_unsent(connection);
    channel_close(&connection->channel);
    connection_open(connection);
    go_on(connection);
}

// A connection whose answer was wrong; what was wrong is already counted.
static void replace(Connection *connection) {
    static int replacements;
    if (++replacements > kReplacementsMax) fail("too many failed connections");
    renew(connection);
}

static void count_answer(const Flight *flight, uint64_t now) {
    uint64_t latency = now - flight->since_ns;
    ++counters.requests;
    histogram_add(latency);
    counters.latency_sum_ns += latency;
    if (latency > counters.latency_max_ns) counters.latency_max_ns = latency;
}

static int take_pieces(Connection *connection) {
    const Flight *flight = &connection->flights[connection->first];
    int taken = pieces_take(&kinds[flight->kind], connection);
    if (taken <= 0) return taken == 0;
    if (flight->since_ns >= counters.from_ns) count_answer(flight, now_ns());
    connection->first = connection->flying = 0;
    ++connection->served;
    return 1;
}

// Takes the answers that are whole. False when one is wrong.
static int take_answers(Connection *connection) {
    uint32_t at = 0;
    if (kinds[connection->flights[connection->first].kind].in_pieces) {
        return take_pieces(connection);
    }
    uint64_t now = now_ns();
    while (connection->flying != 0) {
        const Flight *flight = &connection->flights[connection->first];
        const Kind *kind = &kinds[flight->kind];
        uint32_t have = connection->received - at;
        const char *answer = connection->buffer + at;
        int is_refused = have >= kStatusBytes && memcmp(answer, kind->answer, kStatusBytes) != 0;
        if (have < kind->answer_bytes && !is_refused) break;
        if (!answer_is_right(kind, answer, flight->number)) return 0;
        if (flight->since_ns >= counters.from_ns) count_answer(flight, now);
        ++connection->first;
        --connection->flying;
        ++connection->served;
        at += kind->answer_bytes;
    }
    connection->received -= at;
    if (connection->flying == 0 && connection->received != 0) {
        ++errors.content;
        return 0;
    }
    if (at != 0) memmove(connection->buffer, connection->buffer + at, connection->received);
    return 1;
}

// After the last answer that a connection is to give. With one each, the request said
// `Connection: close` and the server closes, so that no port of ours waits for late segments. With
// more, the connection is reset for the same reason.
static void finish(Connection *connection) {
    if (options.requests_each == 1) {
        connection->is_closing = 1;
        connection->first = 0;
        connection->flights[0].since_ns = now_ns();
        return;
    }
    struct linger reset = {.l_onoff = 1};
    setsockopt(connection->channel.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    renew(connection);
}

// Takes what has come, once. False when there is nothing, or the connection is a new one.
static int receive(Connection *connection) {
    ssize_t n = channel_receive(&connection->channel, connection->buffer + connection->received,
                                buffer_bytes - connection->received);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (n == 0 && connection->is_closing) {
        renew(connection);
        return 0;
    }
    errors.socket += n <= 0;
    errors.content += n > 0 && connection->flying == 0;
    if (n <= 0 || connection->flying == 0) {
        replace(connection);
        return 0;
    }
    connection->received += (uint32_t)n;
    if (!take_answers(connection)) {
        replace(connection);
        return 0;
    }
    if (connection->flying != 0) return 1;
    int is_last = options.requests_each != 0 && connection->served >= options.requests_each;
    is_last ? finish(connection) : go_on(connection);
    return 1;
}

void connection_event(int index, uint32_t events) {
    Connection *connection = &connections[index];
    if (connection->channel.is_handshaking) {
        int outcome = channel_handshake(&connection->channel);
        if (outcome > 0) send_more(connection);
        if (outcome < 0) {
            ++errors.socket;
            replace(connection);
        }
        return;
    }
    if ((events & EPOLLOUT) != 0) send_more(connection);
    if ((events & ~(uint32_t)EPOLLOUT) == 0) return;
    while (receive(connection) && channel_has_more(&connection->channel)) continue;
}

int connections_poll(int timeout_ms) {
    struct epoll_event events[kEvents];
    int count = epoll_wait(epoll_fd, events, kEvents, timeout_ms);
    for (int i = 0; i < count; ++i) connection_event((int)events[i].data.u32, events[i].events);
    return count;
}
