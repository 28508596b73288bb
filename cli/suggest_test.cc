#include "suggest.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

const std::vector<std::string> kKnown = {"start", "version", "--port", "--workers"};

TEST(Suggest, names_the_nearest_word) {
    EXPECT_EQ(did_you_mean("strat", kKnown), "; did you mean 'start'?");
    EXPECT_EQ(did_you_mean("Start", kKnown), "; did you mean 'start'?");
    EXPECT_EQ(did_you_mean("versions", kKnown), "; did you mean 'version'?");
    EXPECT_EQ(did_you_mean("--wokers", kKnown), "; did you mean '--workers'?");
}

TEST(Suggest, is_silent_when_nothing_is_near) {
    EXPECT_EQ(did_you_mean("deploy", kKnown), "");
    EXPECT_EQ(did_you_mean("--certificate", kKnown), "");
    EXPECT_EQ(did_you_mean(std::string(1000, 's'), kKnown), "");
    EXPECT_EQ(did_you_mean("start", {}), "");
}

}  // namespace
}  // namespace trivet::cli
