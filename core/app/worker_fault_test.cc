// Whatever allocation fails, of the worker's Memory or not: it is made or refused, serves on, tells
// its posters, and ends.
#include <sys/eventfd.h>

#include <new>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

// Makes allocations of the test's thread fail: the n-th from now on, or all from it on.
struct AllocationFaults {
    bool fails() { return first > 0 && (is_lasting ? ++count >= first : ++count == first); }
    bool has_failed() const { return count >= first; }
    std::uint64_t first = 0;
    bool is_lasting = false;
    std::uint64_t count = 0;
};

thread_local AllocationFaults* faults = nullptr;

}  // namespace
}  // namespace trivet::app

// What the linker puts in the place of the calls (TEST_WRAPS in CMakeLists.txt).
extern "C" {

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size) {
    auto* present = trivet::app::faults;
    return present != nullptr && present->fails() ? nullptr : __real_malloc(size);
}

// operator new(size_t, const std::nothrow_t&)
void* __real__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag);
void* __wrap__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag) {
    auto* present = trivet::app::faults;
    return present != nullptr && present->fails() ? nullptr : __real__ZnwmRKSt9nothrow_t(size, tag);
}

}  // extern "C"

namespace trivet::app {
namespace {

constexpr std::uint64_t kFailuresMax = 2000;

class WorkerFaultTest : public WorkerTest {
protected:
    WorkerFaultTest() {
        App& app = app_.get();
        EXPECT_EQ(app.add_before(nullptr, {before, this, nullptr}), Status::ok);
        EXPECT_EQ(app.add_after(nullptr, {after, this, nullptr}), Status::ok);
        EXPECT_EQ(app.set_fallback({fall_back, this, nullptr}), Status::ok);
        EXPECT_EQ(app.set_error_handler({map_error, this, nullptr}), Status::ok);
        app_.route("/boom", [this](RequestHandle request, const http::RequestView&) {
            worker_->server().reply_fail(*find_exchange(*worker_, request), "boom");
        });
    }
    ~WorkerFaultTest() override { faults = nullptr; }

    static WorkerFaultTest& self(void* user_data) {
        return *static_cast<WorkerFaultTest*>(user_data);
    }
    // Keeps something with each request, to be dropped once.
    static std::int32_t before(RequestHandle request, const http::RequestView*, void* user_data) {
        WorkerFaultTest& test = self(user_data);
        ++test.kept_;
        find_exchange(*test.worker_, request)->set_data(&test, [](void* data) {
            ++static_cast<WorkerFaultTest*>(data)->dropped_;
        });
        return kHookContinue;
    }
    static void after(RequestHandle request, const http::RequestView*, ReplyView*,
                      void* user_data) {
        http::Exchange* exchange = find_exchange(*self(user_data).worker_, request);
        static_cast<void>(exchange->add_field("X-After", "hook"));
    }
    static void fall_back(RequestHandle request, const http::RequestView* view, void* user_data) {
        Worker& worker = *self(user_data).worker_;
        worker.server().reply_problem(*find_exchange(worker, request), view->refusal, "fallback");
    }
    static void map_error(RequestHandle request, const http::RequestView*, std::uint32_t status,
                          Str, void* user_data) {
        Worker& worker = *self(user_data).worker_;
        worker.server().reply(
            *find_exchange(worker, request),
            {.status = status, .content = http::Content::text, .fields = {}, .body = "mapped"});
    }

