#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/worker.h"

namespace trivet::app {

// Longest time any test waits for something; reached only by one that fails.
inline constexpr std::chrono::seconds kPatience{30};

// A client on the loopback, blocking with a deadline. read_now() takes what is there.
class Client {
public:
    explicit Client(std::uint32_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{kPatience.count(), 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ =
            ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    // Over the client's end of a connection within the process.
    explicit Client(Fd fd) : fd_(std::move(fd)), is_connected_(true) {
        const timeval limit{kPatience.count(), 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    bool is_connected() const { return is_connected_; }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    void read_now() {
        while (take(MSG_DONTWAIT)) {
        }
    }
    // Waits for some bytes, or the end.
    void read_some() { take(0); }
    // Waits for `count` responses, or the end.
    void read(std::size_t count) {
        while (responses() < count && !is_ended_ && take(0)) {
        }
    }
    void read_to_end() {
        while (!is_ended_ && take(0)) {
        }
    }
    void finish() { ::shutdown(fd_.get(), SHUT_WR); }
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        fd_.reset(-1);
    }
    const std::string& received() const { return received_; }
    bool is_ended() const { return is_ended_; }
    // Complete responses received so far.
    std::size_t responses() const {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = end_of_response(at)) != std::string::npos; ++count) {
        }
        return count;
    }
    int status() const {
        return received_.size() < 12 ? 0 : std::atoi(received_.c_str() + received_.find(' ') + 1);
    }
    std::string body() const {
        const std::size_t at = received_.rfind("\r\n\r\n");
        return at == std::string::npos ? std::string() : received_.substr(at + 4);
    }
    int fd() const { return fd_.get(); }
    // Why an answer is missing.
    std::string cause() const {
        return !is_connected_ ? "not connected" : error_ != 0 ? std::strerror(error_) : received_;
    }

private:
    bool take(int flags) {
        char bytes[65536];
        ssize_t count = 0;
        do {
            count = ::recv(fd_.get(), bytes, sizeof bytes, flags);
        } while (count < 0 && errno == EINTR);
        error_ = count < 0 ? errno : 0;
        if (count > 0) {
            received_.append(bytes, static_cast<std::size_t>(count));
        }
        is_ended_ = is_ended_ || count == 0 || (count < 0 && errno == ECONNRESET);
        return count > 0;
    }
    std::size_t end_of_response(std::size_t at) const {
        const std::size_t end = received_.find("\r\n\r\n", at);
        if (end == std::string::npos) {
            return end;
        }
        const std::size_t length = received_.find("Content-Length: ", at);
        const std::size_t size =
            length < end ? std::strtoul(received_.c_str() + length + 16, nullptr, 10) : 0;
        return end + 4 + size <= received_.size() ? end + 4 + size : std::string::npos;
    }

    Fd fd_;
    bool is_connected_ = false;
    int error_ = 0;  // of the last recv
    bool is_ended_ = false;
    std::string received_;
};

// Packed answers as trivet_reply_post takes them.
class Records {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    void add(RequestHandle request, std::uint32_t status, std::string_view body,
             const Fields& fields = {}, http::Content content = http::Content::text) {
        add({.request = request, .status = status, .content = static_cast<std::uint32_t>(content)},
            body, fields);
    }
    // A step of content in pieces.
    void step(RequestHandle request, PostKind kind, std::string_view body = {},
              std::uint32_t status = 0, const Fields& fields = {},
              std::uint64_t length = http::kUnknownLength) {
        add({.request = request,
             .kind = static_cast<std::uint32_t>(kind),
             .status = status,
             .length = length},
            body, fields);
    }
    void add(ReplyRecord record, std::string_view body, const Fields& fields) {
        std::string packed;
        for (const auto& [name, value] : fields) {
            for (const std::string* text : {&name, &value}) {
                const auto size = static_cast<std::uint32_t>(text->size());
                packed.append(reinterpret_cast<const char*>(&size), sizeof size);
                packed += *text;
            }
        }
        record.header_count = static_cast<std::uint32_t>(fields.size());
        record.headers_bytes = static_cast<std::uint32_t>(packed.size());
        record.body_bytes = body.size();
        std::string bytes(reinterpret_cast<const char*>(&record), sizeof record);
        bytes += packed;
        bytes += body;
        bytes.resize((bytes.size() + 7) / 8 * 8);
        const std::size_t at = words_.size();
        words_.resize(at + bytes.size() / 8);
        std::memcpy(words_.data() + at, bytes.data(), bytes.size());
    }
    const void* data() const { return words_.data(); }
    std::size_t size() const { return words_.size() * 8; }

private:
    std::vector<std::uint64_t> words_;
};

using RequestCallback = std::function<void(RequestHandle, const http::RequestView&)>;

// An app whose handlers are lambdas.
class TestApp {
public:
    explicit TestApp(io::Engine engine, const http::Limits& limits = {}) {
        Config config;
        config.engine = engine;
        config.log_level = static_cast<std::uint32_t>(LogLevel::off);
        config.limits = limits;
        EXPECT_TRUE(app_.configure(config).has_value());
    }
    void route(std::string_view pattern, RequestCallback callback) {
        callbacks_.push_back(std::move(callback));
        EXPECT_TRUE(
            app_.add_route(
                    {.methods = "*", .pattern = pattern},
                    {.handler = call, .user_data = &callbacks_.back(), .before = {}, .after = {}})
                .has_value());
    }
    // Delivered as events that carry `user_data`.
    void event_route(std::string_view pattern, void* user_data = nullptr) {
        EXPECT_TRUE(app_.add_route({.methods = "*", .pattern = pattern},
                                   {.user_data = user_data, .before = {}, .after = {}})
                        .has_value());
    }
    // The content of its requests streams.
    void stream_route(std::string_view pattern, RequestCallback callback,
                      std::uint64_t body_bytes_max = 0) {
        callbacks_.push_back(std::move(callback));
        add_stream(pattern, call, &callbacks_.back(), body_bytes_max);
    }
    void stream_event_route(std::string_view pattern, void* user_data = nullptr) {
        add_stream(pattern, nullptr, user_data, 0);
    }
    App& get() { return app_; }
    std::unique_ptr<Worker> make(WorkerConfig config = {}) {
        if (config.port == WorkerConfig{}.port) {
            config.port = 0;
        }
        auto worker = Worker::create(app_, config);
        EXPECT_TRUE(worker.has_value()) << worker.error().message << " " << worker.error().detail;
        return worker ? std::move(*worker) : nullptr;
    }

private:
    static void call(RequestHandle request, const http::RequestView* view, void* user_data) {
        (*static_cast<RequestCallback*>(user_data))(request, *view);
    }
    void add_stream(std::string_view pattern, Handler handler, void* user_data,
                    std::uint64_t body_bytes_max) {
        EXPECT_TRUE(app_.add_route({.methods = "*",
                                    .pattern = pattern,
                                    .limits = {.body_bytes_max = body_bytes_max}},
                                   {.handler = handler,
                                    .user_data = user_data,
                                    .before = {},
                                    .after = {},
                                    .is_streamed = true})
                        .has_value());
    }

