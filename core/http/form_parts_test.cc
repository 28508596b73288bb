#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "http/form.h"

namespace {

int linkat_error = 0;

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names.
extern "C" {

int __real_linkat(int old_place, const char* old_path, int new_place, const char* new_path,
                  int flags);

int __wrap_linkat(int old_place, const char* old_path, int new_place, const char* new_path,
                  int flags) {
    if (linkat_error != 0) {
        errno = linkat_error;
        return -1;
    }
    return __real_linkat(old_place, old_path, new_place, new_path, flags);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace trivet::http {
namespace {

const std::string kLarge(10'000, 'x');

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string content_of(int fd) {
    std::string text;
    char piece[1000];
    for (ssize_t size = 0; (size = ::read(fd, piece, sizeof piece)) > 0;) {
        text.append(piece, static_cast<std::size_t>(size));
    }
    return text;
}

// A form with a field, a file in memory and one on disk.
class FormPartsTest : public testing::Test {
protected:
    void SetUp() override {
        linkat_error = 0;
        std::string name = (std::filesystem::temp_directory_path() / "parts-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        FormConfig config;
        config.memory_bytes_max = 100;
        config.directory = std::string_view(folder_);
        form_.emplace(pool_, config);
        form_->open("multipart/form-data; boundary=b");
        form_->feed(
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue\r\n--b\r\n"
            "Content-Disposition: form-data; name=s; filename=n\r\n\r\nsmall\r\n--b\r\n"
            "Content-Disposition: form-data; name=l; filename=n\r\n\r\n" +
            kLarge + "\r\n--b--");
        form_->finish();
        ASSERT_EQ(form_->part_count(), 3u);
        ASSERT_TRUE(form_->part(2)->is_spooled);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name = "kept") const { return folder_ + "/" + name; }
    static std::string wanted(std::size_t index) {
        return index == 0 ? "value" : index == 1 ? "small" : kLarge;
    }
    std::size_t files() const {
        const std::filesystem::directory_iterator all(folder_);
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    Memory memory_;
    BlockPool pool_{memory_};
    std::string folder_;
    std::optional<Form> form_;
};

TEST_F(FormPartsTest, are_read_from_anywhere) {
    char room[4];
    for (std::size_t index = 0; index < 3; ++index) {
        const std::string text = wanted(index);
        EXPECT_EQ(form_->read(index, 1, room).value(), 4u);
        EXPECT_EQ(std::string(room, 4), text.substr(1, 4));
        EXPECT_EQ(form_->read(index, text.size() - 2, room).value(), 2u);
        EXPECT_EQ(form_->read(index, text.size(), room).value(), 0u);
        EXPECT_EQ(form_->read(index, ~std::uint64_t{0}, room).value(), 0u);
        EXPECT_EQ(form_->read(index, 0, {}).value(), 0u);
    }
    EXPECT_EQ(form_->read(3, 0, room).error(), Status::not_found);
}

TEST_F(FormPartsTest, descriptors_are_their_own) {
    for (std::size_t index = 0; index < 3; ++index) {
        const auto first = form_->descriptor(index);
        const auto second = form_->descriptor(index);
        ASSERT_TRUE(first && second);
        EXPECT_NE(::fcntl(first->get(), F_GETFD) & FD_CLOEXEC, 0);
        char room[3];
        EXPECT_EQ(::read(first->get(), room, 3), 3);
        EXPECT_EQ(content_of(second->get()), wanted(index));
        EXPECT_EQ(content_of(first->get()), wanted(index).substr(3));
    }
    auto kept = form_->descriptor(2);
    EXPECT_EQ(form_->descriptor(3).error(), Status::not_found);
    form_.reset();
    EXPECT_EQ(content_of(kept->get()), kLarge);
}

TEST_F(FormPartsTest, are_saved_once_under_a_name) {
    for (std::size_t index = 0; index < 3; ++index) {
        const std::string target = path(std::to_string(index));
        EXPECT_EQ(form_->save(index, target, false), Status::ok);
        EXPECT_EQ(content_of(target), wanted(index));
        struct stat facts{};
        ASSERT_EQ(::stat(target.c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777u, 0600u);
        EXPECT_EQ(form_->save(index, target, false), Status::conflict);
    }
    EXPECT_EQ(files(), 3u);
    EXPECT_EQ(form_->save(3, path("3"), false), Status::not_found);
}

TEST_F(FormPartsTest, two_saved_files_are_two) {
    EXPECT_EQ(form_->save(2, path("one"), false), Status::ok);
    EXPECT_EQ(form_->save(2, path("two"), false), Status::ok);
    std::ofstream(path("one")) << "changed";
    EXPECT_EQ(content_of(path("two")), kLarge);
}

TEST_F(FormPartsTest, are_copied_where_they_cannot_be_linked) {
    for (const int error : {EXDEV, ENOENT, EPERM}) {
        linkat_error = error;
        EXPECT_EQ(form_->save(2, path(std::to_string(error)), false), Status::ok);
        EXPECT_EQ(content_of(path(std::to_string(error))), kLarge);
        EXPECT_EQ(form_->save(2, path(std::to_string(error)), false), Status::conflict);
    }
}

TEST_F(FormPartsTest, replace_what_was_there) {
    for (std::size_t index = 0; index < 3; ++index) {
        EXPECT_EQ(form_->save(index, path(), true), Status::ok);
        EXPECT_EQ(content_of(path()), wanted(index));
        std::ofstream(path()) << "another";
        EXPECT_EQ(form_->save(index, path(), true), Status::ok);
        EXPECT_EQ(content_of(path()), wanted(index));
    }
    EXPECT_EQ(files(), 1u);
}

TEST_F(FormPartsTest, replace_what_has_the_longest_name) {
    for (const std::size_t size : {249u, 255u}) {
        const std::string target = path(std::string(size, 'n'));
        EXPECT_EQ(form_->save(1, target, true), Status::ok) << size;
        EXPECT_EQ(content_of(target), wanted(1));
    }
    EXPECT_EQ(files(), 2u);
}

TEST_F(FormPartsTest, replace_in_the_working_directory) {
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    const Status status = form_->save(2, "plain", true);
    std::filesystem::current_path(before);
    EXPECT_EQ(status, Status::ok);
    EXPECT_EQ(content_of(path("plain")), wanted(2));
    EXPECT_EQ(files(), 1u);
}

TEST_F(FormPartsTest, refuse_paths_that_are_none) {
    EXPECT_EQ(form_->save(1, "", false), Status::argument);
    EXPECT_EQ(form_->save(1, std::string("a\0b", 3), false), Status::argument);
    EXPECT_EQ(form_->save(1, std::string(4096, 'x'), false), Status::argument);
    for (const bool replaces : {false, true}) {
        EXPECT_EQ(form_->save(1, path("missing/x"), replaces), Status::system);
        EXPECT_EQ(form_->save(2, path("missing/x"), replaces), Status::system);
        EXPECT_EQ(form_->save(2, path(std::string(300, 'x')), replaces), Status::system);
    }
    std::filesystem::create_directory(path());
    EXPECT_EQ(form_->save(1, path(), true), Status::system);
    EXPECT_EQ(form_->save(1, path(), false), Status::conflict);
    std::filesystem::remove(path());
    EXPECT_EQ(files(), 0u);
}

TEST_F(FormPartsTest, leave_nothing_behind_on_a_full_disk) {
    linkat_error = EXDEV;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{3, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    std::vector<Status> results;
    for (const std::size_t index : {1u, 2u}) {
        results.push_back(form_->save(index, path(), false));
        results.push_back(form_->save(index, path(), true));
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    EXPECT_EQ(results, std::vector<Status>(4, Status::system));
    EXPECT_EQ(files(), 0u);
}

TEST_F(FormPartsTest, tell_when_there_is_no_descriptor_left) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto in_memory = form_->descriptor(1);
    const auto on_disk = form_->descriptor(2);
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(in_memory || on_disk);
    EXPECT_EQ(in_memory.error(), Status::system);
    EXPECT_EQ(on_disk.error(), Status::system);
}

}  // namespace
}  // namespace trivet::http
