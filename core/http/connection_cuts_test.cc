// The state machine of a connection, cut and broken everywhere: what comes back is always a row of
// whole answers in order, of nobody else's requests, and in the end nothing is left.
#include <gtest/gtest.h>

#include "http/conversation_test.h"

namespace trivet::http {
namespace {

class CutsTest : public ::testing::TestWithParam<Refusals> {
protected:
    void TearDown() override {
        EXPECT_GT(talk_.kept(), 0u);
        talk_.stop();
        EXPECT_EQ(talk_.memory().bytes_in_use(), 0u);
    }
    // Another connection that talks all the time. Its answers are checked by finish_bystander().
    void begin_bystander() {
        bystander_ = &talk_.loop().connect();
        bystander_->receive_max = 13;
        bystander_->take_max = 29;
        bystander_->send(bytes_of(bystander_asks_));
    }
    void finish_bystander(const std::string& what) {
        bystander_->receive_max = SIZE_MAX;
        bystander_->take_max = SIZE_MAX;
        bystander_->finish();
        talk_.finish_work();
        ASSERT_EQ(check_answers(bystander_->take_received(), bystander_asks_, {.may_close = true}),
                  "")
            << "another connection: " << what;
    }
    // The bytes in pieces that come one after another has been dealt with.
    std::string received_for(const std::vector<std::string_view>& pieces,
                             std::size_t receive_max = SIZE_MAX) {
        io::SimPeer& peer = talk_.loop().connect();
        peer.receive_max = receive_max;
        for (const std::string_view piece : pieces) {
            peer.send(piece);
            talk_.finish_work();
        }
        peer.finish();
        talk_.finish_work();
        EXPECT_TRUE(peer.server_has_closed());
        return peer.take_received();
    }
    void expect_cut(const std::vector<Ask>& asks, const std::vector<std::string_view>& pieces,
                    const std::string& what) {
        ASSERT_EQ(check_answers(received_for(pieces), asks), "") << what;
        ASSERT_EQ(talk_.leftovers(), "") << what;
    }
    // A short conversation with each request in it, and the endings.
    std::vector<std::vector<Ask>> short_ones() const {
        std::vector<std::vector<Ask>> all;
        const std::vector<Ask> every = ask_everything("gamma", GetParam());
        for (const Ask& ask : every) {
            all.push_back({ask, every[1]});
        }
        for (const Ask& ask : endings("delta", GetParam())) {
            all.push_back({every[0], ask});
        }
        return all;
    }

