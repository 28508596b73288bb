#include "net/proxied.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "io/sim.h"
#include "net/stream.h"
#include "tls/certificate_maker.h"
#include "tls/client.h"

namespace trivet::net {
namespace {

constexpr std::string_view kLine = "PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n";

std::shared_ptr<const tls::Context> proxied_context() {
    static const tls::CertificateMaker site({.name = "site", .hosts = {"example.com"}});
    static const auto made = tls::Context::make({.certificates = {site.as_server()}});
    return *made;
}

// What happens to a stream, and what its proxy says.
struct ToldHandler final : io::StreamHandler, ProxyHandler {
    void on_proxy_header(const proxy::Header& header) noexcept override {
        EXPECT_TRUE(received.empty()) << "before anything else";
        sources.push_back(header.source);
        if (closes_on_header) {
            stream->close(*loop);
        }
    }
    void on_proxy_fault(proxy::HeaderError error) noexcept override { faults.push_back(error); }
    void on_data(std::string_view bytes) noexcept override { received += bytes; }
    void on_end(int error) noexcept override { ends.push_back(error); }
    void on_sent(int error) noexcept override { sends.push_back(error); }
    void on_closed() noexcept override { is_closed = true; }

    io::Loop* loop = nullptr;
    Stream* stream = nullptr;
    std::vector<proxy::Endpoint> sources;
    std::vector<proxy::HeaderError> faults;
    std::string received;
    std::vector<int> ends;
    std::vector<int> sends;
    bool closes_on_header = false;
    bool is_closed = false;
};

class ProxiedStream : public ::testing::Test, public io::AcceptHandler {
protected:
    ~ProxiedStream() override { shared_.stop(); }
    io::SimPeer& connect(bool is_secured = false) {
        is_secured_ = is_secured;
        shared_.set_context(proxied_context());
        loop_.listen(3, *this);
        io::SimPeer& peer = loop_.connect();
        settle();
        EXPECT_EQ(open_error_, 0);
        return peer;
    }
    void on_accept(int fd) noexcept override {
        stream_ = std::make_unique<Stream>();
        handler_ = std::make_unique<ToldHandler>();
        handler_->loop = &loop_;
        handler_->stream = stream_.get();
        handler_->closes_on_header = closes_on_header_;
        open_error_ = stream_->open_proxied(loop_, fd, *handler_, *handler_, shared_, is_secured_);
    }
    void on_accept_error(int) noexcept override {}
    void settle() {
        for (int quiet = 0; quiet < 3; ++quiet) {
            loop_.dispatch();
            shared_.collect();
            while (shared_.has_steps()) {
                std::this_thread::yield();
                loop_.dispatch();
                shared_.collect();
                quiet = 0;
            }
            if (loop_.has_work()) {
                quiet = 0;
            }
        }
    }
    void send(io::SimPeer& peer, std::string_view bytes) {
        peer.send(bytes);
        settle();
    }
    void expect_source() const {
        ASSERT_EQ(handler_->sources.size(), 1u);
        EXPECT_EQ(handler_->sources[0].address, *IpAddress::parse("192.0.2.7"));
        EXPECT_EQ(handler_->sources[0].port, 4711u);
    }

