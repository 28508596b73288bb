// The first byte chooses the coding and seeds the cuts, the rest is encoded content. It is decoded
// whole and in pieces into rooms of other sizes: what one reading takes the other takes, as the
// same content, but that where a bomb is found depends on the cuts; limits hold; and no memory is
// left.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "check.h"
#include "codec/inflate.h"

namespace trivet::codec {
namespace {

using fuzz::check;

constexpr InflateLimits kLimits{
    .output_bytes_max = 1 << 16, .ratio_max = 50, .ratio_floor_bytes = 1 << 14};
constexpr std::size_t kMemoryBytesMax = 1 << 20;
constexpr int kCallsMax = 1'000'000;

// nullopt: refused.
std::optional<std::string> decoded(Coding coding, std::string_view input, std::size_t piece_size,
                                   std::size_t room_size, bool& is_bomb) {
    Memory memory;
    std::optional<std::string> text;
    {
        DecoderMemory budget(memory, kMemoryBytesMax);
        Inflater inflater(budget, coding, kLimits);
        std::string output;
        std::vector<char> room(room_size);
        bool is_refused = false;
        int calls = 0;
        while (!input.empty() && !is_refused) {
            std::string_view piece = input.substr(0, piece_size);
            input.remove_prefix(piece.size());
            std::size_t written = 0;
            do {
                check(++calls < kCallsMax, "it comes to an end");
                const auto step = inflater.next(piece, room);
                is_refused = !step;
                is_bomb = is_bomb || (is_refused && step.error() == InflateError::ratio);
                written = step.value_or(0);
                output.append(room.data(), written);
                check(memory.bytes_in_use() <= kMemoryBytesMax, "memory is bounded");
            } while (!is_refused && (!piece.empty() || written == room_size));
        }
        check(output.size() <= kLimits.output_bytes_max, "output is bounded");
        const bool is_finished = inflater.finish().has_value();
        check(!is_refused || !is_finished, "an error stays");
        if (is_finished) {
            check(inflater.output_bytes() == output.size(), "output is counted");
            text = output;
        }
    }
    check(memory.bytes_in_use() == 0, "no memory is left");
    return text;
}

}  // namespace
}  // namespace trivet::codec

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using trivet::codec::decoded;
    if (size == 0 || size > 2048) {
        return 0;
    }
    const auto coding = static_cast<trivet::codec::Coding>(data[0] & 3);
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    bool is_bomb = false;
    const auto whole = decoded(coding, input, SIZE_MAX, 4096, is_bomb);
    const auto cut = decoded(coding, input, data[0] % 7u + 1, data[0] % 61u + 1, is_bomb);
    trivet::fuzz::check(is_bomb || cut == whole, "whole and cut agree");
    return 0;
}
