// Uses of the library inside one process, apart from an ordinary server:
//   two_loops ENGINE       two threads, each with its own loop, one shared app and port
//   copies A B             two copies of the library; a handle of one is given to the other
//   listen_fd ENGINE       a loop takes over a socket that listens already
//   unbound ENGINE         a loop without a listener runs a timer
//   no_events ENGINE       requests meant for events meet a turn without room for events
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <trivet.h>
#include <unistd.h>

enum { kLoops = 2 };

static uint32_t engine_of(const char *name) {
    return strcmp(name, "uring") == 0 ? TRIVET_ENGINE_URING : TRIVET_ENGINE_EPOLL;
}

static void die(const char *what, trivet_error *error) {
    trivet_str message = trivet_error_message(error);
    fprintf(stderr, "embedding: %s: %.*s\n", what, (int)message.size, message.data);
    exit(1);
}

static trivet_app *make_app(const char *engine) {
    trivet_app_config config;
    trivet_error *error = NULL;
    trivet_app *app = trivet_app_new();
    trivet_app_config_init(&config, sizeof config);
    config.engine = engine_of(engine);
    if (trivet_app_configure(app, &config, &error) != TRIVET_OK) {
        die("configure", error);
    }
    return app;
}

static void add(trivet_app *app, const char *pattern, trivet_handler handler) {
    trivet_error *error = NULL;
    if (trivet_app_route(app, trivet_lit("GET"), trivet_lit(pattern), NULL, handler, NULL, NULL,
                         &error) != TRIVET_OK) {
        die(pattern, error);
    }
}

static trivet_loop *make_loop(trivet_app *app, uint32_t flags, uint32_t port, int listen_fd) {
    trivet_loop_config config;
    trivet_error *error = NULL;
    trivet_loop *loop = NULL;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = flags;
    config.port = port;
    config.listen_fd = listen_fd;
    if (trivet_loop_new(app, &config, &loop, &error) != TRIVET_OK) {
        die("loop", error);
    }
    return loop;
}

static void announce(trivet_loop *loop) {
    trivet_loop_info info = {.size = sizeof info};
    trivet_loop_get_info(loop, &info);
    printf("READY %u\n", info.port);
    fflush(stdout);
}

static sigset_t block_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return set;
}

static void hello(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("Hello, World!"));
}

// --- two_loops ----------------------------------------------------------------------------------

struct thread {
    pthread_t thread;
    trivet_app *app;
    trivet_loop *_Atomic loop;
    _Atomic uint32_t port;
    uint64_t answered;
};

static struct thread threads[kLoops];

// The body of the request's loop and what another loop's thread may do with it: nothing but post.
struct errand {
    trivet_request request;
    struct thread *home;
    trivet_status reply_status;
};

static void *run_errand(void *argument) {
    struct errand *errand = argument;
    struct {
        trivet_reply_record head;
        char body[8];
    } record = {.head = {.request = errand->request,
                         .status = 200,
                         .content = TRIVET_CONTENT_TEXT,
                         .body_bytes = 8}};
    errand->reply_status = trivet_reply_text(errand->request, 200, trivet_lit("wrong"));
    memcpy(record.body, errand->reply_status == TRIVET_E_THREAD ? "E_THREAD" : "accepted", 8);
    trivet_reply_post(errand->home->loop, &record, sizeof record);
    free(errand);
    return NULL;
}

static void elsewhere(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    struct errand *errand = malloc(sizeof *errand);
    pthread_t thread;
    *errand = (struct errand){request, NULL, TRIVET_OK};
    for (int i = 0; i < kLoops; i++) {
        if (pthread_equal(threads[i].thread, pthread_self())) {
            errand->home = &threads[i];
        }
    }
    if (pthread_create(&thread, NULL, run_errand, errand) != 0) {
        abort();
    }
    pthread_detach(thread);
}

