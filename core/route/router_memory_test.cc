// Matching takes no memory and many threads do it at once.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "route/routes_test.h"

namespace {

// How often this thread has asked for memory.
thread_local std::size_t allocations = 0;

}  // namespace

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TRIVET_HAS_TSAN 1
#endif
#endif

#ifdef TRIVET_HAS_TSAN

// This sanitizer defines operator new itself, and tells of every block.
#include <sanitizer/allocator_interface.h>

namespace {
[[maybe_unused]] const int kInstalled = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});
}  // namespace

#else

// NOLINTBEGIN(misc-new-delete-overloads): the aligned forms keep their defaults.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void* operator new(std::size_t size) {
    if (void* block = operator new(size, std::nothrow)) {
        return block;
    }
    std::abort();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
// NOLINTEND(misc-new-delete-overloads)

#endif

namespace trivet::route {
namespace {

const std::vector<std::string>& lines() {
    static const std::vector<std::string> all = {
        "GET /",
        "GET /users/{id:int}",
        "PUT /users/{name}",
        "GET /{u:uuid}/{r:regex((?:ab|c)+)}",
        "GET /{s:regex((a+)+$)}",
        "GET /files/{rest:path}",
        "POST {t}.example.com/h/{x}",
        "GET a.example.com/h/{x}",
    };
    return all;
}

struct Asked {
    std::string method;
    std::string host;
    std::string path;
    Outcome outcome;
};

std::vector<Asked> asked() {
    const std::string uuid = "0d9f2c1a-5b7e-4c38-9a01-6f2e8d3b4c5a";
    return {
        {"GET", "", "/", Outcome::found},
        {"GET", "x", "/users/42", Outcome::found},
        {"PUT", "x", "/users/%34%32", Outcome::found},
        {"DELETE", "x", "/users/42", Outcome::method_not_allowed},
        {"OPTIONS", "x", "/users/42", Outcome::options},
        {"GET", "x", "/" + uuid + "/" + std::string(900, 'c'), Outcome::found},
        {"GET", "x", "/" + std::string(40, 'a') + "!", Outcome::not_found},
        {"GET", "x", "/" + std::string(40, 'a') + "%21", Outcome::not_found},
        {"GET", "x", "/files/" + std::string(5000, '/'), Outcome::found},
        {"POST", "b.example.com:80", "/h/1", Outcome::found},
        {"GET", "A.example.com.", "/h/%20", Outcome::found},
        {"DELETE", "a.example.com", "/h/1", Outcome::method_not_allowed},
        {"GET", "a..b", "/h/1", Outcome::not_found},
        {"GET", "x", "/%zz", Outcome::malformed},
    };
}

// Matches all of them and gives how many answers were wrong.
std::size_t wrong(const Router& router, Scratch& scratch, const std::vector<Asked>& requests) {
    std::size_t count = 0;
    Match match;
    for (const Asked& request : requests) {
        const Outcome outcome =
            router.match(request.method, request.host, request.path, scratch, match);
        count += outcome != request.outcome ? 1 : 0;
    }
    return count;
}

TEST(RouterMemory, matching_takes_none) {
    Routes routes(lines());
    const std::vector<Asked> requests = asked();
    const std::size_t taken = routes.memory().bytes_in_use();
    routes.memory().set_failure_hook(
        [](void*, std::size_t) {
            ++allocations;
            return true;
        },
        nullptr);
    const std::size_t before = allocations;
    EXPECT_EQ(wrong(routes.router(), routes.scratch(), requests), 0u);
    EXPECT_EQ(wrong(routes.router(), routes.scratch(), requests), 0u);
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(routes.memory().bytes_in_use(), taken);
    EXPECT_EQ(routes.scratch().limits_total(), 4u);
    // The counter counts.
    ::operator delete(::operator new(1));
    EXPECT_EQ(allocations, before + 1);
}

TEST(RouterMemory, building_a_url_into_room_takes_none) {
    Router router;
    ASSERT_TRUE(router.add({"GET", "{t}.x", "/{id:int}/{u:path}", "", "n", 0}).has_value());
    const NamedText params[] = {{"id", "7"}, {"t", "a"}, {"u", "b/c"}};
    const NamedText query[] = {{"q", "d e"}};
    char room[64];
    const std::size_t before = allocations;
    const auto size = router.url("n", params, query, room);
    EXPECT_EQ(allocations, before);
    ASSERT_TRUE(size.has_value());
    EXPECT_EQ(std::string_view(room, *size), "//a.x/7/b/c?q=d+e");
}

TEST(RouterThreads, match_at_once) {
    Routes routes(lines());
    const std::vector<Asked> requests = asked();
    std::atomic<std::size_t> failures = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&routes, &requests, &failures] {
            Memory memory;
            Scratch scratch(routes.router(), memory);
            for (int round = 0; round < 50; ++round) {
                failures += wrong(routes.router(), scratch, requests);
            }
            failures += scratch.limits_total() != 100 ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(failures, 0u);
}

}  // namespace
}  // namespace trivet::route
