// Several loops in threads of one process, with one app between them: routes, hooks, log, posts to
// each other, timers, watches, wake-ups, drains. Clients on sockets follow a random schedule that
// TRIVET_SCHEDULE_SEED determines as far as threads allow; what is answered is checked to the byte.
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "app/worker_harness_test.h"
#include "http/schedule_client_test.h"

namespace trivet::app {
namespace {

constexpr int kClients = 4;
constexpr int kPosters = 2;
constexpr std::uint64_t kTickMs = 1;

thread_local Worker* this_loop = nullptr;

// Answers that other threads give.
class Desk {
public:
    Desk() {
        for (std::thread& thread : threads_) {
            thread = std::thread([this] { work(); });
        }
    }
    ~Desk() { close(); }
    // Finishes what was put; nothing may be put any more.
    void close() {
        {
            const std::lock_guard lock(guard_);
            is_closed_ = true;
        }
        has_work_.notify_all();
        for (std::thread& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }
    // The event's view is read here, by another thread than the loop's.
    void put(Worker& worker, const Event& event) {
        const std::lock_guard lock(guard_);
        jobs_.push_back({&worker, event.request, event.view});
        has_work_.notify_one();
    }
    // A request that the next one of its kind answers, whatever loop that is on.
    void relay(Worker& worker, RequestHandle request) {
        Job earlier{};
        {
            const std::lock_guard lock(guard_);
            earlier = std::exchange(relayed_, Job{&worker, request, nullptr});
        }
        post(earlier, "relayed");
    }
    void relay_last() {
        const std::lock_guard lock(guard_);
        post(std::exchange(relayed_, {}), "relayed");
    }

private:
    struct Job {
        Worker* worker = nullptr;
        RequestHandle request = 0;
        const http::RequestView* view = nullptr;
    };
    static void post(const Job& job, std::string_view body) {
        if (job.worker != nullptr) {
            Records records;
            records.add(job.request, 200, body, {{"X-Posted", "yes"}});
            EXPECT_EQ(job.worker->post(records.data(), records.size()), Status::ok);
        }
    }
    void work() {
        for (;;) {
            std::unique_lock lock(guard_);
            has_work_.wait(lock, [this] { return is_closed_ || !jobs_.empty(); });
            if (jobs_.empty()) {
                return;
            }
            const Job job = jobs_.front();
            jobs_.pop_front();
            lock.unlock();
            post(job, "event " + std::string(std::string_view(job.view->params[0].value)));
        }
    }

    std::mutex guard_;
    std::condition_variable has_work_;
    std::deque<Job> jobs_;
    Job relayed_;
    bool is_closed_ = false;
    std::array<std::thread, kPosters> threads_;
};

// A loop on a thread of its own, until it is drained and everybody has let go of it.
class LoopThread {
public:
    LoopThread(App& app, const WorkerConfig& config, Desk& desk)
        : desk_(desk), thread_([this, &app, config] { run(app, config); }) {
        worker_ = made_.get_future().get();
    }
    ~LoopThread() {
        is_let_go_.set_value();
        thread_.join();
        EXPECT_EQ(timers_started_, timers_dropped_);
    }
    Worker* worker() { return worker_; }
    void wait_until_drained() { is_drained_.get_future().wait(); }
    void make_ready() {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(watched_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    }
    int ticks() const { return ticks_; }
    int watches_seen() const { return watches_seen_; }

private:
    void run(App& app, const WorkerConfig& config) {
        auto made = Worker::create(app, config);
        EXPECT_TRUE(made.has_value()) << made.error().message;
        Worker& worker = **made;
        this_loop = &worker;
        EXPECT_EQ(worker.watch(watched_.get(), io::kRead), 0);
        loop_ = &worker;
        tick(this);
        made_.set_value(&worker);
        Event events[16];
        while (worker.state() != WorkerState::drained) {
            std::size_t count = 0;
            if (worker.turn(-1, events, std::size(events), count) != Status::ok) {
                ADD_FAILURE() << "a turn fails";
                break;
            }
            for (std::size_t index = 0; index < count; ++index) {
                take(worker, events[index]);
            }
        }
        is_drained_.set_value();
        is_let_go_.get_future().wait();
    }
    void take(Worker& worker, const Event& event) {
        if (event.kind == static_cast<std::uint32_t>(EventKind::request)) {
            desk_.put(worker, event);
        } else if (event.kind == static_cast<std::uint32_t>(EventKind::watch)) {
            std::uint64_t count = 0;
            // Readiness may be told once too often, as with any poll that others take part in.
            if (::read(event.fd, &count, sizeof count) == static_cast<ssize_t>(sizeof count)) {
                watches_seen_ += static_cast<int>(count);
            }
        }
    }
    static void tick(void* context) {
        auto& self = *static_cast<LoopThread*>(context);
        ++self.ticks_;
        self.loop_->app().log().write(LogLevel::debug, "tick");
        if (self.loop_->state() == WorkerState::serving) {
            ++self.timers_started_;
            EXPECT_NE(self.loop_->start_timer(
                          kTickMs, tick, context,
                          [](void* user) { ++static_cast<LoopThread*>(user)->timers_dropped_; }),
                      nullptr);
        }
    }

    Desk& desk_;
    Fd watched_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::promise<Worker*> made_;
    std::promise<void> is_drained_;
    std::promise<void> is_let_go_;
    Worker* worker_ = nullptr;  // for the others
    Worker* loop_ = nullptr;    // for the loop's thread
    std::atomic<int> ticks_{0};
    std::atomic<int> watches_seen_{0};
    int timers_started_ = 0;
    int timers_dropped_ = 0;
    std::thread thread_;
};

// The contents of complete responses in a row.
std::vector<std::string> bodies_of(const std::string& received) {
    std::vector<std::string> bodies;
    for (std::size_t at = 0;;) {
        const std::size_t end = received.find("\r\n\r\n", at);
        const std::size_t length = received.find("Content-Length: ", at);
        if (end == std::string::npos || length > end) {
            return bodies;
        }
        const std::size_t size = std::strtoul(received.c_str() + length + 16, nullptr, 10);
        bodies.push_back(received.substr(end + 4, size));
        at = end + 4 + size;
    }
}

class SeveralLoopsTest : public ::testing::TestWithParam<io::Engine> {
protected:
    SeveralLoopsTest() {
        app_.route("/hello/{tag}", [](RequestHandle request, const http::RequestView& view) {
            answer(*this_loop, request,
                   "hello " + std::string(std::string_view(view.params[0].value)));
        });
        app_.route("/relay", [this](RequestHandle request, const http::RequestView&) {
            desk_.relay(*this_loop, request);
        });
        app_.event_route("/event/{tag}");
        App& app = app_.get();
        EXPECT_EQ(app.add_before(nullptr, {before, this, nullptr}), Status::ok);
        EXPECT_EQ(app.add_after(nullptr, {after, this, nullptr}), Status::ok);
        const auto count_loop = [](Worker*, void* user_data) {
            ++*static_cast<std::atomic<int>*>(user_data);
            return Status::ok;
        };
        EXPECT_EQ(app.add_start({count_loop, &starts_, nullptr}), Status::ok);
        EXPECT_EQ(app.add_stop({count_loop, &stops_, nullptr}), Status::ok);
        const char* seed = std::getenv("TRIVET_SCHEDULE_SEED");
        seed_ = seed != nullptr ? std::strtoull(seed, nullptr, 10) : std::random_device{}();
        RecordProperty("seed", std::to_string(seed_));
    }
    static std::int32_t before(RequestHandle, const http::RequestView*, void* user_data) {
        ++static_cast<SeveralLoopsTest*>(user_data)->befores_;
        return kHookContinue;
    }
    static void after(RequestHandle, const http::RequestView*, ReplyView*, void* user_data) {
        ++static_cast<SeveralLoopsTest*>(user_data)->afters_;
    }

