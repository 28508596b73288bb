// A closed-loop HTTP/1.1 load generator, light enough to saturate a good server from one core.
// Every connection has one request in flight. The first answer is learned; every later one must
// have its size, its status line, its end of header block and its content, or it is an error and
// the connection is replaced. At both ends of the measured window the CPU clocks of the server's
// processes are read together with the count of answers, so that the quotient is exact.
//
// It polls without sleeping: waking a sleeping peer is work of the machine under test that a client
// on another machine would not cause. Prints one JSON object. Linux only.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    kConnectionsMax = 4096,
    kResponseMax = 4096,
    kProcessesMax = 64,
    kStatusBytes = 12,    // "HTTP/1.1 200"
    kBuckets = 64 * 60,   // latency in ns: 64 steps for each power of two, 1.6 % wide
    kTimeoutSeconds = 2,  // an answer that took longer is an error
    kReplacementsMax = 10000,
};

static const char kUsage[] =
    "usage: load --port N [--path P] [--connections N] [--warmup S] [--seconds S]\n"
    "            [--requests N] [--idle spin|sleep] [--pid PID]...\n";

typedef struct {
    int fd;
    uint32_t received;
    uint64_t sent_ns;
    char *buffer;  // expected_bytes and one more, so that too long an answer shows
} Connection;

typedef struct {
    int port, connections, sleeps;
    const char *path;
    double warmup_seconds, window_seconds;
    uint64_t requests_max;  // 0: the window's length decides
    int process_count;
    pid_t processes[kProcessesMax];
} Options;

typedef struct {
    uint64_t requests;
    uint64_t latency_sum_ns, latency_max_ns, idle_ns;
    uint32_t histogram[kBuckets];
} Counters;

static Options options = {.connections = 200, .path = "/", .window_seconds = 1};
static Connection *connections;
static Counters counters;  // of the window; errors count from the first request on
static uint64_t status_errors, content_errors, socket_errors, timeout_errors;
static int epoll_fd;
static char request[512];
static uint32_t request_bytes;
static char expected[kResponseMax];
static uint32_t expected_bytes, content_bytes;

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
    exit(1);
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

// The clock of a process's CPU time, threads that have ended included (clock_getcpuclockid(3)).
static uint64_t processes_cpu_ns(void) {
    uint64_t sum = 0;
    for (int i = 0; i < options.process_count; ++i) {
        clockid_t clock;
        if (clock_getcpuclockid(options.processes[i], &clock) == 0) sum += clock_ns(clock);
    }
    return sum;
}

static double in_us(uint64_t ns) { return (double)ns / 1e3; }

static double in_seconds(uint64_t ns) { return (double)ns / 1e9; }

static unsigned bucket_of(uint64_t ns) {
    if (ns < 64) return (unsigned)ns;
    unsigned exponent = 63u - (unsigned)__builtin_clzll(ns);
    return (exponent - 5) * 64 + (unsigned)((ns >> (exponent - 6)) & 63);
}

static double bucket_middle_us(unsigned bucket) {
    if (bucket < 64) return in_us(bucket);
    unsigned exponent = bucket / 64 + 5;
    uint64_t step = 1ull << (exponent - 6);
    return in_us((1ull << exponent) + (bucket % 64) * step + step / 2);
}

static double percentile_us(double share) {
    uint64_t wanted = (uint64_t)(share * (double)counters.requests), seen = 0;
    for (unsigned i = 0; i < kBuckets; ++i) {
        seen += counters.histogram[i];
        if (seen > wanted) return bucket_middle_us(i);
    }
    return in_us(counters.latency_max_ns);
}

static void connect_one(Connection *connection, int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->received = 0;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) fail("socket");
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    struct timeval limit = {.tv_sec = kTimeoutSeconds};  // for learn(); the loop never blocks
    setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0) fail("epoll_ctl");
}

