// Content in pieces, as the program sees it: by events, by a callback, and from other threads.
#include <algorithm>
#include <thread>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

constexpr std::string_view kPairs = "application/x-www-form-urlencoded";
constexpr std::size_t kLarge = std::size_t{4} << 20;

std::string upload(std::string_view path, std::size_t size) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

class WorkerStreamsTest : public WorkerTest {
protected:
    WorkerStreamsTest() : WorkerTest({.body_bytes_max = kLarge, .idle_timeout_ms = 600'000}) {
        app_.stream_route("/callback", [this](RequestHandle request, const http::RequestView&) {
            request_ = request;
            exchange().set_ready({on_ready, this, drop});
            read();
        });
        app_.stream_route(
            "/small",
            [this](RequestHandle request, const http::RequestView&) {
                request_ = request;
                exchange().set_ready({on_ready, this, nullptr});
                read();
            },
            8);
        app_.stream_event_route("/events", this);
        // Waits for content without a callback.
        app_.stream_route("/silent", [this](RequestHandle request, const http::RequestView&) {
            request_ = request;
            read();
        });
        app_.stream_route("/form", [this](RequestHandle request, const http::RequestView&) {
            request_ = request;
            exchange().set_ready({on_form, this, nullptr});
        });
    }

    static void on_ready(RequestHandle request, std::uint32_t ready, void* user_data) {
        auto& self = *static_cast<WorkerStreamsTest*>(user_data);
        EXPECT_EQ(request, self.request_);
        self.ready_.push_back(static_cast<http::Ready>(ready));
        if (static_cast<http::Ready>(ready) == http::Ready::read) {
            self.read();
        }
    }
    static void on_form(RequestHandle, std::uint32_t ready, void* user_data) {
        static_cast<WorkerStreamsTest*>(user_data)->ready_.push_back(
            static_cast<http::Ready>(ready));
    }
    static void drop(void* user_data) { ++static_cast<WorkerStreamsTest*>(user_data)->drops_; }

    http::Exchange& exchange() { return *find_exchange(*worker_, request_); }
    // Reads what there is.
    void read() {
        Str bytes;
        for (;;) {
            status_ = worker_->read(exchange(), bytes);
            if (status_ != Status::ok || bytes.empty()) {
                return;
            }
            content_ += bytes;
        }
    }
    RequestHandle next_event(EventKind kind) {
        const std::size_t seen = count_events(kind);
        EXPECT_TRUE(turn_until([&] { return count_events(kind) > seen; }));
        return events_.back().request;
    }
    void post(const Records& records) {
        std::thread other(
            [&] { EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok); });
        other.join();
    }

    // Ends a request whose client has gone, which is all that is left to do for it.
    void end_gone() {
        EXPECT_EQ(worker_->server().exchanges_live(), 1u);
        Records end;
        end.step(request_, PostKind::abort);
        post(end);
        ASSERT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
    }

    RequestHandle request_ = 0;
    std::string content_;
    Status status_ = Status::again;
    std::vector<http::Ready> ready_;
    int drops_ = 0;
};

TEST_P(WorkerStreamsTest, reads_content_as_a_callback_tells_of_it) {
    start();
    const auto client = connect();
    client->send(upload("/callback", 6) + "abc");
    ASSERT_TRUE(turn_until([&] { return content_ == "abc"; }));
    EXPECT_EQ(status_, Status::again);
    client->send("def");
    ASSERT_TRUE(turn_until([&] { return status_ == Status::ok; }));
    EXPECT_EQ(content_, "abcdef");
    EXPECT_EQ(drops_, 0);
    EXPECT_EQ(answer(*worker_, request_, "got it"), Status::ok);
    EXPECT_EQ(drops_, 1);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "got it");
}

TEST_P(WorkerStreamsTest, holds_a_route_to_its_own_limit) {
    start();
    const auto client = connect();
    client->send(
        "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4\r\nabcd\r\n");
    ASSERT_TRUE(turn_until([&] { return content_ == "abcd"; }));
    client->send("5\r\nefghi\r\n0\r\n\r\n");
    ASSERT_TRUE(turn_until([&] { return status_ == Status::limit; }));
    EXPECT_EQ(worker_->server().reply_fail(exchange(), "too much"), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 413);
}

