// A supervisor that is given its listeners by whoever started it.
#include "app/activation_harness_test.h"
#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

class SupervisorActivation : public ::testing::Test {
protected:
    // As a manager of services starts it, which keeps its own copy of the listener.
    Supervised::Options options(std::uint32_t workers, int listeners) {
        Supervised::Options options;
        options.config.workers = workers;
        std::vector<int> numbers;
        for (int index = 0; index < listeners; ++index) {
            listeners_.push_back(io::listen_tcp({.host = "127.0.0.1"}));
            numbers.push_back(listeners_.back().fd.get());
        }
        options.prepare = [numbers] {
            std::vector<int> high;
            for (const int number : numbers) {
                high.push_back(::fcntl(number, F_DUPFD, 100));
            }
            for (std::size_t index = 0; index < high.size(); ++index) {
                move_to(3 + static_cast<int>(index), high[index]);
            }
            name_listeners(std::to_string(numbers.size()));
        };
        return options;
    }
    std::uint32_t port() const { return listeners_[0].port; }

    std::vector<io::Listener> listeners_;
};

TEST_F(SupervisorActivation, shares_the_listener_among_all_workers) {
    for (const bool forks : {false, true}) {
        Supervised::Options given = options(2, 1);
        given.forks = forks;
        Supervised supervised(given);
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        EXPECT_EQ(supervised.port(), listeners_.back().port);
        EXPECT_TRUE(supervised.says("inherited listener")) << supervised.output();
        const pid_t pids[] = {supervised.worker(0), supervised.worker(1)};
        for (const pid_t pid : pids) {
            // With one stopped, the other has what comes.
            stop_process(pid == pids[0] ? pids[1] : pids[0]);
            EXPECT_EQ(fetch(listeners_.back().port, "/pid"), std::to_string(pid));
            ::kill(pid == pids[0] ? pids[1] : pids[0], SIGCONT);
        }
        EXPECT_EQ(supervised.end(), 0) << supervised.output();
        const Client late(listeners_.back().port);
        EXPECT_TRUE(late.is_connected()) << "the listener is not the supervisor's to close";
        EXPECT_TRUE(io::has_backlog(listeners_.back().fd.get()));
    }
}

TEST_F(SupervisorActivation, gives_each_worker_one_of_several_listeners) {
    Supervised supervised(options(2, 2));
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    EXPECT_NE(fetch(listeners_[0].port, "/pid"), fetch(listeners_[1].port, "/pid"));
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST_F(SupervisorActivation, needs_a_worker_for_each_listener) {
    Supervised supervised(options(1, 2));
    EXPECT_EQ(supervised.wait(), 60);
    EXPECT_NE(supervised.output().find("2 listeners, 1 workers, each of which serves one"),
              std::string::npos)
        << supervised.output();
}

}  // namespace
}  // namespace trivet::app
