#include "app/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <filesystem>
#include <iterator>
#include <thread>

#include "app/worker_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST_P(WorkerTest, answers_from_a_callback) {
    app_.route("/users/{id:int}", [this](RequestHandle request, const http::RequestView& view) {
        answer(*worker_, request, view.params[0].value);
    });
    start();
    const auto client = connect();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 200);
    EXPECT_EQ(client->body(), "Hello, World!");
    client->send(get("/users/42"));
    ASSERT_TRUE(gets(*client, 2));
    EXPECT_EQ(client->body(), "42");
    EXPECT_TRUE(events_.empty());
}

TEST_P(WorkerTest, delivers_events_whose_view_outlives_the_turn) {
    start();
    const auto client = connect();
    client->send(
        "POST /event?q=1 HTTP/1.1\r\nHost: a\r\nX-Token: secret\r\nContent-Length: 5\r\n\r\nhello");
    ASSERT_TRUE(turn_until([&] { return !events_.empty(); }));
    const Event event = events_[0];
    EXPECT_EQ(event.kind, static_cast<std::uint32_t>(EventKind::request));
    EXPECT_EQ(event.user_data, this);
    const auto other = connect();
    for (std::size_t round = 1; round <= 5; ++round) {
        other->send(get("/hello"));
        ASSERT_TRUE(gets(*other, round));
    }
    http::Exchange* exchange = find_exchange(*worker_, event.request);
    ASSERT_NE(exchange, nullptr);
    EXPECT_EQ(&exchange->view, event.view);
    EXPECT_TRUE(exchange->is_event);
    EXPECT_FALSE(exchange->is_in_place);
    EXPECT_EQ(std::string_view(event.view->method), "POST");
    EXPECT_EQ(std::string_view(event.view->query), "q=1");
    EXPECT_EQ(std::string_view(event.view->body), "hello");
    EXPECT_EQ(std::string_view(exchange->find_header("x-token")->value), "secret");
    EXPECT_EQ(answer(*worker_, event.request, "done"), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "done");
    EXPECT_EQ(answer(*worker_, event.request, "again"), Status::stale);
}

TEST_P(WorkerTest, hands_out_later_what_does_not_fit) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int index = 0; index < 7; ++index) {
        clients.push_back(connect());
        clients.back()->send(get("/event"));
    }
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (events_.size() < clients.size() && std::chrono::steady_clock::now() < end) {
        const std::size_t before = events_.size();
        turn(5, 2);
        ASSERT_LE(events_.size(), before + 2);
    }
    ASSERT_EQ(events_.size(), clients.size());
    for (const Event& event : events_) {
        EXPECT_EQ(answer(*worker_, event.request, "ok"), Status::ok);
    }
    for (const auto& client : clients) {
        EXPECT_TRUE(gets(*client));
    }
}

TEST_P(WorkerTest, does_not_gather_events_nobody_takes) {
    start();
    int pipes[3][2];
    for (auto& pipe : pipes) {
        ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
        ASSERT_EQ(::write(pipe[1], "x", 1), 1);
        ASSERT_EQ(worker_->watch(pipe[0], io::kRead), 0);
    }
    ASSERT_TRUE(turn_until([&] { return !events_.empty(); }));
    for (int count = 0; count < 100; ++count) {
        turn(0, 1);
    }
    for (auto& pipe : pipes) {
        EXPECT_EQ(worker_->watch(pipe[0], 0), 0);
    }
    events_.clear();
    for (int count = 0; count < 20; ++count) {
        turn(0);
    }
    EXPECT_LE(events_.size(), 3u);
    for (auto& pipe : pipes) {
        ::close(pipe[0]);
        ::close(pipe[1]);
    }
}

TEST_P(WorkerTest, says_when_the_client_of_a_request_has_gone) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::request) == 1; }));
    client->reset();
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::gone) == 1; }));
    EXPECT_EQ(events_[1].request, events_[0].request);
    EXPECT_EQ(events_[1].user_data, this);
    EXPECT_EQ(events_[0].view->flags & http::kGone, http::kGone);
    EXPECT_EQ(answer(*worker_, events_[0].request, "too late"), Status::gone);
    EXPECT_EQ(worker_->server().exchanges_live(), 0u);
}

