#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tls/ticket_keys.h"

// The library's types; its headers are for this module alone.
struct bio_method_st;
struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
struct ssl_ctx_st;
struct ssl_st;

namespace trivet::tls {

// One certificate of a server: what stands in its files, and how messages call it.
struct Certificate {
    std::string name;      // of its file
    std::string chain;     // PEM: its own certificate, then those that lead to a root
    std::string key;       // PEM, without a password
    std::string response;  // DER of an OCSP response to staple; may be empty
};

enum class Version : std::uint8_t { tls_1_2, tls_1_3 };

// Whether clients are asked for a certificate, and refused without one.
enum class ClientAuth : std::uint8_t { none, optional, required };

struct Config {
    // The first one is for clients that name no host, or one that no certificate is for.
    std::vector<Certificate> certificates;
    Version minimum = Version::tls_1_2;
    // Protocols to agree on (ALPN), most wanted first.
    std::vector<std::string> protocols = {"http/1.1"};
    ClientAuth client_auth = ClientAuth::none;
    std::string client_authorities;  // PEM: who may have signed clients' certificates
    // How long a session may be taken up again, in seconds; 0: never.
    std::uint32_t session_s = 86'400;
    // What they are sealed with; nullptr: keys of the context's own.
    std::shared_ptr<TicketKeys> ticket_keys;
};

// What is wrong with a configuration: `where` is a certificate's name, or "client_authorities".
struct ConfigError {
    std::string where;
    std::string detail;
};

// Everything that the sessions of a server share. Does not change once it is made: new certificates
// are a new context, and sessions keep the one that they began with. Any thread.
//
// The defaults are Mozilla's intermediate profile (version 5.7) without its finite-field suites.
class Context {
public:
    static std::expected<std::shared_ptr<const Context>, ConfigError> make(const Config& config);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // When the first of its certificates ends, in seconds since 1970.
    std::int64_t not_after() const noexcept { return not_after_; }
    bool asks_clients() const noexcept { return asks_clients_; }

private:
    friend class Session;

    struct ContextFree {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    struct MethodFree {
        void operator()(bio_method_st* method) const noexcept;
    };
    using Handle = std::unique_ptr<ssl_ctx_st, ContextFree>;

    // Certificates for the same names with keys of different kinds.
    struct Host {
        std::vector<std::string> names;  // in lower case, sorted
        std::vector<int> key_kinds;
        Handle handle;
        std::string response;
    };

    Context() = default;
    std::expected<void, ConfigError> add(const Certificate& certificate, const Config& config);
    std::expected<Handle, ConfigError> make_handle(const Config& config);
    // The one whose certificate is for a name; nullptr when none is.
    ssl_ctx_st* find(std::string_view name) const noexcept;
    ssl_ctx_st* first() const noexcept { return hosts_.front()->handle.get(); }

    static int choose_host(ssl_st* ssl, int* alert, void* context) noexcept;
    static int choose_protocol(ssl_st* ssl, const unsigned char** out, unsigned char* out_size,
                               const unsigned char* offered, unsigned int size,
                               void* context) noexcept;
    static int staple(ssl_st* ssl, void* host) noexcept;
    static int seal_ticket(ssl_st* ssl, unsigned char* name, unsigned char* iv,
                           evp_cipher_ctx_st* cipher, evp_mac_ctx_st* mac, int is_new) noexcept;

    std::vector<std::unique_ptr<Host>> hosts_;
    std::vector<std::pair<std::string, ssl_ctx_st*>> exact_;     // sorted
    std::vector<std::pair<std::string, ssl_ctx_st*>> wildcard_;  // without "*.", sorted
    std::vector<std::string> protocols_;
    std::shared_ptr<TicketKeys> ticket_keys_;
    std::unique_ptr<bio_method_st, MethodFree> wire_;
    std::int64_t not_after_ = 0;
    bool asks_clients_ = false;
};

}  // namespace trivet::tls