TEST_P(WorkerStreamsTest, tells_a_callback_that_the_client_has_gone) {
    start();
    const auto client = connect();
    client->send(upload("/callback", 6) + "abc");
    ASSERT_TRUE(turn_until([&] { return content_ == "abc"; }));
    client->reset();
    ASSERT_TRUE(turn_until([&] { return status_ == Status::gone; }));
    EXPECT_EQ(std::count(ready_.begin(), ready_.end(), http::Ready::gone), 1);
    EXPECT_EQ(answer(*worker_, request_, "too late"), Status::gone);
    EXPECT_EQ(drops_, 1);
    EXPECT_EQ(count_events(EventKind::gone), 0u);
}

TEST_P(WorkerStreamsTest, tells_of_content_by_events) {
    start();
    const auto client = connect();
    client->send(upload("/events", 6));
    request_ = next_event(EventKind::request);
    read();
    EXPECT_EQ(status_, Status::again);
    client->send("abcdef");
    EXPECT_EQ(next_event(EventKind::readable), request_);
    read();
    EXPECT_EQ(content_, "abcdef");
    EXPECT_EQ(status_, Status::ok);
    EXPECT_EQ(answer(*worker_, request_, "done"), Status::ok);
    ASSERT_TRUE(gets(*client));
}

TEST_P(WorkerStreamsTest, hands_content_to_other_threads) {
    start();
    const auto client = connect();
    client->send(upload("/events", 6) + "abc");
    request_ = next_event(EventKind::request);
    for (const char* piece : {"abc", "def", ""}) {
        Records records;
        records.step(request_, PostKind::read);
        post(records);
        turn();
        if (std::string_view(piece) == "def") {
            EXPECT_EQ(count_events(EventKind::content), 1u) << "there is nothing yet";
            client->send("def");
        }
        const std::size_t wanted = std::string_view(piece) == "abc"   ? 1
                                   : std::string_view(piece) == "def" ? 2
                                                                      : 3;
        ASSERT_TRUE(turn_until([&] { return count_events(EventKind::content) == wanted; }));
        EXPECT_EQ(events_.back().status, 0);
        EXPECT_EQ(std::string_view(events_.back().content), piece);
        EXPECT_EQ(events_.back().user_data, this);
    }
    Records records;
    records.step(request_, PostKind::abort);
    records.step(request_, PostKind::read);
    post(records);
    EXPECT_EQ(next_event(EventKind::content), request_);
    EXPECT_EQ(events_.back().status, static_cast<std::int32_t>(Status::stale));
    EXPECT_TRUE(ends(*client));
}

TEST_P(WorkerStreamsTest, reads_forms_for_a_callback) {
    start();
    const auto client = connect();
    client->send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(kPairs) +
                 "\r\nContent-Length: 7\r\n\r\na=1");
    ASSERT_TRUE(turn_until([&] { return request_ != 0; }));
    EXPECT_EQ(worker_->read_form(exchange(), {}), Status::again);
    Str bytes;
    EXPECT_EQ(worker_->read(exchange(), bytes), Status::state);
    http::FormConfig wrong;
    wrong.fields_max = 1'000'000;
    EXPECT_EQ(worker_->read_form(exchange(), wrong), Status::argument);
    client->send("&b=2");
    ASSERT_TRUE(turn_until([&] { return !ready_.empty(); }));
    EXPECT_EQ(ready_, std::vector{http::Ready::read});
    EXPECT_EQ(worker_->read_form(exchange(), {}), Status::ok);
    EXPECT_EQ(exchange().form()->part_count(), 2u);
    EXPECT_EQ(answer(*worker_, request_, "done"), Status::ok);
    ASSERT_TRUE(gets(*client));
}

