/* Clients of an event stream: `listeners PORT COUNT STALLED`. Connects, asks for /events, waits for
 * every head, prints `ready`, and reads what comes until standard input ends. The first STALLED
 * take nothing after their head. For each line on standard input it prints the least and the most
 * bytes that one of the others has had since the line before. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kClientsMax = 16384 };

static int fds[kClientsMax];
static unsigned long long received[kClientsMax];  // by the client's number
static int client_of[4 * kClientsMax];            // by its descriptor

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int open_one(int port, int is_stalled) {
    static const char request[] = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
    char head[1024];
    size_t size = 0;
    const int small = 4096;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (is_stalled) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    if (send(fd, request, sizeof request - 1, 0) < 0) die("send");
    while (size < 4 || memcmp(head + size - 4, "\r\n\r\n", 4) != 0) {
        ssize_t got = recv(fd, head + size, sizeof head - size, 0);
        if (got <= 0) die("recv");
        size += (size_t)got;
    }
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    return fd;
}

static void tell(int from, int count) {
    unsigned long long least = received[from], most = received[from];
    for (int i = from; i < count; ++i) {
        if (received[i] < least) least = received[i];
        if (received[i] > most) most = received[i];
        received[i] = 0;
    }
    printf("%llu %llu\n", least, most);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 4 || atoi(argv[2]) > kClientsMax) {
        fprintf(stderr, "listeners PORT COUNT STALLED\n");
        return 2;
    }
    int port = atoi(argv[1]), count = atoi(argv[2]), stalled = atoi(argv[3]);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    static struct epoll_event events[1024];
    static char bytes[65536];
    for (int i = 0; i < count; ++i) {
        fds[i] = open_one(port, i < stalled);
        if (fds[i] >= 4 * kClientsMax) die("a descriptor beyond the table");
        client_of[fds[i]] = i;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
        if (i >= stalled && epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) != 0) {
            die("epoll_ctl");
        }
    }
    struct epoll_event input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0) die("epoll_ctl");
    printf("ready\n");
    fflush(stdout);
    int is_asked = 0;
    for (;;) {
        int ready = epoll_wait(epoll, events, 1024, is_asked ? 100 : -1);
        // Not before all that was sent has been read.
        if (ready == 0 && is_asked) {
            tell(stalled, count);
            is_asked = 0;
        }
        for (int i = 0; i < ready; ++i) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                if (read(fd, bytes, sizeof bytes) <= 0) return 0;
                is_asked = 1;
                continue;
            }
            ssize_t got = recv(fd, bytes, sizeof bytes, 0);
            if (got == 0) die("a stream ended");
            received[client_of[fd]] += got > 0 ? (unsigned long long)got : 0;
        }
    }
}
