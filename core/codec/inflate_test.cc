#include "codec/inflate.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "codec/encode.h"

namespace trivet::codec {
namespace {

// Memory for any window that is allowed.
constexpr std::size_t kWide = 9 << 20;

constexpr std::array kCodings = {Coding::gzip, Coding::deflate, Coding::brotli, Coding::zstd};

// Text that compresses well, but not to nothing.
std::string some_text(std::size_t size) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525u + 1013904223u;
        text += "field-" + std::to_string(state >> 22) + "=value; ";
    }
    text.resize(size);
    return text;
}

struct Decoded {
    std::string text;
    std::optional<InflateError> error;

    bool operator==(const Decoded&) const = default;
};

// Feeds pieces of `piece_size` bytes, into rooms of `room_size` bytes.
Decoded decoded(Memory& memory, Coding coding, std::string_view input, std::size_t piece_size,
                std::size_t room_size, const InflateLimits& limits = {},
                std::size_t memory_bytes_max = kWide) {
    DecoderMemory budget(memory, memory_bytes_max);
    Inflater inflater(budget, coding, limits);
    Decoded result;
    std::vector<char> room(room_size);
    while (!result.error) {
        const std::vector<char> copy(
            input.begin(),
            input.begin() + static_cast<std::ptrdiff_t>(std::min(piece_size, input.size())));
        std::string_view piece(copy.data(), copy.size());
        input.remove_prefix(piece.size());
        std::size_t written = 0;
        do {
            const auto step = inflater.next(piece, room);
            if (!step) {
                result.error = step.error();
                break;
            }
            written = *step;
            result.text.append(room.data(), written);
        } while (!piece.empty() || written == room_size);
        if (input.empty()) {
            break;
        }
    }
    const auto finished = inflater.finish();
    if (!finished) {
        EXPECT_TRUE(!result.error || result.error == finished.error());
        result.error = finished.error();
    }
    if (!result.error) {
        EXPECT_EQ(inflater.output_bytes(), result.text.size());
    }
    return result;
}

Decoded decoded(Coding coding, std::string_view input, const InflateLimits& limits = {},
                std::size_t memory_bytes_max = kWide) {
    Memory memory;
    Decoded result = decoded(memory, coding, input, SIZE_MAX, 4096, limits, memory_bytes_max);
    EXPECT_EQ(memory.bytes_in_use(), 0u);
    return result;
}

std::optional<InflateError> refusal(Coding coding, std::string_view input,
                                    const InflateLimits& limits = {},
                                    std::size_t memory_bytes_max = kWide) {
    return decoded(coding, input, limits, memory_bytes_max).error;
}

TEST(Inflate, knows_the_codings_by_name) {
    EXPECT_EQ(coding_of("gzip"), Coding::gzip);
    EXPECT_EQ(coding_of("X-GZip"), Coding::gzip);
    EXPECT_EQ(coding_of("Deflate"), Coding::deflate);
    EXPECT_EQ(coding_of("br"), Coding::brotli);
    EXPECT_EQ(coding_of("zstd"), Coding::zstd);
    for (const char* name : {"", "identity", "gzip ", "compress", "brotli", "gzip, br"}) {
        EXPECT_FALSE(coding_of(name).has_value()) << name;
    }
}

TEST(Inflate, decodes_however_it_is_cut) {
    const std::string text = some_text(20'000);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        EXPECT_LT(input.size(), text.size() / 2);
        Memory memory;
        for (const std::size_t piece : {1u, 7u, 1000u, 100'000u}) {
            for (const std::size_t room : {1u, 13u, 4096u, 20'000u, 100'000u}) {
                EXPECT_EQ(decoded(memory, coding, input, piece, room), (Decoded{text, {}}));
            }
        }
        EXPECT_EQ(memory.bytes_in_use(), 0u);
    }
}

TEST(Inflate, decodes_empty_content) {
    for (const Coding coding : kCodings) {
        EXPECT_EQ(decoded(coding, encoded(coding, "")), Decoded{});
        EXPECT_EQ(refusal(coding, ""), InflateError::truncated);
    }
}

TEST(Inflate, content_that_stops_anywhere_is_truncated) {
    const std::string text = some_text(300);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        for (std::size_t size = 0; size < input.size(); ++size) {
            EXPECT_EQ(refusal(coding, input.substr(0, size)), InflateError::truncated) << size;
        }
    }
}

TEST(Inflate, damaged_content_never_passes_for_another) {
    const std::string text = some_text(300);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        for (std::size_t at = 0; at < input.size(); ++at) {
            for (const int bit : {0, 3, 7}) {
                std::string damaged = input;
                damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
                const Decoded result = decoded(coding, damaged);
                // Brotli has no checksum.
                EXPECT_TRUE(result.error || result.text == text || coding == Coding::brotli) << at;
            }
        }
    }
}

