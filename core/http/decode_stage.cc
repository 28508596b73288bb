#include "http/decode_stage.h"

namespace trivet::http {
namespace {

// What a decoder takes beside its window is at most twice this and 64 KiB, so that together with
// the window, what waits and what is lent to a reader it is less than 64 KiB and four times what
// came; with two of them, that of both together.
std::size_t wait_bytes(codec::Coding coding, std::size_t stages) noexcept {
    constexpr std::size_t kZlibBytes = 16 * 1024;
    constexpr std::size_t kZstdBytes = 32 * 1024;
    constexpr std::size_t kBrotliBytes = 1536 * 1024;
    switch (coding) {
        case codec::Coding::gzip:
        case codec::Coding::deflate:
            return stages == 1 ? 0 : kZlibBytes;  // 40 KiB
        case codec::Coding::zstd:
            return stages * kZstdBytes;  // a context of 94 KiB
        case codec::Coding::brotli:
            // 18 KiB, and the tables of three times 256 prefix codes, 2.6 MiB at most (RFC 7932
            // section 9.2 bounds the numbers of codes, their alphabets the tables of each).
            return stages * kBrotliBytes;
    }
    return 0;
}

}  // namespace

DecodeStage::DecodeStage(BlockPool& pool, codec::DecoderMemory& memory, codec::Coding coding,
                         std::size_t stages, const codec::InflateLimits& limits) noexcept
    : inflater_(memory, coding, limits), wait_bytes_(wait_bytes(coding, stages)), waiting_(pool) {}

std::expected<std::size_t, codec::InflateError> DecodeStage::next(std::string_view& input,
                                                                  std::span<char> room,
                                                                  bool is_last) noexcept {
    const std::size_t before = input.size();
    is_open_ = is_open_ || is_last || input_bytes_ + before >= wait_bytes_;
    if (is_open_) {
        const auto got = decode(input, room);
        input_bytes_ += before - input.size();
        return got;
    }
    if (!waiting_.append(input)) {
        return std::unexpected(codec::InflateError::memory);
    }
    input_bytes_ += before;
    input = {};
    return 0;
}

// What waits, and then what comes.
std::expected<std::size_t, codec::InflateError> DecodeStage::decode(std::string_view& input,
                                                                    std::span<char> room) noexcept {
    if (waiting_.empty()) {
        return inflater_.next(input, room);
    }
    std::string_view waiting = waiting_.view().substr(waiting_taken_);
    const auto first = inflater_.next(waiting, room);
    if (!first || *first == room.size()) {
        waiting_taken_ = waiting_.size() - waiting.size();
        return first;
    }
    waiting_.clear();
    const auto second = inflater_.next(input, room.subspan(*first));
    return second ? *first + *second : second;
}

std::expected<void, codec::InflateError> DecodeStage::finish() noexcept {
    const auto finished = inflater_.finish();
    inflater_.close();
    return finished;
}

}  // namespace trivet::http
