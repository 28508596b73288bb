#include "app/hub_directory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "app/app.h"
#include "app/loop_directory.h"

namespace trivet::app {
namespace {

HubHandle opened(const void* owner = nullptr) {
    HubHandle handle = 0;
    EXPECT_EQ(open_hub({}, owner, handle), Status::ok);
    return handle;
}

TEST(HubDirectory, finds_a_hub_until_it_is_closed) {
    const HubHandle handle = opened();
    {
        const HubReference found = find_hub(handle);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->publish({.data = "a"}, {}).status, Status::ok);
        EXPECT_EQ(close_hub(handle), Status::ok);
        EXPECT_EQ(found->publish({.data = "a"}, {}).status, Status::stale)
            << "kept by who found it";
    }
    EXPECT_FALSE(find_hub(handle));
    EXPECT_EQ(close_hub(handle), Status::stale);
}

TEST(HubDirectory, a_handle_never_names_a_later_hub) {
    std::set<HubHandle> seen;
    for (int count = 0; count < 1000; ++count) {
        const HubHandle handle = opened();
        EXPECT_TRUE(seen.insert(handle).second);
        EXPECT_EQ(close_hub(handle), Status::ok);
    }
    for (const HubHandle handle : seen) EXPECT_FALSE(find_hub(handle));
}

TEST(HubDirectory, refuses_what_is_no_handle_of_this_copy) {
    const HubHandle handle = opened();
    for (const HubHandle bad :
         {HubHandle{0}, HubHandle{1}, ~HubHandle{0}, handle ^ (HubHandle{1} << 56),
          handle ^ (HubHandle{1} << 55), handle ^ 1, handle + 2}) {
        EXPECT_FALSE(find_hub(bad)) << bad;
        EXPECT_EQ(close_hub(bad), Status::stale) << bad;
    }
    EXPECT_TRUE(find_hub(handle));
    EXPECT_EQ(close_hub(handle), Status::ok);
}

TEST(HubDirectory, an_app_closes_its_hubs) {
    std::vector<HubHandle> hubs;
    const HubHandle other = opened();
    {
        App app;
        for (int count = 0; count < 300; ++count) hubs.push_back(opened(&app));
        EXPECT_TRUE(find_hub(hubs.back()));
    }
    for (const HubHandle handle : hubs) EXPECT_FALSE(find_hub(handle));
    EXPECT_TRUE(find_hub(other));
    EXPECT_EQ(close_hub(other), Status::ok);
}

TEST(HubDirectory, has_room_for_so_many) {
    std::vector<HubHandle> hubs;
    HubHandle handle = 0;
    while (hubs.size() < kHubsMax && open_hub({}, &hubs, handle) == Status::ok) {
        hubs.push_back(handle);
    }
    EXPECT_EQ(hubs.size(), kHubsMax);
    EXPECT_EQ(open_hub({}, &hubs, handle), Status::limit);
    close_hubs_of(&hubs);
    EXPECT_FALSE(find_hub(hubs.front()));
    EXPECT_FALSE(find_hub(hubs.back()));
}

TEST(HubDirectory, threads_open_find_and_close) {
    std::atomic<HubHandle> current{opened()};
    std::atomic<bool> is_done{false};
    std::vector<std::thread> finders;
    for (int count = 0; count < 2; ++count) {
        finders.emplace_back([&] {
            while (!is_done) {
                if (const HubReference hub = find_hub(current)) hub->publish({.data = "a"}, {});
            }
        });
    }
    for (int count = 0; count < 2000; ++count) {
        const HubHandle before = current;
        current = opened();
        EXPECT_EQ(close_hub(before), Status::ok);
    }
    is_done = true;
    for (std::thread& finder : finders) finder.join();
    EXPECT_EQ(close_hub(current), Status::ok);
}

}  // namespace
}  // namespace trivet::app