TEST(Inflate, members_and_frames_follow_each_other) {
    for (const Coding coding : {Coding::gzip, Coding::zstd}) {
        const std::string input =
            encoded(coding, "one ") + encoded(coding, "") + encoded(coding, "two");
        Memory memory;
        for (std::size_t piece = 1; piece <= input.size(); ++piece) {
            EXPECT_EQ(decoded(memory, coding, input, piece, 5), (Decoded{"one two", {}}));
        }
        EXPECT_EQ(refusal(coding, encoded(coding, "one") + "garbage"), InflateError::malformed);
        EXPECT_EQ(refusal(coding, input.substr(0, input.size() - 1)), InflateError::truncated);
    }
}

TEST(Inflate, skippable_frames_are_skipped) {
    const std::string skippable(
        "\x53\x2a\x4d\x18\x03\x00\x00\x00"
        "abc",
        11);
    const std::string input = skippable + encoded(Coding::zstd, "text") + skippable;
    Memory memory;
    for (std::size_t piece = 1; piece <= input.size(); ++piece) {
        EXPECT_EQ(decoded(memory, Coding::zstd, input, piece, 100), (Decoded{"text", {}}));
    }
    EXPECT_EQ(refusal(Coding::zstd, skippable.substr(0, 10)), InflateError::truncated);
}

// A frame that promises 155 bytes, and ends with an empty block.
TEST(Inflate, a_frame_that_is_shorter_than_it_says_is_malformed_however_it_is_cut) {
    const std::string input("\x28\xb5\x2f\xfd\x20\x9b\x01\x00\x00", 9);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{6}, input.size()}) {
        for (const std::size_t room : {std::size_t{28}, std::size_t{4096}}) {
            Memory memory;
            EXPECT_EQ(decoded(memory, Coding::zstd, input, piece, room).error,
                      InflateError::malformed)
                << piece << " " << room;
        }
    }
}

TEST(Inflate, nothing_follows_the_other_codings) {
    for (const Coding coding : {Coding::deflate, Coding::brotli}) {
        EXPECT_EQ(refusal(coding, encoded(coding, "one") + encoded(coding, "two")),
                  InflateError::trailing);
    }
}

TEST(Inflate, one_coding_is_not_another) {
    const std::string raw = deflated("raw", -15);
    EXPECT_EQ(refusal(Coding::deflate, raw), InflateError::malformed);
    EXPECT_EQ(refusal(Coding::gzip, encoded(Coding::deflate, "x")), InflateError::malformed);
    EXPECT_EQ(refusal(Coding::deflate, encoded(Coding::gzip, "x")), InflateError::malformed);
    EXPECT_EQ(refusal(Coding::zstd, encoded(Coding::gzip, "x")), InflateError::malformed);
    // Frames of zstd from before its RFC, versions 0.1 to 0.7.
    for (const char version : {'\x1e', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
        EXPECT_EQ(refusal(Coding::zstd, std::string(1, version) + "\xb5\x2f\xfd\x00\x00\x00"),
                  InflateError::malformed);
    }
    // A zlib stream that wants a dictionary.
    EXPECT_EQ(refusal(Coding::deflate, "\x78\xbb\x01\x02\x03\x04\x05\x06"),
              InflateError::malformed);
}

TEST(Inflate, output_is_bounded) {
    const std::string text = some_text(5000);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        EXPECT_EQ(refusal(coding, input, {.output_bytes_max = 5000}), std::nullopt);
        EXPECT_EQ(refusal(coding, input, {.output_bytes_max = 4999}), InflateError::output_bytes);
        EXPECT_EQ(refusal(coding, input, {.output_bytes_max = 0}), InflateError::output_bytes);
    }
}

