// No request, however made, takes more memory before user code decodes it than 64 KB and four times
// the bytes received.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "codec/encode.h"
#include "http/form.h"
#include "http/harness_test.h"

namespace trivet::http {
namespace {

constexpr std::size_t kBase = 64 * 1024;
constexpr std::size_t kWindowedBytesMin = 32 * 1024;

class MemoryRule : public ::testing::Test, public ServerHarness {
protected:
    MemoryRule() : ServerHarness({.head = {8192, 32768, 1000}, .body_bytes_max = 4 << 20}) {
        route("*", "/later", [this](Exchange& exchange) { keep(exchange); });
        route("*", "/later/{a}/{b}", [this](Exchange& exchange) { keep(exchange); });
        stream("*", "/stream", [this](Exchange& exchange) { keep(exchange); });
        route("POST", "/form", [this](Exchange& exchange) { open_form(exchange); });
        stream("POST", "/form/stream", [this](Exchange& exchange) { open_form(exchange); });
        stream("POST", "/read", [this](Exchange& exchange) {
            keep(exchange);
            read(exchange);
        });
        readable = [this](Exchange& exchange) {
            if (exchange.form() == nullptr) read(exchange);
        };
        start();
        // What a server takes once for all requests is there before one is measured.
        io::SimPeer& peer = connect();
        ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
        end_kept();
        peer.finish();
        settle();
    }
    void keep(Exchange& exchange) { kept_ = &exchange; }
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        ServerHarness::choose_content(exchange, policy);
        policy.is_decoded = true;
    }
    void open_form(Exchange& exchange) {
        keep(exchange);
        server().read_form(exchange, {});
    }
    void read(Exchange& exchange) {
        while (!server().read(exchange).bytes.empty()) {
        }
    }
    void end_kept() {
        if (Exchange* exchange = std::exchange(kept_, nullptr)) server().break_off(*exchange);
        settle();
    }

    // Sends a request in pieces; the memory it takes must keep to the rule all the time, or what is
    // decoded within a turn of the loop aside, in between.
    void send(const std::string& request, std::size_t piece) {
        io::SimPeer& peer = connect();
        base_ = memory().bytes_in_use();
        received_ = 0;
        worst_ = 0;
        if (encoded_ == 0) {
            memory().set_failure_hook(
                [](void* self, std::size_t size) {
                    static_cast<MemoryRule*>(self)->look(size);
                    return false;
                },
                this);
        }
        for (std::size_t at = 0; at < request.size() && !peer.server_has_finished(); at += piece) {
            const std::string bytes = request.substr(at, piece);
            received_ += bytes.size();
            peer.send(bytes);
            turn();
            look(0);
        }
        settle();
        look(0);
        memory().set_failure_hook(nullptr, nullptr);
        EXPECT_LE(worst_, 0) << request.substr(0, 60) << "… in pieces of " << piece;
        end_kept();
        peer.reset();
        settle();
        ASSERT_TRUE(server().is_empty());
    }
    void send(const std::string& request) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{97}, std::size_t{1460},
                                        std::size_t{8192}, std::size_t{65536}}) {
            if (request.size() / piece < 20'000) send(request, piece);
        }
    }

    std::size_t decoded_ = 0;
    std::size_t encoded_ = 0;   // 0: it is not
    std::size_t reserved_ = 0;  // address space of windows, which counts as far as it is written

private:
    void look(std::size_t size) {
        const auto taken = static_cast<std::int64_t>(memory().bytes_in_use() + size - base_);
        // What content becomes counts as received.
        const std::size_t received =
            received_ + (encoded_ == 0 ? 0 : received_ * decoded_ / encoded_);
        // Windows are there for content that is long enough.
        const std::size_t reserved = received_ < kWindowedBytesMin ? 0 : reserved_;
        worst_ =
            std::max(worst_, taken - static_cast<std::int64_t>(kBase + 4 * received + reserved));
    }
    Exchange* kept_ = nullptr;
    std::size_t base_ = 0;
    std::size_t received_ = 0;
    std::int64_t worst_ = 0;
};

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    while (count-- > 0) all += text;
    return all;
}

