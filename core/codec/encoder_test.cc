#include "codec/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "codec/encoder_pool.h"

namespace trivet::codec {
namespace {

constexpr std::array kOffered = {Coding::gzip, Coding::brotli, Coding::zstd};
constexpr std::size_t kBudget = 64 << 20;

std::string some_json(std::size_t size) {
    std::string text = "[";
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525u + 1013904223u;
        text += R"({"id":)" + std::to_string(state >> 20) + R"(,"name":"item","price":)" +
                std::to_string(state % 977) + "},";
    }
    text.resize(size);
    return text;
}

std::string noise(std::size_t size) {
    std::string text(size, '\0');
    std::uint64_t state = 88172645463325252u;
    for (char& byte : text) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state);
    }
    return text;
}

// All of `input` with one flush, into rooms of `room_size` bytes; "failed" when it does.
std::string encode_all(Encoder& encoder, std::string_view input, Flush flush,
                       std::size_t room_size = 4096) {
    std::string output;
    for (int calls = 0; calls < 1'000'000; ++calls) {
        std::vector<char> bytes(room_size);
        std::span<char> room(bytes);
        const EncodeResult result = encoder.encode(input, room, flush);
        output.append(bytes.data(), bytes.size() - room.size());
        if (result != EncodeResult::full) {
            EXPECT_TRUE(result == EncodeResult::failed || input.empty());
            return result == EncodeResult::done ? output : "failed";
        }
    }
    return "never ends";
}

// What a client can make of what has come so far.
class Reader {
public:
    explicit Reader(Coding coding)
        : budget_(memory_, 9 << 20),
          inflater_(budget_, coding, {.output_bytes_max = 1 << 28, .ratio_max = UINT32_MAX}) {}

    std::string read(std::string_view input) {
        std::string output;
        std::vector<char> room(65536);
        for (std::size_t written = room.size(); written == room.size() || !input.empty();) {
            const auto step = inflater_.next(input, room);
            if (!step) {
                return "error: " + std::string(message(step.error()));
            }
            written = *step;
            output.append(room.data(), written);
        }
        return output;
    }
    bool is_at_end() { return inflater_.finish().has_value(); }

private:
    Memory memory_;
    DecoderMemory budget_;
    Inflater inflater_;
};

std::string read_back(Coding coding, std::string_view input) {
    Reader reader(coding);
    std::string text = reader.read(input);
    EXPECT_TRUE(reader.is_at_end());
    return text;
}

