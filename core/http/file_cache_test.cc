#include "http/file_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace trivet::http {
namespace {

class FileCacheTest : public ::testing::Test {
protected:
    FileEntry* add(const std::string& path, std::size_t size = 1, std::uint64_t inode = 1) {
        FileEntry* const entry = cache_.add({.directory = "/d", .path = path});
        if (entry == nullptr) return nullptr;
        take(*entry, size, inode);
        return entry;
    }
    void take(FileEntry& entry, std::size_t size, std::uint64_t inode) {
        FoundFiles found;
        found[kIdentityFile] = {.error = 0,
                                .stamp = {.inode = inode, .size = size, .modified_ns = 1},
                                .body = FileBody::make(memory_, size)};
        cache_.take(entry, found, 5);
    }
    FileEntry* find(const std::string& path) {
        return cache_.find({.directory = "/d", .path = path});
    }
    Memory memory_;
    FileCache cache_{memory_};
};

TEST_F(FileCacheTest, finds_by_all_that_makes_the_key) {
    FileEntry* const entry = add("a");
    const FileMount* const mount = reinterpret_cast<const FileMount*>(&memory_);
    EXPECT_EQ(find("a"), entry);
    EXPECT_EQ(find("b"), nullptr);
    EXPECT_EQ(cache_.find({.directory = "/e", .path = "a"}), nullptr);
    EXPECT_EQ(cache_.find({.directory = "/d", .path = "a", .follows_symlinks = false}), nullptr);
    EXPECT_EQ(cache_.find({.mount = mount, .directory = "/d", .path = "a"}), nullptr);
    EXPECT_STREQ(entry->key.path.data(), "a");
    EXPECT_STREQ(entry->directory_text, "/d");
    EXPECT_EQ(cache_.add({.path = "/p"})->directory_text, nullptr);
}

TEST_F(FileCacheTest, says_what_a_file_is) {
    FileEntry& entry = *add("a", 255);
    const FileEntry::File& file = entry.known[kIdentityFile];
    EXPECT_EQ(file.tag_text(), "\"1-ff\"");
    EXPECT_EQ(std::string_view(file.modified, sizeof file.modified),
              "Thu, 01 Jan 1970 00:00:00 GMT");
    FoundFiles found;
    found[kIdentityFile] = {.error = 0, .stamp = {.inode = 1, .size = 255, .modified_ns = 1}};
    found[0] = {.error = 0, .stamp = {.inode = 2, .size = 15, .modified_ns = -1}};
    cache_.take(entry, found, 6);
    EXPECT_EQ(entry.known[0].tag_text(), "\"ffffffffffffffff-f-br\"");
    EXPECT_FALSE(entry.has_variants_found());
    entry.has_variants = true;
    EXPECT_TRUE(entry.has_variants_found());
    EXPECT_NE(entry.known[kIdentityFile].found.body, nullptr);  // as it was
}

TEST_F(FileCacheTest, forgets_content_that_has_changed) {
    FileEntry& entry = *add("a", 1000);
    FoundFiles found;
    found[kIdentityFile] = {.error = 0, .stamp = {.inode = 2, .size = 1000, .modified_ns = 1}};
    cache_.take(entry, found, 6);
    EXPECT_EQ(entry.known[kIdentityFile].found.body, nullptr);
    EXPECT_EQ(cache_.bytes(), 0u);
}

TEST_F(FileCacheTest, the_one_used_least_recently_goes_first) {
    constexpr std::size_t kThird = FileCache::kBytesMax / 3;
    add("a", kThird - 1000);
    add("b", kThird - 1000);
    find("a");
    add("c", kThird - 1000);
    add("d", kThird - 1000);
    EXPECT_NE(find("a"), nullptr);
    EXPECT_EQ(find("b"), nullptr);
    EXPECT_NE(find("d"), nullptr);
}

TEST_F(FileCacheTest, there_are_only_so_many) {
    for (std::size_t count = 0; count < FileCache::kEntriesMax + 5; ++count) {
        ASSERT_NE(add(std::to_string(count)), nullptr);
    }
    EXPECT_EQ(cache_.entries(), FileCache::kEntriesMax);
    EXPECT_EQ(find("4"), nullptr);
    EXPECT_NE(find("5"), nullptr);
    cache_.for_each([](FileEntry& entry) { ++entry.pins; });
    EXPECT_EQ(add("more"), nullptr);
    cache_.for_each([](FileEntry& entry) { --entry.pins; });
    EXPECT_NE(add("more"), nullptr);
}

TEST_F(FileCacheTest, descriptors_are_bounded) {
    for (std::size_t count = 0; count < FileCache::kDescriptorsMax + 5; ++count) {
        FileEntry& entry = *cache_.add({.directory = "/d", .path = std::to_string(count)});
        FoundFiles found;
        found[kIdentityFile] = {
            .error = 0, .stamp = {.size = 1}, .body = FileBody::make(memory_, Fd(::dup(2)), 1)};
        cache_.take(entry, found, 5);
    }
    EXPECT_EQ(cache_.descriptors(), FileCache::kDescriptorsMax);
    EXPECT_EQ(cache_.entries(), FileCache::kDescriptorsMax);
}

TEST_F(FileCacheTest, fails_without_memory) {
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(cache_.add({.path = "a"}), nullptr);
    EXPECT_EQ(cache_.find({.path = "a"}), nullptr);
}

}  // namespace
}  // namespace trivet::http