    void expect_an_end(Client& client, std::size_t count) {
        EXPECT_TRUE(turn_until([&] {
            client.read_now();
            return client.responses() >= count || client.is_ended();
        })) << "stuck after failure "
            << failing_.first;
    }
    void post_to_events() {
        for (const Event& event : std::exchange(events_, {})) {
            if (event.kind != static_cast<std::uint32_t>(EventKind::request)) {
                continue;
            }
            Records records;
            records.add(event.request, 200, "posted", {{"X", "y"}});
            // A post that fails has taken nothing: it can be made again.
            for (int tries = 0; worker_->post(records.data(), records.size()) != Status::ok;) {
                ASSERT_LT(++tries, 3);
            }
        }
    }
    // Every way a request takes, and everything else a loop does.
    void run() {
        for (const char* path : {"/hello", "/nowhere", "/boom"}) {
            const auto client = connect();
            client->send(get(path));
            expect_an_end(*client, 1);
        }
        const auto event = connect();
        event->send("POST /event?a=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" +
                    std::string(5000, 'x'));
        EXPECT_TRUE(turn_until([&] {
            event->read_now();
            return !events_.empty() || event->is_ended() || event->responses() > 0;
        }));
        post_to_events();
        expect_an_end(*event, 1);
        const auto leaver = connect();
        leaver->send(get("/event"));
        EXPECT_TRUE(turn_until([&] {
            leaver->read_now();
            return !events_.empty() || leaver->is_ended() || leaver->responses() > 0;
        }));
        leaver->reset();
        turn(0);
        post_to_events();
        watch_and_wait();
    }
    void watch_and_wait() {
        const Fd watched(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
        const int error = worker_->watch(watched.get(), io::kRead);
        EXPECT_TRUE(error == 0 || error == ENOMEM) << error;
        int runs = 0;
        const auto run_timer = [](void* count) { ++*static_cast<int*>(count); };
        if (worker_->start_timer(0, run_timer, &runs, nullptr) != nullptr) {
            EXPECT_TRUE(turn_until([&] { return runs == 1; }));
        }
        const auto* cancelled = worker_->start_timer(100'000, run_timer, &runs, nullptr);
        if (cancelled != nullptr) {
            EXPECT_TRUE(worker_->cancel_timer(cancelled->slot, cancelled->generation));
        }
        if (error == 0) {
            EXPECT_TRUE(turn_until([&] { return count_events(EventKind::watch) > 0; }));
            EXPECT_EQ(worker_->watch(watched.get(), 0), 0);
        }
        events_.clear();
        turn(0);
    }
    void begin(std::uint64_t first, bool is_lasting = false) {
        failing_ = {.first = first, .is_lasting = is_lasting};
        faults = &failing_;
    }
    static void end() { faults = nullptr; }

    AllocationFaults failing_;
    std::size_t kept_ = 0;
    std::size_t dropped_ = 0;
};

TEST_P(WorkerFaultTest, is_made_or_refused_whatever_allocation_fails) {
    std::uint64_t refused = 0;
    std::uint64_t n = 0;
    do {
        ASSERT_LT(++n, kFailuresMax);
        begin(n);
        auto made = Worker::create(app_.get(), {.port = 0});
        end();
        if (made) {
            worker_ = std::move(*made);
            const auto client = connect();
            client->send(get("/hello"));
            ASSERT_TRUE(gets(*client)) << n;
            EXPECT_EQ(client->status(), 200);
            worker_.reset();
        } else {
            ++refused;
            EXPECT_NE(made.error().status, Status::ok);
            EXPECT_NE(made.error().message, "");
        }
    } while (failing_.has_failed());
    EXPECT_GT(refused, 0u);
}

TEST_P(WorkerFaultTest, serves_on_whatever_allocation_fails) {
    std::uint64_t n = 0;
    do {
        ASSERT_LT(++n, kFailuresMax);
        start();
        const auto bystander = connect();
        bystander->send(get("/hello"));
        ASSERT_TRUE(gets(*bystander));
        begin(n);
        run();
        end();
        bystander->send(get("/hello"));
        ASSERT_TRUE(gets(*bystander, 2)) << "another connection suffers from failure " << n;
        EXPECT_EQ(worker_->server().exchanges_live(), 0u) << n;
        EXPECT_EQ(kept_, dropped_) << n;
        worker_.reset();
        ASSERT_FALSE(HasFailure()) << n;
    } while (failing_.has_failed());
    EXPECT_GT(n, 10u);
}

TEST_P(WorkerFaultTest, drains_and_ends_without_any_memory) {
    start();
    const auto idle = connect();
    idle->send(get("/hello"));
    ASSERT_TRUE(gets(*idle));
    begin(1, true);
    worker_->request_drain();
    EXPECT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    end();
    EXPECT_TRUE(ends(*idle));
}

TRIVET_FOR_EACH_ENGINE(WorkerFaultTest);

}  // namespace
}  // namespace trivet::app
