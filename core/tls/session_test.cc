#include "tls/session.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tls/certificate_maker.h"
#include "tls/client.h"

namespace trivet::tls {
namespace {

const CertificateMaker& authority() {
    static const CertificateMaker made({.name = "authority", .is_authority = true});
    return made;
}

const CertificateMaker& site() {
    static const CertificateMaker made({.name = "site", .hosts = {"example.com", "*.example.com"}},
                                       &authority());
    return made;
}

std::shared_ptr<const Context> context_of(const Config& config) {
    auto made = Context::make(config);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().where + ": " + made.error().detail);
    return made ? *made : nullptr;
}

Config config_of(std::vector<Certificate> certificates) {
    Config config;
    config.certificates = std::move(certificates);
    return config;
}

// The server's end of a connection in memory, which sends back what it reads.
struct Server {
    explicit Server(std::shared_ptr<const Context> context)
        : pool(memory), output(pool), session(std::move(context), output) {}

    std::string take() {
        std::string bytes(output.view());
        output.clear();
        return bytes;
    }

    // Takes bytes of the client; gives those for it.
    std::string exchange(std::string_view bytes) {
        if (!session.is_established()) {
            progress = session.handshake(bytes);
        }
        char room[1000];
        std::size_t size = 0;
        while (session.is_established() &&
               (progress = session.read(bytes, room, size)) == Progress::done) {
            received.append(room, size);
        }
        EXPECT_TRUE(bytes.empty() || progress != Progress::more);
        return take();
    }

    Memory memory;
    BlockPool pool;
    Buffer output;
    Session session;
    Progress progress = Progress::more;
    std::string received;
};

// Hands bytes back and forth, in pieces of a size, until neither has any.
void converse(Client& client, Server& server, std::size_t piece = 1 << 20) {
    std::string from_client = client.exchange({});
    for (int round = 0; round < 10 && !from_client.empty(); ++round) {
        std::string from_server;
        for (std::size_t at = 0; at < from_client.size(); at += piece) {
            from_server += server.exchange(std::string_view(from_client).substr(at, piece));
        }
        from_client.clear();
        for (std::size_t at = 0; at < from_server.size(); at += piece) {
            from_client += client.exchange(std::string_view(from_server).substr(at, piece));
        }
    }
}

TEST(Session, carries_bytes_both_ways_in_both_versions_and_any_pieces) {
    const auto context = context_of(config_of({site().as_server()}));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
            Client client({.server_name = "example.com", .maximum_version = version});
            Server server(context);
            ASSERT_TRUE(server.session.is_ready());
            converse(client, server, piece);
            ASSERT_TRUE(server.session.is_established());
            ASSERT_TRUE(client.is_established());
            EXPECT_EQ(server.session.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
            EXPECT_EQ(server.session.server_name(), "example.com");
            EXPECT_EQ(server.session.protocol(), "");
            EXPECT_FALSE(server.session.is_resumed());
            const std::string much(100'000, 'x');
            std::string bytes = client.write(much);
            for (std::size_t at = 0; at < bytes.size(); at += 3000) {
                server.exchange(std::string_view(bytes).substr(at, 3000));
            }
            EXPECT_EQ(server.received, much);
            EXPECT_TRUE(server.session.write(much));
            client.exchange(server.take());
            EXPECT_EQ(client.received(), much);
        }
    }
}

TEST(Session, refuses_what_is_older_than_tls_1_2_and_suites_without_forward_secrecy) {
    const auto context = context_of(config_of({site().as_server()}));
    Client old({.maximum_version = TLS1_1_VERSION});
    Server server(context);
    converse(old, server);
    EXPECT_EQ(server.progress, Progress::failed);
    EXPECT_FALSE(server.session.failure().empty());
    for (const char* const suite : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-SHA"}) {
        Client client({.maximum_version = TLS1_2_VERSION, .ciphers = suite});
        Server other(context);
        converse(client, other);
        EXPECT_EQ(other.progress, Progress::failed) << suite;
        EXPECT_TRUE(client.is_failed()) << "it was told";
    }
    Config strict = config_of({site().as_server()});
    strict.minimum = Version::tls_1_3;
    Client client({.maximum_version = TLS1_2_VERSION});
    Server other(context_of(strict));
    converse(client, other);
    EXPECT_EQ(other.progress, Progress::failed);
}

TEST(Session, agrees_on_a_protocol_or_on_none_and_refuses_others) {
    const auto context = context_of(config_of({site().as_server()}));
    Client client({.protocols = {"h2", "http/1.1"}});
    Server server(context);
    converse(client, server);
    EXPECT_EQ(server.session.protocol(), "http/1.1");
    Client other({.protocols = {"spdy/1", "http/1."}});
    Server refusing(context);
    converse(other, refusing);
    EXPECT_EQ(refusing.progress, Progress::failed);
    EXPECT_TRUE(other.is_failed());
}

TEST(Session, shows_the_certificate_of_the_host_that_the_client_names) {
    const CertificateMaker other({.name = "other", .hosts = {"other.org"}});
    const CertificateMaker deep({.name = "deep", .hosts = {"a.b.example.com"}});
    const CertificateMaker plain({.name = "plain.net"});
    const auto context = context_of(
        config_of({site().as_server(), other.as_server(), deep.as_server(), plain.as_server()}));
    const auto shown = [&](const char* name) {
        Client client({.server_name = name});
        Server server(context);
        converse(client, server);
        return client.server();
    };
    EXPECT_EQ(shown("example.com"), "site");
    EXPECT_EQ(shown("WWW.Example.COM"), "site");
    EXPECT_EQ(shown("b.example.com"), "site");
    EXPECT_EQ(shown("a.b.example.com"), "deep");
    EXPECT_EQ(shown("other.org"), "other");
    EXPECT_EQ(shown("www.other.org"), "site") << "the first, for nobody is named so";
    EXPECT_EQ(shown("x.y.example.com"), "site") << "a star is one label, and this is the first";
    EXPECT_EQ(shown("plain.net"), "plain.net")
        << "the common name counts without alternative names";
    EXPECT_EQ(shown(""), "site");
}

TEST(Session, shows_a_key_of_the_kind_that_the_client_takes) {
    const CertificateMaker rsa({.name = "rsa", .hosts = {"example.com"}, .is_rsa = true});
    const CertificateMaker ec({.name = "ec", .hosts = {"example.com"}});
    const auto context = context_of(config_of({rsa.as_server(), ec.as_server()}));
    Client modern({.server_name = "example.com", .signature_algorithms = "ECDSA+SHA256"});
    Server server(context);
    converse(modern, server);
    EXPECT_EQ(modern.server(), "ec");
    Client old({.server_name = "example.com", .signature_algorithms = "rsa_pss_rsae_sha256"});
    Server other(context);
    converse(old, other);
    EXPECT_EQ(old.server(), "rsa");
}

TEST(Session, is_taken_up_again_unless_that_is_off) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const bool may : {true, false}) {
            Config config = config_of({site().as_server()});
            config.session_s = may ? 60 : 0;
            const auto context = context_of(config);
            Client first({.server_name = "example.com", .maximum_version = version});
            Server server(context);
            converse(first, server);
            Client second({.server_name = "example.com", .maximum_version = version});
            second.resume(first);
            Server other(context);
            converse(second, other);
            EXPECT_TRUE(other.session.is_established());
            EXPECT_EQ(other.session.is_resumed(), may);
        }
    }
}

