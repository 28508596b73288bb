// The bytes of a connection: as they are, or over TLS.

#include "load.h"

#define OPENSSL_SUPPRESS_DEPRECATED

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kServerName[] = "localhost";

static SSL_CTX *context;      // NULL: no TLS
static SSL_SESSION *session;  // the newest that a server has given

static int keep_session(SSL *ssl, SSL_SESSION *given) {
    (void)ssl;
    SSL_SESSION_free(session);
    session = given;
    return 1;  // it is ours now
}

// A copy, for the library takes what one connection has used for used up.
static int take_up_session(SSL *ssl) {
    SSL_SESSION *copy = SSL_SESSION_dup(session);
    int is_set = copy != NULL && SSL_set_session(ssl, copy) == 1;
    SSL_SESSION_free(copy);
    return is_set;
}

static int trust_chain(X509_STORE_CTX *store, void *nothing) {
    (void)store;
    (void)nothing;
    return 1;
}

static int trust_signature(int type, const unsigned char *digest, int digest_bytes,
                           const unsigned char *signature, int signature_bytes, EC_KEY *key) {
    (void)type;
    (void)digest;
    (void)digest_bytes;
    (void)signature;
    (void)signature_bytes;
    (void)key;
    return 1;
}

// The methods for keys of certificates, which are the library's own.
static int key_methods(ENGINE *engine, EVP_PKEY_METHOD **method, const int **kinds, int kind) {
    static const int known[] = {NID_X9_62_id_ecPublicKey};
    (void)engine;
    if (method == NULL) {
        *kinds = known;
        return 1;
    }
    *method = (EVP_PKEY_METHOD *)EVP_PKEY_meth_find(kind);
    return *method != NULL;
}

// One core of ours has to saturate one of the server's, which needs no certificate of ours.
// Checking an ECDSA signature takes three times as long as making it; the harness has verified the
// server before. Keys that an engine has methods for are decoded in the library's older way, a
// hundred times as fast as by its decoders.
static void become_lean(void) {
    EC_KEY_METHOD *method = EC_KEY_METHOD_new(EC_KEY_get_default_method());
    ENGINE *engine = ENGINE_new();
    if (method == NULL || engine == NULL || ENGINE_set_pkey_meths(engine, key_methods) != 1 ||
        ENGINE_register_pkey_meths(engine) != 1) {
        fail("TLS");
    }
    EC_KEY_METHOD_set_verify(method, trust_signature, NULL);
    EC_KEY_set_default_method(method);
}

void channels_start(void) {
    if (options.tls == kTlsNone) return;
    become_lean();
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) fail("TLS");
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_cert_verify_callback(context, trust_chain, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // one recv a record
    if (options.tls == kTlsResumed) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    }
}

static int socket_connect(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1) fail("--host");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != EINTR) fail("connect");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

void channel_open(Channel *channel) {
    *channel = (Channel){.fd = socket_connect()};
    if (context == NULL) return;
    if (fcntl(channel->fd, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    channel->ssl = SSL_new(context);
    if (channel->ssl == NULL || SSL_set_fd(channel->ssl, channel->fd) != 1 ||
        SSL_set_tlsext_host_name(channel->ssl, kServerName) != 1 ||
        (session != NULL && !take_up_session(channel->ssl))) {
        fail("TLS");
    }
    channel->is_handshaking = 1;
}

void channel_close(Channel *channel) {
    if (channel->ssl != NULL) {
        // Or the library thinks that it has failed, and never takes its session up again.
        SSL_set_shutdown(channel->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(channel->ssl);
        channel->ssl = NULL;
    }
    close(channel->fd);
}

// What a call of the library has given, as a call of the system gives it.
static ssize_t as_system(const Channel *channel, int result) {
    if (result > 0) return result;
    int error = SSL_get_error(channel->ssl, result);
    int is_early = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    errno = is_early ? EAGAIN : EPROTO;
    return -1;
}

int channel_handshake(Channel *channel) {
    ERR_clear_error();
    ssize_t result = as_system(channel, SSL_connect(channel->ssl));
    if (result < 0) return errno == EAGAIN ? 0 : -1;
    channel->is_handshaking = 0;
    ++counters.handshakes;
    counters.resumed += (uint64_t)SSL_session_reused(channel->ssl);
    return 1;
}

ssize_t channel_send(Channel *channel, const char *bytes, size_t size) {
    if (channel->ssl == NULL) return send(channel->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    ERR_clear_error();
    return as_system(channel, SSL_write(channel->ssl, bytes, size < INT_MAX ? (int)size : INT_MAX));
}

ssize_t channel_receive(Channel *channel, char *room, size_t size) {
    if (channel->ssl == NULL) return recv(channel->fd, room, size, MSG_DONTWAIT);
    if (SSL_get_shutdown(channel->ssl) == 0) {
        ERR_clear_error();
        int count = SSL_read(channel->ssl, room, size < INT_MAX ? (int)size : INT_MAX);
        if (count > 0 || SSL_get_error(channel->ssl, count) != SSL_ERROR_ZERO_RETURN) {
            return as_system(channel, count);
        }
    }
    // Behind the peer's close_notify: the end of the connection is what is told as its end.
    return recv(channel->fd, room, size, MSG_DONTWAIT);
}

int channel_has_more(const Channel *channel) {
    return channel->ssl != NULL && SSL_has_pending(channel->ssl);
}

static int channel_await(const Channel *channel, short events) {
    struct pollfd wanted = {.fd = channel->fd, .events = events};
    return poll(&wanted, 1, (int)(options.timeout_seconds * 1e3) + 1000) > 0;
}

void channel_open_waiting(Channel *channel) {
    channel_open(channel);
    while (channel->is_handshaking) {
        int outcome = channel_handshake(channel);
        if (outcome < 0) fail("the first handshake");
        if (outcome == 0 && !channel_await(channel, POLLIN)) fail("the first handshake");
    }
}

void channel_send_waiting(Channel *channel, const char *bytes, size_t size) {
    while (size != 0) {
        ssize_t n = channel_send(channel, bytes, size);
        int is_early = n < 0 && (errno == EINTR || errno == EAGAIN);
        if (is_early && channel_await(channel, POLLOUT)) continue;
        if (n <= 0) fail("the first request cannot be sent");
        bytes += n;
        size -= (size_t)n;
    }
}

size_t channel_receive_waiting(Channel *channel, char *room, size_t size) {
    for (;;) {
        ssize_t n = channel_receive(channel, room, size);
        int is_early = n < 0 && (errno == EINTR || errno == EAGAIN);
        if (is_early && channel_await(channel, POLLIN)) continue;
        if (n <= 0) fail("the first answer does not arrive");
        return (size_t)n;
    }
}