TEST_P(WorkerStreamsTest, reads_forms_for_other_threads) {
    start();
    http::FormConfig config;
    config.fields_max = 1;
    const std::string_view packed(reinterpret_cast<const char*>(&config), sizeof config);
    const auto outcome = [&](std::string_view path, std::string_view begin, std::string_view end,
                             std::string_view given) {
        const auto client = connect();
        client->send("POST " + std::string(path) +
                     " HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(kPairs) +
                     "\r\nContent-Length: " + std::to_string(begin.size() + end.size()) +
                     "\r\n\r\n" + std::string(begin));
        // Gathered content is delivered when it is whole.
        const bool is_streamed = path == "/events";
        if (!is_streamed) client->send(end);
        request_ = next_event(EventKind::request);
        Records records;
        records.step(request_, PostKind::form, given);
        post(records);
        if (is_streamed && !end.empty()) {
            turn(0);
            client->send(end);
        }
        EXPECT_EQ(next_event(EventKind::form), request_);
        const auto status = static_cast<Status>(events_.back().status);
        // As the poster may now do.
        std::size_t count = 0;
        std::thread other([&] {
            const http::Form* const form = exchange().form();
            count = form == nullptr ? 0 : form->part_count();
        });
        other.join();
        EXPECT_EQ(count > 0, status == Status::ok);
        EXPECT_EQ(worker_->server().reply_fail(exchange(), "done"), Status::ok);
        gets(*client);
        return std::to_string(client->status()) + ' ' + std::string(name(status));
    };
    for (const char* path : {"/events", "/event"}) {
        EXPECT_EQ(outcome(path, "a=1", "", {}), "500 TRIVET_OK");
        EXPECT_EQ(outcome(path, "a=1", "&b=2", {}), "500 TRIVET_OK");
        EXPECT_EQ(outcome(path, "a=1", "", packed), "500 TRIVET_OK");
        EXPECT_EQ(outcome(path, "a=1", "&b=2", packed), "413 TRIVET_E_LIMIT");
        EXPECT_EQ(outcome(path, "a=1", "", packed.substr(1)), "500 TRIVET_E_ARGUMENT");
    }
    Records late;
    late.step(request_, PostKind::form);
    post(late);
    EXPECT_EQ(next_event(EventKind::form), request_);
    EXPECT_EQ(events_.back().status, static_cast<std::int32_t>(Status::stale));
}

TEST_P(WorkerStreamsTest, a_form_whose_client_leaves_is_told_of) {
    start();
    const auto client = connect();
    client->send("POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(kPairs) +
                 "\r\nContent-Length: 7\r\n\r\na=1");
    request_ = next_event(EventKind::request);
    Records records;
    records.step(request_, PostKind::form);
    post(records);
    turn(0);
    client->reset();
    EXPECT_EQ(next_event(EventKind::form), request_);
    EXPECT_EQ(events_.back().status, static_cast<std::int32_t>(Status::gone));
    EXPECT_EQ(count_events(EventKind::gone), 1u);
    Records end;
    end.step(request_, PostKind::abort);
    post(end);
    ASSERT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
}

TEST_P(WorkerStreamsTest, a_reader_that_waits_is_told_that_a_form_took_over) {
    start();
    const auto client = connect();
    client->send("POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(kPairs) +
                 "\r\nContent-Length: 3\r\n\r\n");
    request_ = next_event(EventKind::request);
    Records read;
    read.step(request_, PostKind::read);
    post(read);
    turn(0);
    Records form;
    form.step(request_, PostKind::form);
    post(form);
    turn(0);
    EXPECT_EQ(count_events(EventKind::content) + count_events(EventKind::form), 0u);
    client->send("a=1");
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::form) == 1; }));
    ASSERT_EQ(count_events(EventKind::content), 1u);
    for (const Event& event : events_) {
        if (event.kind == static_cast<std::uint32_t>(EventKind::content)) {
            EXPECT_EQ(event.status, static_cast<std::int32_t>(Status::state));
        }
    }
    EXPECT_EQ(exchange().form()->part_count(), 1u);
    end_gone();
}

