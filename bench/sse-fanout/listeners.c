/* Clients of an event stream: `listeners PORT COUNT STALLED`. Connects, asks for /events, waits for
 * every head, prints `ready`, and reads what comes until standard input ends. The first STALLED
 * take nothing after their head. */
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

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "listeners PORT COUNT STALLED\n");
        return 2;
    }
    int port = atoi(argv[1]), count = atoi(argv[2]), stalled = atoi(argv[3]);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    static struct epoll_event events[1024];
    static char bytes[65536];
    for (int i = 0; i < count; ++i) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = open_one(port, i < stalled)};
        if (i >= stalled && epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) != 0) {
            die("epoll_ctl");
        }
    }
    struct epoll_event input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0) die("epoll_ctl");
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int ready = epoll_wait(epoll, events, 1024, -1);
        for (int i = 0; i < ready; ++i) {
            if (events[i].data.fd == STDIN_FILENO) return 0;
            if (recv(events[i].data.fd, bytes, sizeof bytes, 0) == 0) die("a stream ended");
        }
    }
}
