// Workers that share a Unix socket of their supervisor.
#include "app/supervisor_harness_test.h"
#include "app/unix_harness_test.h"

namespace trivet::app {
namespace {

class SupervisorUnix : public ::testing::Test {
protected:
    Supervised::Options options(bool forks = false) const {
        Supervised::Options options;
        options.config.host = folder_.host();
        options.config.workers = 2;
        options.forks = forks;
        return options;
    }
    std::string fetch(std::string_view path) const {
        const auto client = folder_.connect();
        if (client == nullptr) {
            return "<refused>";
        }
        client->send(get(path, "Connection: close\r\n"));
        client->read(1);
        return client->status() == 200 ? client->body() : "<" + client->cause() + ">";
    }

    SocketFolder folder_;
};

TEST_F(SupervisorUnix, serves_with_all_workers_and_removes_the_file) {
    for (const bool forks : {false, true}) {
        Supervised supervised(options(forks));
        ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
        ASSERT_TRUE(supervised.says(folder_.host() + " \xC2\xB7 2 workers")) << supervised.output();
        const pid_t pids[] = {supervised.worker(0), supervised.worker(1)};
        for (const pid_t pid : pids) {
            // With one stopped, the other has what comes.
            const pid_t other = pid == pids[0] ? pids[1] : pids[0];
            stop_process(other);
            EXPECT_EQ(fetch("/pid"), std::to_string(pid));
            ::kill(other, SIGCONT);
        }
        EXPECT_EQ(supervised.end(), 0) << supervised.output();
        EXPECT_FALSE(folder_.has_file());
    }
}

TEST_F(SupervisorUnix, replaces_a_worker_that_was_killed_and_answers_meanwhile) {
    Supervised supervised(options());
    ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
    const pid_t first = supervised.worker(0);
    ::kill(first, SIGKILL);
    for (int count = 0; count < 20; ++count) {
        const std::string pid = fetch("/pid");
        EXPECT_NE(std::atoi(pid.c_str()), 0) << pid;
    }
    ASSERT_TRUE(supervised.says(" ready, pid ", 3)) << supervised.output();
    EXPECT_TRUE(folder_.has_file());
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    EXPECT_FALSE(folder_.has_file());
}

TEST_F(SupervisorUnix, keeps_the_socket_while_all_workers_are_replaced) {
    Supervised supervised(options());
    ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
    supervised.signal(SIGHUP);
    ASSERT_TRUE(supervised.says("has drained", 2)) << supervised.output();
    EXPECT_TRUE(folder_.has_file());
    const std::string pid = fetch("/pid");
    EXPECT_TRUE(pid == std::to_string(supervised.worker(2)) ||
                pid == std::to_string(supervised.worker(3)))
        << pid;
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST_F(SupervisorUnix, answers_who_has_connected_before_the_end) {
    Supervised supervised(options());
    ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
    const pid_t pids[] = {supervised.worker(0), supervised.worker(1)};
    for (const pid_t pid : pids) {
        stop_process(pid);
    }
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 10; ++count) {
        clients.push_back(folder_.connect());
        ASSERT_NE(clients.back(), nullptr);
        clients.back()->send(get("/pid", "Connection: close\r\n"));
    }
    supervised.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return !folder_.has_file(); }));
    EXPECT_EQ(fetch("/pid"), "<refused>");
    for (const pid_t pid : pids) {
        ::kill(pid, SIGCONT);
    }
    for (const auto& client : clients) {
        client->read(1);
        EXPECT_EQ(client->status(), 200) << client->cause();
    }
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST_F(SupervisorUnix, leaves_a_file_when_it_is_killed_which_the_next_one_replaces) {
    {
        Supervised supervised(options());
        ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
    }  // killed; its workers end by themselves and leave the file alone
    EXPECT_TRUE(folder_.has_file());
    Supervised supervised(options());
    ASSERT_TRUE(supervised.says(" ready, pid ", 2)) << supervised.output();
    EXPECT_EQ(fetch("/pid").empty(), false);
    Supervised second(options());
    EXPECT_EQ(second.wait(), 60);
    EXPECT_NE(second.output().find(folder_.host() + " is already in use"), std::string::npos)
        << second.output();
    EXPECT_TRUE(folder_.has_file());
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    EXPECT_FALSE(folder_.has_file());
}

}  // namespace
}  // namespace trivet::app