TEST(Inflate, bombs_are_refused_before_they_go_off) {
    const std::string zeros(10'000'000, '\0');
    for (const Coding coding : kCodings) {
        const InflateLimits limits{
            .output_bytes_max = 100'000'000, .ratio_max = 200, .ratio_floor_bytes = 100'000};
        const Decoded result = decoded(coding, encoded(coding, zeros), limits);
        EXPECT_EQ(result.error, InflateError::ratio);
        EXPECT_LT(result.text.size(), 140'000u);
        // What is below the floor, or compresses as texts do, is no bomb.
        EXPECT_EQ(refusal(coding, encoded(coding, zeros.substr(0, 100'000)), limits), std::nullopt);
        EXPECT_EQ(refusal(coding, encoded(coding, some_text(500'000)), limits), std::nullopt);
    }
}

TEST(Inflate, windows_are_bounded) {
    const std::string text = some_text(100'000) + std::string(3'000'000, 'x');
    const InflateLimits limits{.output_bytes_max = 1 << 24, .ratio_max = UINT32_MAX};
    constexpr std::size_t kNarrow = 1 << 20;
    EXPECT_EQ(refusal(Coding::brotli, brotli(text, 22), limits), std::nullopt);
    EXPECT_EQ(refusal(Coding::brotli, brotli(text, 22), limits, kNarrow), InflateError::window);
    EXPECT_EQ(refusal(Coding::brotli, brotli(text, 16), limits, kNarrow), std::nullopt);
    EXPECT_EQ(refusal(Coding::zstd, zstd(text, 23), limits), std::nullopt);
    EXPECT_EQ(refusal(Coding::zstd, zstd(text, 24), limits), InflateError::window);
    EXPECT_EQ(refusal(Coding::zstd, zstd(text, 22), limits, kNarrow), InflateError::window);
    EXPECT_EQ(refusal(Coding::gzip, deflated(text, 15 + 16), limits, 64 * 1024), std::nullopt);
    for (const Coding coding : kCodings) {
        EXPECT_EQ(refusal(coding, encoded(coding, "x"), {}, 10), InflateError::window);
    }
}

TEST(Inflate, decoders_share_a_budget) {
    const std::string text = some_text(100'000) + std::string(3'000'000, 'x');
    const InflateLimits limits{.output_bytes_max = 1 << 24, .ratio_max = UINT32_MAX};
    Memory memory;
    DecoderMemory budget(memory, kWide);
    Inflater first(budget, Coding::zstd, limits);
    Inflater second(budget, Coding::zstd, limits);
    const std::string wide = zstd(text, 23);
    std::vector<char> room(1000);
    std::string_view input = wide;
    EXPECT_EQ(first.next(input, room), 1000u);
    input = wide;
    EXPECT_EQ(second.next(input, room).error(), InflateError::window);
    const std::string narrow = zstd(text, 15);
    Inflater third(budget, Coding::zstd, limits);
    input = narrow;
    EXPECT_EQ(third.next(input, room), 1000u);
    EXPECT_LE(memory.bytes_in_use(), kWide);
}

TEST(Inflate, may_be_asked_in_vain_as_often_as_one_likes) {
    const std::string text = some_text(300);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        for (std::size_t half = 0; half <= input.size(); ++half) {
            Memory memory;
            DecoderMemory budget(memory, kWide);
            Inflater inflater(budget, coding, {});
            std::string output;
            char room[1000];
            for (std::string_view piece :
                 {std::string_view(input).substr(0, half), std::string_view(input).substr(half)}) {
                output.append(room, inflater.next(piece, room).value());
                EXPECT_TRUE(piece.empty());
                for (int times = 0; times < 20; ++times) {
                    EXPECT_EQ(inflater.next(piece, room), 0u);
                }
            }
            EXPECT_EQ(output, text);
            EXPECT_TRUE(inflater.finish().has_value());
        }
    }
}

TEST(Inflate, reports_failing_memory_at_every_allocation) {
    const std::string text = some_text(100'000);
    for (const Coding coding : kCodings) {
        const std::string input = encoded(coding, text);
        int failures = 0;
        for (;; ++failures) {
            Memory memory;
            int countdown = failures;
            memory.set_failure_hook(
                [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
                &countdown);
            const Decoded result = decoded(memory, coding, input, 1000, 1000);
            EXPECT_EQ(memory.bytes_in_use(), 0u);
            if (!result.error) {
                break;
            }
            EXPECT_EQ(result.error, InflateError::memory);
        }
        EXPECT_GE(failures, 2);
    }
}

TEST(Inflate, an_error_stays) {
    Memory memory;
    DecoderMemory budget(memory, kWide);
    Inflater inflater(budget, Coding::gzip, {});
    std::string_view input = "no gzip at all";
    char room[10];
    EXPECT_EQ(inflater.next(input, room).error(), InflateError::malformed);
    EXPECT_EQ(inflater.next(input, room).error(), InflateError::malformed);
    EXPECT_EQ(inflater.finish().error(), InflateError::malformed);
}

TEST(Inflate, every_error_has_words_and_a_status) {
    for (int number = 0; number <= static_cast<int>(InflateError::memory); ++number) {
        const auto error = static_cast<InflateError>(number);
        EXPECT_FALSE(message(error).empty());
        EXPECT_NE(status_of(error), 500u);
    }
    EXPECT_EQ(status_of(InflateError::malformed), 400u);
    EXPECT_EQ(status_of(InflateError::ratio), 413u);
    EXPECT_EQ(status_of(InflateError::memory), 503u);
}

}  // namespace
}  // namespace trivet::codec
