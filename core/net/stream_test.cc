#include "net/stream.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "io/sim.h"
#include "tls/certificate_maker.h"
#include "tls/client.h"

namespace trivet::net {
namespace {

const tls::CertificateMaker& site() {
    static const tls::CertificateMaker made({.name = "site", .hosts = {"example.com"}});
    return made;
}

std::shared_ptr<const tls::Context> context() {
    static const auto made = tls::Context::make({.certificates = {site().as_server()}});
    return *made;
}

// What happens to a stream, in words.
struct Handler final : io::StreamHandler {
    void on_data(std::string_view bytes) noexcept override {
        received += bytes;
        if (closes_on_data) {
            stream->close(*loop);
        }
    }
    void on_end(int error) noexcept override { ends.push_back(error); }
    void on_sent(int error) noexcept override { sends.push_back(error); }
    void on_closed() noexcept override { is_closed = true; }

    io::Loop* loop = nullptr;
    Stream* stream = nullptr;
    std::string received;
    std::vector<int> ends;
    std::vector<int> sends;
    bool is_closed = false;
    bool closes_on_data = false;
};

class SecuredStream : public ::testing::Test, public io::AcceptHandler {
protected:
    void SetUp() override {
        shared_.set_context(served());
        stream_ = std::make_unique<Stream>();
        handler_.loop = &loop_;
        handler_.stream = stream_.get();
        loop_.listen(3, *this);
        peer_ = &loop_.connect();
        loop_.dispatch();
        ASSERT_TRUE(has_accepted_);
    }
    void TearDown() override {
        shared_.stop();
        stream_.reset();
    }
    virtual std::shared_ptr<const tls::Context> served() { return context(); }
    void on_accept(int fd) noexcept override {
        has_accepted_ = true;
        open_error_ = stream_->open_tls(loop_, fd, handler_, shared_);
    }
    void on_accept_error(int) noexcept override {}

    void turn() {
        loop_.dispatch();
        shared_.collect();
    }
    // Until nothing happens any more, the thread's steps among it.
    void settle() {
        for (int quiet = 0; quiet < 3; ++quiet) {
            turn();
            if (loop_.has_work()) {
                quiet = 0;
            }
            while (shared_.has_steps()) {
                std::this_thread::yield();
                turn();
                quiet = 0;
            }
        }
    }
    // The client's bytes to the server, and back, until neither has any.
    void converse(std::string bytes, std::size_t piece = SIZE_MAX) {
        for (int round = 0; round < 20; ++round) {
            for (std::size_t at = 0; at < bytes.size(); at += piece) {
                peer_->send(std::string_view(bytes).substr(at, piece));
                if (piece < bytes.size()) settle();
                if (bytes.size() - at <= piece) break;
            }
            settle();
            bytes = client_.exchange(peer_->take_received());
            if (bytes.empty()) {
                return;
            }
        }
    }
    void shake_hands(std::size_t piece = SIZE_MAX) {
        converse(client_.exchange({}), piece);
        ASSERT_TRUE(client_.is_established());
        ASSERT_NE(stream_->session(), nullptr);
    }