static void *run_loop(void *argument) {
    struct thread *self = argument;
    trivet_loop *loop = make_loop(self->app, TRIVET_LOOP_REUSE_PORT, self->port, -1);
    trivet_loop_info info = {.size = sizeof info};
    trivet_loop_stats stats = {.size = sizeof stats};
    trivet_loop_get_info(loop, &info);
    self->port = info.port;
    self->loop = loop;
    if (trivet_loop_run(loop) != TRIVET_OK) {
        fputs("embedding: a loop failed\n", stderr);
    }
    trivet_loop_get_stats(loop, &stats);
    self->answered = stats.requests_total;
    trivet_loop_free(loop);
    return NULL;
}

static int two_loops(const char *engine) {
    sigset_t signals = block_signals();
    trivet_app *app = make_app(engine);
    add(app, "/hello", hello);
    add(app, "/elsewhere", elsewhere);
    uint32_t port = 0;
    for (int i = 0; i < kLoops; i++) {
        threads[i].app = app;
        threads[i].port = port;
        if (pthread_create(&threads[i].thread, NULL, run_loop, &threads[i]) != 0) {
            abort();
        }
        while (threads[i].loop == NULL) {
            usleep(1000);
        }
        port = threads[i].port;
    }
    announce(threads[0].loop);
    int number = 0;
    sigwait(&signals, &number);
    for (int i = 0; i < kLoops; i++) {
        trivet_loop_drain(threads[i].loop);
    }
    for (int i = 0; i < kLoops; i++) {
        pthread_join(threads[i].thread, NULL);
        printf("loop %d answered %llu\n", i, (unsigned long long)threads[i].answered);
    }
    trivet_app_free(app);
    return 0;
}

// --- copies -------------------------------------------------------------------------------------

// As much of the interface as is needed from a copy that is opened by its file.
struct copy {
    trivet_app *(*app_new)(void);
    trivet_status (*app_route)(trivet_app *, trivet_str, trivet_str, const trivet_route_config *,
                               trivet_handler, void *, trivet_drop, trivet_error **);
    void (*app_free)(trivet_app *);
    void (*config_init)(trivet_loop_config *, size_t);
    trivet_status (*loop_new)(trivet_app *, const trivet_loop_config *, trivet_loop **,
                              trivet_error **);
    trivet_status (*loop_run)(trivet_loop *);
    trivet_status (*get_info)(trivet_loop *, trivet_loop_info *);
    void (*loop_drain)(trivet_loop *);
    void (*loop_free)(trivet_loop *);
    trivet_status (*reply_text)(trivet_request, uint32_t, trivet_str);
    trivet_status (*request_header)(trivet_request, trivet_str, trivet_str *);
    trivet_str (*status_name)(trivet_status);
};

static struct copy first, second;
static trivet_loop *volatile first_loop;

static void find(void *library, const char *name, void *out) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "embedding: %s\n", dlerror());
        exit(1);
    }
    memcpy(out, &found, sizeof found);
}

static void open_copy(struct copy *copy, const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "embedding: %s\n", dlerror());
        exit(1);
    }
    find(library, "trivet_app_new", &copy->app_new);
    find(library, "trivet_app_route", &copy->app_route);
    find(library, "trivet_app_free", &copy->app_free);
    find(library, "trivet_loop_config_init", &copy->config_init);
    find(library, "trivet_loop_new", &copy->loop_new);
    find(library, "trivet_loop_run", &copy->loop_run);
    find(library, "trivet_loop_get_info", &copy->get_info);
    find(library, "trivet_loop_drain", &copy->loop_drain);
    find(library, "trivet_loop_free", &copy->loop_free);
    find(library, "trivet_reply_text", &copy->reply_text);
    find(library, "trivet_request_header", &copy->request_header);
    find(library, "trivet_status_name", &copy->status_name);
}

static trivet_str literal(const char *text) { return (trivet_str){text, strlen(text)}; }

// The second copy must refuse the first one's handle, for reading and for answering.
static void through_second(trivet_request request, const trivet_request_view *view,
                           void *user_data) {
    (void)view;
    (void)user_data;
    trivet_str value = {NULL, 0};
    char text[96];
    trivet_status read = second.request_header(request, literal("Host"), &value);
    trivet_status answered = second.reply_text(request, 200, literal("stolen"));
    trivet_str read_name = first.status_name(read), answered_name = first.status_name(answered);
    snprintf(text, sizeof text, "%.*s %.*s", (int)read_name.size, read_name.data,
             (int)answered_name.size, answered_name.data);
    first.reply_text(request, 200, literal(text));
}

