#include "http/file_cache.h"
#include "base/str.h"

#include <charconv>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

namespace trivet::http {
namespace {

constexpr int kHexBase = 16;

// As nginx has it, with nanoseconds: the time of the change and the size, and the coding, for two
// codings of one content are not the same bytes.
void write_tag(FileEntry::File& file, std::size_t coding) noexcept {
    char* out = file.tag;
    char* const end = file.tag + sizeof file.tag;
    *out++ = '"';
    out =
        std::to_chars(out, end, static_cast<std::uint64_t>(file.found.stamp.modified_ns), kHexBase)
            .ptr;
    *out++ = '-';
    out = std::to_chars(out, end, file.found.stamp.size, kHexBase).ptr;
    if (coding != kIdentityFile) {
        *out++ = '-';
        out = append(out, kFileCodingNames[coding]);
    }
    *out++ = '"';
    file.tag_size = static_cast<std::uint8_t>(out - file.tag);
}

}  // namespace

bool FileEntry::has_variants_found() const noexcept {
    bool has_one = false;
    for (std::size_t coding = 0; coding < kIdentityFile; ++coding) {
        has_one = has_one || known[coding].found.error == 0;
    }
    return has_variants && has_one;
}

FileQuery FileEntry::query() const noexcept {
    FileQuery query;
    query.place = {.directory = directory_text,
                   .path = key.path.data(),
                   .follows_symlinks = key.follows_symlinks};
    query.has_variants = has_variants;
    query.wanted = {wanted.data(), wanted_count};
    for (std::size_t coding = 0; coding < kFileCodings; ++coding) {
        query.known_stamps[coding] = known[coding].found.stamp;
        query.has_body[coding] = known[coding].found.body != nullptr;
    }
    return query;
}

void FileEntry::take(FoundFiles& next, std::uint64_t now_ms) noexcept {
    for (std::size_t coding = 0; coding < kFileCodings; ++coding) {
        File& file = known[coding];
        FoundFile& after = next[coding];
        const bool is_same =
            file.found.error == 0 && after.error == 0 && file.found.stamp == after.stamp;
        if (after.body == nullptr && is_same) {
            after.body = std::exchange(file.found.body, nullptr);
        }
        if (file.found.body != nullptr) {
            file.found.body->let_go();
        }
        file.found = std::exchange(after, FoundFile{});
        if (file.found.error == 0 && !file.found.is_directory && (!is_same || file.tag_size == 0)) {
            write_tag(file, coding);
            format_imf_fixdate(static_cast<std::time_t>(file.found.stamp.modified_seconds()),
                               file.modified);
        }
    }
    checked_ms = now_ms;
    is_known = true;
}

FileCache::~FileCache() {
    for (std::size_t index = 0; buckets_ != nullptr && index < kBuckets; ++index) {
        while (FileEntry* const entry = buckets_[index]) {
            remove(*entry);
        }
    }
    memory_.release(buckets_, sizeof(FileEntry*) * kBuckets);
}

std::uint64_t FileCache::hash_of(const FileKey& key) const noexcept {
    const std::uint64_t place = key.directory.empty() ? reinterpret_cast<std::uintptr_t>(key.mount)
                                                      : siphash(key_, key.directory);
    return siphash(key_, key.path) ^ place * 0x9e37'79b9'7f4a'7c15u;
}

FileEntry* FileCache::find(const FileKey& key) noexcept {
    if (buckets_ == nullptr) {
        return nullptr;
    }
    const std::uint64_t hash = hash_of(key);
    FileEntry* entry = buckets_[hash % kBuckets];
    while (entry != nullptr && (entry->hash != hash || entry->key != key)) {
        entry = entry->next_in_bucket;
    }
    if (entry != nullptr) {
        by_use_.push_back(*entry);
    }
    return entry;
}

FileEntry* FileCache::add(const FileKey& key) noexcept {
    if (buckets_ == nullptr) {
        buckets_ = static_cast<FileEntry**>(memory_.allocate(sizeof(FileEntry*) * kBuckets));
        if (buckets_ == nullptr) {
            return nullptr;
        }
        std::memset(buckets_, 0, sizeof(FileEntry*) * kBuckets);
    }
    if (entries_ >= kEntriesMax && !evict(nullptr)) {
        return nullptr;
    }
    const std::size_t bytes = sizeof(FileEntry) + key.directory.size() + key.path.size() + 2;
    void* const room = memory_.allocate(bytes);
    if (room == nullptr) {
        return nullptr;
    }
    auto* const entry = new (room) FileEntry;
    auto* text = reinterpret_cast<char*>(entry + 1);
    entry->key = key;
    entry->key.path = {text, key.path.size()};
    text = append(text, key.path);
    *text++ = '\0';
    entry->key.directory = {text, key.directory.size()};
    *append(text, key.directory) = '\0';
    entry->directory_text = key.directory.empty() ? nullptr : text;
    entry->bytes = bytes;
    entry->hash = hash_of(key);
    FileEntry*& bucket = buckets_[entry->hash % kBuckets];
    entry->next_in_bucket = std::exchange(bucket, entry);
    by_use_.push_back(*entry);
    ++entries_;
    return entry;
}

void FileCache::count(const FileEntry& entry, bool is_added) noexcept {
    for (const FileEntry::File& file : entry.known) {
        const FileBody* const body = file.found.body;
        if (body == nullptr) {
            continue;
        }
        const std::size_t descriptors = body->is_in_memory() ? 0 : 1;
        bytes_ += is_added ? body->bytes_held() : 0 - body->bytes_held();
        descriptors_ += is_added ? descriptors : 0 - descriptors;
    }
}

void FileCache::remove(FileEntry& entry) noexcept {
    count(entry, false);
    for (FileEntry::File& file : entry.known) {
        if (file.found.body != nullptr) {
            file.found.body->let_go();
        }
    }
    forget(entry.found);
    FileEntry** at = &buckets_[entry.hash % kBuckets];
    while (*at != &entry) {
        at = &(*at)->next_in_bucket;
    }
    *at = entry.next_in_bucket;
    --entries_;
    const std::size_t bytes = entry.bytes;
    entry.~FileEntry();
    memory_.release(&entry, bytes);
}

void FileCache::take(FileEntry& entry, FoundFiles& found, std::uint64_t now_ms) noexcept {
    count(entry, false);
    entry.take(found, now_ms);
    count(entry, true);
    while ((bytes_ > kBytesMax || descriptors_ > kDescriptorsMax) && evict(&entry)) {
    }
}

// Who is being looked for or waited for is in use.
bool FileCache::evict(const FileEntry* kept) noexcept {
    for (std::size_t left = entries_; left > 0; --left) {
        FileEntry* const entry = by_use_.front();
        if (entry == nullptr) {
            break;
        }
        if (entry != kept && entry->is_idle()) {
            remove(*entry);
            return true;
        }
        by_use_.push_back(*entry);
    }
    return false;
}

}  // namespace trivet::http