// By the coarse clock, which is what the loop goes by.
void hold_up_the_loop() {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
    };
    const auto end = now() + 300;
    while (now() < end) {
    }
}

TEST_P(WorkerTest, hands_out_no_request_whose_client_left_while_it_waited_for_its_turn) {
    constexpr std::size_t kClients = 12;
    start();
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t index = 0; index < kClients; ++index) {
        clients.push_back(connect());
        clients.back()->send(get("/event"));
    }
    for (std::size_t count = 0; count < kClients && worker_->server().exchanges_live() < kClients;
         ++count) {
        turn(5, 1);
    }
    ASSERT_EQ(worker_->server().exchanges_live(), kClients);
    const std::size_t begun = events_.size();
    ASSERT_LT(begun, kClients);
    for (const auto& client : clients) {
        client->reset();
    }
    hold_up_the_loop();  // as whoever handles the first ones may
    EXPECT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == begun; }));
    EXPECT_EQ(worker_->server().stats().requests_dropped_total, kClients - begun);
    EXPECT_TRUE(turn_until([&] { return count_events(EventKind::gone) == begun; }));
    turn(0);
    EXPECT_EQ(events_.size(), 2 * begun) << "nothing of what nobody has heard of";
    for (std::size_t index = 0; index < begun; ++index) {
        EXPECT_EQ(answer(*worker_, events_[index].request, "late"), Status::gone);
    }
    EXPECT_EQ(worker_->server().exchanges_live(), 0u);
}

TEST_P(WorkerTest, tells_of_a_watched_descriptor) {
    start();
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
    ASSERT_EQ(worker_->watch(pipe[0], io::kRead), 0);
    ASSERT_EQ(::write(pipe[1], "x", 1), 1);
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::watch) > 0; }));
    EXPECT_EQ(events_[0].fd, pipe[0]);
    EXPECT_EQ(events_[0].ready, io::kRead);
    EXPECT_EQ(worker_->watch(pipe[0], 0), 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_P(WorkerTest, fires_timers_in_order_and_cancels_them) {
    start();
    struct Fired {
        std::vector<int>* order;
        int id;
        int drops = 0;
    };
    std::vector<int> order;
    Fired late{&order, 2};
    Fired early{&order, 1};
    Fired cancelled{&order, 3};
    const auto fire = [](void* context) {
        auto& fired = *static_cast<Fired*>(context);
        fired.order->push_back(fired.id);
    };
    const auto drop = [](void* context) { ++static_cast<Fired*>(context)->drops; };
    const io::Timers::Timer* last = worker_->start_timer(20, fire, &late, drop);
    const io::Timers::Timer* first = worker_->start_timer(1, fire, &early, drop);
    ASSERT_TRUE(first != nullptr && last != nullptr);
    // A thread that was held up in between has started the second one later than the first is due.
    const bool is_as_wanted = first->due_ms < last->due_ms;
    const io::Timers::Timer* timer = worker_->start_timer(2, fire, &cancelled, drop);
    ASSERT_NE(timer, nullptr);
    const std::uint32_t slot = timer->slot;
    const std::uint32_t generation = timer->generation;
    EXPECT_TRUE(worker_->cancel_timer(slot, generation));
    EXPECT_FALSE(worker_->cancel_timer(slot, generation));
    EXPECT_TRUE(turn_until([&] { return order.size() == 2; }));
    EXPECT_EQ(order, is_as_wanted ? (std::vector<int>{1, 2}) : (std::vector<int>{2, 1}));
    EXPECT_EQ(late.drops + early.drops + cancelled.drops, 3);
}

TEST_P(WorkerTest, says_how_long_it_may_sleep) {
    start();
    turn(0);
    EXPECT_EQ(worker_->deadline_ms(), -1);
    const auto nothing = [](void*) {};
    const io::Timers::Timer* timer = worker_->start_timer(60'000, nothing, nullptr, nullptr);
    ASSERT_NE(timer, nullptr);
    EXPECT_GT(worker_->deadline_ms(), 0);
    EXPECT_LE(worker_->deadline_ms(), 60'000);
    EXPECT_TRUE(worker_->cancel_timer(timer->slot, timer->generation));
    EXPECT_EQ(worker_->deadline_ms(), -1);
    const auto client = connect();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    turn(0);
    EXPECT_GT(worker_->deadline_ms(), 0);
    std::vector<std::unique_ptr<Client>> clients;
    for (int index = 0; index < 3; ++index) {
        clients.push_back(connect());
        clients.back()->send(get("/event"));
    }
    ASSERT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 3; }));
    EXPECT_EQ(events_.size(), 3u);
}

