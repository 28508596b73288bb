#include "io/off_loop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/memory.h"
#include "io/engine.h"

namespace trivet::io {
namespace {

struct Step final : OffLoopTask {
    void run() noexcept override { ran_on = ::pthread_self(); }
    void on_done() noexcept override { done(); }
    pthread_t ran_on{};
    std::function<void()> done = [] {};
};

class OffLoopTest : public ::testing::TestWithParam<Engine> {
protected:
    void SetUp() override {
        choice_ = make_loop(GetParam(), memory_, {});
        ASSERT_NE(choice_.loop, nullptr) << choice_.reason;
        off_loop_ = std::make_unique<OffLoop>(*choice_.loop);
    }
    // Turns until nothing is under way; only what wakes the loop ends a wait.
    void settle() {
        while (off_loop_->under_way() > 0) {
            ASSERT_EQ(choice_.loop->wait(Loop::kForever), 0);
            choice_.loop->dispatch();
            off_loop_->collect();
        }
    }

    Memory memory_;
    EngineChoice choice_;
    std::unique_ptr<OffLoop> off_loop_;
};

TEST_P(OffLoopTest, runs_tasks_elsewhere_and_tells_of_them_here_in_order) {
    std::vector<int> told;
    std::vector<Step> steps(20);
    for (int index = 0; index < 20; ++index) {
        steps[static_cast<std::size_t>(index)].done = [&told, index] { told.push_back(index); };
        ASSERT_TRUE(off_loop_->add(steps[static_cast<std::size_t>(index)]));
    }
    settle();
    std::vector<int> expected(20);
    for (int index = 0; index < 20; ++index) expected[static_cast<std::size_t>(index)] = index;
    EXPECT_EQ(told, expected);
    for (const Step& step : steps) EXPECT_FALSE(::pthread_equal(step.ran_on, ::pthread_self()));
}

TEST_P(OffLoopTest, a_task_that_is_told_of_may_be_added_again) {
    Step step;
    int count = 0;
    step.done = [&] {
        if (++count < 3) {
            EXPECT_TRUE(off_loop_->add(step));
        }
    };
    ASSERT_TRUE(off_loop_->add(step));
    settle();
    EXPECT_EQ(count, 3);
}

TEST_P(OffLoopTest, what_is_not_told_of_at_its_end_never_is) {
    Step step;
    step.done = [] { ADD_FAILURE(); };
    ASSERT_TRUE(off_loop_->add(step));
    off_loop_->stop();
    off_loop_.reset();
}

TEST_P(OffLoopTest, a_forked_child_does_not_wait_for_a_thread_that_it_lacks) {
    Step step;
    ASSERT_TRUE(off_loop_->add(step));
    settle();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);  // ends it if it waits
        off_loop_->disown();
        off_loop_.reset();
        ::_exit(0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, OffLoopTest, ::testing::Values(Engine::uring, Engine::epoll),
                         [](const auto& engine) {
                             return engine.param == Engine::uring ? "uring" : "epoll";
                         });

}  // namespace
}  // namespace trivet::io
