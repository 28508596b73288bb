/* One process that sends events to many clients from two threads: `server hub|bare PORT ENGINE`.
 *
 * hub   a hub of two loops, published to by a third thread
 * bare  what no server can do without: each thread sends the same bytes to its sockets, one send(2)
 *       each, in a plain loop
 *
 * Commands on standard input, an answer to each: `clients` (how many there are), `rss` (KiB),
 * `fill N LIVE` (as publish, with large events) and `publish N LIVE` (N events, each when LIVE
 * clients have been sent the one before: CPU time in ns of the process, without the publisher's
 * waiting, and events delivered). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <trivet.h>
#include <unistd.h>

enum { kThreads = 2, kClientsMax = 16384, kDataBytes = 64, kLargeBytes = 60000 };
enum { kStillMoments = 10, kClockSkewNs = 5000 };

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t cpu_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void rest(void) {
    const struct timespec moment = {0, 200000};
    nanosleep(&moment, NULL);
}

// The hub.

static trivet_app *app;
static trivet_sse_hub hub;
static trivet_sse_event event;

static void subscribe(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view, (void)user_data;
    if (trivet_sse_subscribe(request, hub, NULL, NULL, 0) != TRIVET_OK) {
        trivet_reply_empty(request, 503);
    }
}

static void *run_loop(void *port) {
    trivet_loop *loop = NULL;
    trivet_error *error = NULL;
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = TRIVET_LOOP_REUSE_PORT;
    config.port = *(uint32_t *)port;
    if (trivet_loop_new(app, &config, &loop, &error) != TRIVET_OK) {
        fprintf(stderr, "no loop: %s\n", trivet_error_message(error).data);
        exit(1);
    }
    trivet_loop_run(loop);
    return NULL;
}

static void start_hub(uint32_t *port, const char *engine) {
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    config.engine = strcmp(engine, "epoll") == 0 ? TRIVET_ENGINE_EPOLL : TRIVET_ENGINE_URING;
    config.log_level = TRIVET_LOG_ERROR;
    // Every client gets the same bytes.
    trivet_sse_hub_config of_hub;
    trivet_sse_hub_config_init(&of_hub, sizeof of_hub);
    of_hub.heartbeat_ms = 0;
    app = trivet_app_new();
    if (app == NULL || trivet_app_configure(app, &config, NULL) != TRIVET_OK ||
        trivet_app_route(app, trivet_lit("GET"), trivet_lit("/events"), NULL, subscribe, NULL, NULL,
                         NULL) != TRIVET_OK ||
        trivet_sse_hub_open(app, &of_hub, &hub, NULL) != TRIVET_OK) {
        die("the app");
    }
    trivet_sse_event_init(&event, sizeof event);
    for (int i = 0; i < kThreads; ++i) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_loop, port) != 0) die("pthread_create");
    }
}

static trivet_sse_hub_info hub_info(void) {
    trivet_sse_hub_info info = {.size = sizeof info};
    if (trivet_sse_hub_get_info(hub, &info) != TRIVET_OK) die("get_info");
    return info;
}

static void hub_publish(void) {
    if (trivet_sse_hub_publish(hub, &event, NULL) != TRIVET_OK) die("publish");
}

static size_t hub_clients(void) { return (size_t)hub_info().subscribers; }

// The bare loop.

static int sockets[kThreads][kClientsMax];
static atomic_size_t counts[kThreads];
static atomic_uint rounds[kThreads];  // asked for
static atomic_uint done[kThreads];
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER;
static atomic_ullong sent;
static char chunk[kLargeBytes + 256];
static size_t chunk_bytes;

static void *send_all(void *argument) {
    size_t me = (size_t)(intptr_t)argument;
    unsigned seen = 0;
    for (;;) {
        pthread_mutex_lock(&guard);
        while (atomic_load(&rounds[me]) == seen) pthread_cond_wait(&asked, &guard);
        pthread_mutex_unlock(&guard);
        ++seen;
        size_t count = atomic_load(&counts[me]), taken = 0;
        for (size_t i = 0; i < count; ++i) {
            ssize_t size = send(sockets[me][i], chunk, chunk_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
            taken += size == (ssize_t)chunk_bytes;
        }
        atomic_fetch_add(&sent, taken);
        atomic_store(&done[me], seen);
    }
    return NULL;
}

static void *accept_all(void *argument) {
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    int listener = (int)(intptr_t)argument;
    for (size_t next = 0;; next = (next + 1) % kThreads) {
        char request[1024];
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) die("accept");
        if (recv(fd, request, sizeof request, 0) <= 0) {
            close(fd);  // who only looked whether somebody is there
            continue;
        }
        if (send(fd, head, sizeof head - 1, 0) < 0) die("send");
        sockets[next][atomic_load(&counts[next])] = fd;
        atomic_fetch_add(&counts[next], 1);
    }
    return NULL;
}

static void start_bare(uint32_t port) {
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
        die("bind");
    }
    pthread_t thread;
    pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener);
    for (int i = 0; i < kThreads; ++i) {
        pthread_create(&thread, NULL, send_all, (void *)(intptr_t)i);
    }
}

static void bare_publish(void) {
    pthread_mutex_lock(&guard);
    for (int i = 0; i < kThreads; ++i) atomic_fetch_add(&rounds[i], 1);
    pthread_cond_broadcast(&asked);
    pthread_mutex_unlock(&guard);
}

static size_t bare_clients(void) { return atomic_load(&counts[0]) + atomic_load(&counts[1]); }

// The commands.

// The bare loop's is as long as an event of the hub: its id, its data, its frame.
static void choose_data(size_t size) {
    static char data[kLargeBytes + 1];
    memset(data, 'x', size);
    data[size] = '\0';
    event.data = (trivet_str){data, size};
    chunk_bytes =
        (size_t)snprintf(chunk, sizeof chunk, "59\r\nid: 00000000-100\ndata: %s\n\n\r\n", data);
}

static uint64_t total(int is_hub) {
    return is_hub ? hub_info().delivered_total : atomic_load(&sent);
}

// Large events may come faster than a client takes them: then it misses some.
static uint64_t settled_total(int is_filling) {
    trivet_sse_hub_info info = hub_info();
    return info.delivered_total + (is_filling ? info.dropped_total : 0);
}

static int is_settled(int is_hub, int is_filling, uint64_t goal) {
    if (is_hub) return settled_total(is_filling) >= goal;
    return atomic_load(&done[0]) == atomic_load(&rounds[0]) &&
           atomic_load(&done[1]) == atomic_load(&rounds[1]);
}

/* Deliveries are counted before the kernel has them all: what was given is sent once the other
 * threads take no CPU time any more. */
