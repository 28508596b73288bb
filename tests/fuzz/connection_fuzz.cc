// A connection of a whole server over the simulated loop. An even first byte: the rest is what the
// client sends, and the answers are the same however it is cut. An odd one: the rest is a script of
// sends, turns, time, slow reading, late answers and ends. Either way what comes back is a row of
// well-formed responses, and at the end nothing is left.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/memory.h"
#include "check.h"
#include "http/server.h"
#include "io/sim.h"

namespace trivet::http {
namespace {

using fuzz::check;

constexpr int kTurnsMax = 100'000;

constexpr std::uint32_t kLaterRoute = 4;
constexpr std::uint32_t kStreamRoute = 6;

// The same for every input, and costly to freeze.
const route::Router& router() {
    static const route::Router* const frozen = [] {
        auto* routes = new route::Router;
        std::uint32_t count = 0;
        for (const char* pattern : {"/", "/{id:int}", "/{name}", "/later/{rest:path}",
                                    "/{code:regex([A-Z]+[0-9]*)}/x", "/stream/{rest:path}"}) {
            const auto added = routes->add({.methods = "GET,POST",
                                            .host = {},
                                            .pattern = pattern,
                                            .site = {},
                                            .name = {},
                                            .value = ++count});
            check(added.has_value(), "the routes are well-formed");
        }
        routes->freeze();
        return routes;
    }();
    return *frozen;
}

// Answers with what was asked, at once or when told; to streamed content in pieces if it may, for
// where the pieces end depends on the cuts.
class Echo final : public Dispatcher {
public:
    explicit Echo(bool takes_refusals, bool answers_in_pieces)
        : answers_in_pieces_(answers_in_pieces) {
        const Limits limits{.head = {1024, 8192, 50}, .body_bytes_max = 4096};
        server_.emplace(loop_, memory_, limits, router(), log_, *this,
                        Interests{takes_refusals, takes_refusals}, 0u, std::uint64_t{1});
        server_->listen(3);
        peer_ = &loop_.connect();
    }

    void on_request(Exchange& exchange) noexcept override {
        ++kept_;
        exchange.set_data(this, [](void* self) { ++static_cast<Echo*>(self)->dropped_; });
        if (exchange.route == kLaterRoute) {
            waiting_.push_back({exchange.slot, exchange.generation});
        } else if (exchange.content != nullptr) {
            streamed_.clear();
            if (!answers_in_pieces_ ||
                server_->begin(exchange, {.status = 200, .fields = {}, .body = {}}) == Status::ok) {
                read(exchange);
            }
        } else {
            answer(exchange);
        }
    }
    void on_gone(Exchange&) noexcept override {}
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        policy.is_streamed = exchange.route == kStreamRoute;
    }
    void on_readable(Exchange& exchange) noexcept override { read(exchange); }