TEST_P(WorkerStreamsTest, writes_what_other_threads_post) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    request_ = next_event(EventKind::request);
    Records records;
    records.step(request_, PostKind::begin, {}, 201, {{"X-One", "1"}});
    records.step(request_, PostKind::write, "abc");
    records.step(request_, PostKind::write, "def", 1);
    post(records);
    EXPECT_EQ(next_event(EventKind::writable), request_);
    Records rest;
    rest.step(request_, PostKind::end, {}, 0, {{"X-Sum", "6"}});
    post(rest);
    ASSERT_TRUE(turn_until([&] {
        client->read_now();
        return client->received().ends_with("0\r\nX-Sum: 6\r\n\r\n");
    }));
    EXPECT_EQ(client->status(), 201);
    EXPECT_NE(client->received().find("X-One: 1\r\n"), std::string::npos);
    EXPECT_NE(client->received().find("3\r\nabc\r\n3\r\ndef\r\n"), std::string::npos);
}

TEST_P(WorkerStreamsTest, has_writers_wait_for_a_client_that_does_not_read) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    request_ = next_event(EventKind::request);
    Records records;
    records.step(request_, PostKind::begin, {}, 200);
    post(records);
    const std::string piece(std::size_t{64} << 10, 'x');
    std::size_t written = 0;
    bool waits = false;
    while (!waits) {
        Records more;
        more.step(request_, PostKind::write, piece, 1);
        const std::size_t seen = count_events(EventKind::writable);
        post(more);
        written += piece.size();
        turn(0);
        waits = count_events(EventKind::writable) == seen;
        ASSERT_LT(written, std::size_t{64} << 20);
    }
    const std::size_t seen = count_events(EventKind::writable);
    ASSERT_TRUE(turn_until([&] {
        client->read_now();
        return count_events(EventKind::writable) > seen;
    }));
    Records end;
    end.step(request_, PostKind::end);
    post(end);
    ASSERT_TRUE(turn_until([&] {
        client->read_now();
        return client->received().ends_with("0\r\n\r\n");
    }));
    EXPECT_GT(client->received().size(), written);
}

// It counts what it has asked for: an event too many would be taken for that of a later piece.
TEST_P(WorkerStreamsTest, tells_another_thread_of_room_only_when_it_asked) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    request_ = next_event(EventKind::request);
    const std::string piece(std::size_t{64} << 10, 'x');
    constexpr std::size_t kPieces = 16;  // more than is taken before a writer is to wait
    Records records;
    records.step(request_, PostKind::begin, {}, 200);
    for (std::size_t count = 0; count < kPieces; ++count) {
        records.step(request_, PostKind::write, piece);
    }
    post(records);
    ASSERT_TRUE(turn_until([&] {
        client->read_now();
        return client->received().size() > kPieces * piece.size();
    }));
    EXPECT_EQ(count_events(EventKind::writable), 0u);
    Records last;
    last.step(request_, PostKind::write, "y", 1);
    post(last);
    EXPECT_EQ(next_event(EventKind::writable), request_);
    EXPECT_EQ(count_events(EventKind::writable), 1u);
}

// Until then another thread may be reading it.
TEST_P(WorkerStreamsTest, a_request_without_a_client_lasts_until_its_end_is_posted) {
    start();
    for (const PostKind last : {PostKind::end, PostKind::abort}) {
        const auto client = connect();
        client->send(get("/event"));
        request_ = next_event(EventKind::request);
        client->reset();
        EXPECT_EQ(next_event(EventKind::gone), request_);
        Records records;
        records.step(request_, PostKind::begin, {}, 200);
        records.step(request_, PostKind::write, "abc", 1);
        post(records);
        EXPECT_EQ(next_event(EventKind::writable), request_);
        EXPECT_EQ(events_.back().status, static_cast<std::int32_t>(Status::gone));
        EXPECT_EQ(worker_->server().exchanges_live(), 1u);
        Records end;
        end.step(request_, last);
        post(end);
        ASSERT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
    }
    EXPECT_EQ(worker_->server().stats().handler_failures_total, 0u);
}

TEST_P(WorkerStreamsTest, a_step_out_of_order_fails_its_request) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    request_ = next_event(EventKind::request);
    Records records;
    records.step(request_, PostKind::write, "abc", 1);
    post(records);
    EXPECT_EQ(next_event(EventKind::writable), request_);
    EXPECT_EQ(events_.back().status, static_cast<std::int32_t>(Status::gone));
    EXPECT_EQ(count_events(EventKind::gone), 1u);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 500);
    end_gone();
}