    Talk talk_{GetParam()};
    std::vector<Ask> bystander_asks_ = ask_everything("omega", GetParam());
    io::SimPeer* bystander_ = nullptr;
};

TEST_P(CutsTest, answers_the_same_whatever_one_cut) {
    const std::vector<Ask> asks = ask_everything("alpha", GetParam());
    const std::string bytes = bytes_of(asks);
    for (std::size_t cut = 0; cut <= bytes.size() && !HasFatalFailure(); ++cut) {
        const std::string_view all = bytes;
        if (cut % 16 == 0) {
            begin_bystander();
        }
        const std::string received = received_for({all.substr(0, cut), all.substr(cut)});
        ASSERT_EQ(check_answers(received, asks), "") << "cut at " << cut;
        if (cut % 16 == 0) {
            finish_bystander("cut at " + std::to_string(cut));
            ASSERT_EQ(talk_.leftovers(), "") << "cut at " << cut;
        }
    }
}

TEST_P(CutsTest, answers_the_same_whatever_two_cuts) {
    for (const std::vector<Ask>& asks : short_ones()) {
        const std::string bytes = bytes_of(asks);
        const std::string_view all = bytes;
        for (std::size_t first = 0; first < all.size() && !HasFatalFailure(); ++first) {
            for (std::size_t second = first + 1; second <= all.size(); second += 1 + second % 3) {
                expect_cut(
                    asks,
                    {all.substr(0, first), all.substr(first, second - first), all.substr(second)},
                    "cut at " + std::to_string(first) + " and " + std::to_string(second) + " of\n" +
                        bytes);
                if (HasFatalFailure()) {
                    return;
                }
            }
        }
    }
}

TEST_P(CutsTest, answers_the_same_when_every_byte_comes_alone) {
    for (std::vector<Ask> asks : short_ones()) {
        const std::vector<Ask> every = ask_everything("alpha", GetParam());
        asks.insert(asks.begin(), every.begin(), every.end());
        for (const std::size_t receive_max : std::initializer_list<std::size_t>{1, 2, 3, 7}) {
            ASSERT_EQ(check_answers(received_for({bytes_of(asks)}, receive_max), asks), "");
            ASSERT_EQ(talk_.leftovers(), "");
        }
    }
}

TEST_P(CutsTest, answers_the_same_whatever_the_peer_takes_at_once) {
    const std::vector<Ask> asks = ask_everything("alpha", GetParam());
    const std::string bytes = bytes_of(asks);
    const std::size_t size = received_for({bytes}).size();
    for (std::size_t take = 1; take <= size; ++take) {
        io::SimPeer& peer = talk_.loop().connect();
        peer.take_max = take;
        peer.send(bytes);
        talk_.finish_work();
        ASSERT_EQ(check_answers(peer.take_received(), asks), "") << "takes " << take;
        peer.finish();
        talk_.finish_work();
    }
    ASSERT_EQ(talk_.leftovers(), "");
}

TEST_P(CutsTest, answers_the_same_however_the_peers_pace_changes) {
    for (const Ask& ending : endings("alpha", GetParam())) {
        std::vector<Ask> asks = ask_everything("alpha", GetParam());
        asks.push_back(ending);
        for (std::size_t pace = 1; pace <= 48; ++pace) {
            const std::size_t paces[] = {pace, 0, 1, pace * 7, 3};
            io::SimPeer& peer = talk_.loop().connect();
            peer.receive_max = pace;
            peer.send(bytes_of(asks));
            for (std::size_t turn = 0; turn < 4'000 && !peer.server_has_finished(); ++turn) {
                peer.take_max = paces[turn % std::size(paces)];
                talk_.turn();
                if (turn % (pace + 1) == 0) {
                    talk_.answer_waiting();
                }
            }
            peer.take_max = SIZE_MAX;
            talk_.finish_work();
            ASSERT_EQ(check_answers(peer.take_received(), asks), "") << "pace " << pace;
            peer.finish();
            talk_.finish_work();
            ASSERT_EQ(talk_.leftovers(), "") << "pace " << pace;
        }
    }
}

// The peer closes its side after each byte: it gets what it had asked for by then, and no more.
TEST_P(CutsTest, answers_what_was_asked_before_the_peer_closes_its_side) {
    for (const Ask& ending : endings("alpha", GetParam())) {
        std::vector<Ask> asks = ask_everything("alpha", GetParam());
        const std::size_t start =
            ending.bytes == endings("alpha", GetParam())[0].bytes ? 0 : bytes_of(asks).size();
        asks.push_back(ending);
        const std::string bytes = bytes_of(asks);
        for (std::size_t offset = start; offset <= bytes.size(); ++offset) {
            io::SimPeer& peer = talk_.loop().connect();
            peer.send(bytes.substr(0, offset));
            peer.finish();
            talk_.finish_work();
            ASSERT_EQ(check_answers(peer.take_received(), asks,
                                    {.answers_min = answers_at(asks, offset, false),
                                     .answers_max = answers_at(asks, offset, true),
                                     .may_close = true}),
                      "")
                << "closed after " << offset;
            ASSERT_TRUE(peer.server_has_closed()) << "closed after " << offset;
            ASSERT_EQ(talk_.leftovers(), "") << "closed after " << offset;
        }
    }
}

TEST_P(CutsTest, leaves_nothing_when_the_connection_breaks_after_any_byte) {
    std::vector<Ask> asks = ask_everything("alpha", GetParam());
    const std::string bytes = bytes_of(asks);
    for (const bool is_answered_before : {true, false}) {
        for (std::size_t offset = 0; offset <= bytes.size(); ++offset) {
            if (offset % 32 == 0) {
                begin_bystander();
            }
            io::SimPeer& peer = talk_.loop().connect();
            peer.send(bytes.substr(0, offset));
            if (is_answered_before) {
                talk_.finish_work();
            } else {
                talk_.settle();
            }
            peer.reset();
            talk_.finish_work();
            ASSERT_EQ(check_answers(peer.take_received(), asks, {.answers_min = 0, .is_cut = true}),
                      "")
                << "reset after " << offset;
            ASSERT_TRUE(peer.server_has_closed());
            if (offset % 32 == 0) {
                finish_bystander("reset after " + std::to_string(offset));
                ASSERT_EQ(talk_.leftovers(), "") << "reset after " << offset;
            }
        }
    }
}

enum class End : std::uint8_t { reset, half_close };

// The same at every turn of a conversation that crawls both ways.
TEST_P(CutsTest, leaves_nothing_when_the_peer_goes_at_any_turn) {
    for (const Ask& ending : endings("alpha", GetParam())) {
        std::vector<Ask> asks = ask_everything("alpha", GetParam());
        asks.push_back(ending);
        for (const End end : {End::reset, End::half_close}) {
            bool has_gone = true;
            for (std::size_t turn = 0; has_gone; ++turn) {
                ASSERT_LT(turn, 5'000u);
                io::SimPeer& peer = talk_.loop().connect();
                peer.receive_max = 37;
                peer.take_max = 53;
                peer.send(bytes_of(asks));
                for (std::size_t count = 0; count < turn; ++count) {
                    talk_.turn();
                    if (count % 3 == 0) {
                        talk_.answer_waiting();
                    }
                }
                has_gone = !peer.server_has_finished();
                end == End::reset ? peer.reset() : peer.finish();
                talk_.finish_work();
                const Leeway leeway = end == End::reset ? Leeway{.answers_min = 0, .is_cut = true}
                                                        : Leeway{.may_close = true};
                ASSERT_EQ(check_answers(peer.take_received(), asks, leeway), "")
                    << "gone at turn " << turn;
                ASSERT_TRUE(peer.server_has_closed()) << "gone at turn " << turn;
                ASSERT_EQ(talk_.leftovers(), "") << "gone at turn " << turn;
            }
        }
    }
}

std::string refusals_name(const ::testing::TestParamInfo<Refusals>& refusals) {
    const char* const names[] = {"engine", "error_handler", "fallback", "late_fallback"};
    return names[static_cast<std::size_t>(refusals.param)];
}

INSTANTIATE_TEST_SUITE_P(Refusals, CutsTest,
                         ::testing::Values(Refusals::engine, Refusals::error_handler,
                                           Refusals::fallback, Refusals::late_fallback),
                         refusals_name);

}  // namespace
}  // namespace trivet::http