    void turn() {
        loop_.dispatch();
        server_->resume_pending();
        server_->run_deadlines();
        server_->flush_output();
    }
    void settle() {
        for (int turns = 0; loop_.has_work() || server_->has_pending(); ++turns) {
            check(turns < kTurnsMax, "it settles");
            turn();
        }
    }
    void answer_one() {
        if (!waiting_.empty()) {
            const auto [slot, generation] = waiting_.front();
            waiting_.pop_front();
            Exchange* exchange = server_->find(slot, generation);
            check(exchange != nullptr, "an unanswered request can be found");
            answer(*exchange);
        }
    }
    // Ends the connection and the server; nothing must be left.
    void end() {
        peer_->take_max = SIZE_MAX;
        settle();
        while (!waiting_.empty()) {
            answer_one();
            settle();
        }
        peer_->finish();
        settle();
        loop_.advance_ms(300'000);
        settle();
        loop_.advance_ms(300'000);
        settle();
        check(server_->is_empty(), "no connection is left");
        check(server_->exchanges_live() == 0, "no request is left");
        check(kept_ == dropped_, "what is kept with a request is dropped once");
        server_.reset();
        check(memory_.bytes_in_use() == 0, "no memory is left");
    }
    io::SimPeer& peer() { return *peer_; }
    io::SimLoop& loop() { return loop_; }

private:
    struct Waiting {
        std::uint32_t slot;
        std::uint32_t generation;
    };

    void read(Exchange& exchange) {
        ContentRead part;
        do {
            part = server_->read(exchange);
            bool is_full = false;
            if (part.failure != ContentFailure::none) {
                server_->reply_fail(exchange, "the content failed");
                return;
            }
            streamed_ += part.bytes;
            check(
                !answers_in_pieces_ || server_->write(exchange, part.bytes, is_full) == Status::ok,
                "a piece is taken");
        } while (!part.bytes.empty() && !part.is_end);
        if (!part.is_end) {
            return;
        }
        const auto trailers = exchange.trailer_fields();
        if (answers_in_pieces_) {
            check(server_->finish(exchange, trailers) == Status::ok, "an answer ends");
        } else {
            server_->reply(exchange,
                           {.status = 200, .content = {}, .fields = {}, .body = streamed_});
        }
    }

    void answer(Exchange& exchange) {
        const std::uint32_t status = exchange.view.refusal != 0 ? exchange.view.refusal : 200;
        server_->reply(exchange, {.status = status,
                                  .content = Content::bytes,
                                  .fields = {},
                                  .body = exchange.view.body.empty() ? exchange.view.path
                                                                     : exchange.view.body});
    }

    Memory memory_;
    io::SimLoop loop_;
    Log log_{2, LogLevel::off};
    std::optional<Server> server_;
    io::SimPeer* peer_ = nullptr;
    std::deque<Waiting> waiting_;
    std::string streamed_;  // by the one request whose content is read
    const bool answers_in_pieces_;
    std::size_t kept_ = 0;
    std::size_t dropped_ = 0;
};

// Takes whole chunks and the trailer section off; nothing is left when they are cut.
void skip_chunks(std::string_view& bytes) {
    for (;;) {
        std::size_t size = 0;
        const auto parsed = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size, 16);
        const auto digits = static_cast<std::size_t>(parsed.ptr - bytes.data());
        check(digits > 0 || bytes.empty(), "a chunk has a size");
        if (bytes.size() < digits + 2) {
            bytes = {};
            return;
        }
        check(bytes.substr(digits, 2) == "\r\n", "a size ends with its line");
        if (size == 0) {
            const std::size_t end = bytes.find("\r\n\r\n");
            bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 4);
            return;
        }
        if (bytes.size() < digits + 2 + size + 2) {
            bytes = {};
            return;
        }
        check(bytes.substr(digits + 2 + size, 2) == "\r\n", "a chunk ends with a line end");
        bytes.remove_prefix(digits + 2 + size + 2);
    }
}

// Walks the responses; an incomplete one may end them when the connection broke.
void check_responses(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t head_end = bytes.find("\r\n\r\n");
        check(bytes.starts_with(std::string_view("HTTP/1.1 ").substr(0, bytes.size())),
              "a response begins where the one before ends");
        if (head_end == std::string_view::npos) {
            return;
        }
        const std::string_view head = bytes.substr(0, head_end + 2);
        int status = 0;
        std::from_chars(head.data() + 9, head.data() + 12, status);
        check(status == 100 || (status >= 200 && status <= 599), "a status is one");
        const std::size_t at = head.find("\r\nContent-Length: ");
        std::size_t length = 0;
        if (at != std::string_view::npos) {
            std::from_chars(head.data() + at + 18, head.data() + head.size(), length);
        }
        const bool is_chunked =
            head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string_view::npos;
        const bool is_last = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
        check(status == 100 || status == 204 || (is_chunked != (at != std::string_view::npos)) ||
                  is_last,
              "one framing");
        bytes.remove_prefix(std::min(bytes.size(), head_end + 4));
        if (is_chunked && !bytes.starts_with("HTTP/1.1 ")) {
            skip_chunks(bytes);
            continue;
        }
        if (is_last && at == std::string_view::npos) {
            return;  // it ends with the connection
        }
        // An answer to HEAD says how long it would be and has no content.
        if (!bytes.starts_with("HTTP/1.1 ")) {
            bytes.remove_prefix(std::min(bytes.size(), length));
        }
    }
}

std::string read_cut(std::string_view input, std::size_t receive_max, bool takes_refusals) {
    Echo echo(takes_refusals, false);
    echo.peer().receive_max = receive_max;
    echo.peer().send(input);
    echo.end();
    // Whether the client is told to go on depends on what it has sent by then.
    std::string received = echo.peer().take_received();
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    for (std::size_t at = 0; (at = received.find(kContinue, at)) != std::string::npos;) {
        received.erase(at, kContinue.size());
    }
    return received;
}

void run_cuts(std::string_view input, bool takes_refusals) {
    const std::string whole = read_cut(input, SIZE_MAX, takes_refusals);
    check(read_cut(input, 1, takes_refusals) == whole, "whole and bytewise agree");
    check(read_cut(input, 7, takes_refusals) == whole, "whole and cut agree");
    check_responses(whole);
}

void act(Echo& echo, std::uint8_t operation, std::string_view& rest) {
    const std::size_t argument = operation >> 3;
    switch (operation & 7) {
        case 0:
        case 1: {
            const std::size_t size = std::min(rest.size(), argument * argument + 1);
            echo.peer().send(rest.substr(0, size));
            rest.remove_prefix(size);
            break;
        }
        case 2:
        case 3:
            echo.turn();
            break;
        case 4:
            echo.answer_one();
            break;
        case 5:
            echo.loop().advance_ms(argument * 1'000);
            break;
        case 6:
            echo.peer().take_max = argument * argument;
            break;
        default:
            if (argument == 31) {
                echo.peer().reset();
            } else if (argument == 30) {
                echo.peer().finish();
            } else {
                echo.peer().receive_max = argument + 1;
            }
    }
}

void run_script(std::string_view script, bool takes_refusals) {
    Echo echo(takes_refusals, true);
    while (!script.empty()) {
        const auto operation = static_cast<std::uint8_t>(script.front());
        script.remove_prefix(1);
        act(echo, operation, script);
    }
    echo.end();
    check_responses(echo.peer().take_received());
}

}  // namespace
}  // namespace trivet::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool takes_refusals = (data[0] & 2) != 0;
    if ((data[0] & 1) == 0) {
        trivet::http::run_cuts(input, takes_refusals);
    } else {
        trivet::http::run_script(input, takes_refusals);
    }
    return 0;
}
