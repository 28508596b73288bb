#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/memory.h"

namespace trivet::codec {

class Decoder;

// Content codings of requests, RFC 9110 section 8.4.1: RFC 1952, RFC 1950, RFC 7932, RFC 8878.
enum class Coding : std::uint8_t { gzip, deflate, brotli, zstd };

// The coding that one word of a Content-Encoding field names: "gzip" or "x-gzip", "deflate", "br",
// "zstd", whatever their case. nullopt: another one (answer 415), "identity" among them.
std::optional<Coding> coding_of(std::string_view name) noexcept;

// What content may become. Beyond a limit it is refused: 413.
struct InflateLimits {
    std::uint64_t output_bytes_max = 1 << 20;
    // More output than the floor and this many times the input is a bomb. The floor is for short
    // runs, which compress far better than whole texts.
    std::uint32_t ratio_max = 100;
    std::uint64_t ratio_floor_bytes = 64 * 1024;
};

enum class InflateError : std::uint8_t {
    malformed,
    truncated,
    trailing,  // bytes behind the end of the content
    output_bytes,
    ratio,
    window,
    memory,
};
std::string_view message(InflateError error) noexcept;
// What to answer: 400, 413, or 503 when memory is out.
unsigned status_of(InflateError error) noexcept;

// Memory of the decoders of one body: within a budget that they share, and for libraries that give
// no size with what they release. A window that needs more than the budget is refused: brotli asks
// for up to 16 MiB, zstd for 8 (RFC 9659), the others for less than 64 KiB.
class DecoderMemory {
public:
    DecoderMemory(Memory& memory, std::size_t bytes_max) noexcept
        : memory_(memory), bytes_max_(bytes_max) {}

    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    // Whether an allocation failed because of the budget.
    bool is_exceeded() const noexcept { return is_exceeded_; }

private:
    Memory& memory_;
    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    bool is_exceeded_ = false;
};

// Streaming decompression of one body. Owned by whoever reads the body, on one thread, as `memory`
// is; takes of that with the first bytes. Output is bounded by the room of each call, input is
// taken as far as that goes. gzip may have several members and zstd several frames, as their
// formats say. After an error every call gives the same error.
class Inflater {
public:
    Inflater(DecoderMemory& memory, Coding coding, const InflateLimits& limits) noexcept
        : coding_(coding), limits_(limits), memory_(memory) {}
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // Takes bytes from the front of `input`, writes into `room` (of at least one byte) and says how
    // many. A full room means that more may come without further input: call again until it is not
    // full, when all input has been taken.
    std::expected<std::size_t, InflateError> next(std::string_view& input,
                                                  std::span<char> room) noexcept;

    // After the last byte of the body and the last call of next(). Fails with truncated.
    std::expected<void, InflateError> finish() noexcept;
    // Gives all memory back, after finish().
    void close() noexcept;

    std::uint64_t input_bytes() const noexcept { return input_bytes_; }
    std::uint64_t output_bytes() const noexcept { return output_bytes_; }

private:
    InflateError fail(InflateError error) noexcept;
    bool open() noexcept;
    std::optional<InflateError> run(std::string_view& input, std::span<char> room,
                                    std::size_t& written) noexcept;
    std::optional<InflateError> broken_limit() const noexcept;

    const Coding coding_;
    const InflateLimits limits_;
    DecoderMemory& memory_;
    Decoder* decoder_ = nullptr;
    std::uint64_t input_bytes_ = 0;
    std::uint64_t output_bytes_ = 0;
    bool is_at_end_ = false;  // a member, frame or stream is complete, and none has begun since
    bool has_more_ = false;   // the last call filled its room
    std::optional<InflateError> error_;
};

}  // namespace trivet::codec
