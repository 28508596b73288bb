#include "tls/client.h"

#include <openssl/err.h>

#include "tls/error.h"

namespace trivet::tls {

Client::Client(const ClientConfig& config)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
      ssl_(nullptr, &SSL_free),
      session_(nullptr, &SSL_SESSION_free),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* session) {
        static_cast<Client*>(SSL_get_app_data(ssl))->session_.reset(session);
        return 1;
    });
    ssl_.reset(SSL_new(context_.get()));
    SSL* const ssl = ssl_.get();
    SSL_set_app_data(ssl, this);
    SSL_set_bio(ssl, in_, out_);
    SSL_set_connect_state(ssl);
    if (!config.server_name.empty()) {
        SSL_set_tlsext_host_name(ssl, config.server_name.c_str());
    }
    if (config.maximum_version != 0) {
        SSL_set_max_proto_version(ssl, config.maximum_version);
    }
    if (!config.ciphers.empty()) {
        SSL_set_cipher_list(ssl, config.ciphers.c_str());
    }
    if (!config.signature_algorithms.empty()) {
        SSL_set1_sigalgs_list(ssl, config.signature_algorithms.c_str());
    }
    if (config.identity != nullptr) {
        SSL_use_certificate(ssl, config.identity->certificate());
        SSL_use_PrivateKey(ssl, config.identity->key());
    }
    if (config.asks_for_staple) {
        SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    }
    std::string protocols;
    for (const std::string& protocol : config.protocols) {
        protocols += static_cast<char>(protocol.size());
        protocols += protocol;
    }
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned int>(protocols.size()));
}

void Client::resume(const Client& earlier) { SSL_set_session(ssl_.get(), earlier.session_.get()); }

std::string Client::drain() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

std::string Client::exchange(std::string_view bytes) {
    ERR_clear_error();
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    char room[4096];
    std::size_t size = 0;
    int result = 1;
    if (!is_established()) {
        result = SSL_do_handshake(ssl_.get());
    }
    while (result == 1 && (result = SSL_read_ex(ssl_.get(), room, sizeof room, &size)) == 1) {
        received_.append(room, size);
    }
    const int error = SSL_get_error(ssl_.get(), result);
    is_closed_ = is_closed_ || error == SSL_ERROR_ZERO_RETURN;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_ZERO_RETURN) {
        is_failed_ = true;
        failure_ = take_error();
    }
    return drain();
}

std::string Client::write(std::string_view bytes) {
    std::size_t written = 0;
    SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    return drain();
}

std::string Client::close() {
    SSL_shutdown(ssl_.get());
    return drain();
}

std::string Client::server() const {
    X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr) {
        return {};
    }
    char name[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof name);
    return name;
}

}  // namespace trivet::tls
