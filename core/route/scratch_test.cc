#include "route/scratch.h"

#include <gtest/gtest.h>

#include "route/router.h"

namespace trivet::route {
namespace {

Router made(const char* pattern) {
    Router router;
    EXPECT_TRUE(router.add({"GET", "", pattern, "", "", 0}).has_value());
    router.freeze();
    return router;
}

TEST(Scratch, takes_memory_for_expressions_only_when_there_are_some) {
    const Router plain = made("/{a}");
    const Router regex = made("/{a:regex(x)}");
    EXPECT_FALSE(plain.has_regexes());
    EXPECT_TRUE(regex.has_regexes());
    Memory memory;
    {
        const Scratch one(plain, memory);
        const std::size_t small = memory.bytes_in_use();
        const Scratch two(regex, memory);
        EXPECT_GT(memory.bytes_in_use(), 2 * small);
        EXPECT_TRUE(one.is_ready() && two.is_ready());
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Scratch, is_not_ready_when_memory_is_out) {
    const Router router = made("/{a:regex(x)}");
    for (int failing = 1; failing <= 2; ++failing) {
        Memory memory;
        int countdown = failing;
        memory.set_failure_hook(
            [](void* left, std::size_t) { return --*static_cast<int*>(left) == 0; }, &countdown);
        const Scratch scratch(router, memory);
        EXPECT_FALSE(scratch.is_ready());
        EXPECT_EQ(scratch.limits_total(), 0u);
        EXPECT_EQ(memory.bytes_in_use(), 0u);
    }
}

}  // namespace
}  // namespace trivet::route