static void drain_first(int number) {
    (void)number;
    first.loop_drain(first_loop);
}

static int copies(const char *first_path, const char *second_path) {
    open_copy(&first, first_path);
    open_copy(&second, second_path);
    trivet_app *app = first.app_new();
    // The second copy has a loop as well, so that it has slots that a handle could name.
    trivet_app *other_app = second.app_new();
    trivet_loop *loop = NULL, *other = NULL;
    trivet_loop_config config;
    trivet_loop_info info = {.size = sizeof info};
    first.config_init(&config, sizeof config);
    config.port = 0;
    if (first.app_route(app, literal("GET"), literal("/"), NULL, through_second, NULL, NULL,
                        NULL) != TRIVET_OK ||
        first.loop_new(app, &config, &loop, NULL) != TRIVET_OK ||
        second.loop_new(other_app, &config, &other, NULL) != TRIVET_OK) {
        fputs("embedding: a copy could not start\n", stderr);
        return 1;
    }
    first_loop = loop;
    signal(SIGTERM, drain_first);
    first.get_info(loop, &info);
    printf("READY %u\n", info.port);
    fflush(stdout);
    trivet_status status = first.loop_run(loop);
    first.loop_free(loop);
    first.app_free(app);
    second.loop_free(other);
    second.app_free(other_app);
    return status == TRIVET_OK ? 0 : 1;
}

// --- listen_fd, unbound, no_events
// ----------------------------------------------------------------

static trivet_loop *volatile draining;

static void drain(int number) {
    (void)number;
    trivet_loop_drain(draining);
}

static int serve(trivet_app *app, trivet_loop *loop) {
    draining = loop;
    signal(SIGTERM, drain);
    announce(loop);
    trivet_status status = trivet_loop_run(loop);
    trivet_loop_free(loop);
    trivet_app_free(app);
    return status == TRIVET_OK ? 0 : 1;
}

static int listen_fd(const char *engine) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0) {
        perror("embedding: listen");
        return 1;
    }
    trivet_app *app = make_app(engine);
    add(app, "/hello", hello);
    return serve(app, make_loop(app, 0, 0, fd));
}

static void fired(void *user_data) { *(bool *)user_data = true; }

static int unbound(const char *engine) {
    bool has_fired = false;
    trivet_app *app = make_app(engine);
    trivet_loop *loop = make_loop(app, TRIVET_LOOP_UNBOUND, 0, -1);
    trivet_loop_info info = {.size = sizeof info};
    trivet_loop_get_info(loop, &info);
    trivet_loop_timer_start(loop, 5, fired, &has_fired, NULL, NULL);
    while (!has_fired && trivet_loop_turn(loop, -1, NULL, 0, NULL) == TRIVET_OK) {
    }
    printf("fired, host of %zu bytes\n", info.host.size);
    trivet_loop_drain(loop);
    trivet_status status = trivet_loop_run(loop);
    trivet_loop_free(loop);
    trivet_app_free(app);
    return status == TRIVET_OK ? 0 : 1;
}

static int no_events(const char *engine) {
    trivet_app *app = make_app(engine);
    add(app, "/hello", hello);
    add(app, "/event", NULL);
    return serve(app, make_loop(app, 0, 0, -1));
}

int main(int argc, char **argv) {
    const char *what = argc > 2 ? argv[1] : "";
    if (strcmp(what, "two_loops") == 0) {
        return two_loops(argv[2]);
    }
    if (strcmp(what, "copies") == 0 && argc > 3) {
        return copies(argv[2], argv[3]);
    }
    if (strcmp(what, "listen_fd") == 0) {
        return listen_fd(argv[2]);
    }
    if (strcmp(what, "unbound") == 0) {
        return unbound(argv[2]);
    }
    if (strcmp(what, "no_events") == 0) {
        return no_events(argv[2]);
    }
    fputs("usage: embedding two_loops|copies|listen_fd|unbound|no_events ...\n", stderr);
    return 2;
}
