#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "base/list.h"
#include "http/file_body.h"
#include "io/off_loop.h"
#include "proto/range/byte_ranges.h"

namespace trivet::http {

class Files;
struct FileTransferTag {};

// Text between ranges, or a range of a file.
struct FilePart {
    std::uint64_t first = 0;
    std::uint64_t size = 0;
    bool is_text = false;
};
// Each range has text in front of it, and the last one behind it.
inline constexpr std::size_t kFilePartsMax = 2 * range::kRangesMax + 1;

// Read, and lent to the connection, at a time. A client that takes them slowly holds at most three.
inline constexpr std::size_t kFilePieceBytes = std::size_t{128} * 1024;

// A piece of a file on its way to a client.
struct FilePiece {
    Memory* memory;
    char bytes[kFilePieceBytes];
};

// An answer that is made of parts of a file and goes out as its client takes it. Owned by Files;
// the exchange points to it until either ends.
struct FileTransfer final : ListNode<FileTransferTag>, io::OffLoopTask {
    FileTransfer(Files& owner, BlockPool& pool) noexcept : files(owner), text(pool) {}

    void run() noexcept override;
    void on_done() noexcept override;
    // False when there are as many as may be.
    bool add(const FilePart& part) noexcept;

    Files& files;
    FileBody* body = nullptr;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    std::array<FilePart, kFilePartsMax> parts;
    std::size_t part_count = 0;
    std::size_t part_index = 0;
    Buffer text;
    bool is_reading = false;  // by the other thread, whose these are meanwhile:
    FilePiece* piece = nullptr;
    std::uint64_t read_first = 0;
    std::size_t read_size = 0;
    std::int64_t read_result = 0;  // bytes, or a negative errno
};

}  // namespace trivet::http
