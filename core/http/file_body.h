#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "base/memory.h"

namespace trivet::http {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// What tells one state of a file from another.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;  // since 1970
    std::int64_t changed_ns = 0;   // the same, of the file's own record

    bool operator==(const FileStamp&) const noexcept = default;
    std::int64_t modified_seconds() const noexcept;
};

// The content of a file in one state, shared by those who send it: its bytes, as they were, or, of
// one too large to be kept, its descriptor. Made on any thread, held and let go on the loop's.
class FileBody {
public:
    // One reference is the caller's. nullptr when memory is out; `fd` is closed then.
    static FileBody* make(Memory& memory, std::size_t size) noexcept;
    static FileBody* make(Memory& memory, Fd fd, std::uint64_t size) noexcept;

    void hold() noexcept { ++references_; }
    void let_go() noexcept;

    std::uint64_t size() const noexcept { return size_; }
    bool is_in_memory() const noexcept { return !fd_.is_open(); }
    int descriptor() const noexcept { return fd_.get(); }
    char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
    // Of one that is in memory.
    std::string_view view() const noexcept {
        return {reinterpret_cast<const char*>(this + 1), static_cast<std::size_t>(size_)};
    }
    // What it takes of memory.
    std::size_t bytes_held() const noexcept {
        return sizeof(FileBody) + (is_in_memory() ? static_cast<std::size_t>(size_) : 0);
    }

private:
    FileBody(Memory& memory, Fd fd, std::uint64_t size) noexcept
        : memory_(memory), fd_(static_cast<Fd&&>(fd)), size_(size) {}

    Memory& memory_;
    Fd fd_;
    std::uint64_t size_;
    std::uint32_t references_ = 1;
};

// Of whoever was lent the bytes of one.
inline void let_go_of(void* body) noexcept { static_cast<FileBody*>(body)->let_go(); }

}  // namespace trivet::http