TEST_P(WorkerTest, has_no_time_to_sleep_while_events_wait) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int index = 0; index < 3; ++index) {
        clients.push_back(connect());
        clients.back()->send(get("/event"));
    }
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (worker_->server().exchanges_live() < 3 && std::chrono::steady_clock::now() < end) {
        ASSERT_EQ(worker_->wait(5), Status::ok);
        Event event;
        std::size_t count = 0;
        ASSERT_EQ(worker_->turn(0, &event, 1, count), Status::ok);
        events_.insert(events_.end(), &event, &event + count);
        if (events_.size() < worker_->server().exchanges_live()) {
            EXPECT_EQ(worker_->deadline_ms(), 0);
        }
    }
    EXPECT_EQ(worker_->server().exchanges_live(), 3u);
}

TEST_P(WorkerTest, wakes_from_another_thread_and_before_it_sleeps) {
    start();
    worker_->wake();
    EXPECT_EQ(worker_->wait(-1), Status::ok);
    turn(0);
    std::thread other([&] { worker_->wake(); });
    EXPECT_EQ(worker_->wait(-1), Status::ok);
    other.join();
}

TEST_P(WorkerTest, refuses_to_turn_within_a_handler) {
    std::vector<Status> statuses;
    app_.route("/nested", [&](RequestHandle request, const http::RequestView&) {
        std::size_t count = 0;
        statuses.push_back(worker_->turn(0, nullptr, 0, count));
        statuses.push_back(worker_->wait(0));
        answer(*worker_, request, "ok");
    });
    start();
    const auto client = connect();
    client->send(get("/nested"));
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(statuses, (std::vector<Status>{Status::state, Status::state}));
}

TEST_P(WorkerTest, fails_requests_that_nobody_can_take) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (client->responses() == 0 && std::chrono::steady_clock::now() < end) {
        std::size_t count = 1;
        ASSERT_EQ(worker_->turn(5, nullptr, 0, count), Status::ok);
        EXPECT_EQ(count, 0u);
        client->read_now();
    }
    EXPECT_EQ(client->status(), 500);
    EXPECT_EQ(worker_->server().stats().handler_failures_total, 1u);
}

// What an embedding event loop does: it polls the descriptor, and turns when that is readable.
TEST_P(WorkerTest, is_driven_by_its_descriptor_to_the_very_end_of_a_connection) {
    start();
    const int fd = worker_->pollable_fd();
    ASSERT_GE(fd, 0);
    const auto client = connect();
    client->send(get("/later", "Connection: close\r\n"));
    const auto poll_and_turn = [&] {
        ASSERT_EQ(worker_->flush(), Status::ok);
        pollfd poll_fd{fd, POLLIN, 0};
        const int ready = ::poll(&poll_fd, 1, static_cast<int>(kPatience.count()) * 1000);
        ASSERT_EQ(ready, 1) << "nothing tells of what is left to do";
        turn(0);
    };
    while (waiting_.empty()) {
        poll_and_turn();
        ASSERT_FALSE(HasFatalFailure());
    }
    EXPECT_EQ(answer(*worker_, waiting_[0], "bye"), Status::ok);
    while (!client->is_ended()) {
        poll_and_turn();
        ASSERT_FALSE(HasFatalFailure());
        client->read_now();
    }
    EXPECT_EQ(client->body(), "bye");
}

