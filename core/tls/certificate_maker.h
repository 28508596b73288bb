#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tls/context.h"

namespace trivet::tls {

// Certificates for tests.
struct CertificateRequest {
    std::string name = "test";       // common name
    std::vector<std::string> hosts;  // alternative names
    bool is_rsa = false;             // else P-256
    bool is_authority = false;
    std::int64_t valid_s = 86'400;  // negative: it has ended
};

class CertificateMaker {
public:
    explicit CertificateMaker(const CertificateRequest& request,
                              const CertificateMaker* issuer = nullptr);

    X509* certificate() const noexcept { return certificate_.get(); }
    EVP_PKEY* key() const noexcept { return key_.get(); }
    std::string certificate_pem() const;
    std::string key_pem() const;
    // Of a server, with those that signed it.
    Certificate as_server() const;

private:
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::string name_;
    std::string issuers_;
};

}  // namespace trivet::tls
