#include "http/trailers.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::http {
namespace {

class TrailersTest : public ::testing::Test {
protected:
    bool add(std::string_view name, std::string_view value) {
        return trailers_.add(name, true, true) && trailers_.add(value, false, true);
    }
    std::string text() const {
        std::string all;
        for (const http1::HeaderView& field : trailers_.fields()) {
            all += std::string(std::string_view(field.name)) + "=" +
                   std::string(std::string_view(field.value)) + ";";
        }
        return all;
    }

    Memory memory_;
    BlockPool pool_{memory_};
    Trailers trailers_{pool_};
};

TEST_F(TrailersTest, joins_pieces_and_cuts_white_space_off) {
    EXPECT_TRUE(trailers_.add("Check", true, false));
    EXPECT_TRUE(trailers_.add("sum", true, true));
    EXPECT_TRUE(trailers_.add("ab", false, false));
    EXPECT_TRUE(trailers_.add(" c ", false, true));
    EXPECT_TRUE(add("Empty", ""));
    EXPECT_TRUE(trailers_.fields().empty()) << "not before the content has ended";
    trailers_.finish();
    EXPECT_EQ(text(), "Checksum=ab c;Empty=;");
}

TEST_F(TrailersTest, leaves_out_what_may_not_be_a_trailer) {
    for (const char* name : {"Content-Length", "transfer-encoding", "Host", "Authorization",
                             "Cookie", "Content-Type", "If-Match", "TE", "Trailer"}) {
        EXPECT_TRUE(add(name, "x"));
    }
    EXPECT_TRUE(add("X-Kept", "y"));
    trailers_.finish();
    EXPECT_EQ(text(), "X-Kept=y;");
}

TEST_F(TrailersTest, takes_no_more_than_its_limit) {
    for (std::size_t index = 0; index < Trailers::kTrailersMax; ++index) {
        EXPECT_TRUE(add("X-" + std::to_string(index), "y"));
        EXPECT_FALSE(trailers_.is_full());
    }
    EXPECT_TRUE(add("X-Dropped", "y"));
    EXPECT_TRUE(add("X-Dropped-Too", "y"));
    EXPECT_TRUE(trailers_.is_full());
    trailers_.finish();
    EXPECT_EQ(trailers_.fields().size(), Trailers::kTrailersMax);
    EXPECT_EQ(text().find("Dropped"), std::string::npos);
}

TEST_F(TrailersTest, says_so_when_memory_is_out) {
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(add("X-A", "y"));
    EXPECT_FALSE(trailers_.is_full());
    memory_.set_failure_hook(nullptr, nullptr);
}

}  // namespace
}  // namespace trivet::http