TEST_P(WorkerTest, is_driven_by_its_descriptor_through_a_large_body) {
    app_.route("/size", [this](RequestHandle request, const http::RequestView& view) {
        answer(*worker_, request, std::to_string(view.body.size));
    });
    start();
    const int fd = worker_->pollable_fd();
    const auto client = connect();
    constexpr std::size_t kSize = 1'000'000;
    std::thread sender([&] {
        client->send("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kSize) +
                     "\r\n\r\n" + std::string(kSize, 'x'));
    });
    while (client->responses() == 0) {
        ASSERT_EQ(worker_->flush(), Status::ok);
        pollfd poll_fds[] = {{fd, POLLIN, 0}, {client->fd(), POLLIN, 0}};
        const int ready = ::poll(poll_fds, 2, static_cast<int>(kPatience.count()) * 1000);
        EXPECT_GT(ready, 0) << "nothing tells of what is left to do";
        if (ready <= 0) {
            break;
        }
        turn(0);
        client->read_now();
    }
    sender.join();
    EXPECT_EQ(client->body(), std::to_string(kSize));
}

TEST_P(WorkerTest, closes_every_connection_when_it_ends) {
    const std::size_t before = open_descriptors();
    start();
    const auto idle = connect();
    idle->send(get("/hello"));
    ASSERT_TRUE(gets(*idle));
    const auto busy = connect();
    busy->send(get("/later"));
    const auto slow = connect();
    slow->send("GET /he");
    ASSERT_TRUE(turn_until(
        [&] { return waiting_.size() == 1 && worker_->server().stats().connections == 3; }));
    const std::uint32_t port = worker_->port();
    worker_.reset();
    for (Client* client : {idle.get(), busy.get(), slow.get()}) {
        client->read_to_end();
        EXPECT_TRUE(client->is_ended());
    }
    EXPECT_LE(open_descriptors(), before + 3);
    // The port is free at once.
    worker_ = app_.make({.port = port});
    ASSERT_NE(worker_, nullptr);
}

TEST_P(WorkerTest, goes_on_after_a_forked_child_has_freed_its_copy) {
    start();
    const auto client = connect();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    const pid_t child = ::fork();
    if (child == 0) {
        worker_.reset();
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client, 2));
    const auto later = connect();
    later->send(get("/hello"));
    EXPECT_TRUE(gets(*later));
}