    Memory memory_;
    BlockPool pool_{memory_};
    io::SimLoop loop_;
    TlsStreams shared_{loop_, pool_};
    Handler handler_;
    std::unique_ptr<Stream> stream_;
    io::SimPeer* peer_ = nullptr;
    tls::Client client_{{.server_name = "example.com"}};
    bool has_accepted_ = false;
    int open_error_ = 0;
};

TEST_F(SecuredStream, carries_bytes_both_ways) {
    EXPECT_EQ(stream_->session(), nullptr);
    shake_hands();
    EXPECT_EQ(stream_->session()->server_name(), "example.com");
    converse(client_.write("hello"));
    EXPECT_EQ(handler_.received, "hello");
    stream_->send(loop_, "answer", false);
    EXPECT_TRUE(stream_->is_sending());
    EXPECT_TRUE(handler_.sends.empty()) << "never from within";
    converse({});
    EXPECT_EQ(client_.received(), "answer");
    EXPECT_EQ(handler_.sends, std::vector<int>{0});
    EXPECT_FALSE(stream_->is_sending());
    EXPECT_TRUE(handler_.ends.empty());
}

TEST_F(SecuredStream, takes_a_handshake_byte_by_byte_with_a_request_behind_it) {
    shake_hands(1);
    converse(client_.write("request"), 1);
    EXPECT_EQ(handler_.received, "request");
}

TEST_F(SecuredStream, reads_what_comes_in_one_piece_with_the_end_of_the_handshake) {
    peer_->send(client_.exchange({}));
    settle();
    const std::string last = client_.exchange(peer_->take_received());
    ASSERT_TRUE(client_.is_established());
    peer_->send(last + client_.write("request"));
    settle();
    EXPECT_EQ(handler_.received, "request");
}

TEST_F(SecuredStream, sends_much_in_pieces_to_a_slow_peer_and_tells_once) {
    shake_hands();
    std::string much(1'000'000, 'x');
    for (std::size_t at = 0; at < much.size(); ++at) {
        much[at] = static_cast<char>(at * 31 + (at >> 13));
    }
    peer_->take_max = 50'000;
    stream_->send(loop_, much, true);
    EXPECT_LT(memory_.bytes_in_use(), 400'000u) << "not all of it is encrypted at once";
    converse({});
    EXPECT_EQ(client_.received(), much);
    EXPECT_EQ(handler_.sends, std::vector<int>{0});
}

TEST_F(SecuredStream, shakes_hands_off_the_loop) {
    peer_->send(client_.exchange({}));
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps());
    EXPECT_EQ(peer_->received(), "") << "the loop has made nothing of it";
    converse({});
    EXPECT_TRUE(client_.is_established());
}

// One whose client is asked for a certificate, which is the thread's to verify.
class AskingSecuredStream : public SecuredStream {
protected:
    std::shared_ptr<const tls::Context> served() override {
        static const auto made =
            tls::Context::make({.certificates = {site().as_server()},
                                .client_auth = tls::ClientAuth::optional,
                                .client_authorities = site().certificate_pem()});
        return *made;
    }
};

TEST_F(SecuredStream, makes_the_dear_steps_off_the_loop_however_they_come) {
    const std::string hello = client_.exchange({});
    peer_->send(hello.substr(0, 1));
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps());
    settle();
    peer_->send(hello.substr(1));
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps()) << "it is this one that is signed";
    EXPECT_EQ(stream_->session(), nullptr) << "it is the thread's";
    settle();
    peer_->send(client_.exchange(peer_->take_received()));
    loop_.dispatch();
    EXPECT_FALSE(shared_.has_steps()) << "its way is longer than the step";
    EXPECT_NE(stream_->session(), nullptr);
}

TEST_F(AskingSecuredStream, makes_the_last_step_off_the_loop) {
    peer_->send(client_.exchange({}));
    settle();
    peer_->send(client_.exchange(peer_->take_received()));
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps());
    settle();
    EXPECT_NE(stream_->session(), nullptr);
}

TEST_F(SecuredStream, exchanges_keys_of_the_older_version_off_the_loop) {
    tls::Client older({.server_name = "example.com", .maximum_version = TLS1_2_VERSION});
    peer_->send(older.exchange({}));
    settle();
    peer_->send(older.exchange(peer_->take_received()));
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps());
    settle();
    EXPECT_NE(stream_->session(), nullptr);
}

TEST_F(SecuredStream, takes_up_a_session_of_the_older_version_with_one_step_off_the_loop) {
    const tls::ClientConfig config{.server_name = "example.com", .maximum_version = TLS1_2_VERSION};
    tls::Client earlier(config);
    {
        Buffer output(pool_);
        tls::Session session(context(), output);
        std::string bytes = earlier.exchange({});
        while (!bytes.empty()) {
            std::string_view rest = bytes;
            session.handshake(rest);
            bytes = earlier.exchange(output.view());
            output.clear();
        }
    }
    tls::Client older(config);
    older.resume(earlier);
    peer_->send(older.exchange({}));
    settle();
    peer_->send(older.exchange(peer_->take_received()));
    loop_.dispatch();
    EXPECT_FALSE(shared_.has_steps());
    ASSERT_NE(stream_->session(), nullptr);
    EXPECT_TRUE(stream_->session()->is_resumed());
}

TEST_F(SecuredStream, ends_on_a_last_word_that_is_none) {
    peer_->send(client_.exchange({}));
    settle();
    std::string last = client_.exchange(peer_->take_received());
    last.back() = static_cast<char>(last.back() + 1);
    peer_->send(last);
    settle();
    EXPECT_EQ(handler_.ends, std::vector<int>{EPROTO});
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(handler_.is_closed);
}

