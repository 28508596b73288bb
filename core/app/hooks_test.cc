#include <gtest/gtest.h>

#include <string>

#include "app/worker_harness_test.h"

// Groups, hooks, the fallback, the error handler and the start and end of a loop.

namespace trivet::app {
namespace {

// What a hook of the test is told by its user data.
struct Note {
    Worker** worker;
    std::string* trace;
    std::string name;
    std::int32_t gives = kHookContinue;
    bool answers = false;
};

std::int32_t run_before(RequestHandle request, const http::RequestView*, void* user_data) {
    const Note& note = *static_cast<Note*>(user_data);
    *note.trace += note.name + " ";
    if (note.answers) {
        answer(**note.worker, request, note.name);
    }
    return note.gives;
}

void run_after(RequestHandle request, const http::RequestView*, ReplyView* reply, void* user_data) {
    const Note& note = *static_cast<Note*>(user_data);
    *note.trace += "-" + note.name + " ";
    EXPECT_EQ(find_exchange(**note.worker, request)->add_field("X-After", note.name), Status::ok);
    if (note.answers) {
        reply->status = 203;
    }
}

class HooksTest : public WorkerTest {
protected:
    App& app() { return app_.get(); }
    Note& note(std::string name) {
        notes_.push_back({&raw_, &trace_, std::move(name)});
        return notes_.back();
    }
    const Group* group(std::string_view prefix, const Group* parent = nullptr) {
        auto made = app().add_group(prefix, parent, {}, {});
        EXPECT_TRUE(made.has_value());
        return made ? *made : nullptr;
    }
    void hooks(const Group* group, Note& note) {
        EXPECT_EQ(app().add_before(group, {run_before, &note, nullptr}), Status::ok);
        EXPECT_EQ(app().add_after(group, {run_after, &note, nullptr}), Status::ok);
    }
    void handle(std::string_view pattern, const Group* group) {
        const auto run = [](RequestHandle request, const http::RequestView*, void* user_data) {
            const Note& note = *static_cast<Note*>(user_data);
            *note.trace += "handler ";
            answer(**note.worker, request, "handled");
        };
        RouteOptions options{.methods = "GET", .pattern = pattern};
        options.group = group;
        EXPECT_TRUE(app().add_route(options, {run, &note("handler"), nullptr, {}, {}}));
    }
    std::string ask(std::string_view path) {
        if (worker_ == nullptr) {
            start();
            raw_ = worker_.get();
        }
        trace_.clear();
        auto client = connect();
        client->send(get(path));
        EXPECT_TRUE(gets(*client));
        return client->received();
    }

    Worker* raw_ = nullptr;
    std::string trace_;
    std::deque<Note> notes_;
};

TEST_P(HooksTest, run_from_the_outside_in_and_back) {
    const Group* outer = group("/outer");
    const Group* inner = group("/{id:int}", outer);
    handle("/leaf", inner);
    handle("", outer);
    hooks(inner, note("inner"));
    hooks(nullptr, note("app1"));
    hooks(outer, note("outer"));
    hooks(nullptr, note("app2"));
    const std::string got = ask("/outer/7/leaf");
    EXPECT_EQ(trace_, "app1 app2 outer inner handler -inner -outer -app2 -app1 ");
    EXPECT_LT(got.find("X-After: inner"), got.find("X-After: outer"));
    EXPECT_NE(got.find("X-After: app1"), std::string::npos);
    ask("/outer");
    EXPECT_EQ(trace_, "app1 app2 outer handler -outer -app2 -app1 ");
}

TEST_P(HooksTest, stop_where_one_answers) {
    handle("/a", group("/g"));
    Note& first = note("first");
    first.answers = true;
    first.gives = 1;
    hooks(nullptr, first);
    hooks(nullptr, note("second"));
    const std::string got = ask("/g/a");
    EXPECT_EQ(trace_, "first -second -first ");
    EXPECT_EQ(got.substr(0, 12), "HTTP/1.1 203");
    EXPECT_NE(got.find("\r\n\r\nfirst"), std::string::npos);
}

TEST_P(HooksTest, stop_where_one_answers_and_says_go_on) {
    handle("/a", group("/g"));
    Note& first = note("first");
    first.answers = true;
    hooks(nullptr, first);
    ask("/g/a");
    EXPECT_EQ(trace_, "first -first ");
}

TEST_P(HooksTest, of_the_app_run_for_its_fallback) {
    hooks(nullptr, note("app"));
    const auto fallback = [](RequestHandle request, const http::RequestView* view,
                             void* user_data) {
        answer(**static_cast<Note*>(user_data)->worker, request, std::to_string(view->refusal));
    };
    ASSERT_EQ(app().set_fallback({fallback, &note("fallback"), nullptr}), Status::ok);
    EXPECT_NE(ask("/nowhere").find("\r\n\r\n404"), std::string::npos);
    EXPECT_EQ(trace_, "app -app ");
}

TEST_P(HooksTest, of_the_app_run_for_routes_delivered_as_events) {
    hooks(nullptr, note("app"));
    start();
    raw_ = worker_.get();
    auto client = connect();
    client->send(get("/event"));
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::request) == 1; }));
    EXPECT_EQ(trace_, "app ");
    EXPECT_EQ(answer(*worker_, events_.back().request, "x"), Status::ok);
    EXPECT_TRUE(gets(*client));
    EXPECT_EQ(trace_, "app -app ");
}

