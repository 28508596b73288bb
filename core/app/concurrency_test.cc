#include "app/concurrency.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

struct Case {
    std::uint32_t workers;  // configured; 0: not
    std::uint32_t threads;
    bool can_thread;
    bool is_worker;
    std::uint32_t cpus;
    std::uint32_t expected_workers;
    std::uint32_t expected_threads;
    bool warns;
};

constexpr Case kCases[] = {
    // Neither configured: all CPUs, as threads where the language can.
    {0, 0, true, false, 4, 1, 4, false},
    {0, 0, false, false, 4, 4, 1, false},
    {0, 0, true, false, 1, 1, 1, false},
    // No more than a process or a supervisor has room for.
    {0, 0, true, false, 200, 1, 64, false},
    {0, 0, false, false, 2000, 1024, 1, false},
    // One configured: the other is 1.
    {3, 0, true, false, 2, 3, 1, false},
    {0, 3, true, false, 2, 1, 3, false},
    {1, 0, false, false, 8, 1, 1, false},
    {0, 1, true, false, 8, 1, 1, false},
    {0, 1, false, false, 8, 1, 1, false},
    // Both.
    {2, 4, true, false, 4, 2, 4, false},
    // Above twice the CPUs.
    {4, 0, false, false, 2, 4, 1, false},
    {5, 0, false, false, 2, 5, 1, true},
    {0, 5, true, false, 2, 1, 5, true},
    {3, 3, true, false, 4, 3, 3, true},
    // In a supervised worker.
    {0, 0, true, true, 4, 1, 1, false},
    {0, 0, false, true, 4, 1, 1, false},
    {8, 0, true, true, 2, 1, 1, false},
    {8, 3, true, true, 2, 1, 3, false},
    {8, 5, true, true, 2, 1, 5, true},
};

TEST(Concurrency, follows_the_table) {
    for (const Case& given : kCases) {
        SCOPED_TRACE(std::to_string(&given - kCases));
        Config config;
        config.workers = given.workers;
        config.threads = given.threads;
        const auto chosen = concurrency(config, given.can_thread, given.is_worker, given.cpus);
        ASSERT_TRUE(chosen);
        EXPECT_EQ(chosen->workers, given.expected_workers);
        EXPECT_EQ(chosen->threads, given.expected_threads);
        EXPECT_EQ(!chosen->warning.empty(), given.warns) << chosen->warning;
    }
}

TEST(Concurrency, says_what_it_warns_of) {
    Config config;
    config.workers = 9;
    EXPECT_EQ(concurrency(config, false, false, 4)->warning,
              "9 workers with 1 threads each are more than twice the 4 CPUs this process may use");
}

TEST(Concurrency, refuses_threads_where_the_language_has_none) {
    Config config;
    config.threads = 2;
    const auto chosen = concurrency(config, false, false, 4);
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error(),
              "threads is 2, but this language serves with one thread a process: set workers "
              "instead");
    EXPECT_FALSE(concurrency(config, false, true, 4));
}

}  // namespace
}  // namespace trivet::app
