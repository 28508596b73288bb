// Files over real sockets: from folders, from handlers, and from other threads.
#include <dirent.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

namespace fs = std::filesystem;

std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

class WorkerFilesTest : public WorkerTest {
public:
    Worker& worker() { return *worker_; }

protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "served-XXXXXX").string();
        ASSERT_NE(::mkdtemp(made.data()), nullptr);
        root_ = made;
        put("hello.txt", "hello");
        put("medium", std::string(100'000, 'm'));
        put("large", std::string(3 << 20, 'l'));
    }
    void TearDown() override {
        worker_.reset();
        fs::remove_all(root_);
    }
    void put(const std::string& name, std::string_view text) {
        std::ofstream(root_ / name, std::ios::binary) << text;
    }
    std::expected<void, Error> mount(std::string_view prefix, const Route& route = {}) {
        const std::string directory = root_.string();
        return app_.get().add_static({.pattern = prefix, .site = "here"}, {.directory = directory},
                                     route);
    }
    std::string ask(Client& client, const std::string& request) {
        const std::size_t before = client.received().size();
        const std::size_t count = client.responses();
        client.send(request);
        EXPECT_TRUE(gets(client, count + 1)) << client.cause();
        return client.received().substr(before);
    }
    static std::string content(std::string_view answer) {
        return std::string(answer.substr(answer.find("\r\n\r\n") + 4));
    }
    RequestHandle next_event() {
        const std::size_t seen = events_.size();
        EXPECT_TRUE(turn_until([&] { return events_.size() > seen; }));
        return events_.back().request;
    }

    fs::path root_;
};

