// An HTTP/1.1 load generator, light enough to saturate a good server from one core. Closed loop:
// each connection has its requests in flight all the time. Open loop (--rate): requests have
// intended starts at a fixed rate, and their latencies count from there, whether or not a
// connection was free, so that a slow server cannot slow down its own measuring.
//
// The first answer to each request is learned; every later one must have its size, its status line,
// its end of header block, its content and its number, or it is an error and the connection is
// replaced. At both ends of the measured window the CPU clocks of the server's processes are read
// together with the count of answers, so that the quotient is exact.
//
// It polls without sleeping: waking a sleeping peer is work of the machine under test that a client
// on another machine would not cause. Prints one JSON object. Linux only.

#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char kUsage[] =
    "usage: load --port N [--path P | --request FILE...] [--connections N] [--depth N]\n"
    "            [--requests-each N] [--rate N] [--warmup S] [--seconds S] [--requests N]\n"
    "            [--timeout S] [--host A] [--idle spin|sleep] [--tls full|resumed]\n"
    "            [--pid PID]...\n"
    "A FILE holds the bytes of one request; several rotate. In it, ######## becomes a number that\n"
    "the answer has to carry. With --tls each connection begins with a full handshake, or takes "
    "up\n"
    "the newest session; certificates are not verified.\n";

Options options = {
    .connections = 200,
    .depth = 1,
    .host = "127.0.0.1",
    .window_seconds = 1,
    .timeout_seconds = 2,
};
Kind kinds[kKindsMax];
Connection *connections;
Counters counters;  // of the window; errors count from the first request on
Errors errors;

void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
    exit(1);
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

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

static uint64_t in_ns(double seconds) { return (uint64_t)(seconds * 1e9); }

// Answers arrive in bunches; a pause after an empty poll keeps the poll off the server's locks.
static void pause_a_little(uint64_t from) {
    while (now_ns() - from < 10000) continue;
}

// Intended starts of the open loop; `next` is the first that has not been sent.
static uint64_t schedule_start, schedule_next;

static uint64_t intended_start(uint64_t number) {
    return schedule_start + (uint64_t)((double)number * 1e9 / options.rate);
}

// Sends what is due, as far as connections are free; what is not sent stays due.
static void send_due(uint64_t now) {
    for (uint64_t due; (due = intended_start(schedule_next)) <= now; ++schedule_next) {
        int index = connection_take_idle();
        if (index < 0) return;
        connection_send(&connections[index], due);
    }
}

// Runs until the deadline or, in the window, until the wanted number of answers. Returns the end.
static uint64_t run_until(uint64_t deadline, uint64_t requests_max) {
    for (;;) {
        uint64_t start = now_ns();
        if (start >= deadline || (requests_max != 0 && counters.requests >= requests_max)) {
            return start;
        }
        if (options.rate > 0) send_due(start);
        int count = connections_poll(options.sleeps ? 10 : 0);
        if (count == 0 && !options.sleeps && options.rate == 0) pause_a_little(start);
        if (count == 0 || options.sleeps) counters.idle_ns += now_ns() - start;
    }
}

// What was intended within the window and is not answered: waited for a while, then it is an error
// and counts with the time it has taken, so that the percentiles do not leave out the worst.
static void finish_open_loop(uint64_t end) {
    uint64_t intended = 0, limit = end + in_ns(options.timeout_seconds);
    while (intended_start(intended) < counters.from_ns) ++intended;
    uint64_t first = intended;
    while (intended_start(intended) < end) ++intended;
    uint64_t wanted = intended - first;
    while (counters.requests < wanted && now_ns() < limit) {
        uint64_t now = now_ns();
        send_due(now < end ? now : end - 1);
        connections_poll(0);
    }
    uint64_t now = now_ns();
    counters.intended = wanted;
    for (uint64_t late = counters.requests; late < wanted; ++late, ++errors.timeout) {
        uint64_t latency = now - intended_start(first + late);
        histogram_add(latency);
        if (latency > counters.latency_max_ns) counters.latency_max_ns = latency;
    }
}