    App app_;
    std::deque<RequestCallback> callbacks_;
};

inline http::Exchange* find_exchange(Worker& worker, RequestHandle request) {
    HandleParts parts{};
    return split_handle(request, parts) ? worker.server().find(parts.slot, parts.generation)
                                        : nullptr;
}

inline Status answer(Worker& worker, RequestHandle request, std::string_view body) {
    http::Exchange* exchange = find_exchange(worker, request);
    return exchange == nullptr
               ? Status::stale
               : worker.server().reply(
                     *exchange,
                     {.status = 200, .content = http::Content::text, .fields = {}, .body = body});
}

// One worker on the test's thread, over each engine.
class WorkerTest : public ::testing::TestWithParam<io::Engine> {
protected:
    WorkerTest() : WorkerTest(http::Limits{}) {}
    explicit WorkerTest(const http::Limits& limits) : app_(GetParam(), limits) {
        app_.route("/hello", [this](RequestHandle request, const http::RequestView&) {
            answer(*worker_, request, "Hello, World!");
        });
        app_.route("/later", [this](RequestHandle request, const http::RequestView&) {
            waiting_.push_back(request);
        });
        app_.event_route("/event", this);
    }
    void start() { worker_ = app_.make(); }
    std::unique_ptr<Client> connect() { return std::make_unique<Client>(worker_->port()); }
    void turn(std::int64_t timeout_ms = 5, std::size_t capacity = 64) {
        Event events[64];
        std::size_t count = 0;
        ASSERT_EQ(worker_->turn(timeout_ms, events, capacity, count), Status::ok);
        events_.insert(events_.end(), events, events + count);
    }
    template <typename Condition>
    bool turn_until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            turn();
        }
        return true;
    }
    // Turns until the client has `count` responses.
    bool gets(Client& client, std::size_t count = 1) {
        return turn_until([&] {
            client.read_now();
            return client.responses() >= count;
        });
    }
    bool ends(Client& client) {
        return turn_until([&] {
            client.read_now();
            return client.is_ended();
        });
    }
    std::size_t count_events(EventKind kind) const {
        std::size_t count = 0;
        for (const Event& event : events_) {
            count += event.kind == static_cast<std::uint32_t>(kind) ? 1 : 0;
        }
        return count;
    }

    TestApp app_;
    std::unique_ptr<Worker> worker_;
    std::vector<RequestHandle> waiting_;
    std::vector<Event> events_;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

inline std::string engine_name(const ::testing::TestParamInfo<io::Engine>& engine) {
    return engine.param == io::Engine::uring ? "uring" : "epoll";
}

#define TRIVET_FOR_EACH_ENGINE(suite)        \
    INSTANTIATE_TEST_SUITE_P(Engines, suite, \
                             ::testing::Values(io::Engine::uring, io::Engine::epoll), engine_name)

}  // namespace trivet::app