    void start(std::size_t count) {
        for (std::size_t index = 0; index < count; ++index) {
            WorkerConfig config;
            config.reuses_port = true;
            config.port = index == 0 ? 0 : port_;
            loops_.push_back(std::make_unique<LoopThread>(app_.get(), config, desk_));
            port_ = loops_.front()->worker()->port();
        }
    }

    // One request and what must come back.
    std::pair<std::string, std::string> ask(http::SeededRandom& random, std::uint64_t tag) {
        const std::string text = std::to_string(tag);
        switch (random.below(5)) {
            case 0:
            case 1:
                return {get("/hello/" + text), "hello " + text};
            case 2:
            case 3:
                return {get("/event/" + text), "event " + text};
            default:
                return {get("/relay"), "relayed"};
        }
    }

    // Asks and checks until `rounds` are done or the loops drain.
    void be_client(std::uint64_t id, int rounds) {
        http::SeededRandom random(seed_ + id);
        std::unique_ptr<Client> client;
        std::vector<std::string> owed;
        for (int round = 0; round < rounds && !is_draining_; ++round) {
            if (client == nullptr || random.chance(8)) {
                client = std::make_unique<Client>(port_);
                owed.clear();
                if (!client->is_connected()) {
                    EXPECT_TRUE(is_draining_) << "cannot connect";
                    return;
                }
            }
            std::string bytes;
            const std::size_t before = owed.size();
            for (std::size_t left = 1 + random.below(3); left > 0; --left) {
                auto [request, body] = ask(random, id * 1'000'000 + ++tags_);
                bytes += request;
                owed.push_back(std::move(body));
            }
            if (random.chance(16)) {
                client->send(bytes.substr(0, random.below(bytes.size())));
                client->reset();
                client = nullptr;
                continue;
            }
            const bool was_sent = client->send(bytes) && !is_draining_;
            EXPECT_TRUE(was_sent || is_draining_);
            client->read(owed.size());
            const std::vector<std::string> bodies = bodies_of(client->received());
            if (bodies.size() < owed.size()) {
                EXPECT_TRUE(is_draining_) << "answers are missing, seed " << seed_;
                // What had come before the drain is answered; the answer may be the last.
                EXPECT_GE(bodies.size(), before + (was_sent ? 1 : 0)) << "cut off, seed " << seed_;
                owed.resize(bodies.size());
                EXPECT_EQ(bodies, owed);
                return;
            }
            ASSERT_EQ(bodies, owed) << "seed " << seed_;
        }
    }

