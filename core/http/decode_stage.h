#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "codec/inflate.h"

namespace trivet::http {

// One coding of a content, decoded once there is reason to spend its decoder's memory: some need
// far more than the bytes that ask for it. Until the end of the content or a measure of it has come
// they wait here, encoded. Owned by its ContentDecoder; loop thread only.
class DecodeStage {
public:
    // `stages` says how many such decoders the content has.
    DecodeStage(BlockPool& pool, codec::DecoderMemory& memory, codec::Coding coding,
                std::size_t stages, const codec::InflateLimits& limits) noexcept;
    DecodeStage(const DecodeStage&) = delete;
    DecodeStage& operator=(const DecodeStage&) = delete;

    // As codec::Inflater::next, but that nothing may come before `is_last`: no input follows.
    std::expected<std::size_t, codec::InflateError> next(std::string_view& input,
                                                         std::span<char> room,
                                                         bool is_last) noexcept;
    // As codec::Inflater::finish; takes no memory from then on.
    std::expected<void, codec::InflateError> finish() noexcept;

    // Whether what came and what it became is worth the memory that is taken.
    bool is_paid() const noexcept {
        return !is_open_ || input_bytes_ + inflater_.output_bytes() >= wait_bytes_;
    }

private:
    std::expected<std::size_t, codec::InflateError> decode(std::string_view& input,
                                                           std::span<char> room) noexcept;

    codec::Inflater inflater_;
    const std::size_t wait_bytes_;
    Buffer waiting_;
    std::size_t waiting_taken_ = 0;  // of waiting_, by the inflater
    std::uint64_t input_bytes_ = 0;  // what came
    bool is_open_ = false;
};

}  // namespace trivet::http
