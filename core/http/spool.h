#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "base/fd.h"
#include "base/memory.h"
#include "base/status_gen.h"

namespace trivet::http {

struct SpoolLimits {
    std::size_t memory_bytes_max = 64 * 1024;  // more lies in a file
    std::uint64_t bytes_max = 1 << 30;
};

// `system`: the call that failed and its errno. `memory` and `limit`: neither.
struct SpoolError {
    Status status = Status::ok;
    int number = 0;
    const char* call = nullptr;
};

// Content of unknown size, such as a file that is uploaded: in memory up to a size, beyond it in a
// temporary file that has no name and so leaves nothing behind. Owned by whoever reads the body.
// File calls block, each for one append or read; pieces are as large as the caller makes them.
// After an error every append gives the same error, and what is there must not be taken for the
// whole.
class Spool {
public:
    // `directory` is where the file lies; the text must outlive the spool.
    Spool(Memory& memory, const char* directory, const SpoolLimits& limits) noexcept
        : memory_(memory), directory_(directory), limits_(limits) {}
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    std::expected<void, SpoolError> append(std::string_view bytes) noexcept;

    std::uint64_t size() const noexcept { return size_; }
    bool is_file() const noexcept { return file_.is_open(); }
    // The spool's own, -1 while the content is in memory; only to read by place.
    int descriptor() const noexcept { return file_.get(); }

    // All content while it is in memory; empty once it is a file. Valid until the next append.
    std::string_view view() const noexcept {
        return {buffer_, is_file() ? 0 : static_cast<std::size_t>(size_)};
    }
    // Copies content from `offset` on and says how much; less than the room only at the end.
    std::expected<std::size_t, SpoolError> read(std::uint64_t offset,
                                                std::span<char> room) const noexcept;
    // The file with its content, positioned at its beginning, for who wants to keep or send it;
    // none while the content is in memory. The spool is empty and begins anew.
    Fd take_file() noexcept;

private:
    std::expected<void, SpoolError> fail(const SpoolError& error) noexcept;
    bool keep(std::string_view bytes) noexcept;
    std::expected<void, SpoolError> open_file() noexcept;
    std::expected<void, SpoolError> open_named_file() noexcept;
    std::expected<void, SpoolError> write_file(std::string_view bytes,
                                               std::uint64_t offset) noexcept;
    void release_buffer() noexcept;

    Memory& memory_;
    const char* directory_;
    const SpoolLimits limits_;
    Fd file_;
    char* buffer_ = nullptr;
    std::size_t capacity_ = 0;
    std::uint64_t size_ = 0;
    SpoolError error_;
};

}  // namespace trivet::http
