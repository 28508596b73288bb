#include "middleware/traceparent.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace trivet::middleware {
namespace {

const std::string kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceparentTest, has_three_parts) {
    const auto parsed = parse_traceparent(kGood);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(parsed->parent_id, "00f067aa0ba902b7");
    EXPECT_TRUE(parsed->is_sampled);
}

TEST(TraceparentTest, one_flag_is_known) {
    for (const auto& [flags, is_sampled] : std::map<std::string, bool>{
             {"00", false}, {"02", false}, {"03", true}, {"ff", true}, {"f0", false}}) {
        const auto parsed = parse_traceparent(kGood.substr(0, 53) + flags);
        ASSERT_TRUE(parsed) << flags;
        EXPECT_EQ(parsed->is_sampled, is_sampled) << flags;
    }
}

TEST(TraceparentTest, any_wrong_byte_spoils_it) {
    for (std::size_t at = 0; at < kGood.size(); ++at) {
        for (const char wrong : {'g', 'A', ' ', '_', '\0'}) {
            std::string text = kGood;
            text[at] = wrong;
            EXPECT_FALSE(parse_traceparent(text)) << text;
        }
        EXPECT_FALSE(parse_traceparent(kGood.substr(0, at)));
    }
}

}  // namespace
}  // namespace trivet::middleware