TEST_P(HooksTest, errors_are_mapped_in_one_place) {
    const auto map = [](RequestHandle request, const http::RequestView* view, std::uint32_t status,
                        Str detail, void* user_data) {
        const std::string body = std::to_string(status) + " " +
                                 std::string(detail.data, detail.size) + " " +
                                 std::string(std::string_view(view->path));
        answer(**static_cast<Note*>(user_data)->worker, request, body);
    };
    ASSERT_EQ(app().set_error_handler({map, &note("errors"), nullptr}), Status::ok);
    EXPECT_NE(ask("/nowhere").find("\r\n\r\n404  /nowhere"), std::string::npos);
}

struct Lives {
    int started = 0;
    int stopped = 0;
    Status gives = Status::ok;
};

Status start_life(Worker*, void* user_data) {
    Lives& lives = *static_cast<Lives*>(user_data);
    ++lives.started;
    return lives.gives;
}

Status stop_life(Worker*, void* user_data) {
    ++static_cast<Lives*>(user_data)->stopped;
    return Status::ok;
}

class LifecycleTest : public WorkerTest {
protected:
    void add(Lives& lives) {
        EXPECT_EQ(app_.get().add_start({start_life, &lives, nullptr}), Status::ok);
        EXPECT_EQ(app_.get().add_stop({stop_life, &lives, nullptr}), Status::ok);
    }
};

TEST_P(LifecycleTest, a_loop_starts_once_and_stops_when_it_is_drained) {
    Lives lives;
    add(lives);
    start();
    EXPECT_EQ(lives.started, 1);
    EXPECT_EQ(worker_->start().error().status, Status::state);
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    EXPECT_EQ(lives.stopped, 1);
    worker_.reset();
    EXPECT_EQ(lives.stopped, 1);
    EXPECT_EQ(lives.started, 1);
}

TEST_P(LifecycleTest, a_loop_that_is_freed_undrained_stops_too) {
    Lives lives;
    add(lives);
    start();
    worker_.reset();
    EXPECT_EQ(lives.stopped, 1);
}

TEST_P(LifecycleTest, a_start_that_fails_ends_the_loop_and_runs_no_stop) {
    Lives lives;
    lives.gives = Status::system;
    add(lives);
    WorkerConfig config;
    config.port = 0;
    const auto made = Worker::create(app_.get(), config);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().status, Status::system);
    EXPECT_EQ(lives.stopped, 0);
}

TEST_P(LifecycleTest, a_deferred_loop_accepts_once_it_is_started) {
    Lives lives;
    add(lives);
    WorkerConfig config;
    config.is_deferred = true;
    worker_ = app_.make(config);
    EXPECT_EQ(lives.started, 0);
    auto client = connect();
    client->send(get("/hello"));
    turn(20);
    client->read_now();
    EXPECT_EQ(client->responses(), 0u);
    EXPECT_EQ(worker_->server().stats().connections_total, 0u);
    ASSERT_TRUE(worker_->start().has_value());
    EXPECT_EQ(lives.started, 1);
    EXPECT_TRUE(gets(*client));
}

TEST_P(LifecycleTest, the_app_drains_all_its_loops) {
    start();
    auto second = app_.make();
    app_.get().drain_all(false);
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    std::size_t count = 0;
    while (second->state() != WorkerState::drained) {
        ASSERT_EQ(second->turn(5, nullptr, 0, count), Status::ok);
    }
}

TRIVET_FOR_EACH_ENGINE(HooksTest);
TRIVET_FOR_EACH_ENGINE(LifecycleTest);

}  // namespace
}  // namespace trivet::app
