// A form through a whole server over the simulated loop. The first byte chooses the kind of form,
// its limits and whether it is encoded; the rest is the content. Whole content and content that
// streams in pieces of any size give the same parts or the same fault, and nothing is left.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/memory.h"
#include "check.h"
#include "http/form.h"
#include "http/server.h"
#include "io/sim.h"

namespace trivet::http {
namespace {

using fuzz::check;

constexpr int kTurnsMax = 100'000;
constexpr std::uint32_t kStreamRoute = 2;

FormConfig tight() {
    FormConfig config;
    config.fields_max = 3;
    config.files_max = 2;
    config.name_bytes_max = 5;
    config.filename_bytes_max = 6;
    config.value_bytes_max = 20;
    config.fields_bytes_max = 40;
    config.file_bytes_max = 60;
    config.memory_bytes_max = 8;
    config.directory = std::string_view("/dev/shm");
    return config;
}

const route::Router& router() {
    static const route::Router* const frozen = [] {
        auto* routes = new route::Router;
        std::uint32_t count = 0;
        for (const char* pattern : {"/form", "/stream"}) {
            const auto added = routes->add({.methods = "POST",
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

// Answers with the parts of the form it is sent.
class Reader final : public Dispatcher {
public:
    explicit Reader(const FormConfig& config) : config_(config) {
        const Limits limits{
            .head = {1024, 8192, 50}, .body_bytes_max = 1 << 16, .body_decompress = 1};
        server_.emplace(loop_, memory_, limits, router(), log_, *this, Interests{}, 0u,
                        std::uint64_t{1});
        server_->listen(3);
        peer_ = &loop_.connect();
    }

    void on_request(Exchange& exchange) noexcept override { open(exchange); }
    void on_gone(Exchange&) noexcept override {}
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        policy.is_streamed = exchange.route == kStreamRoute;
    }
    void on_readable(Exchange& exchange) noexcept override { open(exchange); }

    // The answer's first line and its content; an interim one is left out.
    std::string ask(std::string_view request, std::size_t receive_max) {
        peer_->receive_max = receive_max;
        peer_->send(request);
        settle();
        const std::string received = peer_->take_received();
        peer_->finish();
        settle();
        loop_.advance_ms(300'000);
        settle();
        loop_.advance_ms(300'000);
        settle();
        check(server_->is_empty(), "no connection is left");
        check(server_->exchanges_live() == 0, "no request is left");
        server_.reset();
        check(memory_.bytes_in_use() == 0, "no memory is left");
        const std::size_t body = received.find("\r\n\r\n");
        return received.substr(0, 12) + "|" +
               (body == std::string::npos ? "" : received.substr(body + 4));
    }

private:
    void settle() {
        for (int turns = 0; loop_.has_work() || server_->has_pending(); ++turns) {
            check(turns < kTurnsMax, "it settles");
            loop_.dispatch();
            server_->resume_pending();
            server_->run_deadlines();
            server_->flush_output();
        }
    }
    void open(Exchange& exchange) {
        const Status status = server_->read_form(exchange, config_);
        if (status == Status::again) {
            return;
        }
        if (status != Status::ok) {
            check(exchange.form()->part_count() == 0, "a form is taken whole or not at all");
            server_->reply_fail(exchange, "the form was refused");
            return;
        }
        std::string all;
        const Form& form = *exchange.form();
        for (std::size_t index = 0; index < form.part_count(); ++index) {
            all += text_of(form, index);
        }
        server_->reply(exchange, {.status = 200, .fields = {}, .body = all});
    }
    std::string text_of(const Form& form, std::size_t index) {
        const FormPart part = form.part(index).value();
        check(part.name.size() <= config_.name_bytes_max, "a name is bounded");
        check(part.bytes <= (part.is_file ? config_.file_bytes_max : config_.value_bytes_max),
              "content is bounded");
        const auto found = form.find(part.name, 0);
        check(found.has_value() && *found <= index, "a part is found by its name");
        std::string value(part.bytes, '?');
        check(form.read(index, 0, value) == part.bytes, "content can be read");
        check(part.is_spooled || part.value == value, "as it can be seen");
        return std::string(part.name) + "\n" + std::string(part.filename) + "\n" +
               std::string(part.content_type) + (part.is_file ? "\nfile\n" : "\nfield\n") + value +
               "\n";
    }

    const FormConfig config_;
    Memory memory_;
    io::SimLoop loop_;
    Log log_{2, LogLevel::off};
    std::optional<Server> server_;
    io::SimPeer* peer_ = nullptr;
};

std::string request(std::string_view path, std::uint8_t choice, std::string_view content) {
    std::string text = "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n";
    text += (choice & 1) != 0 ? "Content-Type: multipart/form-data; boundary=b\r\n"
                              : "Content-Type: application/x-www-form-urlencoded\r\n";
    if ((choice & 4) != 0) {
        constexpr const char* kCodings[] = {"gzip", "deflate", "br", "zstd"};
        text += "Content-Encoding: " + std::string(kCodings[(choice >> 3) & 3]) + "\r\n";
    }
    return text + "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" +
           std::string(content);
}

void run(std::uint8_t choice, std::string_view content) {
    const FormConfig config = (choice & 2) != 0 ? tight() : FormConfig{};
    const std::string whole = Reader(config).ask(request("/form", choice, content), SIZE_MAX);
    const std::string streamed = request("/stream", choice, content);
    for (const std::size_t size : {SIZE_MAX, std::size_t{1}, std::size_t{choice % 13u + 2}}) {
        const std::string pieces = Reader(config).ask(streamed, size);
        // Which of two faults is met first may depend on what is known of the content by then.
        const bool is_refused = !whole.starts_with("HTTP/1.1 200");
        check(is_refused ? pieces.starts_with("HTTP/1.1 4") : pieces == whole,
              "whole and streamed agree");
    }
}

}  // namespace
}  // namespace trivet::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 4096) {
        return 0;
    }
    trivet::http::run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}
