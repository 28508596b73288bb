#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "codec/inflate.h"
#include "http/content_stream.h"
#include "http/decode_stage.h"

namespace trivet::http {

// Most codings of one content: each may multiply what a byte becomes.
inline constexpr std::size_t kCodingsMax = 2;
// What is told to a client that used another one.
inline constexpr std::string_view kAcceptedCodings = "gzip, deflate, br, zstd";
// Decoded content is no bomb below this.
inline constexpr std::uint64_t kRatioFloorBytes = 64 * 1024;
// What all decoders of one content may take together: the largest window that zstd may ask for, and
// the state of both.
inline constexpr std::size_t kDecoderBytesMax = 9 << 20;

// The codings of Content-Encoding fields, in the order in which they were applied; identity is
// none.
class CodingList {
public:
    // Adds those of one field, a list. False when one is unknown, or there are too many.
    bool add(std::string_view field) noexcept;
    std::span<const codec::Coding> codings() const noexcept { return {codings_.data(), count_}; }
    bool empty() const noexcept { return count_ == 0; }

private:
    std::array<codec::Coding, kCodingsMax> codings_{};
    std::size_t count_ = 0;
};

struct DecoderLimits {
    std::uint64_t bytes_max = 1 << 20;  // of what comes out
    std::uint32_t ratio_max = 100;
};

// What is wrong with encoded content, in words for the client.
struct DecodeFault {
    ContentFailure failure = ContentFailure::none;
    std::string_view detail;
};

// Takes the codings of one content off, the last one first. Owned by its exchange; loop thread
// only. After a fault every call gives the same one.
class ContentDecoder {
public:
    // `codings` is not empty.
    ContentDecoder(BlockPool& pool, std::span<const codec::Coding> codings,
                   const DecoderLimits& limits) noexcept;
    ContentDecoder(const ContentDecoder&) = delete;
    ContentDecoder& operator=(const ContentDecoder&) = delete;

    // As DecodeStage::next: a full room means that more may come without further input, and nothing
    // may come before `is_last`, after which there is none.
    std::expected<std::size_t, DecodeFault> next(std::string_view& input, std::span<char> room,
                                                 bool is_last) noexcept;
    // Whether the decoders may stay as they are until the next call. Else more of the content is
    // to be decoded at once, so that nobody makes them wait with much memory for little content.
    bool is_paid() const noexcept { return first_.is_paid() && (!second_ || second_->is_paid()); }
    // After the last byte of the content. Content without a single byte is empty, whatever it is
    // said to be encoded with.
    std::expected<void, DecodeFault> finish() noexcept;
    const std::optional<DecodeFault>& fault() const noexcept { return fault_; }

private:
    std::expected<std::size_t, codec::InflateError> next_both(std::string_view& input,
                                                              std::span<char> room,
                                                              bool is_last) noexcept;
    DecodeFault fail(codec::InflateError error) noexcept;

    static constexpr std::size_t kBetweenBytes = 2048;

    const DecoderLimits limits_;
    codec::DecoderMemory memory_;
    DecodeStage first_;  // of the coding that was applied last
    // Takes memory only when the first has given something.
    std::optional<DecodeStage> second_;
    std::string_view between_;  // of between_room_, what the second one has not taken
    std::uint64_t input_bytes_ = 0;
    std::uint64_t output_bytes_ = 0;
    std::optional<DecodeFault> fault_;
    char between_room_[kBetweenBytes];
};

}  // namespace trivet::http
