#include "tls/context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "tls/error.h"
#include "tls/session.h"

namespace trivet::tls {
namespace {

struct BioFree {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct CertificateFree {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct KeyFree {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct NamesFree {
    void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};
using CertificateHandle = std::unique_ptr<X509, CertificateFree>;
using KeyHandle = std::unique_ptr<EVP_PKEY, KeyFree>;

constexpr std::size_t kChainMax = 16;
// ECDHE with AEAD; those of TLS 1.3 are the library's.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr int kIvBytes = 16;  // of AES
constexpr const char* kGroups = "X25519:P-256:P-384";

std::unique_ptr<BIO, BioFree> reader_of(std::string_view pem) {
    return std::unique_ptr<BIO, BioFree>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(std::min(pem.size(), std::size_t{1} << 24))));
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A key with a password is refused, not asked for on the terminal.
int no_password(char*, int, int, void*) noexcept { return -1; }

std::expected<std::vector<CertificateHandle>, std::string> read_certificates(std::string_view pem) {
    const auto reader = reader_of(pem);
    std::vector<CertificateHandle> list;
    while (X509* const one = PEM_read_bio_X509(reader.get(), nullptr, no_password, nullptr)) {
        list.emplace_back(one);
        if (list.size() > kChainMax) {
            return std::unexpected("more than " + std::to_string(kChainMax) + " certificates");
        }
    }
    const unsigned long error = ERR_peek_last_error();
    const bool is_end = ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    std::string detail = take_error();
    if (!is_end) {
        return std::unexpected("malformed certificate: " + detail);
    }
    if (list.empty()) {
        return std::unexpected("no certificate in PEM");
    }
    return list;
}

std::string text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// The hosts that a certificate is for: its alternative names, else its common name.
std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> names;
    const std::unique_ptr<GENERAL_NAMES, NamesFree> alternative(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int index = 0; index < sk_GENERAL_NAME_num(alternative.get()); ++index) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternative.get(), index);
        if (name->type == GEN_DNS) {
            names.push_back(text_of(name->d.dNSName));
        }
    }
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (alternative == nullptr && place >= 0) {
        names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place))));
    }
    for (std::string& name : names) {
        std::ranges::transform(name, name.begin(), lower);
    }
    std::ranges::sort(names);
    return names;
}

std::int64_t end_of(X509* certificate) {
    int days = 0;
    int seconds = 0;
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> epoch(ASN1_TIME_set(nullptr, 0),
                                                                      &ASN1_TIME_free);
    if (ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(certificate)) != 1) {
        return 0;
    }
    return std::int64_t{days} * 86'400 + seconds;
}

std::optional<std::string> use_chain(SSL_CTX* handle, std::vector<CertificateHandle>& chain,
                                     EVP_PKEY* key) {
    if (SSL_CTX_use_certificate(handle, chain.front().get()) != 1) {
        return "the certificate cannot be used: " + take_error();
    }
    if (SSL_CTX_use_PrivateKey(handle, key) != 1 || SSL_CTX_check_private_key(handle) != 1) {
        take_error();
        return "the key is not that of the certificate";
    }
    SSL_CTX_clear_chain_certs(handle);
    for (std::size_t index = 1; index < chain.size(); ++index) {
        if (SSL_CTX_add1_chain_cert(handle, chain[index].get()) != 1) {
            return "the chain cannot be used: " + take_error();
        }
    }
    return {};
}

std::optional<std::string> trust_clients(SSL_CTX* handle, const Config& config) {
    auto authorities = read_certificates(config.client_authorities);
    if (!authorities) {
        return authorities.error();
    }
    X509_STORE* const store = SSL_CTX_get_cert_store(handle);
    for (const CertificateHandle& authority : *authorities) {
        if (X509_STORE_add_cert(store, authority.get()) != 1 ||
            SSL_CTX_add_client_CA(handle, authority.get()) != 1) {
            return take_error();
        }
    }
    const bool is_required = config.client_auth == ClientAuth::required;
    SSL_CTX_set_verify(
        handle, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    return {};
}

// A session tells who the client is, so one that was begun under other rules is not taken up.
bool tie_sessions(SSL_CTX* handle, const Config& config) {
    const std::string rules = "trivet " + std::to_string(static_cast<int>(config.client_auth)) +
                              config.client_authorities;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    static_assert(SSL_MAX_SID_CTX_LENGTH == 32);
    return EVP_Digest(rules.data(), rules.size(), digest, &size, EVP_sha256(), nullptr) == 1 &&
           SSL_CTX_set_session_id_context(handle, digest, size) == 1;
}

using Entry = std::pair<std::string, SSL_CTX*>;

SSL_CTX* look_up(const std::vector<Entry>& list, std::string_view name) noexcept {
    const auto found = std::ranges::lower_bound(
        list, name, {}, [](const Entry& one) { return std::string_view(one.first); });
    return found != list.end() && found->first == name ? found->second : nullptr;
}

}  // namespace