TEST_F(SecuredStream, sends_what_it_was_given_before_its_handshake_was_complete) {
    peer_->send(client_.exchange({}));
    loop_.dispatch();
    ASSERT_TRUE(shared_.has_steps());
    stream_->send(loop_, "early", true);
    stream_->shutdown(loop_);
    EXPECT_TRUE(stream_->is_sending());
    settle();
    EXPECT_TRUE(handler_.sends.empty());
    converse(client_.exchange(peer_->take_received()));
    EXPECT_EQ(client_.received(), "early");
    EXPECT_EQ(handler_.sends, std::vector<int>{0});
    EXPECT_TRUE(client_.is_closed());
}

TEST_F(SecuredStream, tells_the_end_of_a_send_of_nothing) {
    shake_hands();
    stream_->send(loop_, {}, false);
    EXPECT_TRUE(handler_.sends.empty());
    settle();
    EXPECT_EQ(handler_.sends, std::vector<int>{0});
}

TEST_F(SecuredStream, tells_a_send_that_found_no_memory) {
    shake_hands();
    memory_.set_failure_hook([](void*, std::size_t size) { return size > 50'000; }, nullptr);
    const std::string much(100'000, 'x');
    stream_->send(loop_, much, false);
    settle();
    memory_.set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(handler_.sends, std::vector<int>{EPROTO});
}

TEST_F(SecuredStream, says_close_notify_behind_all_that_was_to_be_sent) {
    shake_hands();
    const std::string much(300'000, 'x');
    stream_->send(loop_, much, false);
    stream_->shutdown(loop_);
    converse({});
    EXPECT_EQ(client_.received(), much);
    EXPECT_EQ(handler_.sends, std::vector<int>{0});
    EXPECT_TRUE(client_.is_closed());
    EXPECT_TRUE(peer_->server_has_finished());
}

TEST_F(SecuredStream, is_destroyed_with_a_step_that_nobody_was_told_of) {
    peer_->send(client_.exchange({}));
    loop_.dispatch();
    peer_->send("more");
    loop_.dispatch();
    EXPECT_TRUE(shared_.has_steps());
}

TEST_F(SecuredStream, is_closed_while_a_step_is_under_way) {
    peer_->send(client_.exchange({}));
    loop_.dispatch();
    ASSERT_TRUE(shared_.has_steps());
    stream_->close(loop_);
    loop_.dispatch();
    loop_.dispatch();
    EXPECT_FALSE(handler_.is_closed) << "the session is the thread's";
    settle();
    EXPECT_TRUE(handler_.is_closed);
    EXPECT_TRUE(handler_.ends.empty());
}

TEST_F(SecuredStream, tells_of_a_peer_that_leaves_in_its_handshake) {
    peer_->send(client_.exchange({}));
    peer_->finish();
    settle();
    EXPECT_EQ(handler_.ends, std::vector<int>{0});
    EXPECT_EQ(stream_->session(), nullptr);
}

TEST_F(AskingSecuredStream, holds_what_comes_during_a_step_within_bounds_and_loses_none_of_it) {
    peer_->send(client_.exchange({}));
    settle();
    peer_->send(client_.exchange(peer_->take_received()));
    loop_.dispatch();
    ASSERT_TRUE(shared_.has_steps());
    std::string much(300'000, 'm');
    for (std::size_t at = 0; at < much.size(); at += 10'000) {
        peer_->send(client_.write(std::string_view(much).substr(at, 10'000)));
        loop_.dispatch();
    }
    EXPECT_TRUE(stream_->is_paused());
    EXPECT_EQ(handler_.received, "");
    settle();
    EXPECT_FALSE(stream_->is_paused());
    EXPECT_TRUE(handler_.received == much) << handler_.received.size();
    EXPECT_TRUE(handler_.ends.empty());
}

TEST_F(SecuredStream, says_close_notify_and_hears_it) {
    shake_hands();
    const std::string last = client_.write("last");
    converse(last + client_.close());
    EXPECT_EQ(handler_.received, "last");
    EXPECT_EQ(handler_.ends, std::vector<int>{0});
    stream_->send(loop_, "answer", false);
    stream_->shutdown(loop_);
    converse({});
    EXPECT_EQ(client_.received(), "answer");
    EXPECT_TRUE(client_.is_closed());
    EXPECT_TRUE(peer_->server_has_finished());
    peer_->finish();
    settle();
    EXPECT_EQ(handler_.ends, std::vector<int>{0}) << "once";
}

TEST_F(SecuredStream, says_close_notify_when_it_closes_at_once) {
    shake_hands();
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(handler_.is_closed);
    client_.exchange(peer_->take_received());
    EXPECT_TRUE(client_.is_closed());
}

TEST_F(SecuredStream, is_closed_by_its_handler_in_the_middle_of_records) {
    shake_hands();
    handler_.closes_on_data = true;
    std::string bytes = client_.write("one");
    bytes += client_.write("two");
    peer_->send(bytes);
    settle();
    EXPECT_EQ(handler_.received, "one");
    EXPECT_TRUE(handler_.is_closed);
}

TEST_F(SecuredStream, ends_on_what_is_no_tls) {
    peer_->send("\x16\x03\x01" + std::string(1, '\0') + "\x05hello");
    settle();
    EXPECT_EQ(handler_.ends, std::vector<int>{EPROTO});
    stream_->close(loop_);
    settle();
    EXPECT_EQ(peer_->received().substr(0, 1), "\x15") << "an alert";
    EXPECT_TRUE(handler_.is_closed);
}

TEST_F(SecuredStream, tells_a_client_without_tls_what_is_spoken_here) {
    peer_->send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    settle();
    EXPECT_EQ(handler_.ends, std::vector<int>{EPROTO});
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(peer_->received().starts_with("HTTP/1.1 400 Bad Request\r\n"));
    const std::size_t head = peer_->received().find("\r\n\r\n") + 4;
    EXPECT_EQ(peer_->received().size() - head, 48u);
    EXPECT_NE(peer_->received().find("Content-Length: 48\r\n"), std::string::npos);
}

TEST_F(SecuredStream, a_connection_that_breaks_fails_its_send) {
    shake_hands();
    loop_.faults.send = 4;
    stream_->send(loop_, "answer", true);
    settle();
    peer_->reset();
    settle();
    EXPECT_FALSE(handler_.ends.empty() && handler_.sends.empty());
    stream_->close(loop_);
    settle();
    EXPECT_TRUE(handler_.is_closed);
}

struct NthFails {
    int count = 0;
    int failing = 0;
    static bool fails(void* self, std::size_t) {
        auto& own = *static_cast<NthFails*>(self);
        return ++own.count == own.failing;
    }
};

// Whichever allocation fails: the connection goes on or ends, and nothing else happens.
TEST(SecuredMemory, may_run_out_at_any_place) {
    int reached = 0;
    for (int failing = 0; failing <= reached && failing < 200; ++failing) {
        Memory memory;
        NthFails fault{.failing = failing};
        memory.set_failure_hook(&NthFails::fails, &fault);
        BlockPool pool(memory);
        io::SimLoop loop;
        TlsStreams shared(loop, pool);
        shared.set_context(context());
        Handler handler;
        struct Acceptor final : io::AcceptHandler {
            Acceptor(io::SimLoop& l, Handler& h, TlsStreams& s) : loop(l), handler(h), shared(s) {}
            void on_accept(int fd) noexcept override {
                error = stream.open_tls(loop, fd, handler, shared);
                if (error != 0) loop.discard(fd);
            }
            void on_accept_error(int) noexcept override {}
            io::SimLoop& loop;
            Handler& handler;
            TlsStreams& shared;
            Stream stream;
            int error = 0;
        } acceptor(loop, handler, shared);
        handler.loop = &loop;
        handler.stream = &acceptor.stream;
        loop.listen(3, acceptor);
        io::SimPeer& peer = loop.connect();
        tls::Client client({});
        std::string bytes = client.exchange({});
        const std::string much(100'000, 'x');
        for (int round = 0; round < 12; ++round) {
            peer.send(bytes);
            for (int turns = 0; turns < 4 || shared.has_steps(); ++turns) {
                loop.dispatch();
                shared.collect();
                std::this_thread::yield();
            }
            bytes = client.exchange(peer.take_received());
            if (acceptor.error == 0 && acceptor.stream.session() != nullptr &&
                handler.ends.empty() && !acceptor.stream.is_sending() && handler.sends.empty()) {
                bytes += client.write("hello");
                acceptor.stream.send(loop, much, false);
            }
        }
        reached = std::max(reached, fault.count);
        EXPECT_TRUE(handler.ends.size() <= 1 && handler.sends.size() <= 1);
        if (acceptor.error == 0) {
            acceptor.stream.close(loop);
            for (int turns = 0; turns < 4 || shared.has_steps(); ++turns) {
                loop.dispatch();
                shared.collect();
            }
            EXPECT_TRUE(handler.is_closed);
        }
        shared.stop();
    }
    EXPECT_GT(reached, 5);
}

}  // namespace
}  // namespace trivet::net