    // Loops come and go, handles are looked up, loops are woken, descriptors get ready.
    void disturb(int rounds) {
        http::SeededRandom random(seed_);
        for (int round = 0; round < rounds && !is_draining_; ++round) {
            LoopThread& loop = *loops_[random.below(loops_.size())];
            switch (random.below(4)) {
                case 0:
                    loop.worker()->wake();
                    break;
                case 1:
                    loop.make_ready();
                    ++made_ready_;
                    break;
                case 2: {
                    bool is_owner = true;
                    find_worker(static_cast<std::uint32_t>(random.below(kLoopsMax)), is_owner);
                    EXPECT_FALSE(is_owner);
                    break;
                }
                default: {
                    WorkerConfig config;
                    config.is_bound = false;
                    const auto passing = Worker::create(app_.get(), config);
                    EXPECT_TRUE(passing.has_value());
                    ++passing_;
                }
            }
            desk_.relay_last();
        }
    }

    void run(std::size_t loops, int rounds, bool is_cut_short) {
        start(loops);
        std::vector<std::thread> threads;
        for (std::uint64_t id = 1; id <= kClients; ++id) {
            threads.emplace_back([this, id, rounds] { be_client(id, rounds); });
        }
        std::atomic<bool> is_over{false};
        std::thread disturber([&] {
            while (!is_over) {
                disturb(10);
                desk_.relay_last();
                std::this_thread::yield();
            }
        });
        if (is_cut_short) {
            while (afters_ < rounds) {
                std::this_thread::yield();
            }
            is_draining_ = true;
            app_.get().drain_all(false);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        is_over = true;
        disturber.join();
    }

    void finish() {
        is_draining_ = true;
        app_.get().drain_all(false);
        desk_.relay_last();
        int watches_seen = 0;
        for (const auto& loop : loops_) {
            loop->wait_until_drained();
            EXPECT_GT(loop->ticks(), 0);
            watches_seen += loop->watches_seen();
        }
        EXPECT_LE(watches_seen, made_ready_);
        desk_.close();
        const auto count = static_cast<int>(loops_.size());
        loops_.clear();
        EXPECT_EQ(starts_, count + passing_);
        EXPECT_EQ(stops_, count + passing_);
        EXPECT_GT(befores_, 0);
        EXPECT_GT(afters_, 0);
        EXPECT_LE(afters_, befores_);
    }

    TestApp app_{GetParam()};
    Desk desk_;
    std::vector<std::unique_ptr<LoopThread>> loops_;
    std::uint32_t port_ = 0;
    std::uint64_t seed_ = 0;
    std::atomic<std::uint64_t> tags_{0};
    std::atomic<bool> is_draining_{false};
    std::atomic<int> befores_{0};
    std::atomic<int> afters_{0};
    std::atomic<int> starts_{0};
    std::atomic<int> stops_{0};
    std::atomic<int> passing_{0};
    std::atomic<int> made_ready_{0};
};

TEST_P(SeveralLoopsTest, two_share_an_app_and_answer_each_others_requests) {
    run(2, 800, false);
    EXPECT_GT(afters_, kClients * 800 / 2);
    finish();
}

TEST_P(SeveralLoopsTest, four_share_an_app_and_answer_each_others_requests) {
    run(4, 400, false);
    EXPECT_GT(afters_, kClients * 400 / 2);
    finish();
}

TEST_P(SeveralLoopsTest, a_drain_of_all_cuts_off_nothing_that_had_come) {
    run(3, 400, true);
    finish();
}

TRIVET_FOR_EACH_ENGINE(SeveralLoopsTest);

}  // namespace
}  // namespace trivet::app
