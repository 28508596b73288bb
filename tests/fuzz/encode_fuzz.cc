// The first bytes choose coding, level and cuts, the rest is content. It is encoded in pieces with
// flushes here and there into rooms of other sizes, with an allocation that may fail; what comes
// out is decoded to the content, all of it after each flush; and no memory is left.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "codec/encoder_pool.h"
#include "codec/inflate.h"

namespace trivet::codec {
namespace {

using fuzz::check;

constexpr std::size_t kBudget = 16 << 20;
constexpr int kCallsMax = 100'000;
constexpr Coding kCodings[] = {Coding::gzip, Coding::brotli, Coding::zstd};

// False when memory was out.
bool encode(Encoder& encoder, std::string_view input, Flush flush, std::size_t room_size,
            std::string& output) {
    std::vector<char> bytes(room_size);
    for (int calls = 0;; ++calls) {
        check(calls < kCallsMax, "it comes to an end");
        std::span<char> room(bytes);
        const EncodeResult result = encoder.encode(input, room, flush);
        output.append(bytes.data(), bytes.size() - room.size());
        if (result != EncodeResult::full) {
            check(result == EncodeResult::failed || input.empty(), "all input is taken");
            return result == EncodeResult::done;
        }
    }
}

std::string decoded(Coding coding, std::string_view input, bool is_whole) {
    Memory memory;
    DecoderMemory budget(memory, kBudget);
    Inflater inflater(budget, coding, {.output_bytes_max = 1 << 20, .ratio_max = UINT32_MAX});
    std::string output;
    std::vector<char> room(4096);
    for (std::size_t written = room.size(); written == room.size() || !input.empty();) {
        const auto step = inflater.next(input, room);
        check(step.has_value(), "what was encoded is decoded");
        written = *step;
        output.append(room.data(), written);
    }
    check(!is_whole || inflater.finish().has_value(), "it has an end");
    return output;
}

void run(const std::uint8_t* data, std::string_view content) {
    const Coding coding = kCodings[data[0] % 3];
    const LevelRange levels = level_range(coding);
    const int level = levels.low + data[1] % (levels.high - levels.low + 1);
    const std::size_t room_size = kEncodeRoomMin + data[2];
    Memory memory;
    int countdown = data[3] == 0 ? -1 : data[3] % 16;
    memory.set_failure_hook(
        [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
        &countdown);
    {
        EncoderPool pool(memory, kBudget);
        const std::uint64_t size = data[4] % 2 == 0 ? content.size() : kUnknownSize;
        Encoder* const encoder = pool.take(coding, level, size);
        bool is_good = encoder != nullptr;
        std::string output;
        std::string_view rest = content;
        for (std::size_t index = 0; is_good && !rest.empty(); ++index) {
            const std::string_view piece = rest.substr(0, 1 + data[5] * (index % 3 + 1));
            rest.remove_prefix(piece.size());
            const bool is_flushed = (data[4] >> (index % 7 + 1) & 1) != 0;
            is_good =
                encode(*encoder, piece, is_flushed ? Flush::all : Flush::none, room_size, output);
            if (is_good && is_flushed) {
                check(decoded(coding, output, false) ==
                          content.substr(0, content.size() - rest.size()),
                      "a flush brings all");
            }
        }
        if (is_good && encode(*encoder, {}, Flush::end, room_size, output)) {
            check(decoded(coding, output, true) == content, "it is the same content");
        }
        if (encoder != nullptr) {
            pool.give_back(*encoder);
        }
    }
    check(memory.bytes_in_use() == 0, "no memory is left");
}

}  // namespace
}  // namespace trivet::codec

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kHeadBytes = 6;
    if (size >= kHeadBytes && size <= 4096) {
        trivet::codec::run(data,
                           {reinterpret_cast<const char*>(data) + kHeadBytes, size - kHeadBytes});
    }
    return 0;
}