TEST_P(WorkerTest, sends_nothing_from_memory_that_is_gone) {
    start();
    const auto client = connect();
    const std::string body(100'000, 'b');
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    EXPECT_EQ(answer(*worker_, waiting_[0], body), Status::ok);
    worker_.reset();
    client->read_to_end();
    const std::size_t at = client->received().find("\r\n\r\n");
    if (at != std::string::npos) {
        EXPECT_EQ(client->received().find_first_not_of('b', at + 4), std::string::npos);
    }
}

TEST_P(WorkerTest, refuses_handles_of_an_earlier_loop) {
    start();
    std::vector<RequestHandle> old;
    for (int round = 0; round < 3; ++round) {
        const auto client = connect();
        client->send(get("/later"));
        ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
        old.push_back(waiting_[0]);
        answer(*worker_, waiting_[0], "ok");
        waiting_.clear();
        ASSERT_TRUE(gets(*client));
    }
    HandleParts parts{};
    ASSERT_TRUE(split_handle(old[0], parts));
    bool is_owner = false;
    EXPECT_EQ(find_worker(parts.loop, is_owner), worker_.get());
    EXPECT_TRUE(is_owner);
    worker_.reset();
    EXPECT_EQ(find_worker(parts.loop, is_owner), nullptr);
    EXPECT_FALSE(is_owner);
    start();
    for (int round = 0; round < 5; ++round) {
        const auto client = connect();
        client->send(get("/later"));
        ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
        for (const RequestHandle handle : old) {
            EXPECT_NE(handle, waiting_[0]);
            EXPECT_EQ(find_exchange(*worker_, handle), nullptr);
        }
        answer(*worker_, waiting_[0], "ok");
        waiting_.clear();
        ASSERT_TRUE(gets(*client));
    }
}

TEST_P(WorkerTest, tries_to_accept_again_although_nothing_else_happens) {
    start();
    turn(0);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const auto client = connect();
    const rlimit none{static_cast<rlim_t>(client->fd() + 1), limit.rlim_max};
    const Fd filler(::dup(client->fd()));  // takes a place below, if there is one
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    client->send(get("/hello"));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (worker_->loop().accept_retry_at_ns() == 0 &&
           worker_->server().stats().connections_total == 0 &&
           std::chrono::steady_clock::now() < end) {
        turn();
    }
    const bool is_retrying = worker_->loop().accept_retry_at_ns() != 0;
    const std::int64_t deadline = worker_->deadline_ms();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (is_retrying) {
        EXPECT_GE(deadline, 0);
        EXPECT_LE(deadline, 100);
    }
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerTest, begins_no_plain_handler_for_who_has_left_behind_a_slow_one) {
    std::unique_ptr<Client> leaver;
    std::unique_ptr<Client> waiter;
    int begun = 0;
    app_.route("/slow", [&](RequestHandle request, const http::RequestView&) {
        leaver->send(get("/begun"));
        leaver.reset();
        waiter->send(get("/begun"));
        hold_up_the_loop();
        answer(*worker_, request, "slow");
    });
    app_.route("/begun", [&](RequestHandle request, const http::RequestView&) {
        ++begun;
        answer(*worker_, request, "begun");
    });
    start();
    const auto client = connect();
    leaver = connect();
    waiter = connect();
    client->send(get("/slow"));
    ASSERT_TRUE(gets(*client));
    ASSERT_TRUE(gets(*waiter));
    EXPECT_EQ(begun, 1);
    EXPECT_TRUE(turn_until([&] { return worker_->server().stats().connections == 2; }));
    EXPECT_EQ(worker_->server().stats().requests_dropped_total, 1u);
}

TRIVET_FOR_EACH_ENGINE(WorkerTest);

TEST(Worker, names_the_address_it_cannot_have) {
    TestApp app(io::Engine::epoll);
    const auto first = app.make();
    ASSERT_NE(first, nullptr);
    const auto second = Worker::create(app.get(), {.port = first->port()});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().status, Status::address_in_use);
    EXPECT_NE(second.error().message.find(std::to_string(first->port())), std::string::npos);
    const auto nowhere = Worker::create(app.get(), {.host = "192.0.2.1", .port = 0});
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_EQ(nowhere.error().status, Status::address);
    const auto nonsense = Worker::create(app.get(), {.host = "no address", .port = 0});
    ASSERT_FALSE(nonsense.has_value());
    EXPECT_EQ(nonsense.error().status, Status::address);
    EXPECT_FALSE(Worker::create(app.get(), {.listen_fd = 0}).has_value());
}

TEST(Worker, takes_over_a_listening_socket) {
    TestApp app(io::Engine::epoll);
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open());
    const auto worker = app.make({.port = 1, .listen_fd = listener.fd.release()});
    ASSERT_NE(worker, nullptr);
    EXPECT_EQ(worker->port(), listener.port);
}

TEST(Worker, is_refused_beyond_the_number_of_loops_a_process_may_have) {
    TestApp app(io::Engine::epoll);
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::uint32_t count = 0; count < kLoopsMax; ++count) {
        workers.push_back(app.make({.is_bound = false}));
        ASSERT_NE(workers.back(), nullptr);
    }
    const auto one_more = Worker::create(app.get(), {.is_bound = false});
    ASSERT_FALSE(one_more.has_value());
    EXPECT_EQ(one_more.error().status, Status::limit);
    workers.pop_back();
    EXPECT_NE(app.make({.is_bound = false}), nullptr);
}

TEST(Worker, writes_a_banner_unless_told_to_be_quiet) {
    TestApp app(io::Engine::epoll);
    const auto worker = app.make();
    ::testing::internal::CaptureStderr();
    worker->write_banner("1.2.3", "Test 4");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace trivet::app