static int parse_option(const char *name, const char *value) {
    if (strcmp(name, "--port") == 0)
        options.port = atoi(value);
    else if (strcmp(name, "--host") == 0)
        options.host = value;
    else if (strcmp(name, "--request") == 0)
        kind_read(value);
    else if (strcmp(name, "--connections") == 0)
        options.connections = atoi(value);
    else if (strcmp(name, "--depth") == 0)
        options.depth = atoi(value);
    else if (strcmp(name, "--requests-each") == 0)
        options.requests_each = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "--rate") == 0)
        options.rate = atof(value);
    else if (strcmp(name, "--warmup") == 0)
        options.warmup_seconds = atof(value);
    else if (strcmp(name, "--seconds") == 0)
        options.window_seconds = atof(value);
    else if (strcmp(name, "--timeout") == 0)
        options.timeout_seconds = atof(value);
    else if (strcmp(name, "--requests") == 0)
        options.requests_max = strtoull(value, NULL, 10);
    else if (strcmp(name, "--idle") == 0)
        options.sleeps = strcmp(value, "sleep") == 0;
    else if (strcmp(name, "--tls") == 0 && strcmp(value, "full") == 0)
        options.tls = kTlsFull;
    else if (strcmp(name, "--tls") == 0 && strcmp(value, "resumed") == 0)
        options.tls = kTlsResumed;
    else if (strcmp(name, "--pid") == 0 && options.process_count < kProcessesMax)
        options.processes[options.process_count++] = atoi(value);
    else
        return 0;
    return 1;
}

// A plain GET for `--path`, when no request is given as a file.
static void make_request(const char *path) {
    Kind *kind = &kinds[options.kind_count++];
    const char *form = "GET %s HTTP/1.1\r\nHost: %s:%d\r\n\r\n";
    int size = asprintf(&kind->request, form, path, options.host, options.port);
    if (size < 0) fail("memory");
    kind->request_bytes = (uint32_t)size;
    kind->number_at = -1;
}

static void parse_options(int argc, char **argv) {
    const char *path = "/";
    int is_wrong = argc % 2 == 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--path") == 0)
            path = argv[i + 1];
        else if (!parse_option(argv[i], argv[i + 1]))
            is_wrong = 1;
    }
    if (is_wrong || options.port <= 0 || options.connections < 1 ||
        options.connections > kConnectionsMax || options.window_seconds <= 0 || options.depth < 1 ||
        options.depth > kDepthMax || options.rate < 0 ||
        (options.depth > 1 && (options.rate > 0 || options.requests_each != 0))) {
        fputs(kUsage, stderr);
        exit(2);
    }
    if (options.kind_count == 0) make_request(path);
}

static void print_results(uint64_t wall_ns, uint64_t own_ns, uint64_t server_ns) {
    uint64_t count = counters.requests != 0 ? counters.requests : 1;
    printf("{\"requests\": %lu, \"intended\": %lu, ", counters.requests, counters.intended);
    printf("\"seconds\": %.6f, \"response_bytes\": %u, ", in_seconds(wall_ns), answer_bytes_max());
    printf("\"server_cpu_seconds\": %.9f, ", in_seconds(server_ns));
    printf("\"generator_cpu_seconds\": %.9f, ", in_seconds(own_ns));
    printf("\"generator_idle_seconds\": %.9f, ", in_seconds(counters.idle_ns));
    printf("\"latency_us\": {\"mean\": %.1f, ", in_us(counters.latency_sum_ns / count));
    printf("\"p50\": %.1f, \"p95\": %.1f, ", percentile_us(.5), percentile_us(.95));
    printf("\"p99\": %.1f, \"p999\": %.1f, ", percentile_us(.99), percentile_us(.999));
    printf("\"max\": %.1f}, ", in_us(counters.latency_max_ns));
    printf("\"handshakes\": %lu, \"resumed\": %lu, ", counters.handshakes, counters.resumed);
    printf("\"errors\": {\"status\": %lu, \"content\": %lu, ", errors.status, errors.content);
    printf("\"socket\": %lu, \"timeout\": %lu}}\n", errors.socket, errors.timeout);
}

// Many connections need many descriptors; the hard limit is what may be had.
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
    parse_options(argc, argv);
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    channels_start();
    kinds_learn();
    schedule_start = now_ns();
    connections_start();
    if (options.rate > 0) schedule_start = now_ns();

    run_until(now_ns() + in_ns(options.warmup_seconds), 0);
    uint64_t start = now_ns();
    counters = (Counters){.from_ns = options.rate > 0 ? start : 0};
    histogram_clear();
    uint64_t own = clock_ns(CLOCK_PROCESS_CPUTIME_ID), server = processes_cpu_ns();
    start = now_ns();
    uint64_t end = run_until(start + in_ns(options.window_seconds), options.requests_max);
    server = processes_cpu_ns() - server;
    own = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own;
    uint64_t requests = counters.requests;
    if (options.rate > 0) {
        finish_open_loop(counters.from_ns + in_ns(options.window_seconds));
        counters.requests = requests;  // those within the window, as the CPU time
    } else {
        errors.timeout += connections_overdue(end);
    }
    print_results(end - start, own, server);
    return 0;
}
