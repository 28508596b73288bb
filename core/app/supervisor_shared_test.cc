// Workers that share further listeners of their supervisor.
#include "app/supervisor_harness_test.h"
#include "app/unix_harness_test.h"

namespace trivet::app {
namespace {

class SupervisorShared : public ::testing::Test {
protected:
    Supervised::Options options(bool forks = false) const {
        Supervised::Options options;
        options.config.also_listen = "127.0.0.1:0, " + folder_.host();
        options.config.workers = 2;
        options.forks = forks;
        return options;
    }
    static std::uint32_t shared_port(Supervised& supervised) {
        constexpr std::string_view kBefore = "also listening on 127.0.0.1:";
        std::uint32_t port = 0;
        if (supervised.says(kBefore) && supervised.says("unix:")) {
            const std::string& text = supervised.output();
            const char* digits = text.data() + text.find(kBefore) + kBefore.size();
            std::from_chars(digits, text.data() + text.size(), port);
        }
        return port;
    }
    std::string fetch_local(std::string_view path) const {
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

TEST_F(SupervisorShared, every_worker_serves_every_address) {
    for (const bool forks : {false, true}) {
        Supervised supervised(options(forks));
        const std::uint32_t port = shared_port(supervised);
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        const pid_t pids[] = {supervised.worker(0), supervised.worker(1)};
        for (const pid_t pid : pids) {
            // With one stopped, the other has what comes.
            const pid_t other = pid == pids[0] ? pids[1] : pids[0];
            stop_process(other);
            for (int count = 0; count < 5; ++count) {
                EXPECT_EQ(fetch(port, "/pid"), std::to_string(pid));
                EXPECT_EQ(fetch_local("/pid"), std::to_string(pid));
            }
            ::kill(other, SIGCONT);
        }
        EXPECT_EQ(supervised.end(), 0) << supervised.output();
        EXPECT_FALSE(folder_.has_file());
        EXPECT_EQ(fetch(port, "/pid"), "<refused>");
    }
}

TEST_F(SupervisorShared, they_outlive_workers) {
    Supervised supervised(options());
    const std::uint32_t port = shared_port(supervised);
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    ::kill(supervised.worker(0), SIGKILL);
    for (int count = 0; count < 20; ++count) {
        EXPECT_NE(std::atoi(fetch(port, "/pid").c_str()), 0);
        EXPECT_NE(std::atoi(fetch_local("/pid").c_str()), 0);
    }
    ASSERT_TRUE(supervised.is_ready(3)) << supervised.output();
    supervised.signal(SIGHUP);
    ASSERT_TRUE(supervised.says("has drained", 2)) << supervised.output();
    for (int count = 0; count < 5; ++count) {
        const int pid = std::atoi(fetch(port, "/pid").c_str());
        EXPECT_TRUE(pid == supervised.worker(3) || pid == supervised.worker(4)) << pid;
        EXPECT_NE(std::atoi(fetch_local("/pid").c_str()), 0);
    }
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST_F(SupervisorShared, who_has_connected_before_the_end_is_answered) {
    Supervised supervised(options());
    const std::uint32_t port = shared_port(supervised);
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 10; ++count) {
        clients.push_back(std::make_unique<Client>(port));
        clients.push_back(folder_.connect());
        ASSERT_NE(clients.back(), nullptr);
    }
    for (const auto& client : clients) {
        client->send(get("/later/50", "Connection: close\r\n"));
    }
    supervised.signal(SIGTERM);
    for (const auto& client : clients) {
        client->read(1);
        EXPECT_EQ(client->body(), "late") << client->cause();
    }
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST_F(SupervisorShared, workers_keep_nothing_else) {
    Supervised supervised(options());
    const std::uint32_t port = shared_port(supervised);
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const std::string before = fetch(port, "/descriptors");
    ::kill(supervised.worker(0), SIGKILL);
    ::kill(supervised.worker(1), SIGKILL);
    ASSERT_TRUE(supervised.is_ready(4)) << supervised.output();
    EXPECT_EQ(fetch(port, "/descriptors"), before);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST_F(SupervisorShared, what_cannot_be_bound_ends_the_start) {
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    const std::string place = "127.0.0.1:" + std::to_string(listener.port);
    for (const std::string& list : {place, std::string("nowhere")}) {
        Supervised::Options options = this->options();
        options.config.also_listen = list;
        Supervised supervised(options);
        EXPECT_EQ(supervised.wait(), 60);
        EXPECT_NE(supervised.output().find(list), std::string::npos) << supervised.output();
    }
}

}  // namespace
}  // namespace trivet::app
