// The floor: what the kernel alone costs. A bare epoll server that counts ends of header blocks and
// answers each with fixed bytes: no parser, no router, no Date, no limits, no deadlines, GET only.
// Usage: floor PORT

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kEvents = 256, kDescriptorsMax = 65536, kReadBytes = 8192, kBurst = 64 };

static const char kResponse[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 13\r\n\r\n"
    "Hello, World!";
enum { kResponseBytes = sizeof kResponse - 1 };

static char burst[kBurst * kResponseBytes];

// How much of "\r\n\r\n" the bytes read so far end with, for each descriptor.
static unsigned char matched[kDescriptorsMax];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int listen_on(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(fd, 4096) != 0) fail("listen");
    return fd;
}

static void watch(int epoll_fd, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

static void accept_all(int epoll_fd, int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (fd >= kDescriptorsMax) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        matched[fd] = 0;
        watch(epoll_fd, fd);
    }
}

static int count_requests(int fd, const char *bytes, ssize_t size) {
    static const char kEnd[] = "\r\n\r\n";
    unsigned state = matched[fd];
    int requests = 0;
    for (ssize_t i = 0; i < size; ++i) {
        // A byte that breaks a match can begin the next one only when it is a CR.
        state = bytes[i] == kEnd[state] ? state + 1 : bytes[i] == '\r';
        if (state == 4) {
            state = 0;
            ++requests;
        }
    }
    matched[fd] = (unsigned char)state;
    return requests;
}

// False when the connection is over. A client that does not read its answers is cut off.
static int serve(int fd) {
    char bytes[kReadBytes];
    ssize_t size = recv(fd, bytes, sizeof bytes, 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return 0;
    int requests = count_requests(fd, bytes, size);
    while (requests > 0) {
        int now = requests < kBurst ? requests : kBurst;
        if (send(fd, burst, (size_t)now * kResponseBytes, MSG_NOSIGNAL) != now * kResponseBytes) {
            return 0;
        }
        requests -= now;
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: floor PORT\n", stderr);
        return 2;
    }
    for (int i = 0; i < kBurst; ++i) memcpy(burst + i * kResponseBytes, kResponse, kResponseBytes);
    int listener = listen_on(atoi(argv[1]));
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) fail("epoll_create1");
    watch(epoll_fd, listener);
    for (;;) {
        struct epoll_event events[kEvents];
        int count = epoll_wait(epoll_fd, events, kEvents, -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < count; ++i) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(epoll_fd, listener);
            } else if (!serve(fd)) {
                close(fd);
            }
        }
    }
}
