#include "realtime/event_hub.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace trivet::realtime {
namespace {

struct Listener final : HubListener {
    void on_published() noexcept override { ++told; }
    int told = 0;
};

// A hub, and what its log holds.
class Hub {
public:
    explicit Hub(const HubConfig& config = {}) : hub_(new EventHub(config, nullptr)) {
        EXPECT_EQ(check_config(config), "");
    }
    ~Hub() { hub_->release(); }
    EventHub* operator->() const { return hub_; }
    Status publish(const sse::Event& event, std::string_view key = {}) {
        return hub_->publish(event, key).status;
    }
    // All that a cursor is sent; the last step is left in `last`.
    std::string read(Cursor& cursor) {
        std::string text;
        do {
            last = hub_->step(cursor, false);
            text += last.run.bytes;
            if (last.run.segment != nullptr) last.run.segment->release(1);
            dropped += last.dropped;
            superseded += last.superseded;
        } while (last.run.segment != nullptr && !last.is_too_slow);
        return text;
    }
    Step last;
    std::uint32_t dropped = 0;
    std::uint32_t superseded = 0;

private:
    EventHub* const hub_;
};

HubConfig own_ids() {
    HubConfig config;
    config.has_own_ids = true;
    return config;
}

TEST(EventHub, numbers_events_and_tells_its_listeners) {
    Hub hub;
    Listener listener;
    hub->join(3, listener);
    Cursor cursor = hub->start({});
    EXPECT_EQ(hub.publish({.data = "a"}), Status::ok);
    EXPECT_EQ(hub.publish({.data = "b"}), Status::ok);
    EXPECT_EQ(listener.told, 2);
    const std::string text = hub.read(cursor);
    EXPECT_EQ(text.find("id: "), 0u);
    const std::string epoch = text.substr(4, 9);
    EXPECT_EQ(epoch.back(), '-');
    EXPECT_EQ(text, "id: " + epoch + "1\ndata: a\n\nid: " + epoch + "2\ndata: b\n\n");
    hub->leave(3);
    EXPECT_EQ(hub.publish({.data = "c"}), Status::ok);
    EXPECT_EQ(listener.told, 2);
}

TEST(EventHub, refuses_what_cannot_be_said) {
    Hub hub;
    EXPECT_EQ(hub.publish({}), Status::argument);
    EXPECT_EQ(hub.publish({.id = "1", .data = "a"}), Status::argument);
    EXPECT_EQ(hub->publish({.event = "a\n", .data = "a"}, {}).message,
              sse::message(sse::EventError::event));
    Hub own(own_ids());
    EXPECT_EQ(own.publish({.id = "1", .data = "a"}), Status::ok);
    EXPECT_EQ(own.publish({.data = "a"}), Status::ok);
    EXPECT_EQ(own.publish({.id = "1\n", .data = "a"}), Status::argument);
    EXPECT_EQ(hub->info().published_total, 0u);
    EXPECT_EQ(own->info().published_total, 2u);
}

TEST(EventHub, bounds_an_event_to_the_byte) {
    HubConfig config = own_ids();
    config.event_bytes_max = 10;
    Hub hub(config);
    EXPECT_EQ(hub.publish({.data = "ab"}), Status::ok);  // "data: ab\n\n"
    EXPECT_EQ(hub.publish({.data = "abc"}), Status::limit);
}

TEST(EventHub, starts_behind_the_id_a_client_has_seen) {
    Hub hub;
    for (const char* data : {"a", "b", "c"}) hub.publish({.data = data});
    Cursor all = hub->start("unknown");
    const std::string text = hub.read(all);
    const auto id_of = [&](std::string_view data) {
        const std::size_t end = text.find("\ndata: " + std::string(data));
        const std::size_t at = text.rfind("id: ", end) + 4;
        return text.substr(at, end - at);
    };
    EXPECT_EQ(hub->info().gaps_total, 1u);
    Cursor behind_a = hub->start(id_of("a"));
    EXPECT_EQ(hub.read(behind_a), text.substr(text.find("id: " + id_of("b"))));
    Cursor behind_c = hub->start(id_of("c"));
    EXPECT_EQ(hub.read(behind_c), "");
    EXPECT_FALSE(behind_c.is_replaying);
    EXPECT_EQ(hub->info().gaps_total, 1u);
    // Not of this hub, or not given yet.
    const std::string epoch = id_of("a").substr(0, 9);
    for (const std::string& id : {epoch + "4", epoch + "0", epoch, epoch + "1x", epoch + "-1",
                                  std::string("00000000-1"), std::string("1")}) {
        Cursor cursor = hub->start(id);
        EXPECT_EQ(hub.read(cursor), text) << id;
    }
    Cursor now = hub->start({});
    EXPECT_EQ(hub.read(now), "");
}

// A worker that was forked numbers on its own: what another one has sent is not known to it.
TEST(EventHub, a_forked_process_has_ids_of_its_own) {
    Hub hub;
    const auto published = [&] {
        Listener listener;
        hub->join(0, listener);
        Cursor cursor = hub->start({});
        hub.publish({.data = "a"});
        hub->leave(0);
        const std::string text = hub.read(cursor);
        return text.substr(4, text.find('\n') - 4);
    };
    hub.publish({.data = "before"});
    const std::string ours = published();
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string theirs = published();
        Cursor cursor = hub->start(ours);
        const bool is_apart = theirs.substr(0, 8) != ours.substr(0, 8);
        ::_exit(is_apart && hub.read(cursor).starts_with("id: ") && hub->info().gaps_total == 1
                    ? 0
                    : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    const std::string next = published();
    EXPECT_EQ(next.substr(0, 8), ours.substr(0, 8));
}

TEST(EventHub, an_id_that_has_left_gives_all_that_is_kept) {
    HubConfig config = own_ids();
    config.history_events = 2;
    Hub hub(config);
    for (const char* id : {"a", "b", "c"}) hub.publish({.id = id, .data = id});
    Cursor known = hub->start("b");
    EXPECT_EQ(hub.read(known), "id: c\ndata: c\n\n");
    Cursor gone = hub->start("a");
    EXPECT_EQ(hub.read(gone), "id: b\ndata: b\n\nid: c\ndata: c\n\n");
    EXPECT_EQ(hub->info().gaps_total, 1u);
}

TEST(EventHub, a_number_that_has_just_left_is_no_gap) {
    HubConfig config;
    config.history_events = 2;
    Hub hub(config);
    hub.publish({.data = "a"});
    Cursor first = hub->start("?");
    const std::string id = hub.read(first).substr(4, 10);
    hub.publish({.data = "b"});
    hub.publish({.data = "c"});
    Cursor cursor = hub->start(id);
    EXPECT_NE(hub.read(cursor).find("data: b"), std::string::npos);
    EXPECT_EQ(hub->info().gaps_total, 1u) << "only the first, unknown one";
}

TEST(EventHub, the_oldest_is_dropped_above_the_clients_bound) {
    HubConfig config = own_ids();
    config.client_bytes_max = 3 * 14;  // events of 14 bytes with their frame
    Hub hub(config);
    Cursor cursor = hub->start({});
    Cursor replay = hub->start("x");
    for (const char* data : {"a", "b", "c", "d", "e"}) hub.publish({.data = data});
    EXPECT_EQ(hub.read(cursor), "data: c\n\ndata: d\n\ndata: e\n\n");
    EXPECT_EQ(hub.dropped, 2u);
    EXPECT_EQ(hub.read(replay).size(), 5u * 9) << "what was missed does not count";
    EXPECT_EQ(hub.dropped, 2u);
}

TEST(EventHub, what_has_left_the_log_is_dropped) {
    HubConfig config = own_ids();
    config.history_events = 2;
    config.client_bytes_max = 2 * 14;
    Hub hub(config);
    Cursor cursor = hub->start({});
    for (const char* data : {"a", "b", "c", "d", "e"}) hub.publish({.data = data});
    EXPECT_EQ(hub.read(cursor), "data: d\n\ndata: e\n\n");
    EXPECT_EQ(hub.dropped, 3u);
    EXPECT_EQ(hub->info().history_events, 2u);
}

TEST(EventHub, a_slow_client_is_to_be_closed) {
    HubConfig config = own_ids();
    config.policy = SlowPolicy::close;
    config.client_bytes_max = 2 * 14;
    Hub hub(config);
    Cursor cursor = hub->start({});
    hub.publish({.data = "a"});
    hub.publish({.data = "b"});
    Cursor within = cursor;
    EXPECT_EQ(hub.read(within), "data: a\n\ndata: b\n\n");
    hub.publish({.data = "c"});
    EXPECT_EQ(hub.read(cursor), "");
    EXPECT_TRUE(hub.last.is_too_slow);
}

// It comes back with an old id, and the first of what it is to get leaves the log before its head
// has left.
TEST(EventHub, who_has_just_come_back_is_not_too_slow) {
    HubConfig config = own_ids();
    config.policy = SlowPolicy::close;
    config.history_events = 2;
    config.client_bytes_max = 2 * 14;
    Hub hub(config);
    for (const char* data : {"a", "b"}) hub.publish({.data = data});
    Cursor cursor = hub->start("x");
    hub.publish({.data = "c"});
    EXPECT_EQ(hub.read(cursor), "data: b\n\ndata: c\n\n");
    EXPECT_FALSE(hub.last.is_too_slow);
    EXPECT_EQ(hub.dropped, 1u);
}

TEST(EventHub, superseded_events_are_skipped) {
    HubConfig config = own_ids();
    config.policy = SlowPolicy::coalesce;
    Hub hub(config);
    Cursor cursor = hub->start({});
    Cursor replay = hub->start("x");
    hub.publish({.event = "price", .data = "1"});
    hub.publish({.data = "m1"});
    hub.publish({.event = "price", .data = "2"});
    hub.publish({.event = "price", .data = "3"}, "other");
    hub.publish({.data = "m2"}, "message");
    EXPECT_EQ(hub.read(cursor), "event: price\ndata: 2\n\nevent: price\ndata: 3\n\ndata: m2\n\n");
    EXPECT_EQ(hub.superseded, 2u);
    EXPECT_EQ(hub.dropped, 0u);
    const std::string all = hub.read(replay);
    EXPECT_NE(all.find("data: 1"), std::string::npos) << "a client that comes back gets all";
}

TEST(EventHub, coalescing_drops_what_is_still_too_much) {
    HubConfig config = own_ids();
    config.policy = SlowPolicy::coalesce;
    config.client_bytes_max = 2 * 14;
    Hub hub(config);
    Cursor cursor = hub->start({});
    for (const char* data : {"a", "b", "c", "a", "d"}) hub.publish({.data = data}, data);
    EXPECT_EQ(hub.read(cursor), "data: a\n\ndata: d\n\n");
    EXPECT_EQ(hub.superseded, 1u);
    EXPECT_EQ(hub.dropped, 2u);
}

TEST(EventHub, closing_ends_those_who_have_all) {
    Hub hub(own_ids());
    Listener listener;
    hub->join(0, listener);
    Cursor cursor = hub->start({});
    hub.publish({.data = "last"});
    hub->close();
    EXPECT_EQ(listener.told, 2);
    EXPECT_EQ(hub.publish({.data = "late"}), Status::stale);
    EXPECT_EQ(hub->enter(), Status::stale);
    EXPECT_EQ(hub.read(cursor), "data: last\n\n");
    EXPECT_TRUE(hub.last.is_end);
    Cursor idle = hub->start({});
    EXPECT_TRUE(hub->catch_up(idle).is_end);
    hub->leave(0);
}

TEST(EventHub, catching_up_gives_one_run_and_goes_to_the_end) {
    HubConfig config = own_ids();
    config.history_events = 2;
    config.client_bytes_max = 2 * 14;
    Hub hub(config);
    Cursor seen = hub->start({});
    hub.publish({.data = "a"});
    Step step = hub->catch_up(seen);
    EXPECT_EQ(step.run.bytes, "9\r\ndata: a\n\n\r\n");
    EXPECT_EQ(step.run.next, 1u);
    EXPECT_EQ(seen.position, 1u);
    step.run.segment->release(1);
    for (const char* data : {"b", "c", "d"}) hub.publish({.data = data});
    step = hub->catch_up(seen);
    EXPECT_EQ(step.run.segment, nullptr) << "b has left: nobody can be sent all";
    EXPECT_EQ(seen.position, 4u);
    EXPECT_EQ(seen.offset, 4u * 14);
}

TEST(EventHub, has_room_for_so_many) {
    HubConfig config;
    config.subscribers_max = 2;
    Hub hub(config);
    EXPECT_EQ(hub->enter(), Status::ok);
    EXPECT_EQ(hub->enter(), Status::ok);
    EXPECT_EQ(hub->enter(), Status::limit);
    hub->exit();
    EXPECT_EQ(hub->enter(), Status::ok);
    EXPECT_EQ(hub->info().subscribers, 2u);
    EXPECT_EQ(hub->info().subscribers_total, 3u);
}

TEST(EventHub, counts_of_a_loop_that_has_left_stay) {
    Hub hub;
    Listener listener;
    hub->join(63, listener);
    listener.count(listener.delivered, 5);
    listener.count(listener.closed, 1);
    EXPECT_EQ(hub->info().counts.delivered, 5u);
    hub->leave(63);
    EXPECT_EQ(hub->info().counts.delivered, 5u);
    EXPECT_EQ(hub->info().counts.closed, 1u);
}

TEST(EventHub, checks_its_configuration) {
    const auto refused = [](auto change) {
        HubConfig config;
        change(config);
        return !check_config(config).empty();
    };
    EXPECT_TRUE(refused([](HubConfig& c) { c.policy = static_cast<SlowPolicy>(3); }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.history_events = 0; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.history_events = kHistoryEventsMax + 1; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.history_bytes = 1023; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.history_bytes = kHistoryBytesMax + 1; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.event_bytes_max = 0; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.history_bytes = 65535; }));  // below one event
    EXPECT_TRUE(refused([](HubConfig& c) { c.client_bytes_max = 0; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.client_bytes_max = c.history_bytes + 1; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.subscribers_max = 0; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.subscribers_max = kSubscribersMax + 1; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.heartbeat_ms = kHeartbeatMsMax + 1; }));
    EXPECT_TRUE(refused([](HubConfig& c) { c.retry_ms = -2; }));
    EXPECT_FALSE(refused([](HubConfig&) {}));
}

// Publishers and readers on threads of their own: each reader sees all, in the log's order.
TEST(EventHub, threads_publish_and_read_at_once) {
    HubConfig config = own_ids();
    config.history_events = 20'000;
    config.history_bytes = 1 << 22;
    config.client_bytes_max = 1 << 22;
    Hub hub(config);
    constexpr int kEvents = 4000;
    std::vector<std::string> seen(2);
    std::vector<std::thread> threads;
    for (std::string& text : seen) {
        threads.emplace_back([&hub, &text, cursor = hub->start({})]() mutable {
            for (Step step; !step.is_end;) {
                step = hub->step(cursor, false);
                text += step.run.bytes;
                if (step.run.segment != nullptr) step.run.segment->release(1);
            }
        });
    }
    std::vector<std::thread> publishers;
    for (const char* type : {"a", "b"}) {
        publishers.emplace_back([&hub, type] {
            for (int number = 0; number < kEvents; ++number) {
                EXPECT_EQ(hub.publish({.event = type, .data = std::to_string(number)}), Status::ok);
            }
        });
    }
    for (std::thread& publisher : publishers) publisher.join();
    hub->close();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(seen[0], seen[1]);
    EXPECT_EQ(hub->info().published_total, 2u * kEvents);
    for (const char* type : {"a", "b"}) {
        std::size_t at = 0;
        for (int number = 0; number < kEvents; ++number) {
            at = seen[0].find(
                "event: " + std::string(type) + "\ndata: " + std::to_string(number) + "\n\n", at);
            ASSERT_NE(at, std::string::npos) << type << number;
        }
    }
}

}  // namespace
}  // namespace trivet::realtime
