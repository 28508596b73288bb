#include "tls/ticket_keys.h"

#include <gtest/gtest.h>

namespace trivet::tls {
namespace {

constexpr std::uint64_t kStart = 1'000;
constexpr std::uint64_t kPeriod = TicketKeys::kPeriodS;

TicketKeys::Key sealing(TicketKeys& keys, std::uint64_t now_s) {
    TicketKeys::Key key{};
    EXPECT_TRUE(keys.sealing(now_s, key));
    return key;
}

TicketKeys::Found opening(TicketKeys& keys, const TicketKeys::Key& sealed, std::uint64_t now_s) {
    TicketKeys::Key key{};
    const TicketKeys::Found found = keys.opening(sealed.name.data(), now_s, key);
    if (found != TicketKeys::Found::no) {
        EXPECT_EQ(key.cipher, sealed.cipher);
        EXPECT_EQ(key.mac, sealed.mac);
    }
    return found;
}

TEST(TicketKeys, are_others_in_each_period_and_open_old_tickets_until_nobody_may_use_them) {
    TicketKeys keys(kStart);
    ASSERT_TRUE(keys.is_ready());
    const TicketKeys::Key first = sealing(keys, kStart);
    EXPECT_EQ(sealing(keys, kStart + kPeriod - 1).name, first.name);
    const TicketKeys::Key second = sealing(keys, kStart + kPeriod);
    EXPECT_NE(second.name, first.name);
    EXPECT_NE(second.cipher, first.cipher);
    EXPECT_NE(second.mac, first.mac);
    EXPECT_EQ(opening(keys, first, kStart + kPeriod), TicketKeys::Found::old);
    EXPECT_EQ(opening(keys, second, kStart + kPeriod), TicketKeys::Found::current);
    const std::uint64_t last = kStart + TicketKeys::kPeriodsMax * kPeriod - 1;
    EXPECT_EQ(opening(keys, first, last), TicketKeys::Found::old);
    EXPECT_EQ(opening(keys, first, last + 1), TicketKeys::Found::no);
    EXPECT_EQ(opening(keys, second, last + 1), TicketKeys::Found::old);
    EXPECT_EQ(opening(keys, second, last + 1 + 100 * kPeriod), TicketKeys::Found::no);
}

TEST(TicketKeys, are_the_same_for_whoever_shares_the_secret) {
    TicketKeys one(kStart);
    TicketKeys other(kStart);
    EXPECT_NE(sealing(one, kStart).name, sealing(other, kStart).name);
    for (const std::uint64_t periods : {0, 1, 7, 8, 30}) {
        const std::uint64_t now = kStart + periods * kPeriod + 5;
        const TicketKeys::State state = one.state(now);
        ASSERT_TRUE(other.adopt(state, now));
        for (const std::uint64_t later : {now, now + 3 * kPeriod}) {
            TicketKeys third(kStart);
            ASSERT_TRUE(third.adopt(state, now));
            const TicketKeys::Key key = sealing(other, later);
            EXPECT_EQ(opening(third, key, later), TicketKeys::Found::current);
            EXPECT_EQ(third.state(later).secret, other.state(later).secret);
        }
    }
}

TEST(TicketKeys, forget_the_secret_of_what_nobody_may_use) {
    TicketKeys keys(kStart);
    const TicketKeys::State first = keys.state(kStart);
    EXPECT_EQ(keys.state(kStart + 7 * kPeriod).secret, first.secret);
    const TicketKeys::State later = keys.state(kStart + 8 * kPeriod);
    EXPECT_NE(later.secret, first.secret);
    EXPECT_EQ(later.since_s, first.since_s + kPeriod);
}

TEST(TicketKeys, refuse_a_secret_of_the_future_or_of_long_ago) {
    TicketKeys keys(kStart);
    TicketKeys::State state = TicketKeys(kStart).state(kStart);
    EXPECT_FALSE(keys.adopt(state, kStart - 1));
    EXPECT_FALSE(keys.adopt(state, kStart + TicketKeys::kPeriodsMax * kPeriod + 1));
    EXPECT_TRUE(keys.adopt(state, kStart));
    state.since_s = UINT64_MAX;
    EXPECT_FALSE(keys.adopt(state, kStart));
}

TEST(TicketKeys, go_by_a_clock_that_goes_on) {
    const std::uint64_t before = TicketKeys::now_s();
    EXPECT_LE(before, TicketKeys::now_s());
    EXPECT_TRUE(TicketKeys(before).is_ready());
}

}  // namespace
}  // namespace trivet::tls