void Context::ContextFree::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
void Context::MethodFree::operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }

Context::~Context() = default;

std::expected<std::shared_ptr<const Context>, ConfigError> Context::make(const Config& config) {
    // No configuration of the system's, which a program in another language may have its own of.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    ERR_clear_error();
    if (config.certificates.empty()) {
        return std::unexpected(ConfigError{"certificates", "there is none"});
    }
    std::shared_ptr<Context> context(new Context);
    context->protocols_ = config.protocols;
    context->ticket_keys_ = config.ticket_keys;
    context->asks_clients_ = config.client_auth != ClientAuth::none;
    context->wire_.reset(Session::make_wire());
    if (context->wire_ == nullptr) {
        return std::unexpected(ConfigError{"certificates", take_error()});
    }
    for (const Certificate& certificate : config.certificates) {
        if (auto added = context->add(certificate, config); !added) {
            return std::unexpected(added.error());
        }
    }
    for (const auto& host : context->hosts_) {
        for (const std::string& name : host->names) {
            const bool is_wildcard = name.starts_with("*.");
            std::vector<Entry>& list = is_wildcard ? context->wildcard_ : context->exact_;
            Entry entry(is_wildcard ? name.substr(2) : name, host->handle.get());
            // Of two certificates for one name the first is taken.
            const auto place = std::ranges::lower_bound(list, entry.first, {}, &Entry::first);
            if (place == list.end() || place->first != entry.first) {
                list.insert(place, std::move(entry));
            }
        }
    }
    return context;
}

std::expected<void, ConfigError> Context::add(const Certificate& certificate,
                                              const Config& config) {
    const auto refuse = [&](std::string detail) {
        return std::unexpected(ConfigError{certificate.name, std::move(detail)});
    };
    auto chain = read_certificates(certificate.chain);
    if (!chain) {
        return refuse(chain.error());
    }
    const auto reader = reader_of(certificate.key);
    const KeyHandle key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_password, nullptr));
    if (key == nullptr) {
        return refuse("no key in PEM without a password: " + take_error());
    }
    X509* const own = chain->front().get();
    const std::int64_t end = end_of(own);
    not_after_ = hosts_.empty() ? end : std::min(not_after_, end);
    const int kind = EVP_PKEY_get_base_id(key.get());
    std::vector<std::string> names = names_of(own);
    const auto is_same = [&](const std::unique_ptr<Host>& host) {
        return host->names == names && host->response.empty() && certificate.response.empty() &&
               std::ranges::find(host->key_kinds, kind) == host->key_kinds.end();
    };
    auto host = std::ranges::find_if(hosts_, is_same);
    if (host == hosts_.end()) {
        auto handle = make_handle(config);
        if (!handle) {
            return std::unexpected(handle.error());
        }
        hosts_.push_back(std::make_unique<Host>(
            Host{std::move(names), {}, std::move(*handle), certificate.response}));
        host = std::prev(hosts_.end());
        SSL_CTX_set_tlsext_status_arg((*host)->handle.get(), host->get());
        SSL_CTX_set_tlsext_status_cb((*host)->handle.get(), &Context::staple);
    }
    (*host)->key_kinds.push_back(kind);
    if (auto fault = use_chain((*host)->handle.get(), *chain, key.get())) {
        return refuse(*fault);
    }
    return {};
}

