#include "http/decode_stage.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/encode.h"

namespace trivet::http {
namespace {

using codec::Coding;
using codec::encoded;

constexpr std::size_t kBudgetBytes = 9 << 20;
constexpr codec::InflateLimits kLimits{.output_bytes_max = 8 << 20};

// Hardly shorter when it is encoded.
std::string some_noise(std::size_t size, char first, unsigned values) {
    std::string noise(size, first);
    std::uint32_t state = 1;
    for (char& byte : noise) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(static_cast<unsigned char>(first) + (state >> 24) % values);
    }
    return noise;
}

struct StageCase {
    Coding coding;
    std::size_t stages;
    std::size_t wait_bytes;
};
constexpr StageCase kCases[] = {
    {Coding::gzip, 1, 1},
    {Coding::gzip, 2, 16 << 10},
    {Coding::deflate, 1, 1},
    {Coding::deflate, 2, 16 << 10},
    {Coding::zstd, 1, 32 << 10},
    {Coding::zstd, 2, 64 << 10},
    {Coding::brotli, 1, 1536 << 10},
    {Coding::brotli, 2, 3072 << 10},
};

class DecodeStageTest : public ::testing::TestWithParam<StageCase> {
protected:
    Memory memory_;
    BlockPool pool_{memory_};
    codec::DecoderMemory budget_{memory_, kBudgetBytes};
    DecodeStage stage_{pool_, budget_, GetParam().coding, GetParam().stages, kLimits};
    std::vector<char> room_ = std::vector<char>(64 * 1024);
    std::string text_;
};

INSTANTIATE_TEST_SUITE_P(Codings, DecodeStageTest, ::testing::ValuesIn(kCases));

TEST_P(DecodeStageTest, opens_its_decoder_when_enough_has_come) {
    constexpr std::size_t kPieceBytes = 1000;
    constexpr std::size_t kBlockBytes = std::size_t{128} << 10;
    const std::string noise = some_noise(5 << 20, 0, 256);
    const std::string input = encoded(GetParam().coding, noise);
    std::size_t opened_at = 0;
    for (std::size_t taken = 0; taken < input.size(); taken += kPieceBytes) {
        std::string_view piece = std::string_view(input).substr(taken, kPieceBytes);
        const bool is_last = taken + piece.size() == input.size();
        for (std::size_t written = room_.size(); written == room_.size();) {
            written = stage_.next(piece, room_, is_last).value_or(0);
            text_.append(room_.data(), written);
            EXPECT_TRUE(stage_.is_paid());
        }
        EXPECT_TRUE(piece.empty());
        opened_at = opened_at == 0 && !text_.empty() ? taken + kPieceBytes : opened_at;
    }
    EXPECT_GE(opened_at, GetParam().wait_bytes);
    EXPECT_LE(opened_at, GetParam().wait_bytes + kBlockBytes + 2 * kPieceBytes);
    EXPECT_TRUE(stage_.finish());
    EXPECT_TRUE(text_ == noise);
    EXPECT_LE(memory_.bytes_in_use(), BlockPool::kBlockBytes) << "the end gives it back";
}

TEST_P(DecodeStageTest, opens_its_decoder_at_the_end_until_it_has_paid) {
    const std::string text = some_noise(5 << 20, '0', 3);
    const std::size_t size = GetParam().wait_bytes == 1 ? 1000 : GetParam().wait_bytes;
    const std::string short_text = text.substr(0, size);
    const std::string input = encoded(GetParam().coding, short_text);
    std::string_view rest = input;
    if (GetParam().wait_bytes > 1) {
        EXPECT_EQ(stage_.next(rest, room_, false), 0u);
        EXPECT_TRUE(stage_.is_paid()) << "closed";
        EXPECT_LE(memory_.bytes_in_use(), 2 * input.size() + BlockPool::kBlockBytes);
    }
    const std::span<char> room(room_.data(), 4096);
    for (std::size_t written = room.size(); written == room.size();) {
        written = stage_.next(rest, room, true).value_or(0);
        text_.append(room.data(), written);
        EXPECT_EQ(stage_.is_paid(), input.size() + text_.size() >= GetParam().wait_bytes);
    }
    EXPECT_TRUE(stage_.finish());
    EXPECT_TRUE(text_ == short_text);
    EXPECT_LE(memory_.bytes_in_use(), BlockPool::kBlockBytes) << "the end gives it back";
}

TEST_P(DecodeStageTest, tells_when_memory_is_out) {
    const std::string input = encoded(GetParam().coding, "text");
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    std::string_view rest = input;
    EXPECT_EQ(stage_.next(rest, room_, false).error(), codec::InflateError::memory);
    memory_.set_failure_hook(nullptr, nullptr);
}

}  // namespace
}  // namespace trivet::http