// Whoever posted it may still be reading the request.
TEST_P(WorkerStreamsTest, a_step_that_fails_leaves_its_request_to_the_poster) {
    start();
    const std::string too_much((std::size_t{4} << 20) + 1, 'x');
    for (int step = 0; step < 4; ++step) {
        const auto client = connect();
        client->send(get("/event?name=value"));
        request_ = next_event(EventKind::request);
        Records records;
        const bool has_begun = step > 0;
        const Records::Fields evil{{"X-Evil", "a\r\nb: c"}};
        records.step(request_, PostKind::begin, {}, 200, step == 0 ? evil : Records::Fields{}, 3);
        if (step == 1) records.step(request_, PostKind::write, "four", 1);
        if (step == 2) records.step(request_, PostKind::begin, {}, 200);
        if (step == 3) records.step(request_, PostKind::write, too_much, 1);
        post(records);
        ASSERT_TRUE(turn_until([&] { return count_events(EventKind::gone) == 1; }));
        events_.clear();
        const auto query = exchange().find_query("name");
        ASSERT_TRUE(query.has_value());
        EXPECT_EQ(*query, "value");
        if (has_begun) {
            EXPECT_TRUE(ends(*client)) << step;
        } else {
            ASSERT_TRUE(gets(*client));
            EXPECT_EQ(client->status(), 500);
        }
        end_gone();
    }
    EXPECT_EQ(worker_->server().stats().handler_failures_total, 4u);
}

TEST_P(WorkerStreamsTest, a_whole_answer_behind_a_begun_one_breaks_it_off) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    request_ = next_event(EventKind::request);
    Records records;
    records.step(request_, PostKind::begin, {}, 200);
    records.add(request_, 500, "it failed");
    post(records);
    EXPECT_TRUE(ends(*client));
    EXPECT_EQ(worker_->server().exchanges_live(), 0u);
    EXPECT_EQ(client->received().find("0\r\n\r\n"), std::string::npos);
}

TEST_P(WorkerStreamsTest, one_event_answers_reads_that_are_posted_twice) {
    start();
    const auto client = connect();
    client->send(upload("/events", 6) + "abc");
    request_ = next_event(EventKind::request);
    Records records;
    for (int count = 0; count < 100; ++count) {
        records.step(request_, PostKind::read);
    }
    post(records);
    EXPECT_EQ(next_event(EventKind::content), request_);
    turn(0);
    EXPECT_EQ(count_events(EventKind::content), 1u);
    EXPECT_EQ(std::string_view(events_.back().content), "abc");
}

TEST_P(WorkerStreamsTest, fails_who_waits_for_events_that_nobody_takes) {
    start();
    const auto client = connect();
    client->send(upload("/silent", 6) + "abc");
    const std::size_t failures = worker_->server().stats().handler_failures_total;
    std::thread other([&] {
        client->send("def");
        client->read(1);
        worker_->request_drain();
    });
    EXPECT_EQ(worker_->run(), Status::ok);
    other.join();
    EXPECT_EQ(client->status(), 500);
    EXPECT_EQ(worker_->server().stats().handler_failures_total, failures + 1);
}

// A form that was asked for from another thread is told of by an event, which nobody sees here.
TEST_P(WorkerStreamsTest, fails_requests_whose_form_is_told_of_in_vain) {
    start();
    const auto client = connect();
    client->send("POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(kPairs) +
                 "\r\nContent-Length: 3\r\n\r\n");
    request_ = next_event(EventKind::request);
    Records form;
    form.step(request_, PostKind::form);
    post(form);
    std::thread other([&] {
        client->send("a=1");
        client->read(1);
        worker_->request_drain();
    });
    EXPECT_EQ(worker_->run(), Status::ok);
    other.join();
    EXPECT_EQ(client->status(), 500);
}

TRIVET_FOR_EACH_ENGINE(WorkerStreamsTest);

}  // namespace
}  // namespace trivet::app