const std::string kHead = "POST /later HTTP/1.1\r\nHost: a\r\n";
const std::string kChunks = "Transfer-Encoding: chunked\r\n\r\n";

TEST_F(MemoryRule, holds_for_heads) {
    send(kHead + repeated("a:\r\n", 990) + "\r\n");
    send(kHead + repeated("a:\r\n", 990));
    send(kHead + "X-Long: " + std::string(32'000, 'x') + "\r\n\r\n");
    send(kHead + "Connection: " + std::string(32'000, 'x') + "\r\n\r\n");
    send(kHead + "Connection: " + repeated("a,", 16'000) + "\r\n\r\n");
    send(kHead + std::string(32'000, 'x'));
    send("GET /later?" + std::string(8'000, 'q') + " HTTP/1.1\r\nHost: a\r\n\r\n");
    send("GET /later/" + repeated("%41", 1'300) + "/" + repeated("%42", 1'300) +
         " HTTP/1.1\r\nHost: a\r\n\r\n");
    send(kHead + repeated("Cookie: " + repeated("a=b; ", 100) + "\r\n", 60) + "\r\n");
}

TEST_F(MemoryRule, holds_for_content_that_is_gathered) {
    send(kHead + "Content-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x'));
    send(kHead + "Content-Length: 70000\r\n\r\n" + std::string(60'000, 'x'));
    send(kHead + kChunks + repeated("1\r\nx\r\n", 20'000) + "0\r\n\r\n");
    send(kHead + kChunks + "186a0\r\n" + std::string(100'000, 'x') + "\r\n0\r\n\r\n");
    send(kHead + kChunks + "1;" + std::string(10'000, 'e') + "\r\nx\r\n0\r\n\r\n");
    send(kHead + kChunks + "1\r\nx\r\n0\r\n" + repeated("a:\r\n", 30) + "\r\n");
    send(kHead + kChunks + "1\r\nx\r\n0\r\nX-Long: " + std::string(30'000, 't') + "\r\n\r\n");
}

TEST_F(MemoryRule, holds_for_content_that_nobody_reads) {
    const std::string head = "POST /stream HTTP/1.1\r\nHost: a\r\n";
    send(head + "Content-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));
    send(head + kChunks + repeated("1\r\nx\r\n", 20'000) + "0\r\n\r\n");
    send(head + kChunks + repeated("400\r\n" + std::string(1024, 'x') + "\r\n", 300));
}

TEST_F(MemoryRule, holds_for_what_is_pipelined) {
    send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" +
         repeated("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 9'000));
}

const std::string kParts = "Content-Type: multipart/form-data; boundary=b\r\n";
const std::string kPart = "--b\r\nContent-Disposition: form-data; name=a";

TEST_F(MemoryRule, holds_for_forms) {
    for (const std::string path : {"/form", "/form/stream"}) {
        const std::string head = "POST " + path + " HTTP/1.1\r\nHost: a\r\n";
        const auto send_form = [&](const std::string& type, const std::string& body) {
            send(head + type + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
        };
        const std::string pairs = "Content-Type: application/x-www-form-urlencoded\r\n";
        send_form(pairs, repeated("a&", 1000));
        send_form(pairs, repeated("%41=%42&", 1000));
        send_form(pairs, repeated("a&", 100'000));
        send_form(pairs, "a=" + repeated("%41", 300'000));
        send_form(pairs, "a=" + std::string(1'000'000, 'x'));
        send_form(kParts, repeated(kPart + "\r\n\r\n\r\n", 1000) + "--b--");
        send_form(kParts, repeated(kPart + "; filename=n\r\n\r\n\r\n", 64) + "--b--");
        send_form(kParts, repeated(kPart + "; filename=n\r\n\r\nx\r\n", 64) + "--b--");
        send_form(kParts, repeated(kPart + "\r\nContent-Type: a\r\n\r\nx\r\n", 1000) + "--b--");
        send_form(kParts, kPart + "\r\n" + repeated("X:\r\n", 15) + "\r\nx\r\n--b--");
        send_form(kParts, kPart + "\r\nX: " + std::string(8'000, 'x') + "\r\n\r\nx\r\n--b--");
        send_form(kParts, kPart + "\r\n\r\n" + std::string(1'000'000, 'x') + "\r\n--b--");
        send_form(kParts, kPart + "; filename=n\r\n\r\n" + std::string(60'000, 'x') + "\r\n--b--");
        send_form(kParts, kPart + "; filename=n\r\n\r\n" + std::string(900'000, 'x') + "\r\n--b--");
        send_form(kParts, kPart + "\r\n\r\n" + repeated("\r\n--a", 50'000) + "\r\n--b--");
    }
}

constexpr int kWindowBits = 20;
constexpr std::size_t kWindowBytes = std::size_t{1} << kWindowBits;
constexpr std::size_t kZstdBlocksBytes = 3 * 128 * 1024;

struct Encoding {
    const char* name;
    std::string (*encode)(std::string_view text);
    std::size_t reserved;
};
constexpr Encoding kEncodings[] = {
    {"gzip", [](std::string_view text) { return codec::deflated(text, 15 + 16); }, 0},
    {"deflate", [](std::string_view text) { return codec::deflated(text, 15); }, 0},
    {"br", [](std::string_view text) { return codec::brotli(text, kWindowBits); }, kWindowBytes},
    {"zstd", [](std::string_view text) { return codec::zstd(text, kWindowBits); },
     kWindowBytes + kZstdBlocksBytes}};

TEST_F(MemoryRule, holds_for_encoded_content_with_what_it_becomes) {
    std::string text;
    for (int line = 0; line < 100'000; ++line) text += std::to_string(line % 10'007 * 7919) + "\n";
    std::string noise(2 << 20, '\0');
    std::uint32_t state = 1;
    for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1) >> 24);
    const auto send_encoded = [&](const std::string& path, const std::string& names,
                                  const std::string& body, std::size_t size) {
        decoded_ = size;
        encoded_ = body.size();
        send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Encoding: " + names + "\r\n" +
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body);
    };
    for (const Encoding& inner : kEncodings) {
        for (const std::string& content :
             {text, text.substr(0, 100), std::string(60'000, 'x'), noise}) {
            const std::string once = inner.encode(content);
            reserved_ = inner.reserved;
            for (const char* path : {"/later", "/stream", "/read", "/form/stream"}) {
                send_encoded(path, inner.name, once, content.size());
            }
            for (const Encoding& outer : kEncodings) {
                reserved_ = inner.reserved + outer.reserved;
                send_encoded("/read", std::string(inner.name) + ", " + outer.name,
                             outer.encode(once), content.size());
            }
        }
    }
}

TEST_F(MemoryRule, holds_for_few_bytes_of_encoded_content) {
    for (const Encoding& inner : kEncodings) {
        for (const Encoding& outer : kEncodings) {
            const std::string twice = outer.encode(inner.encode("text"));
            for (const std::string& names :
                 {std::string(outer.name), std::string(inner.name) + ", " + outer.name}) {
                for (std::size_t size = 1; size < twice.size(); ++size) {
                    send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Encoding: " + names +
                             "\r\nContent-Length: 1000\r\n\r\n" + twice.substr(0, size),
                         1000);
                }
            }
        }
    }
}

TEST_F(MemoryRule, would_notice) {
    io::SimPeer& peer = connect();
    const std::size_t before = memory().bytes_in_use();
    ask(peer, kHead + "Content-Length: 1000000\r\n\r\n" + std::string(900'000, 'x'));
    EXPECT_GE(memory().bytes_in_use(), before + 900'000) << "content takes memory of this source";
}

}  // namespace
}  // namespace trivet::http