TEST_P(WorkerFilesTest, serves_a_folder) {
    ASSERT_TRUE(mount("/static"));
    start();
    const auto client = connect();
    EXPECT_EQ(content(ask(*client, get("/static/hello.txt"))), "hello");
    EXPECT_EQ(content(ask(*client, get("/static/medium"))), std::string(100'000, 'm'));
    EXPECT_TRUE(content(ask(*client, get("/static/large"))) == std::string(3 << 20, 'l'));
    EXPECT_NE(ask(*client, get("/static/none")).find(" 404 "), std::string::npos);
    EXPECT_NE(ask(*client, get("/static")).find("Location: ./static/\r\n"), std::string::npos);
}

TEST_P(WorkerFilesTest, routes_of_the_program_come_first) {
    put("index.html", "index");
    ASSERT_TRUE(mount("/"));
    app_.route("/", [this](RequestHandle request, const http::RequestView&) {
        answer(*worker_, request, "program");
    });
    start();
    const auto client = connect();
    EXPECT_EQ(content(ask(*client, get("/"))), "program");
    EXPECT_EQ(content(ask(*client, get("/hello.txt"))), "hello");
}

TEST_P(WorkerFilesTest, tells_what_is_wrong_with_a_folder) {
    const auto refused = app_.get().add_static({.pattern = "/x"}, {.directory = "/none/such"}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "directory: /none/such: No such file or directory");
    ASSERT_TRUE(mount("/twice"));
    const auto conflict = mount("/twice");
    ASSERT_FALSE(conflict);
    EXPECT_EQ(conflict.error().status, Status::conflict);
    EXPECT_EQ(app_.get().deliver_static(5, true), Status::not_found);
}

TEST_P(WorkerFilesTest, what_is_missing_goes_where_requests_without_a_route_go) {
    ASSERT_TRUE(mount("/static"));
    app_.get().set_fallback(
        {.function =
             [](RequestHandle request, const http::RequestView* view, void* self) {
                 auto& test = *static_cast<WorkerFilesTest*>(self);
                 answer(test.worker(), request, "fallback " + std::to_string(view->refusal));
             },
         .user_data = this});
    start();
    const auto client = connect();
    EXPECT_EQ(content(ask(*client, get("/static/none"))), "fallback 404");
}

TEST_P(WorkerFilesTest, a_handler_may_ask_for_the_folder) {
    const auto deliver = [](RequestHandle request, const http::RequestView*, void* self) {
        auto& test = *static_cast<WorkerFilesTest*>(self);
        http::Exchange* const exchange = find_exchange(test.worker(), request);
        EXPECT_EQ(exchange->add_field("X-Seen", "yes"), Status::ok);
        EXPECT_EQ(test.worker().send_static(*exchange), Status::ok);
    };
    ASSERT_TRUE(mount("/static", {.handler = deliver, .user_data = this, .is_delivered = true}));
    start();
    const auto client = connect();
    const std::string answered = ask(*client, get("/static/hello.txt"));
    EXPECT_EQ(content(answered), "hello");
    EXPECT_NE(answered.find("X-Seen: yes\r\n"), std::string::npos);
    EXPECT_NE(ask(*client, get("/static/none")).find(" 404 "), std::string::npos);
}

TEST_P(WorkerFilesTest, other_threads_post_files) {
    ASSERT_TRUE(mount("/static", {.is_delivered = true}));
    start();
    const auto client = connect();
    const std::string texts = "hello.txt" + std::string(1, '\0') + root_.string() +
                              std::string("\0text/mine\0name.txt\0private", 27);
    client->send(get("/event"));
    RequestHandle request = next_event();
    Records records;
    records.step(request, PostKind::file, texts, 200, {{"X-One", "1"}}, 0);
    ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "hello");
    for (const char* field : {"Content-Type: text/mine\r\n",
                              "Content-Disposition: attachment; filename=\"name.txt\"\r\n",
                              "Cache-Control: private\r\n", "X-One: 1\r\n"}) {
        EXPECT_NE(client->received().find(field), std::string::npos) << field;
    }
    client->send(get("/static/medium"));
    request = next_event();
    Records more;
    more.step(request, PostKind::mount, "", 0, {{"X-Two", "2"}});
    ASSERT_EQ(worker_->post(more.data(), more.size()), Status::ok);
    ASSERT_TRUE(gets(*client, 2));
    EXPECT_EQ(client->body(), std::string(100'000, 'm'));
    EXPECT_NE(client->received().find("X-Two: 2\r\n"), std::string::npos);
}

TEST_P(WorkerFilesTest, malformed_posts_are_failures) {
    start();
    const std::string nul(1, '\0');
    for (const std::string& texts :
         {std::string("hello.txt"), "a" + nul + nul + nul + nul + nul, std::string()}) {
        const auto client = connect();
        client->send(get("/event"));
        Records records;
        records.step(next_event(), PostKind::file, texts, 200, {}, 0);
        ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
        ASSERT_TRUE(gets(*client));
        EXPECT_EQ(client->status(), 500);
    }
    const auto client = connect();
    client->send(get("/event"));
    Records records;
    records.step(next_event(), PostKind::mount);  // its route has no folder
    ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 500);
}

TEST_P(WorkerFilesTest, a_request_has_ended_for_its_handler_when_a_file_answers) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    const RequestHandle request = next_event();
    const std::string texts =
        "large" + std::string(1, '\0') + root_.string() + std::string(3, '\0');
    Records records;
    records.step(request, PostKind::file, texts, 200, {}, 0);
    records.add(request, 200, "twice");
    ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body().size(), std::size_t{3} << 20);
    EXPECT_EQ(worker_->stale_total(), 1u);
}

TEST_P(WorkerFilesTest, clients_that_leave_leak_no_descriptor) {
    ASSERT_TRUE(mount("/static"));
    start();
    {
        const auto client = connect();
        ask(*client, get("/static/large"));
        ask(*client, get("/static/none"));
    }
    turn_until([&] { return worker_->server().is_empty(); });
    const std::size_t before = open_descriptors();
    for (int count = 0; count < 50; ++count) {
        const auto client = connect();
        client->send(
            get(count % 2 == 0 ? "/static/large" : "/static/none" + std::to_string(count)));
        turn();
        client->reset();
    }
    EXPECT_TRUE(turn_until([&] { return worker_->server().is_empty(); }));
    // The other thread may still be reading for one of them.
    EXPECT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
    EXPECT_LE(open_descriptors(), before);
}

TEST_P(WorkerFilesTest, a_drain_ends_with_the_last_file) {
    ASSERT_TRUE(mount("/static"));
    start();
    const auto client = connect();
    client->send(get("/static/large"));
    turn();
    worker_->request_drain();
    EXPECT_TRUE(turn_until([&] {
        client->read_now();
        return worker_->state() == WorkerState::drained && client->is_ended();
    }));
    EXPECT_EQ(client->body().size(), std::size_t{3} << 20);
}

TRIVET_FOR_EACH_ENGINE(WorkerFilesTest);

}  // namespace
}  // namespace trivet::app
