#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls/certificate_maker.h"

namespace trivet::tls {

// What a client of a test wants.
struct ClientConfig {
    std::string server_name;
    std::vector<std::string> protocols;
    int maximum_version = 0;  // TLS1_2_VERSION, …
    std::string ciphers;      // of TLS 1.2
    std::string signature_algorithms;
    const CertificateMaker* identity = nullptr;
    bool asks_for_staple = false;
};

// The client's side of a session, by OpenSSL and memory, for tests.
class Client {
public:
    explicit Client(const ClientConfig& config);

    // Takes bytes of the server; gives those for it. Goes on with the handshake, then reads.
    std::string exchange(std::string_view bytes);
    std::string write(std::string_view bytes);
    std::string close();
    // To take it up again in another client.
    void resume(const Client& earlier);

    bool is_established() const noexcept { return SSL_is_init_finished(ssl_.get()) == 1; }
    bool is_failed() const noexcept { return is_failed_; }
    bool is_closed() const noexcept { return is_closed_; }
    const std::string& received() const noexcept { return received_; }
    const std::string& failure() const noexcept { return failure_; }
    SSL* ssl() const noexcept { return ssl_.get(); }
    // The common name of the server's certificate.
    std::string server() const;

private:
    std::string drain();

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_;
    BIO* in_;
    BIO* out_;
    std::string received_;
    std::string failure_;
    bool is_failed_ = false;
    bool is_closed_ = false;
};

}  // namespace trivet::tls