// With one context a session is begun, with the other one taken up.
bool is_resumed_by(const std::shared_ptr<const Context>& first_context,
                   const std::shared_ptr<const Context>& second_context, int version,
                   const CertificateMaker* identity = nullptr) {
    Client first({.server_name = "example.com", .maximum_version = version, .identity = identity});
    Server server(first_context);
    converse(first, server);
    Client second({.server_name = "example.com", .maximum_version = version, .identity = identity});
    second.resume(first);
    Server other(second_context);
    converse(second, other);
    EXPECT_TRUE(other.session.is_established());
    return other.session.is_resumed();
}

TEST(Session, is_taken_up_again_by_whoever_shares_the_ticket_keys) {
    Config config = config_of({site().as_server()});
    config.ticket_keys = std::make_shared<TicketKeys>(TicketKeys::now_s());
    const auto context = context_of(config);
    // Certificates that were renewed.
    const CertificateMaker renewed({.name = "renewed", .hosts = {"example.com"}}, &authority());
    config.certificates = {renewed.as_server()};
    const auto renewal = context_of(config);
    // Another process.
    config.ticket_keys = std::make_shared<TicketKeys>(TicketKeys::now_s());
    const auto stranger = context_of(config);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_TRUE(is_resumed_by(context, context, version));
        EXPECT_TRUE(is_resumed_by(context, renewal, version));
        EXPECT_FALSE(is_resumed_by(context, stranger, version));
    }
    const std::uint64_t now = TicketKeys::now_s();
    ASSERT_TRUE(config.ticket_keys->adopt(TicketKeys(now).state(now), now));
    EXPECT_TRUE(is_resumed_by(stranger, stranger, TLS1_3_VERSION));
}

