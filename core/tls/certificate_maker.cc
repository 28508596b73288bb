#include "tls/certificate_maker.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace trivet::tls {
namespace {

std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) {
        std::abort();
    }
    X509_EXTENSION_free(extension);
}

}  // namespace

CertificateMaker::CertificateMaker(const CertificateRequest& request,
                                   const CertificateMaker* issuer)
    : certificate_(X509_new(), &X509_free),
      key_(request.is_rsa ? EVP_RSA_gen(2048U) : EVP_EC_gen("P-256"), &EVP_PKEY_free),
      name_(request.name) {
    X509* const made = certificate_.get();
    X509* const above = issuer == nullptr ? made : issuer->certificate();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), std::rand());
    X509_gmtime_adj(X509_getm_notBefore(made), -2 * 86'400);
    X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(request.valid_s));
    X509_set_pubkey(made, key_.get());
    X509_NAME* const subject = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name_.c_str()), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(above));
    if (request.is_authority) {
        extend(made, above, NID_basic_constraints, "critical,CA:TRUE");
        extend(made, above, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    std::string hosts;
    for (const std::string& host : request.hosts) {
        hosts += (hosts.empty() ? "DNS:" : ",DNS:") + host;
    }
    if (!hosts.empty()) {
        extend(made, above, NID_subject_alt_name, hosts);
    }
    X509_sign(made, issuer == nullptr ? key_.get() : issuer->key(), EVP_sha256());
    if (issuer != nullptr) {
        issuers_ = issuer->certificate_pem() + issuer->issuers_;
    }
}

std::string CertificateMaker::certificate_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(out.get(), certificate_.get());
    return text_of(out.get());
}

std::string CertificateMaker::key_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(out.get());
}

Certificate CertificateMaker::as_server() const {
    return {name_ + ".pem", certificate_pem() + issuers_, key_pem(), {}};
}

}  // namespace trivet::tls
