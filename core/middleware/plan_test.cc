#include "middleware/plan.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

TEST(PlanTest, a_field_is_looked_for_once_whoever_names_it) {
    const Made one = make_of("request_id", {});
    Plan plan;
    plan.add_step(**one, "Origin", "X-A");
    plan.add_step(**one, "x-a");
    plan.add_step(**one);
    EXPECT_EQ(plan.fields, (std::vector<std::string>{"origin", "x-a"}));
    EXPECT_EQ(plan.steps[0].slots, (std::array<std::uint8_t, kFieldsOfOneMax>{0, 1}));
    EXPECT_EQ(plan.steps[1].slots[0], 1);
}

TEST(PlanTest, lines_are_one_text) {
    Plan plan;
    plan.add_line("X-A", "1");
    plan.add_list_line("Vary", "Origin");
    EXPECT_EQ(plan.text, "X-A: 1\r\nVary: Origin\r\n");
    EXPECT_EQ(plan.lines[0].name, "x-a");
    EXPECT_EQ(plan.lines[1].name, "") << "no field of an answer stands in for it";
    EXPECT_EQ(plan.text.substr(plan.lines[1].offset, plan.lines[1].size), "Vary: Origin\r\n");
}

}  // namespace
}  // namespace trivet::middleware