TEST(Encoder, what_is_encoded_is_decoded_to_the_same) {
    const std::array texts = {std::string(),     std::string("x"), some_json(1000),
                              some_json(50'000), noise(50'000),    std::string(1'000'000, 'a'),
                              some_json(700'000)};
    Memory memory;
    {
        EncoderPool pool(memory, kBudget);
        for (const Coding coding : kOffered) {
            const LevelRange levels = level_range(coding);
            for (int level = levels.low; level <= levels.high; ++level) {
                for (const std::string& text : texts) {
                    Encoder* const encoder = pool.take(coding, level, text.size());
                    ASSERT_NE(encoder, nullptr);
                    EXPECT_EQ(read_back(coding, encode_all(*encoder, text, Flush::end)), text);
                    pool.give_back(*encoder);
                }
            }
        }
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Encoder, json_becomes_a_third_of_it) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    const std::string text = some_json(10'000);
    for (const Coding coding : kOffered) {
        Encoder* const encoder = pool.take(coding, level_range(coding).usual, text.size());
        EXPECT_LT(encode_all(*encoder, text, Flush::end).size(), text.size() / 3);
        pool.give_back(*encoder);
    }
}

TEST(Encoder, all_that_was_flushed_can_be_decoded) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    for (const Coding coding : kOffered) {
        for (const std::size_t room : {kEncodeRoomMin, std::size_t{17}, std::size_t{100'000}}) {
            Encoder* const encoder = pool.take(coding, level_range(coding).usual, kUnknownSize);
            Reader reader(coding);
            for (const std::size_t size : {1u, 100u, 40'000u, 3u, 300'000u, 1u}) {
                const std::string piece = some_json(size);
                EXPECT_EQ(reader.read(encode_all(*encoder, piece, Flush::all, room)), piece);
                EXPECT_EQ(reader.read(encode_all(*encoder, {}, Flush::all, room)), "");
            }
            EXPECT_EQ(reader.read(encode_all(*encoder, {}, Flush::end, room)), "");
            EXPECT_TRUE(reader.is_at_end());
            pool.give_back(*encoder);
        }
    }
}

TEST(Encoder, without_a_flush_it_comes_in_the_end) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    const std::string text = some_json(300'000);
    for (const Coding coding : kOffered) {
        Encoder* const encoder = pool.take(coding, level_range(coding).usual, kUnknownSize);
        std::string output;
        for (std::size_t at = 0; at < text.size(); at += 1000) {
            output += encode_all(*encoder, text.substr(at, 1000), Flush::none);
        }
        output += encode_all(*encoder, {}, Flush::end);
        EXPECT_EQ(read_back(coding, output), text);
        pool.give_back(*encoder);
    }
}

TEST(Encoder, a_content_that_was_given_up_leaves_nothing_to_the_next) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    for (const Coding coding : kOffered) {
        for (int round = 0; round < 3; ++round) {
            Encoder* encoder = pool.take(coding, level_range(coding).usual, 1000);
            encode_all(*encoder, some_json(500), round == 0 ? Flush::none : Flush::all);
            pool.give_back(*encoder);
            encoder = pool.take(coding, level_range(coding).low, 5);
            EXPECT_EQ(read_back(coding, encode_all(*encoder, "hello", Flush::end)), "hello");
            pool.give_back(*encoder);
        }
    }
}

TEST(Encoder, a_room_that_is_too_small_for_a_smaller_content_is_full) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    const std::string text = noise(10'000);
    for (const Coding coding : kOffered) {
        Encoder* const encoder = pool.take(coding, level_range(coding).usual, text.size());
        std::vector<char> bytes(text.size() - 1);
        std::span<char> room(bytes);
        std::string_view input = text;
        EXPECT_EQ(encoder->encode(input, room, Flush::end), EncodeResult::full);
        pool.give_back(*encoder);
    }
}

TEST(Encoder, windows_are_such_as_every_client_has_memory_for) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    const std::string text = some_json(2'000'000);
    for (const Coding coding : kOffered) {
        for (const std::uint64_t size : {std::uint64_t{text.size()}, kUnknownSize}) {
            Encoder* const encoder = pool.take(coding, level_range(coding).high, size);
            const std::string output = encode_all(*encoder, text, Flush::end);
            DecoderMemory narrow(memory, 1 << 20);
            Inflater inflater(narrow, coding,
                              {.output_bytes_max = 1 << 28, .ratio_max = UINT32_MAX});
            std::string_view input = output;
            std::vector<char> room(65536);
            std::size_t size_read = 0;
            while (!input.empty()) {
                const auto step = inflater.next(input, room);
                ASSERT_TRUE(step) << message(step.error());
                size_read += *step;
            }
            EXPECT_GT(size_read, text.size() - room.size());
            pool.give_back(*encoder);
        }
    }
}

// docs/SECURITY.md tells these.
TEST(Encoder, an_encoder_takes_as_much_memory_as_is_said) {
    struct Share {
        Coding coding;
        std::size_t small_kib;  // of 10 KB
        std::size_t long_kib;   // of what streams
    };
    constexpr std::size_t kPiece = 65'536;
    const std::string text = some_json(2'000'000);
    for (const Share& share : {Share{Coding::gzip, 270, 270}, Share{Coding::brotli, 700, 1700},
                               Share{Coding::zstd, 300, 750}}) {
        const int level = level_range(share.coding).usual;
        const auto taken = [&](std::uint64_t size, std::string_view content) {
            Memory memory;
            EncoderPool pool(memory, kBudget);
            Encoder* const encoder = pool.take(share.coding, level, size);
            for (; !content.empty(); content.remove_prefix(std::min(content.size(), kPiece))) {
                encode_all(*encoder, content.substr(0, kPiece), Flush::all);
            }
            return pool.bytes();
        };
        EXPECT_LT(taken(10'000, text.substr(0, 10'000)), share.small_kib << 10);
        EXPECT_LT(taken(kUnknownSize, text), share.long_kib << 10);
    }
}

TEST(Encoder, a_pool_ends_those_that_nobody_gave_back) {
    Memory memory;
    {
        EncoderPool pool(memory, kBudget);
        for (const Coding coding : kOffered) {
            encode_all(*pool.take(coding, 1, kUnknownSize), "text", Flush::all);
        }
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Encoder, beyond_the_budget_there_are_none) {
    Memory memory;
    EncoderPool pool(memory, 700 * 1024);
    const auto take = [&pool] { return pool.take(Coding::gzip, 5, kUnknownSize); };
    Encoder* const first = take();
    Encoder* const second = take();
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(take(), nullptr);
    EXPECT_LE(pool.bytes(), std::size_t{700} * 1024);
    pool.give_back(*first);
    Encoder* const third = take();
    ASSERT_NE(third, nullptr);
    EXPECT_EQ(read_back(Coding::gzip, encode_all(*third, "text", Flush::end)), "text");
    pool.give_back(*second);
    pool.give_back(*third);
}

TEST(Encoder, tells_of_failing_memory_at_every_allocation) {
    const std::string text = some_json(300'000);
    for (const Coding coding : kOffered) {
        int failures = 0;
        for (bool is_good = false; !is_good; ++failures) {
            Memory memory;
            int countdown = failures;
            memory.set_failure_hook(
                [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
                &countdown);
            {
                EncoderPool pool(memory, kBudget);
                Encoder* encoder = pool.take(coding, level_range(coding).usual, kUnknownSize);
                const std::string output =
                    encoder != nullptr ? encode_all(*encoder, text, Flush::end) : "failed";
                is_good = output != "failed";
                if (is_good) {
                    EXPECT_EQ(read_back(coding, output), text);
                }
                // Once there is memory again, it goes on.
                countdown = -1;
                if (encoder != nullptr) {
                    pool.give_back(*encoder);
                }
                encoder = pool.take(coding, level_range(coding).usual, kUnknownSize);
                ASSERT_NE(encoder, nullptr);
                EXPECT_EQ(read_back(coding, encode_all(*encoder, "more", Flush::end)), "more");
                pool.give_back(*encoder);
            }
            EXPECT_EQ(memory.bytes_in_use(), 0u);
        }
        EXPECT_GE(failures, 3) << name_of(coding);
    }
}

TEST(Encoder, nobody_encodes_with_deflate) {
    Memory memory;
    EncoderPool pool(memory, kBudget);
    EXPECT_EQ(pool.take(Coding::deflate, 5, 5), nullptr);
    for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::brotli, Coding::zstd}) {
        EXPECT_EQ(coding_of(name_of(coding)), coding);
    }
}

}  // namespace
}  // namespace trivet::codec
