#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "http/harness_test.h"
#include "http/schedule_client_test.h"

// Random schedules over many connections: requests in pieces, slow and vanishing clients, handlers
// that answer late or fail, time, drains, and failures of the loop and of memory. A seed determines
// a schedule; a failing one is named and is run again with
//   TRIVET_SCHEDULE_SEED=<seed> build/dev/tests/http_test --gtest_filter='Schedule.*'
// TRIVET_SCHEDULE_SECONDS=<n> goes on for so long with new seeds.

namespace trivet::http {
namespace {

constexpr std::size_t kStepsMax = 400;
constexpr std::size_t kClientsMax = 24;
constexpr std::uint64_t kSchedulesByDefault = 150;
constexpr std::uint64_t kReportEvery = 500;

class Schedule : public ServerHarness {
public:
    explicit Schedule(std::uint64_t seed)
        : ServerHarness({.head = {8192, 32768, 100}, .body_bytes_max = 100'000}), random_(seed) {
        has_faults_ = random_.chance(3);
        has_time_ = random_.chance(3);
        if (random_.chance(3)) {
            take_refusals([this](Exchange& exchange) {
                server().reply(exchange, {.status = exchange.view.refusal,
                                          .content = Content::text,
                                          .fields = {},
                                          .body = "refused"});
            });
        }
        interests.maps_errors = random_.chance(3);
        error = [this](Exchange& exchange, std::uint32_t status, std::string_view) {
            if (random_.chance(2)) {
                server().reply(
                    exchange,
                    {.status = status, .content = Content::text, .fields = {}, .body = "mapped"});
            }
        };
        add_routes();
        start();
    }

    // The text of what went wrong; empty when all went well.
    std::string run() {
        if (has_faults_) {
            memory().set_failure_hook(
                [](void* random, std::size_t) { return static_cast<Random*>(random)->chance(300); },
                &fault_random_);
        }
        const std::size_t steps = 1 + random_.below(kStepsMax);
        for (std::size_t step = 0; step < steps; ++step) {
            act();
            if (random_.chance(2)) {
                turn();
            }
            const std::string problem = check();
            if (!problem.empty()) {
                return problem;
            }
        }
        return finish();
    }

private:
    struct Waiting {
        std::uint32_t slot;
        std::uint32_t generation;
        std::string tag;
    };

    void add_routes() {
        const auto tag_of = [](Exchange& exchange) {
            return std::string(std::string_view(exchange.view.params[0].value));
        };
        route("GET", "/now/{tag}",
              [=, this](Exchange& exchange) { say(exchange, tag_of(exchange)); });
        route("GET", "/large/{tag}", [=, this](Exchange& exchange) {
            say(exchange, tag_of(exchange) + std::string(200'000, 'l'));
        });
        route("POST", "/content", [this](Exchange& exchange) {
            say(exchange, std::string(std::string_view(exchange.view.body)));
        });
        route("GET", "/later/{tag}", [=, this](Exchange& exchange) {
            waiting_.push_back({exchange.slot, exchange.generation, tag_of(exchange)});
        });
        route("GET", "/hooked/{tag}", [=, this](Exchange& exchange) {
            exchange.has_after_hooks = true;
            kept_ = tag_of(exchange) + " hooked";
            say(exchange, "replaced");
        });
        after = [this](Exchange& exchange, Reply& reply) {
            static_cast<void>(exchange.add_field("X-Hooked", "yes"));
            reply.status = 201;
            reply.body = kept_;
        };
    }

    void say(Exchange& exchange, const std::string& body) {
        server().reply(exchange,
                       {.status = 200, .content = Content::text, .fields = {}, .body = body});
    }

    void act() {
        switch (random_.below(12)) {
            case 0:
                if (clients_.size() < kClientsMax) {
                    clients_.push_back(
                        std::make_unique<ScheduledClient>(loop().connect(), clients_.size() + 1));
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
                    client.send_piece(random_.chance(3) ? 1 + random_.below(10)
                                                        : 1 + random_.below(20'000));
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
                if (random_.chance(150)) {
                    allow_end();
                    is_draining_ = true;
                    server().drain();
                }
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

    void answer_one() {
        if (waiting_.empty()) return;
        const std::size_t at = random_.below(waiting_.size());
        const Waiting item = waiting_[at];
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
        Exchange* exchange = server().find(item.slot, item.generation);
        if (exchange == nullptr) return;  // ended for want of memory
        if (random_.chance(5)) {
            server().reply_fail(*exchange, "the schedule wants it");
        } else {
            say(*exchange, item.tag);
        }
    }

    void pass_time() {
        if (has_time_ && random_.chance(10)) {
            allow_end();
            loop().advance_ms(random_.below(90'000));
        } else {
            loop().advance_ms(random_.below(20));
        }
    }

    void allow_end() {
        for (const auto& client : clients_) client->allow_end();
    }

    // The next operation of a kind, or one soon after it, fails.
    void break_loop() {
        io::SimFaults& faults = loop().faults;
        std::uint64_t io::SimFaults::* const kinds[] = {
            &io::SimFaults::accept, &io::SimFaults::open, &io::SimFaults::receive,
            &io::SimFaults::send};
        faults.*kinds[random_.below(std::size(kinds))] = 1 + random_.below(2'000);
    }

    std::string check() {
        for (const auto& client : clients_) {
            std::string problem = client->check();
            if (!problem.empty()) return problem;
        }
        return {};
    }

    // Everybody sends and takes what is left; then all connections end.
    std::string finish() {
        memory().set_failure_hook(nullptr, nullptr);
        loop().faults = {};
        for (const auto& client : clients_) {
            client->peer().take_max = SIZE_MAX;
            client->peer().receive_max = SIZE_MAX;
            client->send_piece(SIZE_MAX);
        }
        do {
            settle();
            while (!waiting_.empty()) answer_one();
            settle();
        } while (!waiting_.empty());
        for (const auto& client : clients_) {
            std::string problem = client->check_complete();
            if (!problem.empty()) return problem;
            client->finish();
        }
        settle();
        advance_ms(200'000);
        advance_ms(200'000);
        if (!server().is_empty()) return "connections are left";
        if (server().exchanges_live() != 0) return "requests are left";
        stop();
        return memory().bytes_in_use() == 0 ? "" : "memory is left";
    }

    Random random_;
    Random fault_random_{random_.next()};
    std::vector<std::unique_ptr<ScheduledClient>> clients_;
    std::vector<Waiting> waiting_;
    std::string kept_;
    bool has_faults_ = false;
    bool has_time_ = false;
    bool is_draining_ = false;
};

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
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    for (std::uint64_t done = 0;
         seconds > 0 ? std::chrono::steady_clock::now() < end : done < count; ++done, ++seed) {
        if (done % kReportEvery == 0) {
            std::printf("schedules from seed %llu on\n", static_cast<unsigned long long>(seed));
            std::fflush(stdout);
        }
        http::Schedule schedule(seed);
        const std::string problem = schedule.run();
        ASSERT_EQ(problem, "") << "run it again with TRIVET_SCHEDULE_SEED=" << seed;
    }
}

}  // namespace
}  // namespace trivet::http
