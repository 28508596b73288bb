#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "doctor_facts.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A folder that stands for the root of a machine.
class DoctorFiles : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-doctor-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
    }
    void TearDown() override { fs::remove_all(root_); }
    void write(const char* file, const char* text) {
        fs::create_directories((root_ / file).parent_path());
        std::ofstream(root_ / file) << text;
    }

    fs::path root_;
};

TEST_F(DoctorFiles, reads_numbers) {
    write("a", "4096\n");
    write("b", "max\n");
    EXPECT_EQ(read_number(root_ / "a"), 4096u);
    EXPECT_EQ(read_number(root_ / "b"), 0u);
    EXPECT_EQ(read_number(root_ / "none"), 0u);
}

TEST_F(DoctorFiles, takes_the_smallest_limit_of_a_group_and_those_above) {
    EXPECT_EQ(memory_limit_of(root_), kNoLimit);
    write("proc/self/cgroup", "0::/a/b\n");
    write("sys/fs/cgroup/a/b/memory.max", "max\n");
    EXPECT_EQ(memory_limit_of(root_), kNoLimit);
    write("sys/fs/cgroup/a/memory.max", "2000\n");
    EXPECT_EQ(memory_limit_of(root_), 2000u);
    write("sys/fs/cgroup/memory.max", "1000\n");
    EXPECT_EQ(memory_limit_of(root_), 1000u);
}

TEST_F(DoctorFiles, knows_the_first_version_of_cgroups) {
    write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\nno line\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(memory_limit_of(root_), kNoLimit);
    write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "3000\n");
    EXPECT_EQ(memory_limit_of(root_), 3000u);
}

TEST_F(DoctorFiles, knows_a_filter) {
    EXPECT_FALSE(is_filtered_process(root_));
    write("proc/self/status", "Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t2\n");
    EXPECT_FALSE(is_filtered_process(root_));
    write("proc/self/status", "Name:\tx\nSeccomp:\t2\n");
    EXPECT_TRUE(is_filtered_process(root_));
}

TEST(DoctorVersions, are_the_first_number_with_dots) {
    EXPECT_EQ(version_in("Python 3.11.2\n"), "3.11.2");
    EXPECT_EQ(version_in("v20.11.1\n"), "20.11.1");
    EXPECT_EQ(version_in("go version go1.24.1 linux/amd64"), "1.24.1");
    EXPECT_EQ(version_in("cc (Debian 12-1) 12.2.0"), "12.2.0");
    EXPECT_EQ(version_in("no version 3"), "");
    EXPECT_EQ(version_in(""), "");
}

}  // namespace
}  // namespace trivet::cli
