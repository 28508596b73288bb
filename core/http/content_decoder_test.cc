#include "http/content_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/encode.h"

namespace trivet::http {
namespace {

using codec::Coding;
using codec::encoded;

struct Decoded {
    std::string text;
    DecodeFault fault;
};

// Feeds pieces of `piece_size` bytes, into rooms of `room_size` bytes.
Decoded decoded(std::vector<Coding> codings, std::string_view input, std::size_t piece_size,
                std::size_t room_size, const DecoderLimits& limits = {}) {
    Memory memory;
    Decoded result;
    {
        BlockPool pool(memory);
        ContentDecoder decoder(pool, codings, limits);
        std::vector<char> room(room_size);
        for (bool is_last = false; !is_last && !decoder.fault();) {
            is_last = input.empty();
            std::string_view piece = input.substr(0, piece_size);
            input.remove_prefix(piece.size());
            for (std::size_t written = room_size; written == room_size;) {
                const auto step = decoder.next(piece, room, is_last);
                written = step.value_or(0);
                result.text.append(room.data(), written);
            }
            EXPECT_TRUE(piece.empty() || decoder.fault());
        }
        if (const auto finished = decoder.finish(); !finished) {
            result.fault = finished.error();
            // It stays.
            std::string_view more = "more";
            EXPECT_EQ(decoder.next(more, room, true).error().failure, result.fault.failure);
        }
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
    return result;
}

std::string some_text(std::size_t size) {
    std::string text;
    for (std::uint64_t number = 0; text.size() < size; ++number) {
        text += "line " + std::to_string(number * 7919 % 10'007) + "\n";
    }
    text.resize(size);
    return text;
}

std::vector<Coding> codings_of(std::initializer_list<std::string_view> fields, bool is_known) {
    CodingList list;
    bool is_taken = true;
    for (const std::string_view field : fields) {
        is_taken = is_taken && list.add(field);
    }
    EXPECT_EQ(is_taken, is_known);
    return {list.codings().begin(), list.codings().end()};
}

TEST(CodingList, holds_the_codings_of_all_fields_in_order) {
    using enum Coding;
    EXPECT_EQ(codings_of({}, true), (std::vector<Coding>{}));
    EXPECT_EQ(codings_of({"", " , ", "identity", "Identity,"}, true), (std::vector<Coding>{}));
    EXPECT_EQ(codings_of({"gzip"}, true), (std::vector{gzip}));
    EXPECT_EQ(codings_of({" x-gzip\t,br"}, true), (std::vector{gzip, brotli}));
    EXPECT_EQ(codings_of({"deflate", "identity, ZSTD"}, true), (std::vector{deflate, zstd}));
    codings_of({"gzip, gzip, gzip"}, false);
    codings_of({"gzip", "br", "zstd"}, false);
    codings_of({"compress"}, false);
    codings_of({"gzip;q=1"}, false);
    codings_of({"*"}, false);
}

TEST(ContentDecoder, takes_one_or_two_codings_off_however_they_are_cut) {
    using enum Coding;
    const std::string text = some_text(30'000);
    for (const Coding first : {gzip, deflate, brotli, zstd}) {
        const std::string once = encoded(first, text);
        for (const std::size_t piece : {1u, 100u, 100'000u}) {
            for (const std::size_t room : {1u, 1000u, 100'000u}) {
                EXPECT_EQ(decoded({first}, once, piece, room).text, text);
            }
        }
        for (const Coding second : {gzip, deflate, brotli, zstd}) {
            const std::string twice = encoded(second, once);
            for (const std::size_t piece : {1u, 100u, 100'000u}) {
                const Decoded result = decoded({first, second}, twice, piece, 777);
                EXPECT_EQ(result.text, text);
                EXPECT_EQ(result.fault.failure, ContentFailure::none);
            }
            EXPECT_EQ(
                decoded({first, second}, twice.substr(0, twice.size() - 1), 100, 777).fault.failure,
                ContentFailure::malformed);
            const std::string inner = encoded(second, once.substr(0, once.size() - 1));
            EXPECT_EQ(decoded({first, second}, inner, 100, 777).fault.failure,
                      ContentFailure::malformed);
        }
    }
}

TEST(ContentDecoder, no_content_is_empty) {
    EXPECT_EQ(decoded({Coding::gzip}, "", 1, 1).fault.failure, ContentFailure::none);
    EXPECT_EQ(decoded({Coding::gzip, Coding::zstd}, "", 1, 1).fault.failure, ContentFailure::none);
}

// A name of a file, which a member of gzip may begin with, gives nothing to the second decoder
// while it comes.
TEST(ContentDecoder, waits_as_long_as_its_first_coding_gives_nothing) {
    const std::string text = some_text(1000);
    const std::string inner = encoded(Coding::zstd, text);
    const std::string first = encoded(Coding::gzip, inner.substr(0, inner.size() / 2));
    std::string second = encoded(Coding::gzip, inner.substr(inner.size() / 2));
    constexpr std::size_t kHeadBytes = 10;
    constexpr char kHasName = 8;
    second[3] = kHasName;
    second.insert(kHeadBytes, std::string(100, 'n') + '\0');
    const Decoded result = decoded({Coding::zstd, Coding::gzip}, first + second, 1, 5000);
    EXPECT_EQ(result.fault.detail, "");
    EXPECT_EQ(result.text, text);
}

TEST(ContentDecoder, bounds_the_memory_of_both_codings_together) {
    const std::string text = some_text(100'000);
    const auto twice = [&](int inner, int outer) {
        const std::string input = codec::zstd(codec::zstd(text, inner), outer);
        return decoded({Coding::zstd, Coding::zstd}, input, 1000, 1000);
    };
    EXPECT_EQ(twice(22, 21).text, text);
    EXPECT_EQ(twice(15, 23).text, text);
    EXPECT_EQ(twice(23, 15).text, text);
    EXPECT_EQ(twice(23, 23).fault.failure, ContentFailure::limit);
    EXPECT_EQ(twice(22, 23).fault.detail, "the encoded content needs too much memory");
}

TEST(ContentDecoder, keeps_to_the_limit_of_decoded_bytes) {
    const std::string text = some_text(5000);
    for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::brotli, Coding::zstd}) {
        const std::string input = encoded(coding, text);
        EXPECT_EQ(decoded({coding}, input, 10, 10, {.bytes_max = 5000}).fault.failure,
                  ContentFailure::none);
        const Decoded refused = decoded({coding}, input, 10, 10, {.bytes_max = 4999});
        EXPECT_EQ(refused.fault.failure, ContentFailure::limit);
        EXPECT_NE(refused.fault.detail.find("body_bytes_max"), std::string_view::npos);
    }
}

TEST(ContentDecoder, keeps_to_the_ratio_over_both_codings) {
    const DecoderLimits limits{.bytes_max = 1 << 30, .ratio_max = 100};
    const std::string zeros(50'000'000, '\0');
    const std::string once = encoded(Coding::gzip, zeros);
    const std::string twice = encoded(Coding::gzip, once);
    for (const auto& [codings, input] :
         {std::pair{std::vector{Coding::gzip}, once},
          std::pair{std::vector{Coding::gzip, Coding::gzip}, twice}}) {
        const Decoded result = decoded(codings, input, 1000, 4096, limits);
        EXPECT_EQ(result.fault.failure, ContentFailure::limit);
        EXPECT_NE(result.fault.detail.find("body_ratio_max"), std::string_view::npos);
        EXPECT_LE(result.text.size(), kRatioFloorBytes + 100 * input.size());
    }
    // Little content may be what it wants.
    EXPECT_EQ(decoded({Coding::gzip}, encoded(Coding::gzip, zeros.substr(0, kRatioFloorBytes)), 10,
                      100, {.ratio_max = 1})
                  .fault.failure,
              ContentFailure::none);
}

TEST(ContentDecoder, tells_when_memory_is_out) {
    const std::string input = encoded(Coding::gzip, encoded(Coding::zstd, some_text(1000)));
    int failing = 0;
    for (;; ++failing) {
        Memory memory;
        int countdown = failing;
        memory.set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        const std::vector codings{Coding::zstd, Coding::gzip};
        BlockPool pool(memory);
        ContentDecoder decoder(pool, codings, {});
        std::string_view rest = input;
        char room[2000];
        const auto step = decoder.next(rest, room, true);
        if (step) {
            EXPECT_EQ(*step, 1000u);
            break;
        }
        EXPECT_EQ(step.error().failure, ContentFailure::memory);
    }
    EXPECT_GE(failing, 3);
}

}  // namespace
}  // namespace trivet::http
