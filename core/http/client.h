#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/cidr.h"
#include "base/ip_address.h"
#include "base/memory.h"
#include "base/str.h"
#include "io/peer_address.h"
#include "proto/forwarded/resolve.h"
#include "tls/session.h"

namespace trivet::http {

class Exchange;

// What requests are told of the TLS session that they came over. Made once for a connection, never
// changed, counted by the loop's thread.
class SecureSession {
public:
    // nullptr when memory is out.
    static SecureSession* make(Memory& memory, const tls::Session& session);
    void keep() noexcept { ++users_; }
    // The last one to do so destroys it.
    void release() noexcept;

    std::string_view version() const noexcept { return version_; }
    std::string_view cipher() const noexcept { return cipher_; }
    std::string_view server_name() const noexcept { return server_name_; }
    // nullptr: the client has shown no certificate.
    const tls::Identity* identity() const noexcept { return has_identity_ ? &identity_ : nullptr; }

private:
    SecureSession(Memory& memory, const tls::Session& session);
    ~SecureSession() = default;

    Memory& memory_;
    std::uint32_t users_ = 1;
    std::string_view version_;  // these two are static
    std::string_view cipher_;
    std::string server_name_;
    tls::Identity identity_;
    bool has_identity_ = false;
};

// The far end of the connection that a request came over.
struct Peer {
    IpAddress address;
    std::uint16_t port = 0;
    bool is_known = false;  // a Unix socket has no address
    bool is_secured = false;
    bool is_told = false;              // by a trusted proxy, in front of all requests
    bool is_told_secured = false;      // the proxy has taken TLS off
    SecureSession* session = nullptr;  // counted; nullptr without TLS
};

// Whose word is taken for who has sent a request.
struct Trust {
    CidrList proxies;
    forwarded::Policy policy;

    bool is_empty() const noexcept { return proxies.size() == 0 && !policy.trusts_unaddressed; }
    bool holds(const io::Peer& peer) const noexcept {
        return peer.is_known ? proxies.contains(peer.address) : policy.trusts_unaddressed;
    }
};

// Who has sent a request, laid out like the ABI's trivet_client. Text lives as long as the request.
struct Client {
    std::uint32_t size = sizeof(Client);
    std::uint32_t flags = 0;  // ClientFlag
    Str address;
    std::uint32_t port = 0;
    std::uint32_t hops = 0;
    Str scheme;
    Str host;
    Str tls_version;
    Str tls_cipher;
    Str tls_server_name;
    Str certificate_subject;
    Str certificate_fingerprint;
    Str certificate;
};

enum ClientFlag : std::uint32_t {
    kClientSecured = 1,
    kClientForwarded = 2,
    kClientCertificate = 4
};

// Who has sent a request, as its connection and the proxies that are trusted say. On any thread
// that may read the request. nullptr when memory is out.
const Client* client_of(Exchange& exchange, const Trust& trust) noexcept;

}  // namespace trivet::http
