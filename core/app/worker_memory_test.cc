// Whatever allocation fails, a worker goes on.
#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

class WorkerMemoryTest : public WorkerTest {
protected:
    static bool fail(void* context, std::size_t) {
        auto& self = *static_cast<WorkerMemoryTest*>(context);
        return ++self.count_ == self.failing_;
    }
    // Every way a request takes; each may end in an answer or the end of its connection.
    void run() {
        const auto callback = connect();
        callback->send(get("/hello"));
        expect_an_end(*callback, 1);
        const auto event = connect();
        event->send("POST /event?a=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" +
                    std::string(5000, 'x'));
        turn_until([&] {
            event->read_now();
            return !events_.empty() || event->is_ended() || event->responses() > 0;
        });
        for (const Event& delivered : std::exchange(events_, {})) {
            Records records;
            records.add(delivered.request, 200, "posted", {{"X", "y"}});
            EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
        }
        expect_an_end(*event, 1);
        const auto later = connect();
        later->send(get("/later") + get("/hello"));
        turn_until([&] {
            later->read_now();
            return !waiting_.empty() || later->is_ended() || later->responses() > 0;
        });
        for (const RequestHandle request : std::exchange(waiting_, {})) {
            answer(*worker_, request, "late");
        }
        expect_an_end(*later, 2);
        worker_->start_timer(0, [](void*) {}, nullptr, nullptr);
        turn(0);
    }
    void expect_an_end(Client& client, std::size_t count) {
        EXPECT_TRUE(turn_until([&] {
            client.read_now();
            return client.responses() >= count || client.is_ended();
        })) << "stuck after failure "
            << failing_;
    }
    std::uint64_t count_ = 0;
    std::uint64_t failing_ = 0;
};

TEST_P(WorkerMemoryTest, survives_the_failure_of_any_allocation) {
    do {
        ++failing_;
        count_ = 0;
        start();
        const auto bystander = connect();
        bystander->send(get("/hello"));
        ASSERT_TRUE(gets(*bystander));
        worker_->memory().set_failure_hook(fail, this);
        run();
        worker_->memory().set_failure_hook(nullptr, nullptr);
        bystander->send(get("/hello"));
        ASSERT_TRUE(gets(*bystander, 2)) << "another connection suffers from failure " << failing_;
        EXPECT_EQ(worker_->server().exchanges_live(), 0u);
        worker_.reset();
        ASSERT_LT(failing_, 1000u);
    } while (count_ >= failing_);
    EXPECT_GT(failing_, 5u);
}

TRIVET_FOR_EACH_ENGINE(WorkerMemoryTest);

}  // namespace
}  // namespace trivet::app