static void await_rest(void) {
    uint64_t before = 0;
    for (int still = 0; still < kStillMoments;) {
        uint64_t others = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns(CLOCK_THREAD_CPUTIME_ID);
        // The two clocks are not read at once.
        int is_still = others < before + kClockSkewNs;
        still = is_still ? still + 1 : 0;
        before = is_still ? before : others;
        rest();
    }
}

// A look costs the publisher something, which is no part of what is measured.
static void publish(int is_hub, int is_filling, unsigned events, uint64_t live) {
    uint64_t begin = total(is_hub), cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID), own = 0;
    uint64_t thread_begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (unsigned i = 0; i < events; ++i) {
        uint64_t goal = (is_hub ? settled_total(is_filling) : 0) + live;
        uint64_t before = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
        if (is_hub) {
            hub_publish();
        } else {
            bare_publish();
        }
        own += cpu_ns(CLOCK_THREAD_CPUTIME_ID) - before;
        while (!is_settled(is_hub, is_filling, goal)) rest();
        await_rest();
    }
    uint64_t thread = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - thread_begin;
    cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("%llu %llu\n", (unsigned long long)(cpu - thread + own),
           (unsigned long long)(total(is_hub) - begin));
}

static void print_rss(void) {
    unsigned long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2) die("statm");
    fclose(file);
    printf("%lu\n", resident * (unsigned long)sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "server hub|bare PORT ENGINE\n");
        return 2;
    }
    int is_hub = strcmp(argv[1], "hub") == 0;
    uint32_t port = (uint32_t)atoi(argv[2]);
    if (is_hub) {
        start_hub(&port, argv[3]);
    } else {
        start_bare(port);
    }
    char line[128];
    unsigned events = 0;
    unsigned long long live = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "publish %u %llu", &events, &live) == 2) {
            choose_data(kDataBytes);
            publish(is_hub, 0, events, live);
        } else if (sscanf(line, "fill %u %llu", &events, &live) == 2) {
            choose_data(kLargeBytes);
            publish(is_hub, 1, events, live);
        } else if (strcmp(line, "rss\n") == 0) {
            print_rss();
        } else {
            printf("%zu\n", is_hub ? hub_clients() : bare_clients());
        }
        fflush(stdout);
    }
    return 0;
}
