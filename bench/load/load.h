// What the parts of the load generator share. One process, one thread, global state.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    kConnectionsMax = 16384,
    kKindsMax = 16,          // different requests that rotate
    kDepthMax = 64,          // requests in flight on one connection
    kResponseMax = 1 << 18,  // of one answer that is taken as a whole
    kContentMax = 1 << 26,   // of one in pieces
    kProcessesMax = 64,
    kStatusBytes = 12,  // "HTTP/1.1 200"
    kNumberBytes = 8,
};

enum { kTlsNone, kTlsFull, kTlsResumed };

typedef struct {
    int port, connections, depth, sleeps;
    int tls;  // of handshakes: each in full, or by a session of an earlier one
    const char *host;
    double warmup_seconds, window_seconds, timeout_seconds;
    double rate;             // requests a second with intended starts; 0: closed loop
    uint32_t requests_each;  // then the connection is replaced; 0: it lives on
    uint64_t requests_max;   // 0: the window's length decides
    int kind_count, process_count;
    pid_t processes[kProcessesMax];
} Options;

// One request and what its answer has to be. Where the request's bytes hold ########, each sending
// puts a number of eight digits there, and the answer must carry the same one: so an answer that is
// lost, doubled or another request's is seen.
typedef struct {
    char *request;
    uint32_t request_bytes;
    int32_t number_at;  // in the request; -1: not numbered
    char *answer;       // learned from the first one
    uint32_t answer_bytes, content_bytes;
    int32_t answer_number_at;
    int in_pieces, is_chunked;
    uint64_t promised_bytes;
    char *content;  // of an answer in pieces
} Kind;

enum {
    kPieceHead,
    kPieceSize,
    kPieceSizeEnd,
    kPieceContent,
    kPieceContentEnd,
    kPieceTrailer,
    kPieceDone,
};

// Where an answer in pieces has come to.
typedef struct {
    uint8_t phase;
    uint32_t digits;
    uint64_t left, taken;  // of the chunk or the content; of the content
} Pieces;

typedef struct {
    uint64_t since_ns;  // of sending, or the intended start in an open loop
    uint32_t number;
    uint16_t kind;
} Flight;

typedef struct {
    int fd;
    uint8_t is_handshaking;
    struct ssl_st *ssl;  // NULL: the bytes go as they are
} Channel;

typedef struct {
    Channel channel;
    uint32_t received;
    uint32_t served;         // answers since it was connected
    uint16_t first, flying;  // the ring of what is in flight
    uint8_t is_closing;      // all is answered; the server's end of the connection is awaited
    uint8_t awaits_room;     // the socket's, for what is unsent
    char *buffer;
    char *unsent_copy;   // of what was not taken, unless the request stays as it is
    const char *unsent;  // NULL when all was sent
    uint32_t unsent_at, unsent_bytes;
    Flight *flights;
    Pieces pieces;
} Connection;

typedef struct {
    uint64_t requests, latency_sum_ns, latency_max_ns, idle_ns;
    uint64_t intended;  // open loop: starts within the window
    uint64_t from_ns;   // open loop: answers to earlier starts do not count
    uint64_t handshakes, resumed;
} Counters;

typedef struct {
    uint64_t status, content, socket, timeout;
} Errors;

extern Options options;
extern Kind kinds[kKindsMax];
extern Connection *connections;
extern Counters counters;
extern Errors errors;

// load.c
void fail(const char *what) __attribute__((noreturn));
uint64_t now_ns(void);

// histogram.c: latencies in ns, 64 steps for each power of two, 1.6 % wide.
void histogram_add(uint64_t ns);
void histogram_clear(void);
double percentile_us(double share);

// kinds.c
void kind_read(const char *path);
void kinds_learn(void);
uint32_t answer_bytes_max(void);
uint32_t room_bytes(void);  // that a connection needs
void number_write(char *at, uint32_t number);
int answer_is_right(const Kind *kind, const char *answer, uint32_t number);

// pieces.c
int pieces_wanted(Kind *kind, const char *head_end);
void pieces_learn(Kind *kind, Channel *channel, const char *rest, size_t size);
// 1: the answer is whole; 0: there is more to come; -1: it is wrong, and counted.
int pieces_take(Kind *kind, Connection *connection);

// channel.c: never waits, except for the connection itself. Sending and receiving are as those of
// the system: -1 and EAGAIN when nothing can be done yet.
void channels_start(void);
void channel_open(Channel *channel);
void channel_close(Channel *channel);
// 1: complete; 0: bytes of the peer are needed; -1: it has failed.
int channel_handshake(Channel *channel);
ssize_t channel_send(Channel *channel, const char *bytes, size_t size);
ssize_t channel_receive(Channel *channel, char *room, size_t size);
// Whether bytes have come that no event will tell of.
int channel_has_more(const Channel *channel);
// For the first answers, which are waited for.
void channel_open_waiting(Channel *channel);
void channel_send_waiting(Channel *channel, const char *bytes, size_t size);
size_t channel_receive_waiting(Channel *channel, char *room, size_t size);

// connection.c
void connections_start(void);
void connection_send(Connection *connection, uint64_t since_ns);
void connection_event(int index, uint32_t events);
int connections_poll(int timeout_ms);
int connection_take_idle(void);
uint64_t connections_overdue(uint64_t at_ns);