TEST(Session, is_not_taken_up_under_other_rules_of_who_clients_are) {
    const CertificateMaker ann({.name = "ann"}, &authority());
    const CertificateMaker others({.name = "others", .is_authority = true});
    Config config = config_of({site().as_server()});
    config.ticket_keys = std::make_shared<TicketKeys>(TicketKeys::now_s());
    config.client_auth = ClientAuth::optional;
    config.client_authorities = authority().certificate_pem();
    const auto context = context_of(config);
    config.client_authorities += others.certificate_pem();
    const auto changed = context_of(config);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        EXPECT_TRUE(is_resumed_by(context, context, version, &ann));
        EXPECT_FALSE(is_resumed_by(context, changed, version, &ann));
    }
}

TEST(Session, asks_clients_who_they_are) {
    const CertificateMaker ann({.name = "ann"}, &authority());
    const CertificateMaker stranger({.name = "stranger"});
    const CertificateMaker late({.name = "late", .valid_s = -60}, &authority());
    for (const ClientAuth auth : {ClientAuth::required, ClientAuth::optional}) {
        Config config = config_of({site().as_server()});
        config.client_auth = auth;
        config.client_authorities = authority().certificate_pem();
        const auto context = context_of(config);
        EXPECT_TRUE(context->asks_clients());
        const auto outcome = [&](const CertificateMaker* identity, Identity& seen) {
            Client client({.identity = identity});
            Server server(context);
            converse(client, server);
            server.session.identify(seen);
            return server.session.is_established();
        };
        Identity identity;
        EXPECT_TRUE(outcome(&ann, identity));
        EXPECT_EQ(identity.subject, "CN=ann");
        EXPECT_EQ(identity.fingerprint.size(), 64u);
        EXPECT_FALSE(identity.certificate.empty());
        Identity nobody;
        EXPECT_FALSE(outcome(&stranger, nobody));
        EXPECT_FALSE(outcome(&late, nobody));
        EXPECT_EQ(outcome(nullptr, nobody), auth == ClientAuth::optional);
        EXPECT_EQ(nobody.subject, "");
    }
}

TEST(Session, staples_what_it_was_given) {
    Certificate certificate = site().as_server();
    certificate.response = "not looked at";
    const auto context = context_of(config_of({certificate}));
    Client client({.server_name = "example.com", .asks_for_staple = true});
    Server server(context);
    converse(client, server);
    const unsigned char* response = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(client.ssl(), &response);
    ASSERT_GT(size, 0);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(response), static_cast<std::size_t>(size)),
              certificate.response);
}

TEST(Session, both_sides_say_that_no_more_will_come) {
    const auto context = context_of(config_of({site().as_server()}));
    Client client({});
    Server server(context);
    converse(client, server);
    const std::string last = client.write("last");
    server.exchange(last + client.close());
    EXPECT_EQ(server.received, "last");
    EXPECT_EQ(server.progress, Progress::closed);
    EXPECT_TRUE(server.session.write("answer"));
    server.session.close();
    client.exchange(server.take());
    EXPECT_EQ(client.received(), "answer");
    EXPECT_TRUE(client.is_closed());
    Server early(context);
    early.session.close();
    EXPECT_EQ(early.take(), "") << "nobody is there to tell";
}

TEST(Session, fails_on_what_is_no_tls_and_on_what_was_changed) {
    const auto context = context_of(config_of({site().as_server()}));
    for (const char* method : {"GET", "DELETE", "OPTIONS", "PROPFIND"}) {
        Server plain(context);
        plain.exchange(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(plain.progress, Progress::failed);
        EXPECT_TRUE(plain.session.is_plain_http()) << method;
    }
    Server noise(context);
    noise.exchange(std::string(600, '\xff'));
    EXPECT_EQ(noise.progress, Progress::failed);
    EXPECT_FALSE(noise.session.is_plain_http());
    Client client({});
    Server server(context);
    converse(client, server);
    std::string bytes = client.write("hello");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    client.exchange(server.exchange(bytes));
    EXPECT_EQ(server.received, "");
    EXPECT_EQ(server.progress, Progress::failed);
    EXPECT_TRUE(client.is_failed()) << "it was told";
}

TEST(Session, ends_without_memory_for_what_it_sends) {
    const auto context = context_of(config_of({site().as_server()}));
    Client client({});
    Server server(context);
    converse(client, server);
    server.memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(server.session.write(std::string(100'000, 'x')));
    server.memory.set_failure_hook(nullptr, nullptr);
}

}  // namespace
}  // namespace trivet::tls