static void send_request(Connection *connection) {
    connection->sent_ns = now_ns();
    ssize_t sent = send(connection->fd, request, request_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    // A short send leaves the answer owed; the timeout or the close that follows counts it.
    (void)sent;
}

// Replaces a connection whose answer was wrong; what was wrong is already counted.
static void replace(Connection *connection, int index) {
    static int replacements;
    if (++replacements > kReplacementsMax) fail("too many failed connections");
    close(connection->fd);
    connect_one(connection, index);
    send_request(connection);
}

// Reads the first answer and keeps it as the pattern of all the others.
static void learn(void) {
    Connection *first = &connections[0];
    errno = 0;
    uint32_t have = 0;
    send_request(first);
    while (expected_bytes == 0 || have < expected_bytes) {
        ssize_t n = recv(first->fd, expected + have, sizeof expected - 1 - have, 0);
        if (n <= 0) fail("the first answer does not arrive");
        have += (uint32_t)n;
        expected[have] = 0;
        const char *end = strstr(expected, "\r\n\r\n");
        if (end == NULL) continue;
        const char *field = strcasestr(expected, "\r\ncontent-length:");
        if (field == NULL || field > end) fail("the answer has no Content-Length");
        content_bytes = (uint32_t)strtoul(field + 17, NULL, 10);
        expected_bytes = (uint32_t)(end + 4 - expected) + content_bytes;
        if (expected_bytes >= sizeof expected) fail("the answer is too large");
    }
    if (have != expected_bytes) fail("more bytes than the answer has");
    if (memcmp(expected, "HTTP/1.1 2", 10) != 0) fail("the first answer is no success");
}

static int answer_is_right(const Connection *connection) {
    uint32_t tail = content_bytes + 4;  // the end of the header block and the content
    uint32_t at = expected_bytes - tail;
    int status_is_right = memcmp(connection->buffer, expected, kStatusBytes) == 0;
    int content_is_right = connection->received == expected_bytes &&
                           memcmp(connection->buffer + at, expected + at, tail) == 0;
    status_errors += !status_is_right;
    content_errors += status_is_right && !content_is_right;
    return status_is_right && content_is_right;
}

// Takes what was received. False when the connection has to be replaced.
static int take(Connection *connection, ssize_t n) {
    socket_errors += n <= 0;
    if (n <= 0) return 0;
    connection->received += (uint32_t)n;
    int is_refused = connection->received >= kStatusBytes &&
                     memcmp(connection->buffer, expected, kStatusBytes) != 0;
    if (connection->received < expected_bytes && !is_refused) return 1;
    uint64_t latency = now_ns() - connection->sent_ns;
    if (!answer_is_right(connection)) return 0;
    ++counters.requests;
    ++counters.histogram[bucket_of(latency)];
    counters.latency_sum_ns += latency;
    if (latency > counters.latency_max_ns) counters.latency_max_ns = latency;
    connection->received = 0;
    send_request(connection);
    return 1;
}

static void on_readable(int index) {
    Connection *connection = &connections[index];
    ssize_t n = recv(connection->fd, connection->buffer + connection->received,
                     expected_bytes + 1 - connection->received, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (!take(connection, n)) replace(connection, index);
}

// Answers arrive in bunches; a pause after an empty poll keeps the poll off the server's locks.
static void pause_a_little(uint64_t from) {
    while (now_ns() - from < 10000) continue;
}

// Runs until the deadline or, in the window, until the wanted number of answers. Returns the end.
static uint64_t run_until(uint64_t deadline, uint64_t requests_max) {
    struct epoll_event events[256];
    for (;;) {
        uint64_t start = now_ns();
        if (start >= deadline || (requests_max != 0 && counters.requests >= requests_max)) {
            return start;
        }
        int count = epoll_wait(epoll_fd, events, 256, options.sleeps ? 10 : 0);
        if (count == 0 && !options.sleeps) pause_a_little(start);
        if (count == 0 || options.sleeps) counters.idle_ns += now_ns() - start;
        for (int i = 0; i < count; ++i) on_readable((int)events[i].data.u32);
    }
}

static void parse_options(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (strcmp(name, "--port") == 0)
            options.port = atoi(value);
        else if (strcmp(name, "--path") == 0)
            options.path = value;
        else if (strcmp(name, "--connections") == 0)
            options.connections = atoi(value);
        else if (strcmp(name, "--warmup") == 0)
            options.warmup_seconds = atof(value);
        else if (strcmp(name, "--seconds") == 0)
            options.window_seconds = atof(value);
        else if (strcmp(name, "--requests") == 0)
            options.requests_max = strtoull(value, NULL, 10);
        else if (strcmp(name, "--idle") == 0)
            options.sleeps = strcmp(value, "sleep") == 0;
        else if (strcmp(name, "--pid") == 0 && options.process_count < kProcessesMax)
            options.processes[options.process_count++] = atoi(value);
        else
            options.port = -1;
    }
    if (argc % 2 == 0 || options.port <= 0 || options.connections < 1 ||
        options.connections > kConnectionsMax || options.window_seconds <= 0) {
        fputs(kUsage, stderr);
        exit(2);
    }
}

static void print_results(uint64_t wall_ns, uint64_t own_ns, uint64_t server_ns) {
    uint64_t count = counters.requests != 0 ? counters.requests : 1;
    printf("{\"requests\": %lu, \"seconds\": %.6f, ", counters.requests, in_seconds(wall_ns));
    printf("\"response_bytes\": %u, ", expected_bytes);
    printf("\"server_cpu_seconds\": %.9f, ", in_seconds(server_ns));
    printf("\"generator_cpu_seconds\": %.9f, ", in_seconds(own_ns));
    printf("\"generator_idle_seconds\": %.9f, ", in_seconds(counters.idle_ns));
    printf("\"latency_us\": {\"mean\": %.1f, ", in_us(counters.latency_sum_ns / count));
    printf("\"p50\": %.1f, \"p95\": %.1f, ", percentile_us(.5), percentile_us(.95));
    printf("\"p99\": %.1f, \"max\": %.1f}, ", percentile_us(.99), in_us(counters.latency_max_ns));
    printf("\"errors\": {\"status\": %lu, \"content\": %lu, ", status_errors, content_errors);
    printf("\"socket\": %lu, \"timeout\": %lu}}\n", socket_errors, timeout_errors);
}

int main(int argc, char **argv) {
    parse_options(argc, argv);
    const char *form = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n";
    request_bytes = (uint32_t)snprintf(request, sizeof request, form, options.path, options.port);
    if (request_bytes >= sizeof request) fail("the path is too long");
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc((size_t)options.connections, sizeof *connections);
    if (epoll_fd < 0 || connections == NULL) fail("start");
    for (int i = 0; i < options.connections; ++i) connect_one(&connections[i], i);
    learn();
    // Close together, so that what is touched for a request stays in the first cache.
    char *buffers = calloc((size_t)options.connections, expected_bytes + 1);
    if (buffers == NULL) fail("start");
    for (int i = 0; i < options.connections; ++i) {
        connections[i].buffer = buffers + (size_t)i * (expected_bytes + 1);
        send_request(&connections[i]);
    }

    run_until(now_ns() + (uint64_t)(options.warmup_seconds * 1e9), 0);
    counters = (Counters){0};
    uint64_t own = clock_ns(CLOCK_PROCESS_CPUTIME_ID), server = processes_cpu_ns();
    uint64_t start = now_ns();
    uint64_t window = (uint64_t)(options.window_seconds * 1e9);
    uint64_t end = run_until(start + window, options.requests_max);
    server = processes_cpu_ns() - server;
    own = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own;
    for (int i = 0; i < options.connections; ++i) {
        timeout_errors += in_seconds(end - connections[i].sent_ns) > kTimeoutSeconds;
    }
    print_results(end - start, own, server);
    return 0;
}
