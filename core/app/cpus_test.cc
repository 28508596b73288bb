#include "app/cpus.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace trivet::app {
namespace {

namespace fs = std::filesystem;

TEST(Cpus, rounds_the_quota_of_cpu_max_up) {
    EXPECT_EQ(parse_cpu_max("max 100000\n"), 0u);
    EXPECT_EQ(parse_cpu_max("100000 100000\n"), 1u);
    EXPECT_EQ(parse_cpu_max("150000 100000\n"), 2u);
    EXPECT_EQ(parse_cpu_max("1000 100000\n"), 1u);
    EXPECT_EQ(parse_cpu_max("6400000 50000"), 128u);
}

TEST(Cpus, takes_a_malformed_quota_for_none) {
    for (const char* text : {"", "\n", "max", "100000", "100000 ", "0 100000", "100000 0", "-1 5",
                             "1e5 100000", "99999999999999999999 100000"}) {
        EXPECT_EQ(parse_cpu_max(text), 0u) << text;
    }
    EXPECT_EQ(parse_cpu_max("18446744073709551615 1"), 0xffff'ffffu);
}

TEST(Cpus, rounds_the_quota_of_the_first_version_up) {
    EXPECT_EQ(parse_cfs_quota("-1\n", "100000\n"), 0u);
    EXPECT_EQ(parse_cfs_quota("250000\n", "100000\n"), 3u);
    EXPECT_EQ(parse_cfs_quota("200000\n", "100000\n"), 2u);
    EXPECT_EQ(parse_cfs_quota("", ""), 0u);
}

// A made-up machine: a folder like /proc/self, whose mountinfo points into the same tree.
class Cgroups : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-cgroups-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        write("proc/cgroup", "");
        write("proc/mountinfo", "");
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(std::string_view path, std::string_view text) {
        const fs::path file = root_ / path;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    // A line of mountinfo. `shown` is the cgroup that stands at the mount's point.
    std::string mounted(std::string_view shown, std::string_view point, std::string_view type,
                        std::string_view options) {
        return "31 23 0:28 " + std::string(shown) + " " + (root_ / point).string() +
               " rw,relatime shared:9 master:1 - " + std::string(type) + " cgroup " +
               std::string(options) + "\n";
    }
    void quota_v1(const std::string& folder, const char* quota) {
        write(folder + "/cpu.cfs_quota_us", quota);
        write(folder + "/cpu.cfs_period_us", "100000\n");
    }
    std::uint32_t quota() { return quota_cpus((root_ / "proc").string()); }

    fs::path root_;
};

TEST_F(Cgroups, without_any_there_is_no_quota) {
    EXPECT_EQ(quota(), 0u);
    EXPECT_EQ(quota_cpus((root_ / "missing").string()), 0u);
}

TEST_F(Cgroups, takes_the_tightest_quota_on_the_way_up) {
    write("proc/cgroup", "0::/system.slice/app.service/inner\n");
    write("proc/mountinfo", mounted("/", "cgroup", "cgroup2", "rw,nsdelegate"));
    write("cgroup/system.slice/app.service/inner/cpu.max", "max 100000\n");
    EXPECT_EQ(quota(), 0u);
    write("cgroup/system.slice/app.service/inner/cpu.max", "800000 100000\n");
    EXPECT_EQ(quota(), 8u);
    write("cgroup/system.slice/cpu.max", "250000 100000\n");
    EXPECT_EQ(quota(), 3u);
    write("cgroup/system.slice/app.service/cpu.max", "500000 100000\n");
    EXPECT_EQ(quota(), 3u);
    write("cgroup/cpu.max", "100000 100000\n");
    EXPECT_EQ(quota(), 1u);
}

TEST_F(Cgroups, finds_its_own_in_a_namespace) {
    write("proc/cgroup", "0::/\n");
    write("proc/mountinfo", mounted("/", "cgroup", "cgroup2", "rw"));
    write("cgroup/cpu.max", "150000 100000\n");
    EXPECT_EQ(quota(), 2u);
}

TEST_F(Cgroups, finds_its_own_where_a_container_mounts_a_part_of_the_tree) {
    write("proc/cgroup", "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc/job\n0::/\n");
    write("proc/mountinfo", mounted("/docker/abc", "cpu", "cgroup", "rw,cpu,cpuacct"));
    quota_v1("cpu", "400000\n");
    EXPECT_EQ(quota(), 4u);
    quota_v1("cpu/job", "200000\n");
    EXPECT_EQ(quota(), 2u);
    quota_v1("docker/abc/job", "100000\n");
    EXPECT_EQ(quota(), 2u);
}

TEST_F(Cgroups, takes_the_whole_mount_for_a_cgroup_outside_it) {
    write("proc/mountinfo", mounted("/docker/abc", "cpu", "cgroup", "rw,cpu"));
    quota_v1("cpu", "300000\n");
    for (const char* line : {"3:cpu:/elsewhere\n", "3:cpu:/docker/abcdef\n", "3:cpu:/../x\n"}) {
        write("proc/cgroup", line);
        EXPECT_EQ(quota(), 3u) << line;
    }
    write("proc/mountinfo", mounted("/", "cgroup", "cgroup2", "rw"));
    write("cgroup/cpu.max", "500000 100000\n");
    for (const char* line : {"0::/../../outside\n", "0::\n", "0::relative\n"}) {
        write("proc/cgroup", line);
        EXPECT_EQ(quota(), 5u) << line;
    }
}

TEST_F(Cgroups, takes_the_tighter_of_both_versions_and_no_other_controller) {
    write("proc/cgroup", "2:cpuacct:/a\n1:cpu:/a\n0::/a\n");
    write("proc/mountinfo", mounted("/", "cpuacct", "cgroup", "rw,cpuacct") +
                                mounted("/", "cpu", "cgroup", "rw,cpu") +
                                mounted("/", "unified", "cgroup2", "rw"));
    quota_v1("cpuacct/a", "100000\n");
    EXPECT_EQ(quota(), 0u);
    quota_v1("cpu/a", "300000\n");
    EXPECT_EQ(quota(), 3u);
    write("unified/a/cpu.max", "200000 100000\n");
    EXPECT_EQ(quota(), 2u);
}

TEST_F(Cgroups, reads_escaped_mount_points) {
    write("proc/cgroup", "0::/\n");
    write("proc/mountinfo", mounted("/", "a\\040b\\134c", "cgroup2", "rw"));
    write("a b\\c/cpu.max", "100000 100000\n");
    EXPECT_EQ(quota(), 1u);
}

TEST_F(Cgroups, survives_lines_that_are_no_mounts) {
    write("proc/cgroup", "\n:\n::\nx\n0::/");
    write("proc/mountinfo", "\n- \n1 2 3\n1 2 3 4 5 6 7 8 9\n31 23 0:28 / / rw - cgroup2");
    EXPECT_EQ(quota(), 0u);
}

TEST(Cpus, counts_the_affinity_mask) {
    // On a thread of its own, so that the mask of this one stays.
    std::thread([] {
        cpu_set_t mask;
        ASSERT_EQ(::sched_getaffinity(0, sizeof mask, &mask), 0);
        const int count = CPU_COUNT(&mask);
        EXPECT_EQ(affinity_cpus(), static_cast<std::uint32_t>(count));
        int first = 0;
        while (!CPU_ISSET(first, &mask)) ++first;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
        EXPECT_EQ(affinity_cpus(), 1u);
        EXPECT_EQ(usable_cpus(), 1u);
    }).join();
    EXPECT_GE(usable_cpus(), 1u);
    EXPECT_LE(usable_cpus(), affinity_cpus());
}

}  // namespace
}  // namespace trivet::app
