#include "http/spool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <string>
#include <vector>

namespace {

// What the calls of a spool do instead; 0: what they always do.
int open_error = 0;
int mkostemp_error = 0;
int unlink_error = 0;
int pwrite_error = 0;
int interruptions = 0;
std::size_t transfer_max = SIZE_MAX;
bool is_file_cut = false;

bool is_failing(int& error) {
    if (error != 0) {
        errno = std::exchange(error, 0);
        return true;
    }
    return false;
}

bool is_interrupted() {
    if (interruptions > 0) {
        --interruptions;
        errno = EINTR;
        return true;
    }
    return false;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names.
extern "C" {

int __real_open(const char* path, int flags, ...);
int __real_mkostemp(char* path, int flags);
int __real_unlink(const char* path);
ssize_t __real_pwrite(int fd, const void* bytes, size_t size, off_t offset);
ssize_t __real_pread(int fd, void* bytes, size_t size, off_t offset);

int __wrap_open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    const bool is_ours = (flags & O_TMPFILE) == O_TMPFILE;
    return is_ours && is_failing(open_error) ? -1 : __real_open(path, flags, mode);
}

int __wrap_mkostemp(char* path, int flags) {
    return is_failing(mkostemp_error) ? -1 : __real_mkostemp(path, flags);
}

int __wrap_unlink(const char* path) {
    // What cannot be unlinked would be left behind by the test.
    const int result = __real_unlink(path);
    return is_failing(unlink_error) ? -1 : result;
}

ssize_t __wrap_pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    if (is_interrupted() || is_failing(pwrite_error)) {
        return errno == ESTALE ? 0 : -1;
    }
    return __real_pwrite(fd, bytes, std::min(size, transfer_max), offset);
}

ssize_t __wrap_pread(int fd, void* bytes, size_t size, off_t offset) {
    if (is_interrupted()) {
        return -1;
    }
    return is_file_cut ? 0 : __real_pread(fd, bytes, std::min(size, transfer_max), offset);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace trivet::http {
namespace {

class SpoolTest : public testing::Test {
protected:
    SpoolTest() {
        std::string name = (std::filesystem::temp_directory_path() / "spool-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        open_error = mkostemp_error = unlink_error = pwrite_error = interruptions = 0;
        transfer_max = SIZE_MAX;
        is_file_cut = false;
    }
    ~SpoolTest() override {
        // Whatever happened, nothing is left behind.
        EXPECT_TRUE(std::filesystem::is_empty(folder_));
        std::filesystem::remove_all(folder_);
        EXPECT_EQ(memory_.bytes_in_use(), 0u);
    }

    const char* folder() const { return folder_.c_str(); }

    static std::string content(const Spool& spool) {
        std::string text(spool.size() + 10, '?');
        const auto size = spool.read(0, text);
        EXPECT_TRUE(size.has_value());
        text.resize(size.value_or(0));
        return text;
    }

    Memory memory_;
    std::string folder_;
};

TEST_F(SpoolTest, small_content_stays_in_memory) {
    Spool spool(memory_, "/nowhere", {.memory_bytes_max = 10});
    EXPECT_EQ(spool.view(), "");
    EXPECT_TRUE(spool.append("").has_value());
    EXPECT_TRUE(spool.append("12345").has_value());
    EXPECT_TRUE(spool.append("67890").has_value());
    EXPECT_FALSE(spool.is_file());
    EXPECT_EQ(spool.size(), 10u);
    EXPECT_EQ(spool.view(), "1234567890");
    EXPECT_EQ(content(spool), "1234567890");
    EXPECT_FALSE(spool.take_file().is_open());
}

TEST_F(SpoolTest, larger_content_moves_to_a_file) {
    Spool spool(memory_, folder(), {.memory_bytes_max = 10});
    EXPECT_TRUE(spool.append("123456789").has_value());
    EXPECT_TRUE(spool.append("0a").has_value());
    EXPECT_TRUE(spool.is_file());
    EXPECT_EQ(memory_.bytes_in_use(), 0u);
    EXPECT_TRUE(spool.append("b").has_value());
    EXPECT_EQ(spool.view(), "");
    EXPECT_EQ(content(spool), "1234567890ab");
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SpoolTest, reads_from_anywhere) {
    for (const std::size_t memory_bytes_max : {0u, 100u}) {
        Spool spool(memory_, folder(), {.memory_bytes_max = memory_bytes_max});
        EXPECT_TRUE(spool.append("0123456789").has_value());
        char room[4];
        EXPECT_EQ(spool.read(3, room).value(), 4u);
        EXPECT_EQ(std::string(room, 4), "3456");
        EXPECT_EQ(spool.read(8, room).value(), 2u);
        EXPECT_EQ(spool.read(10, room).value(), 0u);
        EXPECT_EQ(spool.read(~std::uint64_t{0}, room).value(), 0u);
    }
}

TEST_F(SpoolTest, the_file_is_nobody_elses) {
    Spool spool(memory_, folder(), {.memory_bytes_max = 0});
    EXPECT_TRUE(spool.append("secret").has_value());
    const Fd file = spool.take_file();
    struct stat facts{};
    ASSERT_EQ(::fstat(file.get(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0600u);
    EXPECT_EQ(facts.st_nlink, 0u);
    EXPECT_EQ(facts.st_size, 6);
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
    EXPECT_NE(::fcntl(file.get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(spool.size(), 0u);
    EXPECT_TRUE(spool.append("more").has_value());
    EXPECT_EQ(content(spool), "more");
}

TEST_F(SpoolTest, works_where_files_need_names) {
    for (const int error : {EOPNOTSUPP, EISDIR, EINVAL}) {
        open_error = error;
        Spool spool(memory_, folder(), {.memory_bytes_max = 4});
        EXPECT_TRUE(spool.append("12345").has_value());
        EXPECT_TRUE(spool.is_file());
        EXPECT_EQ(content(spool), "12345");
        EXPECT_TRUE(std::filesystem::is_empty(folder_));
    }
}

TEST_F(SpoolTest, memory_grows_with_the_content) {
    Spool spool(memory_, folder(), {.memory_bytes_max = 100'000});
    EXPECT_TRUE(spool.append("1").has_value());
    EXPECT_LE(memory_.bytes_in_use(), 1024u);
    for (std::size_t size = 1; size < 100'000; size += 100) {
        EXPECT_TRUE(spool.append(std::string(std::min<std::size_t>(100, 100'000 - size), 'x')));
        EXPECT_LE(memory_.bytes_in_use(), std::max<std::size_t>(1024, spool.size() * 2));
    }
    EXPECT_FALSE(spool.is_file());
    EXPECT_EQ(memory_.bytes_in_use(), 100'000u);
}

TEST_F(SpoolTest, calls_that_are_interrupted_or_do_half_are_continued) {
    interruptions = 3;
    transfer_max = 7;
    Spool spool(memory_, folder(), {.memory_bytes_max = 10});
    std::string text;
    for (int number = 0; number < 50; ++number) {
        const std::string piece = std::to_string(number * 1'000'003);
        EXPECT_TRUE(spool.append(piece).has_value());
        text += piece;
    }
    interruptions = 2;
    EXPECT_EQ(content(spool), text);
}

TEST_F(SpoolTest, the_limit_is_kept_in_memory_and_in_a_file) {
    for (const std::size_t memory_bytes_max : {0u, 100u}) {
        Spool spool(memory_, folder(), {.memory_bytes_max = memory_bytes_max, .bytes_max = 5});
        EXPECT_TRUE(spool.append("12345").has_value());
        EXPECT_EQ(spool.append("6").error().status, Status::limit);
        EXPECT_EQ(spool.append("").error().status, Status::limit);
        EXPECT_EQ(spool.size(), 5u);
    }
}

TEST_F(SpoolTest, reports_what_the_system_refuses) {
    const auto refusal = [this](int& place, int number, const char* directory) {
        place = number;
        Spool spool(memory_, directory, {.memory_bytes_max = 2});
        EXPECT_TRUE(spool.append("12").has_value());
        const auto result = spool.append("345");
        EXPECT_FALSE(result.has_value());
        EXPECT_EQ(result.error().status, Status::system);
        EXPECT_EQ(spool.append("").error().number, result.error().number);
        return std::string(result.error().call) + ' ' + strerrorname_np(result.error().number);
    };
    int none = 0;
    EXPECT_EQ(refusal(none, 0, (folder_ + "/missing").c_str()), "open ENOENT");
    EXPECT_EQ(refusal(none, 0, "/dev/null"), "open ENOTDIR");
    EXPECT_EQ(refusal(open_error, EMFILE, folder()), "open EMFILE");
    EXPECT_EQ(refusal(pwrite_error, ENOSPC, folder()), "pwrite ENOSPC");
    EXPECT_EQ(refusal(pwrite_error, ESTALE, folder()), "pwrite ENOSPC");
    open_error = EOPNOTSUPP;
    EXPECT_EQ(refusal(mkostemp_error, EACCES, folder()), "mkostemp EACCES");
    open_error = EOPNOTSUPP;
    EXPECT_EQ(refusal(unlink_error, EBUSY, folder()), "unlink EBUSY");
    open_error = EOPNOTSUPP;
    EXPECT_EQ(refusal(none, 0, (folder_ + std::string(5000, 'x')).c_str()),
              "mkostemp ENAMETOOLONG");
}

TEST_F(SpoolTest, a_file_that_became_shorter_is_an_error) {
    Spool spool(memory_, folder(), {.memory_bytes_max = 0});
    EXPECT_TRUE(spool.append("12345").has_value());
    is_file_cut = true;
    char room[5];
    EXPECT_EQ(spool.read(0, room).error().number, EIO);
}

TEST_F(SpoolTest, reports_failing_memory_at_every_allocation) {
    for (int failing = 0; failing < 3; ++failing) {
        Memory memory;
        int countdown = failing;
        memory.set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        Spool spool(memory, folder(), {});
        int appended = 0;
        std::expected<void, SpoolError> result;
        while ((result = spool.append(std::string(1000, 'x'))) && appended < 10) {
            ++appended;
        }
        EXPECT_EQ(result.error().status, Status::memory);
        EXPECT_EQ(spool.view(), std::string(spool.size(), 'x'));
    }
}

}  // namespace
}  // namespace trivet::http