    Memory memory_;
    BlockPool pool_{memory_};
    io::SimLoop loop_;
    TlsStreams shared_{loop_, pool_};
    std::unique_ptr<ToldHandler> handler_;
    std::unique_ptr<Stream> stream_;
    bool is_secured_ = false;
    bool closes_on_header_ = false;
    int open_error_ = 0;
};

TEST_F(ProxiedStream, tells_the_header_and_hands_on_what_follows) {
    const std::string all = std::string(kLine) + "request";
    for (std::size_t split = 1; split <= all.size(); ++split) {
        io::SimPeer& peer = connect();
        EXPECT_TRUE(stream_->is_handshaking());
        send(peer, all.substr(0, split));
        send(peer, all.substr(split));
        expect_source();
        EXPECT_FALSE(stream_->is_handshaking());
        EXPECT_EQ(handler_->received, "request") << split;
        send(peer, " and more");
        EXPECT_EQ(handler_->received, "request and more");
        stream_->send(loop_, "answer", false);
        settle();
        EXPECT_EQ(peer.take_received(), "answer");
        EXPECT_EQ(handler_->sends, std::vector<int>{0});
        peer.finish();
        settle();
        EXPECT_EQ(handler_->ends, std::vector<int>{0});
        stream_->close(loop_);
        settle();
        EXPECT_TRUE(handler_->is_closed);
    }
    io::SimPeer& bytewise = connect();
    bytewise.receive_max = 1;
    send(bytewise, all);
    expect_source();
    EXPECT_EQ(handler_->received, "request");
    stream_->close(loop_);
    settle();
}

TEST_F(ProxiedStream, is_told_of_no_more_than_the_fault) {
    io::SimPeer& peer = connect();
    send(peer, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(handler_->faults, std::vector{proxy::HeaderError::signature});
    send(peer, kLine);
    peer.finish();
    settle();
    EXPECT_EQ(handler_->faults.size(), 1u);
    EXPECT_TRUE(handler_->sources.empty());
    EXPECT_TRUE(handler_->received.empty());
    EXPECT_TRUE(handler_->ends.empty());
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(handler_->is_closed);
}

TEST_F(ProxiedStream, is_told_of_an_end_within_the_header_once) {
    io::SimPeer& peer = connect();
    send(peer, kLine.substr(0, 20));
    peer.finish();
    settle();
    EXPECT_EQ(handler_->ends, std::vector<int>{0});
    EXPECT_TRUE(handler_->faults.empty());
    stream_->close(loop_);
    settle();
}

TEST_F(ProxiedStream, may_be_closed_by_who_is_told_the_header) {
    closes_on_header_ = true;
    io::SimPeer& peer = connect();
    send(peer, std::string(kLine) + "request");
    expect_source();
    EXPECT_TRUE(handler_->received.empty());
    EXPECT_TRUE(handler_->is_closed);
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ProxiedStream, ends_where_memory_does) {
    io::SimPeer& peer = connect();
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    send(peer, kLine.substr(0, 20));
    memory_.set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(handler_->ends, std::vector<int>{ENOMEM});
    send(peer, kLine.substr(20));
    EXPECT_TRUE(handler_->sources.empty());
    stream_->close(loop_);
    settle();
}

TEST_F(ProxiedStream, is_not_opened_without_memory) {
    for (const bool is_secured : {false, true}) {
        memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
        is_secured_ = is_secured;
        shared_.set_context(proxied_context());
        loop_.listen(3, *this);
        loop_.connect();
        loop_.dispatch();
        memory_.set_failure_hook(nullptr, nullptr);
        EXPECT_EQ(open_error_, ENOMEM);
    }
}

TEST_F(ProxiedStream, has_tls_behind_the_header) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{50}, SIZE_MAX}) {
        io::SimPeer& peer = connect(true);
        tls::Client client({.server_name = "example.com"});
        std::string bytes = std::string(kLine) + client.exchange({});
        bool has_asked = false;
        for (int round = 0; round < 20 && !bytes.empty(); ++round) {
            for (std::size_t at = 0; at < bytes.size();) {
                const std::string_view next = std::string_view(bytes).substr(at, piece);
                send(peer, next);
                at += next.size();
            }
            bytes = client.exchange(peer.take_received());
            if (client.is_established() && !std::exchange(has_asked, true)) {
                bytes += client.write("request");
            }
        }
        expect_source();
        ASSERT_NE(stream_->session(), nullptr) << piece;
        EXPECT_EQ(handler_->received, "request") << piece;
        stream_->close(loop_);
        settle();
        EXPECT_TRUE(handler_->is_closed);
    }
}

TEST_F(ProxiedStream, refuses_tls_without_a_header) {
    io::SimPeer& peer = connect(true);
    tls::Client client({.server_name = "example.com"});
    send(peer, client.exchange({}));
    EXPECT_EQ(handler_->faults, std::vector{proxy::HeaderError::signature});
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(peer.take_received().empty());
}

}  // namespace
}  // namespace trivet::net
