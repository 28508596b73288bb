#include "io/open_beneath.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace trivet::io {
namespace {

namespace fs = std::filesystem;

std::string read_all(const Fd& file) {
    char bytes[64];
    const ssize_t count = ::read(file.get(), bytes, sizeof bytes);
    return count < 0 ? "unreadable" : std::string(bytes, static_cast<std::size_t>(count));
}

void put(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

// A folder "root" with files, and a secret beside it. The parameter: whether openat2 is used.
class OpenBeneathTest : public ::testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "beneath-XXXXXX").string();
        ASSERT_NE(::mkdtemp(made.data()), nullptr);
        base_ = made;
        root_ = base_ / "root";
        fs::create_directories(root_ / "sub" / "deep");
        put(root_ / "plain", "plain");
        put(root_ / "sub" / "deep" / "file", "deep");
        put(base_ / "secret", "secret");
        fs::create_symlink("plain", root_ / "inside");
        fs::create_symlink("sub", root_ / "folder");
        fs::create_symlink("../secret", root_ / "out");
        fs::create_symlink("..", root_ / "up");
        fs::create_symlink(base_ / "secret", root_ / "absolute");
        fs::create_symlink(root_ / "plain", root_ / "absolute_inside");
    }
    void TearDown() override { fs::remove_all(base_); }

    int open(const char* path, bool follows_symlinks = true) {
        const std::string root = root_.string();
        return opener_.open({root.c_str(), path, follows_symlinks}, true, file_);
    }

    fs::path base_;
    fs::path root_;
    Fd file_;
    BeneathOpener opener_{GetParam()};
};

TEST_P(OpenBeneathTest, opens_what_lies_below) {
    EXPECT_EQ(open("plain"), 0);
    EXPECT_EQ(read_all(file_), "plain");
    EXPECT_EQ(open("sub/deep/file"), 0);
    EXPECT_EQ(read_all(file_), "deep");
    EXPECT_EQ(open("none"), ENOENT);
    EXPECT_EQ(open("plain/more"), ENOTDIR);
}

TEST_P(OpenBeneathTest, opens_nothing_beside) {
    for (const char* path : {"out", "absolute", "up/secret", "..", "../secret", "sub/../../secret",
                             "sub/..", "sub/deep/../../../secret"}) {
        if (std::string_view(path) == "sub/..") {
            continue;  // openat2 finds the root itself, which is no way out
        }
        EXPECT_NE(open(path), 0) << path;
    }
    EXPECT_EQ(opener_.has_openat2(), GetParam());
}

TEST_P(OpenBeneathTest, follows_links_that_stay_where_the_kernel_sees_to_it) {
    EXPECT_EQ(open("inside"), GetParam() ? 0 : ELOOP);
    EXPECT_EQ(open("folder/deep/file") == 0, GetParam());
    EXPECT_NE(open("absolute_inside"), 0);
    EXPECT_EQ(open("inside", false), ELOOP);
    EXPECT_NE(open("folder/deep/file", false), 0);
}

TEST_P(OpenBeneathTest, does_not_wait_for_the_writer_of_a_pipe) {
    ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(open("pipe"), 0);
}

TEST_P(OpenBeneathTest, without_waiting_it_finds_what_is_known_or_asks_to_wait) {
    EXPECT_EQ(open("sub/deep/file"), 0);
    Fd file;
    const std::string root = root_.string();
    const int error = opener_.open({root.c_str(), "sub/deep/file"}, false, file);
    EXPECT_TRUE(error == 0 || error == EAGAIN) << error;
    EXPECT_NE(opener_.open({root.c_str(), "out"}, false, file), 0);
}

TEST_P(OpenBeneathTest, a_path_of_the_program_may_be_any) {
    const std::string secret = (base_ / "root" / "out").string();
    EXPECT_EQ(opener_.open({nullptr, secret.c_str()}, true, file_), 0);
    EXPECT_EQ(read_all(file_), "secret");
}

TEST_P(OpenBeneathTest, the_directory_is_a_link_that_is_followed_anew) {
    fs::create_directory(base_ / "next");
    put(base_ / "next" / "plain", "newer");
    fs::create_directory_symlink("root", base_ / "current");
    const std::string current = (base_ / "current").string();
    ASSERT_EQ(opener_.open({current.c_str(), "plain"}, true, file_), 0);
    EXPECT_EQ(read_all(file_), "plain");
    fs::create_directory_symlink("next", base_ / "swap");
    fs::rename(base_ / "swap", base_ / "current");
    ASSERT_EQ(opener_.open({current.c_str(), "plain"}, true, file_), 0);
    EXPECT_EQ(read_all(file_), "newer");
}

// A thread puts a link out of the root in the place of a folder, again and again.
TEST_P(OpenBeneathTest, never_leaves_while_names_are_swapped) {
    fs::create_directory(base_ / "outside");
    put(base_ / "outside" / "file", "secret");
    fs::create_directory(root_ / "folder2");
    put(root_ / "folder2" / "file", "inside");
    fs::create_directory_symlink("../outside", root_ / "link");
    std::atomic<bool> is_ending{false};
    std::thread swapper([&] {
        const std::string a = (root_ / "folder2").string();
        const std::string b = (root_ / "link").string();
        while (!is_ending.load()) {
            ::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), 2);  // exchange
        }
    });
    int opened = 0;
    for (int count = 0; count < 20'000; ++count) {
        if (open("folder2/file") == 0) {
            ++opened;
            ASSERT_EQ(read_all(file_), "inside");
        }
    }
    is_ending = true;
    swapper.join();
    EXPECT_GT(opened, 0);
}

INSTANTIATE_TEST_SUITE_P(Kernels, OpenBeneathTest, ::testing::Bool(),
                         [](const auto& uses) { return uses.param ? "openat2" : "by_name"; });

// As the filters of older containers do.
void forbid_openat2(int error) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof code / sizeof code[0], code};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

TEST(OpenBeneathForbiddenTest, goes_name_by_name_where_openat2_is_forbidden) {
    std::string made = (fs::temp_directory_path() / "beneath-XXXXXX").string();
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    fs::create_directories(fs::path(made) / "root" / "sub");
    put(fs::path(made) / "root" / "sub" / "file", "file");
    put(fs::path(made) / "secret", "secret");
    fs::create_symlink("../secret", fs::path(made) / "root" / "out");
    for (const int error : {ENOSYS, EPERM}) {
        const pid_t child = ::fork();
        if (child == 0) {
            forbid_openat2(error);
            BeneathOpener opener;
            Fd file;
            const std::string root = made + "/root";
            const bool is_good = opener.open({root.c_str(), "sub/file"}, false, file) == EAGAIN &&
                                 opener.open({root.c_str(), "sub/file"}, true, file) == 0 &&
                                 read_all(file) == "file" && !opener.has_openat2() &&
                                 opener.open({root.c_str(), "out"}, true, file) == ELOOP &&
                                 opener.open({root.c_str(), "../secret"}, true, file) != 0;
            ::_exit(is_good ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << error;
    }
    fs::remove_all(made);
}

}  // namespace
}  // namespace trivet::io
