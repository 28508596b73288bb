#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "http/form.h"
#include "http/harness_test.h"
#include "http/schedule_client_test.h"

// SeededRandom schedules over many connections: requests in pieces, slow and vanishing clients,
// handlers that answer late or fail, time, drains, and failures of the loop and of memory. A seed
// determines a schedule; a failing one is named and is run again with
//   TRIVET_SCHEDULE_SEED=<seed> build/dev/tests/http_test --gtest_filter='Schedule.*'
// TRIVET_SCHEDULE_SECONDS=<n> goes on for so long with new seeds.

namespace trivet::http {
namespace {

constexpr std::size_t kStepsMax = 400;
constexpr std::size_t kClientsMax = 24;
constexpr std::uint64_t kSchedulesByDefault = 150;
constexpr std::uint64_t kReportEvery = 500;

// A handler may take any time: what comes of one that takes too long is another test's.
constexpr Limits kLimits{
    .head = {8192, 32768, 100}, .body_bytes_max = 100'000, .request_timeout_ms = 0};
constexpr std::size_t kUsualPace = 5'000;
constexpr std::uint32_t kNeverFull = 1'000'000;
constexpr std::uint32_t kOuterGate = 1;
constexpr std::uint32_t kInnerGate = 2;
constexpr std::uint64_t kWaitStepMs = 4'000;

class Schedule : public ServerHarness {
public:
    explicit Schedule(std::uint64_t seed) : ServerHarness(kLimits), random_(seed) {
        has_faults_ = random_.chance(3);
        has_time_ = random_.chance(3);
        if (random_.chance(2)) {
            take_refusals([this](Exchange& exchange) { refuse(exchange); });
        }
        interests.maps_errors = random_.chance(2);
        error = [this](Exchange& exchange, std::uint32_t status, std::string_view) {
            if (random_.chance(2)) {
                say(exchange, "mapped", status);
            }
        };
        gates = {{.requests_max = kNeverFull, .outer = 0},
                 {.requests_max = kNeverFull, .outer = 1}};
        add_routes();
        add_streams();
        start();
    }

    // The text of what went wrong; empty when all went well.
    std::string run() {
        if (has_faults_) {
            memory().set_failure_hook(
                [](void* random, std::size_t) {
                    return static_cast<SeededRandom*>(random)->chance(300);
                },
                &fault_random_);
        }
        const std::size_t steps = 1 + random_.below(kStepsMax);
        for (std::size_t step = 0; step < steps; ++step) {
            act();
            if (random_.chance(2)) {
                turn();
            }
            if (problem_.empty()) {
                problem_ = check();
            }
            if (!problem_.empty()) {
                return problem_;
            }
        }
        return finish();
    }

    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        ServerHarness::choose_content(exchange, policy);
        policy.is_decoded = true;
    }
    void on_gone(Exchange& exchange) noexcept override {
        if (Streaming* item = find_streaming(exchange)) {
            if (std::exchange(item->is_gone, true)) complain("gone is told twice");
            // Where nobody can be answered some end at once, and who waits for room must.
            if (exchange.connection == nullptr && (item->waits_for_room || random_.chance(3))) {
                end_streaming(exchange);
            }
            return;
        }
        const Waiting* item = find_waiting(exchange);
        if (item == nullptr) {
            complain("gone is told of a request that does not wait");
        } else if (std::exchange(const_cast<Waiting*>(item)->is_gone, true)) {
            complain("gone is told twice");
        }
    }

private:
    struct Waiting {
        std::uint32_t slot;
        std::uint32_t generation;
        bool is_gone = false;
    };

    // Bytes that the server borrows, which must be given back exactly once.
    struct Lent {
        std::string bytes;
        Schedule& schedule;
        ~Lent() { ++schedule.dropped_; }
    };

    // A request whose content is read as it comes, and what was read.
    struct Streaming {
        std::uint32_t slot;
        std::uint32_t generation;
        std::string mode;
        std::string content;
        bool waits_for_room = false;
        bool is_gone = false;
    };

    Streaming* find_streaming(const Exchange& exchange) {
        const auto found = std::ranges::find_if(streams_, [&](const Streaming& item) {
            return item.slot == exchange.slot && item.generation == exchange.generation;
        });
        return found == streams_.end() ? nullptr : &*found;
    }
    void forget_streaming(const Exchange& exchange) {
        std::erase_if(streams_, [&](const Streaming& item) {
            return item.slot == exchange.slot && item.generation == exchange.generation;
        });
    }
    // What its content came to does not matter any more.
    void end_streaming(Exchange& exchange) {
        const bool is_begun = exchange.answer.is_begun;
        forget_streaming(exchange);
        if (is_begun || random_.chance(2)) {
            server().break_off(exchange);
        } else {
            server().reply_fail(exchange, "it is over");
        }
    }

    void add_streams() {
        stream("POST", "/stream/{mode}/{tag}", [this](Exchange& exchange) {
            keep(exchange);
            const std::string mode{std::string_view(exchange.view.params[0].value)};
            const std::string tag{std::string_view(exchange.view.params[1].value)};
            if (mode == "early") {
                say(exchange, "early " + tag);
                return;
            }
            streams_.push_back({exchange.slot, exchange.generation, mode, tag});
            if (mode == "echo") {
                const Status begun = server().begin(
                    exchange, {.status = 200, .content = Content::text, .fields = {}, .body = {}});
                if (begun != Status::ok || !write(exchange, tag)) {
                    std::erase_if(streams_, [&](const Streaming& item) {
                        return server().find(item.slot, item.generation) == nullptr;
                    });
                    return;
                }
            }
            if (mode == "form") {
                read_form(exchange);
            } else if (mode != "lazy") {
                read_on(exchange);
            }
        });
        own_limits().gate = kOuterGate;
        readable = [this](Exchange& exchange) {
            const Streaming* item = find_streaming(exchange);
            if (item == nullptr) {
                complain("content is told of to nobody");
            } else if (item->mode == "form") {
                read_form(exchange);
            } else if (!item->waits_for_room) {
                read_on(exchange);
            }
        };
        writable = [this](Exchange& exchange) {
            Streaming* item = find_streaming(exchange);
            if (item == nullptr || !std::exchange(item->waits_for_room, false)) {
                complain("room is told of to nobody");
            } else {
                read_on(exchange);
            }
        };
    }

    // False when the exchange has ended over it.
    bool write(Exchange& exchange, const std::string& bytes) {
        bool is_full = false;
        Status status = Status::ok;
        if (random_.chance(3)) {
            ++kept_;
            auto* copy = new Lent{bytes, *this};
            status = server().write(exchange,
                                    {.bytes = copy->bytes,
                                     .release = [](void* lent) { delete static_cast<Lent*>(lent); },
                                     .user_data = copy},
                                    is_full);
        } else {
            status = server().write(exchange, bytes, is_full);
        }
        if (status != Status::ok) {
            if (!has_faults_ && status != Status::gone) complain("a piece is not taken");
            return false;
        }
        if (is_full) find_streaming(exchange)->waits_for_room = true;
        return true;
    }

    void read_on(Exchange& exchange) {
        for (;;) {
            Streaming* item = find_streaming(exchange);
            if (item->waits_for_room) return;
            const bool is_echo = item->mode == "echo";
            const ContentRead part = server().read(exchange);
            if (part.failure != ContentFailure::none) {
                forget_streaming(exchange);
                is_echo ? server().break_off(exchange)
                        : static_cast<void>(server().reply_fail(exchange, "the content failed"));
                return;
            }
            if (!is_echo) {
                item->content += part.bytes;
            } else if (!part.bytes.empty() && !write(exchange, std::string(part.bytes))) {
                std::erase_if(streams_, [&](const Streaming& one) {
                    return server().find(one.slot, one.generation) == nullptr;
                });
                return;
            }
            if (part.is_end) {
                const std::string content = item->content;
                forget_streaming(exchange);
                const http1::HeaderView trailer{"X-Sum", "1"};
                if (is_echo) {
                    server().finish(exchange, {&trailer, random_.below(2)});
                } else {
                    say(exchange, content);
                }
                return;
            }
            if (part.bytes.empty()) return;
        }
    }

    void read_form(Exchange& exchange) {
        const Status status = server().read_form(exchange, {});
        if (status == Status::again) return;
        const std::string tag = find_streaming(exchange)->content;
        forget_streaming(exchange);
        if (exchange.form() == nullptr) {  // for want of memory
            if (!has_faults_) complain("a form is not read");
            server().break_off(exchange);
        } else if (status != Status::ok) {
            server().reply_fail(exchange, "the form failed");
        } else {
            const auto part = exchange.form()->part(0);
            if (exchange.form()->part_count() != 1 || !part) complain("a form has its part");
            say(exchange, tag + std::string(part->name) + "=" + std::string(part->value));
        }
    }

    // A lazy reader begins, or ends without having read.
    void wake_reader() {
        if (streams_.empty()) return;
        Streaming& item = streams_[random_.below(streams_.size())];
        if (item.mode != "lazy") return;
        item.mode = "gather";
        if (Exchange* exchange = server().find(item.slot, item.generation)) {
            read_on(*exchange);
        } else {
            if (!has_faults_) complain("an unanswered request has lost its handle");
            std::erase_if(streams_, [&](const Streaming& one) {
                return server().find(one.slot, one.generation) == nullptr;
            });
        }
    }

    bool has_lazy_reader() {
        return std::ranges::any_of(streams_, [&](const Streaming& item) {
            return item.mode == "lazy" && server().find(item.slot, item.generation) != nullptr;
        });
    }
    void wake_readers() {
        while (has_lazy_reader()) {
            wake_reader();
        }
    }

    const Waiting* find_waiting(const Exchange& exchange) const {
        const auto found = std::ranges::find_if(waiting_, [&](const Waiting& item) {
            return item.slot == exchange.slot && item.generation == exchange.generation;
        });
        return found == waiting_.end() ? nullptr : &*found;
    }

    void add_routes() {
        const auto tag_of = [](Exchange& exchange) {
            return std::string(std::string_view(exchange.view.params[0].value));
        };
        const auto add = [this](std::string_view method, std::string_view pattern,
                                const Handler& handler) {
            route(method, pattern, [=, this](Exchange& exchange) {
                keep(exchange);
                handler(exchange);
            });
            own_limits().gate = kInnerGate;
        };
        add("GET", "/now/{tag}",
            [=, this](Exchange& exchange) { say(exchange, tag_of(exchange)); });
        add("GET", "/large/{tag}", [=, this](Exchange& exchange) {
            say(exchange, tag_of(exchange) + std::string(200'000, 'l'));
        });
        add("POST", "/content", [this](Exchange& exchange) {
            say(exchange, std::string(std::string_view(exchange.view.body)));
        });
        add("GET", "/host", [this](Exchange& exchange) {
            say(exchange, std::string(std::string_view(exchange.find_header("host")->value)));
        });
        add("GET", "/fail/{tag}",
            [this](Exchange& exchange) { server().reply_fail(exchange, "it shall"); });
        add("GET", "/later/{tag}", [this](Exchange& exchange) { wait(exchange); });
        add("POST", "/event/{tag}", [this](Exchange& exchange) {
            exchange.is_event = true;
            if (exchange.detach()) {
                wait(exchange);
            } else {
                server().reply_problem(exchange, 503, "out of memory");
            }
        });
        add("GET", "/hooked/{tag}", [=, this](Exchange& exchange) {
            exchange.has_after_hooks = true;
            hooked_ = tag_of(exchange) + " hooked";
            say(exchange, "replaced");
        });
        after = [this](Exchange& exchange, Reply& reply) {
            static_cast<void>(exchange.add_field("X-Hooked", "yes"));
            reply.status = 201;
            reply.body = hooked_;
        };
    }

    // Keeps something with a request, which must be dropped exactly once.
    void keep(Exchange& exchange) {
        ++kept_;
        exchange.set_data(this, [](void* self) { ++static_cast<Schedule*>(self)->dropped_; });
        if (random_.chance(4)) {
            keep(exchange);  // in its place
        }
    }

    void wait(Exchange& exchange) { waiting_.push_back({exchange.slot, exchange.generation}); }

    void say(Exchange& exchange, const std::string& body, std::uint32_t status = 200) {
        server().reply(exchange,
                       {.status = status, .content = Content::text, .fields = {}, .body = body});
    }

    void refuse(Exchange& exchange) {
        keep(exchange);
        switch (random_.below(3)) {
            case 0:
                say(exchange, "refused", exchange.view.refusal);
                break;
            case 1:
                server().reply_problem(exchange, exchange.view.refusal, "refused");
                break;
            default:
                wait(exchange);
        }
    }

    void act() {
        switch (random_.below(13)) {
            case 12:
                wake_reader();
                break;
            case 0:
                if (clients_.size() < kClientsMax) {
                    clients_.push_back(std::make_unique<ScheduledClient>(
                        loop().connect(), clients_.size() + 1, loop().clock().now_ms()));
                    if (has_faults_ || is_draining_) clients_.back()->allow_end();
                }
                break;
            case 1:
            case 2:
                with_client([this](ScheduledClient& client) {
                    for (std::size_t left = 1 + random_.below(5); left > 0; --left) {
                        client.add_request(random_);
                    }
                });
                break;
            case 3:
            case 4:
            case 5:
                with_client([this](ScheduledClient& client) {
                    client.send_piece(
                        random_.chance(3) ? 1 + random_.below(10) : 1 + random_.below(20'000),
                        loop().clock().now_ms());
                });
                break;
            case 6:
                with_client([this](ScheduledClient& client) { change_pace(client.peer()); });
                break;
            case 7:
                answer_one();
                break;
            case 8:
                with_client([this](ScheduledClient& client) {
                    if (random_.chance(8)) client.finish();
                    if (random_.chance(16)) client.reset();
                });
                break;
            case 9:
                pass_time();
                break;
            case 10:
                if (has_faults_ && random_.chance(4)) break_loop();
                break;
            default:
                if (random_.chance(120)) drain();
        }
    }

    template <typename Use>
    void with_client(Use use) {
        if (!clients_.empty()) use(*clients_[random_.below(clients_.size())]);
    }

    void change_pace(io::SimPeer& peer) {
        const std::size_t paces[] = {0, 1, 100, 5'000, SIZE_MAX, SIZE_MAX};
        peer.take_max = paces[random_.below(std::size(paces))];
        peer.receive_max = paces[1 + random_.below(std::size(paces) - 1)];
    }

    // From what the request says now, so that it must have kept it.
    void answer_one() {
        if (waiting_.empty()) return;
        const std::size_t at = random_.below(waiting_.size());
        const Waiting item = waiting_[at];
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
        Exchange* exchange = server().find(item.slot, item.generation);
        if (exchange == nullptr) {
            if (!has_faults_) complain("an unanswered request has lost its handle");
            return;
        }
        const RequestView& view = exchange->view;
        if (view.refusal != 0) {
            say(*exchange, "refused", view.refusal);
        } else if (random_.chance(5)) {
            server().reply_fail(*exchange, "the schedule wants it");
        } else {
            std::string body(std::string_view(view.params[0].value));
            const http1::HeaderView* tag = exchange->find_header("x-tag");
            body += tag != nullptr ? std::string_view(tag->value) : std::string_view{};
            body += std::string_view(view.body);
            say(*exchange, body);
        }
    }

    void pass_time() {
        if (!has_time_ || !random_.chance(6)) {
            loop().advance_ms(random_.below(20));
            return;
        }
        // Longer, while nothing else moves: what comes of each connection can be told.
        const std::uint64_t waits[] = {1'000, 5'000, 17'000, 33'000, 90'000, 150'000};
        const std::uint64_t wait_ms = waits[random_.below(std::size(waits))];
        for (const auto& client : clients_) {
            // Who crawls would not be done when the wait begins.
            io::SimPeer& peer = client->peer();
            peer.receive_max = std::max(peer.receive_max, kUsualPace);
            peer.take_max = peer.take_max == 0 ? 0 : std::max(peer.take_max, kUsualPace);
        }
        settle();
        std::string problem = check();
        for (const auto& client : clients_) {
            if (problem.empty()) {
                problem = client->foresee(kLimits, loop().clock().now_ms(), wait_ms);
            }
        }
        for (std::uint64_t left = wait_ms; left > 0;) {
            const std::uint64_t step = std::min(left, kWaitStepMs);
            advance_ms(step);
            left -= step;
        }
        if (problem.empty()) problem = check();
        for (const auto& client : clients_) {
            if (problem.empty()) problem = client->check_foreseen();
        }
        complain(problem);
    }

    void drain() {
        if (is_draining_) {
            // The second time: at once.
            for (const auto& client : clients_) client->allow_end();
            server().abort();
            return;
        }
        is_draining_ = true;
        for (const auto& client : clients_) client->drain();
        server().drain();
    }

    // The next operation of a kind, or one soon after it, fails.
    void break_loop() {
        io::SimFaults& faults = loop().faults;
        std::uint64_t io::SimFaults::* const kinds[] = {
            &io::SimFaults::accept, &io::SimFaults::open, &io::SimFaults::receive,
            &io::SimFaults::send, &io::SimFaults::submission};
        faults.*kinds[random_.below(std::size(kinds))] = 1 + random_.below(2'000);
    }

    void complain(const std::string& problem) {
        if (problem_.empty()) problem_ = problem;
    }

    std::string check() {
        for (const auto& client : clients_) {
            std::string problem = client->check();
            if (!problem.empty()) return problem;
        }
        return {};
    }

    // Everybody sends and takes what is left; then all connections end: when the server drains, by
    // themselves.
    std::string finish() {
        memory().set_failure_hook(nullptr, nullptr);
        loop().faults = {};
        for (const auto& client : clients_) {
            client->peer().take_max = SIZE_MAX;
            client->peer().receive_max = SIZE_MAX;
            client->send_piece(SIZE_MAX, loop().clock().now_ms());
        }
        do {
            settle();
            while (!waiting_.empty()) answer_one();
            settle();
            wake_readers();
            settle();
        } while (!waiting_.empty() || has_lazy_reader());
        for (const auto& client : clients_) {
            std::string problem = client->check_complete();
            if (!problem.empty()) return problem;
            if (!is_draining_) client->finish();
        }
        settle();
        wake_readers();
        settle();
        for (int round = 0; round < 4; ++round) {
            advance_ms(kLimits.body_timeout_ms + kLingerMs);
        }
        if (!problem_.empty()) return problem_;
        if (!server().is_empty()) return "connections are left";
        if (server().exchanges_live() != 0) return "requests are left";
        if (server().gate_count(kOuterGate) + server().gate_count(kInnerGate) != 0) {
            return "requests are counted that have ended";
        }
        if (kept_ != dropped_) return "what is kept with requests is not dropped once";
        stop();
        return memory().bytes_in_use() == 0 ? "" : "memory is left";
    }

    SeededRandom random_;
    SeededRandom fault_random_{random_.next()};
    std::vector<std::unique_ptr<ScheduledClient>> clients_;
    std::vector<Waiting> waiting_;
    std::vector<Streaming> streams_;
    std::string hooked_;
    std::string problem_;
    std::size_t kept_ = 0;
    std::size_t dropped_ = 0;
    bool has_faults_ = false;
    bool has_time_ = false;
    bool is_draining_ = false;
};

// Says at a crash which schedule it was.
std::atomic<std::uint64_t> present_seed{0};

void tell_seed() {
    char line[128];
    const int size =
        std::snprintf(line, sizeof line, "run it again with TRIVET_SCHEDULE_SEED=%llu\n",
                      static_cast<unsigned long long>(present_seed.load()));
    if (present_seed.load() != 0 && size > 0) {
        [[maybe_unused]] const ssize_t written =
            ::write(STDERR_FILENO, line, static_cast<std::size_t>(size));
    }
}

extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

void tell_seed_at_a_crash() {
    if (__sanitizer_set_death_callback != nullptr) {
        __sanitizer_set_death_callback(tell_seed);
    }
    std::signal(SIGABRT, [](int) { tell_seed(); });
}

std::uint64_t number(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

TEST(Schedule, keeps_every_promise) {
    const std::uint64_t seconds = number("TRIVET_SCHEDULE_SECONDS", 0);
    std::uint64_t seed = number("TRIVET_SCHEDULE_SEED", 0);
    std::uint64_t count = seed != 0 ? 1 : kSchedulesByDefault;
    if (seed == 0) {
        seed = (std::uint64_t{std::random_device{}()} << 16) + 1;
    }
    count = number("TRIVET_SCHEDULE_COUNT", count);
    tell_seed_at_a_crash();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (std::uint64_t done = 0;
         seconds > 0 ? std::chrono::steady_clock::now() < end : done < count; ++done, ++seed) {
        if (done % kReportEvery == 0) {
            std::printf("schedules from seed %llu on\n", static_cast<unsigned long long>(seed));
            std::fflush(stdout);
        }
        present_seed = seed;
        http::Schedule schedule(seed);
        const std::string problem = schedule.run();
        present_seed = 0;
        ASSERT_EQ(problem, "") << "run it again with TRIVET_SCHEDULE_SEED=" << seed;
    }
    std::signal(SIGABRT, SIG_DFL);
}

}  // namespace
}  // namespace trivet::http
