// Loops that listen on further addresses, and behind proxies.
#include "app/activation_harness_test.h"
#include "app/unix_harness_test.h"
#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

constexpr std::string_view kLine = "PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n";

class WorkerSharedTest : public WorkerTest {
protected:
    ~WorkerSharedTest() override { unset_listen_variables(); }
    void configure(std::function<void(Config&)> change) {
        Config config = app_.get().config();
        change(config);
        ASSERT_TRUE(app_.get().configure(config).has_value());
    }
    void also_listen(std::string list, std::string proxies = "") {
        configure([&](Config& config) {
            config.also_listen = std::move(list);
            config.trusted_proxies = std::move(proxies);
        });
    }
    // The app's loop, at its configured address.
    void listen(bool reuses_port = false) {
        worker_ = app_.make({.is_configured = true, .reuses_port = reuses_port});
        ASSERT_NE(worker_, nullptr);
    }
    std::uint32_t shared_port(std::size_t index = 0) {
        return app_.get().shared_listeners().address(index).port;
    }
    bool drains() {
        worker_->request_drain();
        return turn_until([&] { return worker_->state() == WorkerState::drained; });
    }
    void expect_hello(Client& client) {
        client.send(get("/hello"));
        EXPECT_TRUE(gets(client)) << client.cause();
        EXPECT_EQ(client.body(), "Hello, World!");
    }

    SocketFolder folder_;
};

TEST_P(WorkerSharedTest, serves_at_every_address) {
    also_listen("127.0.0.1:0, " + folder_.host());
    listen();
    for (int round = 0; round < 3; ++round) {
        expect_hello(*connect());
        Client tcp(shared_port());
        expect_hello(tcp);
        const auto local = folder_.connect();
        ASSERT_NE(local, nullptr);
        expect_hello(*local);
    }
    ASSERT_TRUE(drains());
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerSharedTest, an_explicit_address_is_served_alone) {
    also_listen(folder_.host());
    start();
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerSharedTest, an_address_in_use_is_told) {
    Fd taken;
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    const std::string place = "127.0.0.1:" + std::to_string(listener.port);
    also_listen(place);
    const auto failed = Worker::create(app_.get(), {.is_configured = true, .port = 0});
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().status, Status::address_in_use);
    EXPECT_NE(failed.error().message.find(place), std::string::npos);
}

TEST_P(WorkerSharedTest, who_has_connected_before_the_drain_is_answered) {
    also_listen("127.0.0.1:0, " + folder_.host());
    listen();
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 10; ++count) {
        clients.push_back(std::make_unique<Client>(shared_port()));
        clients.push_back(folder_.connect());
        ASSERT_NE(clients.back(), nullptr);
    }
    for (const auto& client : clients) {
        client->send(get("/hello"));
    }
    ASSERT_TRUE(drains());
    for (const auto& client : clients) {
        client->read(1);
        EXPECT_EQ(client->body(), "Hello, World!") << client->cause();
    }
    EXPECT_EQ(folder_.connect(), nullptr);
}

TEST_P(WorkerSharedTest, loops_share_them_and_the_last_one_removes_the_file) {
    also_listen(folder_.host());
    listen(true);
    auto second = app_.make({.reuses_port = true, .port = worker_->port()});
    ASSERT_NE(second, nullptr);
    ASSERT_TRUE(drains());
    worker_ = std::move(second);
    EXPECT_TRUE(folder_.has_file());
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    expect_hello(*client);
    ASSERT_TRUE(drains());
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerSharedTest, a_loop_that_ends_without_a_drain_leaves_no_file) {
    also_listen(folder_.host());
    listen();
    EXPECT_TRUE(folder_.has_file());
    worker_ = nullptr;
    EXPECT_FALSE(folder_.has_file());
    listen();
    EXPECT_TRUE(folder_.has_file());
}

TEST_P(WorkerSharedTest, only_the_addresses_that_say_so_await_a_proxy) {
    also_listen("127.0.0.1:0 proxy, 127.0.0.1:0", "127.0.0.1");
    listen();
    expect_hello(*connect());
    Client plain(shared_port(1));
    expect_hello(plain);
    Client proxied(shared_port(0));
    proxied.send(kLine);
    expect_hello(proxied);
    Client bare(shared_port(0));
    bare.send(get("/hello"));
    EXPECT_TRUE(ends(bare));
    EXPECT_EQ(bare.received(), "");
}

TEST_P(WorkerSharedTest, the_own_address_awaits_a_proxy_where_it_is_set) {
    configure([](Config& config) {
        config.proxy_protocol = 1;
        config.trusted_proxies = "127.0.0.0/8";
        config.also_listen = "127.0.0.1:0";
    });
    listen();
    const auto proxied = connect();
    proxied->send(kLine);
    expect_hello(*proxied);
    const auto bare = connect();
    bare->send(get("/hello"));
    EXPECT_TRUE(ends(*bare));
    Client other(shared_port());
    expect_hello(other);
}

TEST_P(WorkerSharedTest, a_proxy_that_nobody_trusts_is_no_configuration) {
    for (const bool is_also : {false, true}) {
        configure([&](Config& config) {
            config.proxy_protocol = is_also ? 0 : 1;
            config.also_listen = is_also ? "127.0.0.1:0 proxy" : "";
        });
    }
    const auto failed = Worker::create(app_.get(), {.is_configured = true, .port = 0});
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().status, Status::argument);
    EXPECT_NE(failed.error().detail.find("trusted_proxies"), std::string::npos);
}

TEST_P(WorkerSharedTest, of_inherited_listeners_the_list_says_what_they_are) {
    const std::uint32_t first = listen_at(3);
    const std::uint32_t second = listen_at(4);
    name_listeners("2");
    also_listen("127.0.0.1:" + std::to_string(second) + " proxy, " + folder_.host(), "127.0.0.1");
    listen();
    EXPECT_FALSE(folder_.has_file()) << "those inherited stand for all";
    Client bare(first);
    expect_hello(bare);
    Client proxied(second);
    proxied.send(kLine);
    expect_hello(proxied);
    ASSERT_TRUE(drains());
}

TRIVET_FOR_EACH_ENGINE(WorkerSharedTest);

}  // namespace
}  // namespace trivet::app
