#include "http/output_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace trivet::http {
namespace {

class OutputQueueTest : public ::testing::Test {
protected:
    ~OutputQueueTest() override {
        queue_.reset();
        EXPECT_EQ(releases_, lent_);
    }
    LentBytes lend(std::string_view bytes) {
        ++lent_;
        return {.bytes = bytes,
                .release = [](void* self) { ++static_cast<OutputQueueTest*>(self)->releases_; },
                .user_data = this};
    }
    // Everything that leaves, piece by piece.
    std::vector<std::string> sent() {
        std::vector<std::string> pieces;
        while (!queue_->empty()) {
            pieces.emplace_back(queue_->take());
            queue_->landed();
        }
        return pieces;
    }
    std::string joined() {
        std::string all;
        for (const std::string& piece : sent()) all += piece;
        return all;
    }

    Memory memory_;
    BlockPool pool_{memory_};
    std::optional<OutputQueue> queue_{std::in_place, pool_};
    int lent_ = 0;
    int releases_ = 0;
};

const std::string kLong(100'000, 'l');

TEST_F(OutputQueueTest, sends_small_answers_of_a_turn_as_one_piece) {
    ASSERT_TRUE(queue_->append("one "));
    ASSERT_TRUE(queue_->append("two"));
    EXPECT_EQ(queue_->size(), 7u);
    EXPECT_EQ(sent(), std::vector<std::string>{"one two"});
    EXPECT_EQ(queue_->size(), 0u);
}

TEST_F(OutputQueueTest, takes_what_comes_while_a_piece_is_in_flight) {
    ASSERT_TRUE(queue_->append("first"));
    const std::string_view flying = queue_->take();
    EXPECT_TRUE(queue_->empty());
    ASSERT_TRUE(queue_->append("second"));
    EXPECT_EQ(flying, "first");
    EXPECT_EQ(queue_->size(), 11u);
    queue_->landed();
    EXPECT_EQ(queue_->size(), 6u);
    EXPECT_EQ(joined(), "second");
}

TEST_F(OutputQueueTest, bounds_the_pieces_that_small_ones_grow_into) {
    std::string all;
    for (int index = 0; index < 300; ++index) {
        const std::string bytes(1'000, static_cast<char>('a' + index % 26));
        ASSERT_TRUE(queue_->append(bytes));
        all += bytes;
    }
    std::string received;
    for (const std::string& piece : sent()) {
        EXPECT_LE(piece.size(), OutputQueue::kPieceBytesMax);
        received += piece;
    }
    EXPECT_EQ(received, all);
}

TEST_F(OutputQueueTest, keeps_one_reservation_in_one_piece_however_large) {
    ASSERT_TRUE(queue_->append("small"));
    char* room = queue_->reserve(kLong.size());
    ASSERT_NE(room, nullptr);
    kLong.copy(room, kLong.size());
    queue_->commit(kLong.size());
    EXPECT_EQ(sent(), (std::vector<std::string>{"small", kLong}));
}

TEST_F(OutputQueueTest, sends_what_is_lent_without_a_copy_and_in_order) {
    ASSERT_TRUE(queue_->append("before "));
    ASSERT_TRUE(queue_->append(lend(kLong)));
    ASSERT_TRUE(queue_->append(" after"));
    EXPECT_LT(memory_.bytes_in_use(), kLong.size());
    EXPECT_EQ(queue_->size(), kLong.size() + 13);
    EXPECT_EQ(queue_->take(), "before ");
    queue_->landed();
    EXPECT_EQ(queue_->take().data(), kLong.data());
    EXPECT_EQ(releases_, 0);
    queue_->landed();
    EXPECT_EQ(releases_, 1);
    EXPECT_EQ(joined(), " after");
}

TEST_F(OutputQueueTest, copies_what_is_lent_and_small_and_gives_it_back_at_once) {
    ASSERT_TRUE(queue_->append(lend("tiny")));
    EXPECT_EQ(releases_, 1);
    ASSERT_TRUE(queue_->append(lend("")));
    EXPECT_EQ(releases_, 2);
    EXPECT_EQ(joined(), "tiny");
}

TEST_F(OutputQueueTest, keeps_what_is_in_flight_when_the_rest_is_dropped) {
    ASSERT_TRUE(queue_->append(lend(kLong)));
    ASSERT_TRUE(queue_->append(lend(kLong)));
    ASSERT_TRUE(queue_->append("more"));
    const std::string_view flying = queue_->take();
    queue_->drop();
    EXPECT_EQ(releases_, 1);
    EXPECT_TRUE(queue_->empty());
    EXPECT_EQ(flying, kLong);
    queue_->landed();
    EXPECT_EQ(releases_, 2);
}

TEST_F(OutputQueueTest, gives_everything_back_at_its_end) {
    ASSERT_TRUE(queue_->append("small"));
    ASSERT_TRUE(queue_->append(lend(kLong)));
    ASSERT_TRUE(queue_->append(lend(kLong)));
    queue_->take();
}

TEST_F(OutputQueueTest, survives_the_failure_of_any_allocation) {
    struct Failing {
        std::uint64_t left;
        bool has_failed;
    };
    bool has_failed = true;
    for (std::uint64_t n = 1; has_failed; ++n) {
        Failing failing{n, false};
        queue_.emplace(pool_);
        memory_.set_failure_hook(
            [](void* context, std::size_t) {
                auto& self = *static_cast<Failing*>(context);
                const bool fails = --self.left == 0;
                self.has_failed = self.has_failed || fails;
                return fails;
            },
            &failing);
        std::string expected;
        for (int round = 0; round < 3; ++round) {
            const std::string bytes(30'000, static_cast<char>('a' + round));
            if (queue_->append(bytes)) expected += bytes;
            if (queue_->append(lend(kLong))) expected += kLong;
        }
        memory_.set_failure_hook(nullptr, nullptr);
        EXPECT_EQ(joined(), expected) << n;
        has_failed = failing.has_failed;
    }
    queue_.reset();
    EXPECT_LE(memory_.bytes_in_use(), BlockPool::kKeptMax * BlockPool::kBlockBytes);
}

TEST_F(OutputQueueTest, gives_its_pieces_and_forgets_what_has_left_of_them) {
    for (std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'003}}) {
        ASSERT_TRUE(queue_->append("head"));
        EXPECT_FALSE(queue_->is_in_pieces());
        ASSERT_TRUE(queue_->append(lend(kLong)));
        ASSERT_TRUE(queue_->append("tail"));
        EXPECT_TRUE(queue_->is_in_pieces());
        std::string all;
        while (!queue_->empty() && all.size() < 200'000) {
            std::vector<std::string_view> pieces(8);
            pieces.resize(queue_->gather(pieces));
            std::string left;
            for (const std::string_view piece : pieces) left += piece;
            EXPECT_EQ(left.size(), queue_->size());
            left.resize(std::min(left.size(), all.size() < 50 ? step : 90'000));
            all += left;
            queue_->advance(left.size());
        }
        EXPECT_EQ(all, "head" + kLong + "tail");
        EXPECT_EQ(queue_->size(), 0u);
    }
}

TEST_F(OutputQueueTest, sends_what_is_left_of_a_piece) {
    ASSERT_TRUE(queue_->append("head"));
    ASSERT_TRUE(queue_->append(lend(kLong)));
    ASSERT_TRUE(queue_->append("tail"));
    std::vector<std::string_view> one(1);
    EXPECT_EQ(queue_->gather(one), 1u);
    EXPECT_EQ(one[0], "head");
    queue_->advance(5);
    EXPECT_EQ(sent(), (std::vector<std::string>{kLong.substr(1), "tail"}));
}

}  // namespace
}  // namespace trivet::http
