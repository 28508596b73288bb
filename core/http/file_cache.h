#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/http_date.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "http/file_load.h"
#include "io/off_loop.h"

namespace trivet::http {

class Files;
struct FileMount;
struct FileWaiter;
struct FileUseTag {};

// Which file: a path of a mount, or of a handler's choice.
struct FileKey {
    const FileMount* mount = nullptr;
    std::string_view directory;  // without a mount: of a path that must not leave it
    std::string_view path;
    bool follows_symlinks = true;

    bool operator==(const FileKey&) const noexcept = default;
};

// A file as it was found last, and who waits for it to be found again.
struct FileEntry final : ListNode<FileUseTag>, io::OffLoopTask {
    static constexpr std::size_t kTagBytesMax = 2 + 16 + 1 + 16 + 1 + 4;  // quotes, numbers, coding

    struct File {
        FoundFile found;
        std::uint8_t tag_size = 0;
        char tag[kTagBytesMax];
        char modified[kImfFixdateBytes];

        std::string_view tag_text() const noexcept { return {tag, tag_size}; }
    };

    void run() noexcept override;
    void on_done() noexcept override;

    // Takes what was found in the place of what was known.
    void take(FoundFiles& found, std::uint64_t now_ms) noexcept;
    bool has_variants_found() const noexcept;
    // Nobody needs it just now.
    bool is_idle() const noexcept { return pins == 0 && !is_loading && first_waiter == nullptr; }
    // What is to be asked, with a place that lies in this entry.
    FileQuery query() const noexcept;

    FileKey key;
    const char* directory_text = nullptr;  // with NUL, as the path of the key has
    Files* files = nullptr;
    std::uint64_t hash = 0;
    FileEntry* next_in_bucket = nullptr;
    std::size_t bytes = 0;  // of the entry and its texts
    std::array<File, kFileCodings> known;
    std::uint64_t checked_ms = 0;
    bool has_variants = false;  // they are looked for
    bool is_known = false;
    bool is_loading = false;  // by the other thread, whose these are meanwhile:
    FoundFiles found;
    FileQuery asked;
    std::array<std::uint8_t, kFileCodings> wanted{};
    std::uint8_t wanted_count = 0;
    std::uint32_t pins = 0;  // by those who read what is known
    FileWaiter* first_waiter = nullptr;
    FileWaiter* last_waiter = nullptr;
    // Of a mount, found out when the file was.
    std::string_view content_type;
    std::string_view cache_control;
};

// The files that one loop has sent last. What is used least recently goes when there are too many,
// or they take too much; what is not there is not kept. Loop thread only.
class FileCache {
public:
    static constexpr std::size_t kEntriesMax = 4096;
    static constexpr std::size_t kBytesMax = std::size_t{32} << 20;  // of their content
    static constexpr std::size_t kDescriptorsMax = 256;  // of those read as they are sent
    // What was found is taken for what is there for so long.
    static constexpr std::uint64_t kFreshMs = 1000;

    explicit FileCache(Memory& memory) noexcept : memory_(memory), key_(make_sip_key()) {}
    ~FileCache();
    FileCache(const FileCache&) = delete;
    FileCache& operator=(const FileCache&) = delete;

    // nullptr when it is not known. Found, it is the one used last.
    FileEntry* find(const FileKey& key) noexcept;
    // A new entry with copies of the key's texts; nullptr when memory is out, or all there may be
    // are being looked for.
    FileEntry* add(const FileKey& key) noexcept;
    void remove(FileEntry& entry) noexcept;
    // The entry gets what was found; others go where it is too much.
    void take(FileEntry& entry, FoundFiles& found, std::uint64_t now_ms) noexcept;

    // Each entry once; the visit leaves the cache alone.
    template <typename Visit>
    void for_each(Visit visit) noexcept {
        for (std::size_t left = entries_; left > 0; --left) {
            FileEntry* const entry = by_use_.front();
            if (entry == nullptr) {
                return;
            }
            by_use_.push_back(*entry);
            visit(*entry);
        }
    }
    std::size_t entries() const noexcept { return entries_; }
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t descriptors() const noexcept { return descriptors_; }

private:
    static constexpr std::size_t kBuckets = 1024;

    std::uint64_t hash_of(const FileKey& key) const noexcept;
    void count(const FileEntry& entry, bool is_added) noexcept;
    // Gives up those used least recently, but `kept`; false when none can be.
    bool evict(const FileEntry* kept) noexcept;

    Memory& memory_;
    SipKey key_;
    FileEntry** buckets_ = nullptr;
    List<FileEntry, FileUseTag> by_use_;
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;
    std::size_t descriptors_ = 0;
};

}  // namespace trivet::http
