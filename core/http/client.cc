#include "http/client.h"

#include <array>
#include <new>
#include <optional>
#include <span>

#include "base/ascii.h"
#include "http/exchange.h"

namespace trivet::http {
namespace {

// More lines of one field are left out: a proxy writes one.
constexpr std::size_t kLinesOfOneMax = 16;

// The lines of the fields that proxies write.
class ForwardedLines {
public:
    explicit ForwardedLines(const RequestView& view) noexcept {
        for (std::size_t index = 0; index < view.header_count; ++index) {
            take(view.headers[index]);
        }
    }

    // None of a field that has too many lines: which of them are the proxy's cannot be told.
    forwarded::Fields fields() const noexcept {
        return {.forwarded = of(kForwarded),
                .x_for = of(kFor),
                .x_proto = of(kProto),
                .x_host = of(kHost),
                .x_port = of(kPort)};
    }

private:
    enum Name : std::uint8_t { kForwarded, kFor, kProto, kHost, kPort, kCount };
    static constexpr std::string_view kNames[kCount] = {"forwarded", "x-forwarded-for",
                                                        "x-forwarded-proto", "x-forwarded-host",
                                                        "x-forwarded-port"};

    void take(const http1::HeaderView& field) noexcept {
        for (std::size_t name = 0; name < kCount; ++name) {
            if (equal_ignoring_case(field.name, kNames[name])) {
                if (counts_[name] < kLinesOfOneMax) {
                    lines_[name][counts_[name]] = field.value;
                }
                ++counts_[name];
                return;
            }
        }
    }
    std::span<const std::string_view> of(Name name) const noexcept {
        return {lines_[name].data(), counts_[name] > kLinesOfOneMax ? 0 : counts_[name]};
    }

    std::array<std::array<std::string_view, kLinesOfOneMax>, kCount> lines_{};
    std::array<std::size_t, kCount> counts_{};
};

Str write_address(Arena& arena, const IpAddress& address) noexcept {
    auto* const room = arena.allocate_array<char>(IpAddress::kTextBytesMax);
    return room == nullptr ? Str{}
                           : Str(room, static_cast<std::size_t>(address.write(room) - room));
}

void tell_session(const SecureSession& session, Client& client) noexcept {
    client.tls_version = session.version();
    client.tls_cipher = session.cipher();
    client.tls_server_name = session.server_name();
    if (const tls::Identity* const identity = session.identity()) {
        client.flags |= kClientCertificate;
        client.certificate_subject = std::string_view(identity->subject);
        client.certificate_fingerprint = std::string_view(identity->fingerprint);
        client.certificate = std::string_view(identity->certificate);
    }
}

}  // namespace

SecureSession::SecureSession(Memory& memory, const tls::Session& session)
    : memory_(memory),
      version_(session.version()),
      cipher_(session.cipher()),
      server_name_(session.server_name()),
      has_identity_(session.identify(identity_)) {}

SecureSession* SecureSession::make(Memory& memory, const tls::Session& session) {
    void* const room = memory.allocate(sizeof(SecureSession));
    return room == nullptr ? nullptr : new (room) SecureSession(memory, session);
}

void SecureSession::release() noexcept {
    if (--users_ == 0) {
        Memory& memory = memory_;
        this->~SecureSession();
        memory.release(this, sizeof(SecureSession));
    }
}

const Client* client_of(Exchange& exchange, const Trust& trust) noexcept {
    if (exchange.client != nullptr) {
        return exchange.client;
    }
    auto* const client = exchange.arena.allocate_array<Client>(1);
    if (client == nullptr) {
        return nullptr;
    }
    *client = {};
    const Peer& peer = exchange.peer;
    std::optional<IpAddress> address;
    if (peer.is_known) {
        address = peer.address;
    }
    client->port = peer.port;
    client->scheme = std::string_view(peer.is_secured || peer.is_told_secured ? "https" : "http");
    if (const http1::HeaderView* const host = exchange.find_header("host")) {
        client->host = host->value;
    }
    if (peer.is_secured) {
        client->flags |= kClientSecured;
    }
    if (peer.is_told) {
        client->flags |= kClientForwarded;
        client->hops = 1;
    }
    if (peer.session != nullptr) {
        tell_session(*peer.session, *client);
    }
    if (!trust.is_empty()) {
        const ForwardedLines lines(exchange.view);
        const auto said = forwarded::resolve(address, trust.proxies, lines.fields(), trust.policy);
        if (said.hops > 0) {
            client->flags |= kClientForwarded;
            client->hops += said.hops;
            address = said.client;
            client->port = said.client_port.value_or(0);
            if (!said.scheme.empty()) client->scheme = said.scheme;
            if (!said.host.empty()) client->host = said.host;
        }
    }
    if (address) {
        client->address = write_address(exchange.arena, *address);
        if (client->address.size == 0) {
            return nullptr;
        }
    }
    exchange.client = client;
    return client;
}

}  // namespace trivet::http
