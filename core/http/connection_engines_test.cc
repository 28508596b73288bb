// Streams over real sockets, on both engines: what the simulation cannot show is that back-pressure
// reaches the kernel, and the client behind it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/log.h"
#include "http/server.h"
#include "io/engine.h"
#include "io/socket.h"

namespace trivet::http {
namespace {

constexpr std::size_t kStreamBytes = std::size_t{32} << 20;
constexpr std::size_t kMemoryMax = std::size_t{1} << 20;
constexpr std::uint32_t kStreamRoute = 1;
constexpr std::int64_t kTurnNs = 1'000'000;

// The byte at a place of the stream.
char byte_at(std::size_t place) { return static_cast<char>(place * 31 + (place >> 13)); }

class EnginesTest : public ::testing::TestWithParam<io::Engine>, public Dispatcher {
protected:
    void SetUp() override {
        io::EngineChoice choice = io::make_loop(GetParam(), memory_, {});
        ASSERT_NE(choice.loop, nullptr) << choice.reason;
        loop_ = std::move(choice.loop);
        ASSERT_TRUE(router_
                        .add({.methods = "GET,POST",
                              .host = {},
                              .pattern = "/stream",
                              .site = {},
                              .name = {},
                              .value = kStreamRoute})
                        .has_value());
        router_.freeze();
        server_ =
            std::make_unique<Server>(*loop_, memory_, Limits{.body_bytes_max = 2 * kStreamBytes},
                                     router_, log_, *this, Interests{}, 0u, std::uint64_t{1});
        listener_ = io::listen_tcp({.host = "127.0.0.1"});
        ASSERT_TRUE(listener_.fd.is_open());
        ASSERT_EQ(server_->listen(listener_.fd.get()), 0);
        client_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(listener_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(client_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
    }
    void TearDown() override {
        client_.reset(-1);
        server_->drain();
        for (int turns = 0; turns < 1'000 && !server_->is_empty(); ++turns) {
            server_->abort();
            turn();
        }
        EXPECT_TRUE(server_->is_empty());
        EXPECT_EQ(server_->exchanges_live(), 0u);
        EXPECT_EQ(lent_, released_);
        server_.reset();
        loop_.reset();
    }
    void turn() {
        server_->flush_output();
        loop_->wait(kTurnNs);
        loop_->dispatch();
        server_->resume_pending();
        server_->run_deadlines();
        peak_ = std::max(peak_, memory_.bytes_in_use());
    }
    // Sends what the kernel takes now; how much.
    std::size_t send_now(std::string_view bytes) {
        const ssize_t count =
            ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    std::string receive_now() {
        char bytes[65536];
        const ssize_t count = ::recv(client_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        return {bytes, count > 0 ? static_cast<std::size_t>(count) : 0};
    }

    void choose_content(const Exchange&, ContentPolicy& policy) noexcept override {
        policy.is_streamed = true;
    }
    void on_request(Exchange& exchange) noexcept override {
        exchange_ = &exchange;
        if (std::string_view(exchange.view.method) == "POST") {
            read(exchange);
            return;
        }
        EXPECT_EQ(server_->begin(exchange, {.status = 200, .fields = {}, .body = {}}), Status::ok);
        write(exchange);
    }
    void on_readable(Exchange& exchange) noexcept override { read(exchange); }
    void on_writable(Exchange& exchange) noexcept override { write(exchange); }
    void on_gone(Exchange&) noexcept override { ++gone_; }

    void read(Exchange& exchange) {
        while (reads_) {
            const ContentRead part = server_->read(exchange);
            for (const char byte : part.bytes) {
                wrong_ += byte == byte_at(read_++) ? 0 : 1;
            }
            if (part.is_end) {
                server_->reply(exchange, {.status = 200, .fields = {}, .body = "read"});
                return;
            }
            if (part.bytes.empty()) return;
        }
    }
    // Small pieces and large ones, copied and lent, as long as there is room.
    void write(Exchange& exchange) {
        bool is_full = false;
        while (!is_full && written_ < kStreamBytes) {
            const std::size_t sizes[] = {100, 5'000, 70'000, 200'000};
            const std::size_t size = std::min(sizes[pieces_++ % 4], kStreamBytes - written_);
            auto* piece = new Piece{std::string(size, ' '), *this};
            for (char& byte : piece->bytes) {
                byte = byte_at(written_++);
            }
            ++lent_;
            const Status status =
                server_->write(exchange,
                               {.bytes = piece->bytes,
                                .release = [](void* lent) { delete static_cast<Piece*>(lent); },
                                .user_data = piece},
                               is_full);
            if (status != Status::ok) {  // which has ended the exchange
                EXPECT_EQ(status, Status::gone);
                EXPECT_EQ(gone_, 1);
                return;
            }
        }
        if (!is_full) server_->finish(exchange);
    }

    struct Piece {
        std::string bytes;
        EnginesTest& test;
        ~Piece() { ++test.released_; }
    };

    Memory memory_;
    Log log_{2, LogLevel::off};
    route::Router router_;
    std::unique_ptr<io::Loop> loop_;
    std::unique_ptr<Server> server_;
    io::Listener listener_;
    Fd client_;
    Exchange* exchange_ = nullptr;
    bool reads_ = true;
    std::size_t read_ = 0;
    std::size_t wrong_ = 0;
    std::size_t written_ = 0;
    std::size_t pieces_ = 0;
    std::size_t peak_ = 0;
    int lent_ = 0;
    int released_ = 0;
    int gone_ = 0;
};

TEST_P(EnginesTest, reads_a_large_content_with_little_memory) {
    std::string head =
        "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kStreamBytes) +
        "\r\n\r\n";
    ASSERT_EQ(send_now(head), head.size());
    std::string piece;
    std::size_t sent = 0;
    std::string answer;
    std::size_t idle_turns = 0;
    while (answer.empty() && idle_turns < 10'000) {
        while (piece.size() < 100'000 && sent + piece.size() < kStreamBytes) {
            piece += byte_at(sent + piece.size());
        }
        const std::size_t taken = piece.empty() ? 0 : send_now(piece);
        piece.erase(0, taken);
        sent += taken;
        const std::size_t before = read_;
        turn();
        idle_turns = taken == 0 && read_ == before ? idle_turns + 1 : 0;
        answer = receive_now();
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(read_, kStreamBytes);
    EXPECT_EQ(wrong_, 0u);
    EXPECT_LT(peak_, kMemoryMax);
}

TEST_P(EnginesTest, holds_the_client_back_when_nobody_reads) {
    reads_ = false;
    const std::string head =
        "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kStreamBytes) +
        "\r\n\r\n";
    ASSERT_EQ(send_now(head), head.size());
    std::size_t sent = 0;
    const std::string piece(100'000, 'x');
    for (int idle_turns = 0; idle_turns < 50;) {
        const std::size_t taken = send_now(piece);
        sent += taken;
        idle_turns = taken == 0 ? idle_turns + 1 : 0;
        turn();
    }
    EXPECT_LT(sent, kStreamBytes) << "the kernel's buffers are full, and nothing else";
    ASSERT_NE(exchange_, nullptr);
    EXPECT_GE(exchange_->content->unread(), kContentWindowBytes);
    EXPECT_LT(peak_, 4 * kMemoryMax);
    server_->break_off(*exchange_);
}

TEST_P(EnginesTest, tells_of_a_client_that_leaves_while_it_is_held_back) {
    reads_ = false;
    const std::string head =
        "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kStreamBytes) +
        "\r\n\r\n";
    ASSERT_EQ(send_now(head), head.size());
    const std::string piece(65536, 'x');
    for (int full_turns = 0; full_turns < 20;) {
        full_turns = send_now(piece) > 0 ? 0 : full_turns + 1;
        turn();
    }
    ASSERT_NE(exchange_, nullptr);
    EXPECT_EQ(gone_, 0);
    const linger now{1, 0};
    ::setsockopt(client_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client_.reset(-1);
    for (int turns = 0; turns < 1'000 && gone_ == 0; ++turns) {
        turn();
    }
    EXPECT_EQ(gone_, 1);
    EXPECT_EQ(server_->reply(*exchange_, {}), Status::gone);
}

TEST_P(EnginesTest, writes_a_large_answer_with_little_memory) {
    const std::string request = "GET /stream HTTP/1.0\r\n\r\n";
    ASSERT_EQ(send_now(request), request.size());
    std::string head;
    std::size_t received = 0;
    std::size_t wrong = 0;
    for (std::size_t idle_turns = 0; received < kStreamBytes && idle_turns < 10'000;) {
        turn();
        std::string bytes = receive_now();
        idle_turns = bytes.empty() ? idle_turns + 1 : 0;
        if (!head.ends_with("\r\n\r\n")) {
            head += bytes;
            const std::size_t end = head.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            bytes = head.substr(end + 4);
            head.resize(end + 4);
        }
        for (const char byte : bytes) {
            wrong += byte == byte_at(received++) ? 0 : 1;
        }
    }
    EXPECT_EQ(received, kStreamBytes);
    EXPECT_EQ(wrong, 0u);
    EXPECT_LT(peak_, kMemoryMax);
    EXPECT_EQ(lent_, released_);
}

TEST_P(EnginesTest, gives_everything_back_when_the_client_leaves_an_answer) {
    const std::string request = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_EQ(send_now(request), request.size());
    for (int turns = 0; turns < 10'000 && receive_now().empty(); ++turns) {
        turn();
    }
    const linger now{1, 0};
    ::setsockopt(client_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client_.reset(-1);
    for (int turns = 0; turns < 10'000 && !server_->is_empty(); ++turns) {
        turn();
    }
    EXPECT_TRUE(server_->is_empty());
    EXPECT_EQ(gone_, 1);
    EXPECT_EQ(lent_, released_);
    EXPECT_EQ(server_->exchanges_live(), 0u);  // the writer was told, and noticed
}

std::string engine_name(const ::testing::TestParamInfo<io::Engine>& engine) {
    return engine.param == io::Engine::uring ? "uring" : "epoll";
}

INSTANTIATE_TEST_SUITE_P(Engines, EnginesTest,
                         ::testing::Values(io::Engine::uring, io::Engine::epoll), engine_name);

}  // namespace
}  // namespace trivet::http