std::expected<Context::Handle, ConfigError> Context::make_handle(const Config& config) {
    Handle handle(SSL_CTX_new(TLS_server_method()));
    const auto refuse = [](std::string where, std::string detail) {
        return std::unexpected(ConfigError{std::move(where), std::move(detail)});
    };
    if (handle == nullptr) {
        return refuse("certificates", take_error());
    }
    SSL_CTX* const raw = handle.get();
    SSL_CTX_set_min_proto_version(
        raw, config.minimum == Version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(
        raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_clear_options(raw, SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(raw, 1);
    if (SSL_CTX_set_cipher_list(raw, kCiphers) != 1 ||
        SSL_CTX_set1_groups_list(raw, kGroups) != 1 || !tie_sessions(raw, config)) {
        return refuse("certificates", take_error());
    }
    // Sessions are the clients' to keep, as tickets.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    if (config.session_s == 0) {
        SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(raw, 0);
    } else {
        SSL_CTX_set_timeout(raw, config.session_s);
    }
    if (config.session_s != 0 && ticket_keys_ != nullptr) {
        SSL_CTX_set_app_data(raw, this);
        SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, &Context::seal_ticket);
    }
    SSL_CTX_set_tlsext_servername_callback(raw, &Context::choose_host);
    SSL_CTX_set_tlsext_servername_arg(raw, this);
    SSL_CTX_set_alpn_select_cb(raw, &Context::choose_protocol, this);
    if (config.client_auth != ClientAuth::none) {
        if (auto fault = trust_clients(raw, config)) {
            return refuse("client_authorities", *fault);
        }
    }
    return handle;
}

SSL_CTX* Context::find(std::string_view name) const noexcept {
    char room[TLSEXT_MAXLEN_host_name];
    if (name.empty() || name.size() > sizeof room) {
        return nullptr;
    }
    std::ranges::transform(name, room, lower);
    std::string_view host(room, name.size());
    if (SSL_CTX* const exact = look_up(exact_, host)) {
        return exact;
    }
    // A star stands for one label.
    const std::size_t dot = host.find('.');
    return dot == std::string_view::npos || dot == 0 ? nullptr
                                                     : look_up(wildcard_, host.substr(dot + 1));
}

int Context::choose_host(SSL* ssl, int*, void* context) noexcept {
    const auto& self = *static_cast<const Context*>(context);
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_CTX* const chosen = name == nullptr ? nullptr : self.find(name);
    if (chosen == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    SSL_set_SSL_CTX(ssl, chosen);
    return SSL_TLSEXT_ERR_OK;
}

int Context::choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                             const unsigned char* offered, unsigned int size,
                             void* context) noexcept {
    const auto& self = *static_cast<const Context*>(context);
    for (const std::string& wanted : self.protocols_) {
        for (unsigned int at = 0; at < size; at += 1U + offered[at]) {
            const unsigned int length = offered[at];
            if (length == wanted.size() && at + length < size &&
                std::memcmp(offered + at + 1, wanted.data(), length) == 0) {
                *out = offered + at + 1;
                *out_size = static_cast<unsigned char>(length);
                return SSL_TLSEXT_ERR_OK;
            }
        }
    }
    // RFC 7301 section 3.2: no_application_protocol.
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// 0: there is no key, so the session is not to be taken up, or no ticket is made; 2: the ticket is
// good, and another one follows it. See SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
int Context::seal_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int is_new) noexcept {
    const auto& self = *static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    TicketKeys::Key key;
    const std::uint64_t now_s = TicketKeys::now_s();
    auto found = TicketKeys::Found::current;
    if (is_new == 0) {
        found = self.ticket_keys_->opening(name, now_s, key);
        if (found == TicketKeys::Found::no) {
            return 0;
        }
    } else {
        if (!self.ticket_keys_->sealing(now_s, key) || RAND_bytes(iv, kIvBytes) != 1) {
            return 0;
        }
        std::ranges::copy(key.name, name);
    }
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    const bool is_set =
        EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
        EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, is_new) == 1;
    OPENSSL_cleanse(&key, sizeof key);
    return !is_set ? -1 : found == TicketKeys::Found::old ? 2 : 1;
}

int Context::staple(SSL* ssl, void* host) noexcept {
    const std::string& response = static_cast<const Host*>(host)->response;
    if (response.empty()) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    auto* const copy =
        static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
    if (copy == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace trivet::tls
