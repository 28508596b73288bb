// How events reach clients of different speed.
#include "realtime/hub_part.h"

#include "realtime/hub_harness_test.h"

namespace trivet::realtime {
namespace {

constexpr std::size_t kEventBytes = 14;  // of one letter of data, framed

class HubPartTest : public HubTest {
protected:
    // Publishes so many events of one letter, each of which the quick take at once.
    void publish_each(std::string_view letters) {
        for (const char letter : letters) {
            publish(std::string_view(&letter, 1));
            turn();
            turn();
        }
    }
    // The letters of one-letter events.
    static std::string letters(const io::SimPeer& peer) {
        std::string result;
        const std::string all = events(peer);
        for (std::size_t at = 0; (at = all.find("data: ", at)) != std::string::npos; at += 6) {
            result += all[at + 6];
        }
        return result;
    }
};

TEST_F(HubPartTest, a_stalled_client_costs_the_others_nothing) {
    open();
    io::SimPeer& quick = listener();
    io::SimPeer& stalled = listener();
    stalled.take_max = 0;
    publish_each("abcdef");
    EXPECT_EQ(letters(quick), "abcdef");
    EXPECT_EQ(letters(stalled), "");
    stalled.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(letters(stalled), "abcdef");
    EXPECT_EQ(info().counts.delivered, 12u);
    EXPECT_EQ(info().counts.dropped, 0u);
}

TEST_F(HubPartTest, the_oldest_is_dropped) {
    config.client_bytes_max = 3 * kEventBytes;
    open();
    io::SimPeer& quick = listener();
    io::SimPeer& stalled = listener();
    stalled.take_max = 0;
    publish_each("abcdefgh");
    stalled.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(letters(stalled), "afgh") << "a was on its way, three may wait";
    EXPECT_EQ(letters(quick), "abcdefgh");
    EXPECT_EQ(info().counts.dropped, 4u);
    publish_each("ij");
    EXPECT_EQ(letters(stalled), "afghij") << "it is as quick as any again";
    EXPECT_EQ(letters(quick), "abcdefghij");
}

TEST_F(HubPartTest, what_the_hub_forgets_is_dropped) {
    config.history_events = 2;
    config.client_bytes_max = 2 * kEventBytes;
    open();
    io::SimPeer& quick = listener();
    io::SimPeer& stalled = listener();
    stalled.take_max = 0;
    publish_each("abcdef");
    stalled.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(letters(stalled), "aef");
    EXPECT_EQ(letters(quick), "abcdef");
    EXPECT_EQ(info().counts.dropped, 3u);
}

TEST_F(HubPartTest, more_events_in_one_turn_than_the_history_has_reach_everybody) {
    config.history_events = 3;
    open();
    io::SimPeer& peer = listener();
    for (const char* data : {"a", "b", "c", "d", "e"}) publish(data);
    settle();
    EXPECT_EQ(letters(peer), "abcde");
    EXPECT_EQ(info().counts.dropped, 0u);
    EXPECT_EQ(info().history_events, 3u);
}

TEST_F(HubPartTest, nobody_is_closed_for_more_events_than_the_history_has) {
    config.policy = SlowPolicy::close;
    config.history_events = 1;
    open();
    io::SimPeer& peer = listener();
    for (const char* data : {"a", "b", "c", "d", "e"}) publish(data);
    settle();
    EXPECT_EQ(letters(peer), "abcde");
    EXPECT_EQ(info().counts.closed, 0u);
}

TEST_F(HubPartTest, more_in_one_turn_than_may_wait_for_a_client_is_dropped) {
    config.history_events = 3;
    config.client_bytes_max = 3 * kEventBytes;
    open();
    io::SimPeer& peer = listener();
    for (const char* data : {"a", "b", "c", "d", "e"}) publish(data);
    settle();
    EXPECT_EQ(letters(peer), "cde");
    EXPECT_EQ(info().counts.dropped, 2u);
}

TEST_F(HubPartTest, a_slow_client_is_closed) {
    config.policy = SlowPolicy::close;
    config.client_bytes_max = 4 * kEventBytes;
    open();
    io::SimPeer& quick = listener();
    io::SimPeer& stalled = listener();
    stalled.take_max = 0;
    publish_each("abcde");
    EXPECT_FALSE(stalled.server_has_closed()) << "four wait";
    publish_each("f");
    EXPECT_TRUE(stalled.server_has_closed());
    publish_each("g");
    EXPECT_EQ(letters(quick), "abcdefg");
    EXPECT_EQ(info().counts.closed, 1u);
    EXPECT_EQ(info().subscribers, 1u);
    settle();
}

TEST_F(HubPartTest, a_client_that_takes_too_little_is_closed) {
    config.policy = SlowPolicy::close;
    config.client_bytes_max = 4 * kEventBytes;
    open();
    io::SimPeer& slow = listener();
    slow.take_max = 4;
    publish_each("abcdefghijklmnopqrstuvwxyz");
    EXPECT_TRUE(slow.server_has_closed());
    EXPECT_EQ(info().counts.closed, 1u);
    settle();
}

TEST_F(HubPartTest, superseded_events_are_skipped) {
    config.policy = SlowPolicy::coalesce;
    open();
    io::SimPeer& quick = listener();
    io::SimPeer& stalled = listener();
    stalled.take_max = 0;
    const auto tick = [&](std::string_view data, std::string_view type) {
        publish(data, type);
        turn();
        turn();
    };
    for (const auto& [data, type] : std::vector<std::pair<const char*, const char*>>{
             {"a", "x"}, {"b", "x"}, {"c", "y"}, {"d", "x"}, {"e", "x"}, {"f", "z"}}) {
        tick(data, type);
    }
    stalled.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(letters(stalled), "acef");
    EXPECT_EQ(letters(quick), "abcdef");
    EXPECT_EQ(info().counts.superseded, 2u);
    EXPECT_EQ(info().counts.dropped, 0u);
    EXPECT_EQ(info().counts.delivered, 10u);
}

TEST_F(HubPartTest, a_client_of_http_1_0_is_slow_in_its_own_way) {
    config.client_bytes_max = 2 * kEventBytes;
    open();
    io::SimPeer& stalled = listener({}, "1.0");
    stalled.take_max = 0;
    publish_each("abcde");
    stalled.take_max = SIZE_MAX;
    settle();
    EXPECT_TRUE(stalled.received().ends_with("data: a\n\ndata: d\n\ndata: e\n\n"));
    EXPECT_EQ(info().counts.dropped, 2u);
}

TEST_F(HubPartTest, a_replay_is_no_slowness) {
    config.client_bytes_max = 2 * kEventBytes;
    open();
    for (const char* data : {"a", "b", "c", "d", "e", "f"}) publish(data);
    io::SimPeer& peer = listener("Last-Event-ID: ?\r\n");
    EXPECT_EQ(letters(peer), "abcdef");
    EXPECT_EQ(info().counts.dropped, 0u);
}

TEST_F(HubPartTest, events_of_many_segments_arrive_in_order) {
    config.history_events = 1000;
    config.history_bytes = 1 << 20;
    config.client_bytes_max = 1 << 20;
    open();
    io::SimPeer& peer = listener();
    io::SimPeer& slow = listener();
    slow.take_max = 1000;
    std::string expected;
    for (int number = 0; number < 300; ++number) {
        const std::string data = std::to_string(number) + std::string(200, 'x');
        publish(data);
        expected += "data: " + data + "\n\n";
        if (number % 7 == 0) turn();
    }
    settle();
    EXPECT_EQ(events(peer), expected);
    EXPECT_EQ(events(slow), expected);
    EXPECT_EQ(info().counts.delivered, 600u);
}

TEST_F(HubPartTest, beats_while_nothing_is_published) {
    config.heartbeat_ms = 10'000;
    open();
    io::SimPeer& peer = listener();
    io::SimPeer& old = listener({}, "1.0");
    advance_ms(9'999);
    EXPECT_EQ(events(peer), "");
    advance_ms(1);
    EXPECT_EQ(events(peer), ":\n\n");
    EXPECT_TRUE(old.received().ends_with("\r\n\r\n:\n\n"));
    advance_ms(5'000);
    publish("a");
    settle();
    advance_ms(5'000);
    EXPECT_EQ(events(peer), ":\n\ndata: a\n\n") << "an event is a sign of life";
    advance_ms(5'000);
    EXPECT_EQ(events(peer), ":\n\ndata: a\n\n:\n\n");
    EXPECT_EQ(info().counts.delivered, 2u);
}

TEST_F(HubPartTest, an_event_behind_a_heartbeat_arrives) {
    config.heartbeat_ms = 10'000;
    open();
    io::SimPeer& peer = listener();
    loop().advance_ms(10'000);
    publish("a");
    settle();
    EXPECT_EQ(events(peer), ":\n\ndata: a\n\n");
}

TEST_F(HubPartTest, a_busy_client_gets_no_heartbeat) {
    config.heartbeat_ms = 10'000;
    open();
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    publish("a");
    turn();
    loop().advance_ms(10'000);
    turn();
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(events(peer), "data: a\n\n");
}

TEST_F(HubPartTest, no_heartbeat_when_none_is_wanted) {
    config.heartbeat_ms = 0;
    open();
    io::SimPeer& peer = listener();
    EXPECT_TRUE(timers_.empty());
    advance_ms(86'400'000);
    EXPECT_EQ(events(peer), "");
}

TEST_F(HubPartTest, the_heart_stops_with_the_last_subscriber) {
    open();
    io::SimPeer& peer = listener();
    EXPECT_FALSE(timers_.empty());
    peer.finish();
    settle();
    EXPECT_TRUE(timers_.empty());
}

TEST_F(HubPartTest, tells_when_to_come_back) {
    config.retry_ms = 2500;
    open();
    io::SimPeer& peer = listener();
    publish("a");
    settle();
    EXPECT_EQ(events(peer), "retry: 2500\n\ndata: a\n\n");
}

TEST_F(HubPartTest, what_is_on_its_way_to_a_client_that_leaves_is_given_back) {
    open();
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    publish("a");
    turn();
    peer.reset();
    settle();
    EXPECT_EQ(info().subscribers, 0u);
    hub_->close();
    const std::size_t kept = hub_->memory().bytes_in_use();
    EXPECT_LT(kept, 4096u);
}

TEST_F(HubPartTest, a_subscriber_takes_little_memory) {
    open();
    listener();
    const std::size_t before = memory().bytes_in_use();
    constexpr std::size_t kClients = 200;
    for (std::size_t count = 0; count < kClients; ++count) listener();
    EXPECT_LT((memory().bytes_in_use() - before) / kClients, 2048u);
    publish("a");
    settle();
    EXPECT_LT((memory().bytes_in_use() - before) / kClients, 2048u);
    EXPECT_EQ(info().counts.delivered, kClients + 1);
}

// Each allocation of the loop, then of the hub, fails once: what a client does get is whole and in
// order, and nothing stays behind.
TEST_F(HubPartTest, survives_failing_memory) {
    config.retry_ms = 1;
    open();
    listener();
    for (int failing = 0; failing < 40; ++failing) {
        int countdown = failing;
        const auto fails = [](void* left, std::size_t) {
            return (*static_cast<int*>(left))-- == 0;
        };
        Memory& failing_memory = failing % 2 == 0 ? memory() : hub_->memory();
        io::SimPeer& peer = loop().connect();
        settle();
        failing_memory.set_failure_hook(fails, &countdown);
        peer.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
        settle();
        std::string expected = "retry: 1\n\n";
        for (int number = 0; number < 30; ++number) {
            const std::string data = std::to_string(number) + std::string(100, 'x');
            if (publish(data) == Status::ok) expected += "data: " + data + "\n\n";
            if (number % 4 == 0) settle();
        }
        settle();
        failing_memory.set_failure_hook(nullptr, nullptr);
        if (!peer.server_has_finished() && http::status_of(peer.received()) == 200) {
            EXPECT_EQ(events(peer), expected) << failing;
        }
        peer.reset();
        settle();
        EXPECT_EQ(info().subscribers, 1u);
    }
}

}  // namespace
}  // namespace trivet::realtime
