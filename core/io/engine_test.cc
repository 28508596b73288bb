#include "io/engine.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>

namespace trivet::io {
namespace {

TEST(Engine, makes_what_is_asked_for) {
    Memory memory;
    const EngineChoice epoll = make_loop(Engine::epoll, memory, {});
    ASSERT_NE(epoll.loop, nullptr);
    EXPECT_EQ(epoll.loop->name(), "epoll");
    EXPECT_EQ(epoll.reason, "asked for");
    EXPECT_EQ(epoll.error, 0);
    const EngineChoice uring = make_loop(Engine::uring, memory, {});
    ASSERT_NE(uring.loop, nullptr) << uring.reason;
    EXPECT_EQ(uring.loop->name(), "io_uring");
}

TEST(Engine, automatic_says_why) {
    Memory memory;
    const EngineChoice choice = make_loop(Engine::automatic, memory, {});
    ASSERT_NE(choice.loop, nullptr);
    EXPECT_FALSE(choice.reason.empty());
}

TEST(Engine, falls_back_to_epoll_where_the_ring_cannot_be_had) {
    Memory memory;
    const LoopConfig impossible{.buffer_count = 3, .buffer_bytes = 1024};  // no power of two
    const EngineChoice asked = make_loop(Engine::uring, memory, impossible);
    EXPECT_EQ(asked.loop, nullptr);
    EXPECT_NE(asked.error, 0);
    EXPECT_NE(asked.reason.find("provided buffers"), std::string::npos) << asked.reason;
    const EngineChoice fallback = make_loop(Engine::automatic, memory, impossible);
    ASSERT_NE(fallback.loop, nullptr);
    EXPECT_EQ(fallback.loop->name(), "epoll");
    EXPECT_NE(fallback.reason.find("io_uring unavailable"), std::string::npos) << fallback.reason;
}

TEST(Engine, says_when_there_is_none) {
    Memory memory;
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit none{0, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const EngineChoice uring = make_loop(Engine::uring, memory, {});
    const EngineChoice choice = make_loop(Engine::automatic, memory, {});
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(uring.loop, nullptr);
    EXPECT_EQ(uring.error, EMFILE);
    EXPECT_EQ(choice.loop, nullptr);
    EXPECT_EQ(choice.error, EMFILE);
    EXPECT_NE(choice.reason.find("epoll"), std::string::npos);
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Engine, says_when_memory_is_out) {
    Memory memory;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    const EngineChoice choice = make_loop(Engine::epoll, memory, {});
    EXPECT_EQ(choice.loop, nullptr);
    EXPECT_EQ(choice.error, ENOMEM);
}

}  // namespace
}  // namespace trivet::io
