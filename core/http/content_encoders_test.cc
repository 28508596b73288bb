#include "http/content_encoders.h"

#include <gtest/gtest.h>

#include <string>

#include "http/coded_test.h"
#include "http/limits.h"

namespace trivet::http {
namespace {

constexpr OfferedCoding kGzip{codec::Coding::gzip, 5};

TEST(ContentEncoders, encode_whole_answers) {
    Memory memory;
    {
        ContentEncoders encoders(memory);
        EXPECT_EQ(memory.bytes_in_use(), 0u);
        for (const std::size_t size :
             {std::size_t{100}, std::size_t{10'000}, kCodedAtOnceBytesMax}) {
            for (const OfferedCoding& offer : {kGzip, OfferedCoding{codec::Coding::brotli, 4},
                                               OfferedCoding{codec::Coding::zstd, 3}}) {
                const std::string text = some_json(size);
                const auto encoded = encoders.encode(offer, text);
                ASSERT_TRUE(encoded) << size;
                EXPECT_LT(encoded->size(), text.size());
                EXPECT_EQ(decoded_by(offer.coding, *encoded), text);
            }
        }
        EXPECT_EQ(encoders.failures_total(), 0u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(ContentEncoders, leave_what_would_not_shrink) {
    Memory memory;
    ContentEncoders encoders(memory);
    EXPECT_FALSE(encoders.encode(kGzip, ""));
    EXPECT_FALSE(encoders.encode(kGzip, "short"));
    EXPECT_FALSE(encoders.encode(kGzip, "nothing comes twice"));
    EXPECT_FALSE(encoders.encode(kGzip, some_json(kCodedAtOnceBytesMax + 1)));
    EXPECT_EQ(encoders.failures_total(), 0u);
}

TEST(ContentEncoders, count_what_failed_for_want_of_memory) {
    const std::string text = some_json(5000);
    std::uint64_t failures = 0;
    for (int n = 0; failures == static_cast<std::uint64_t>(n); ++n) {
        Memory memory;
        int countdown = n;
        memory.set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        ContentEncoders encoders(memory);
        failures += encoders.encode({codec::Coding::brotli, 4}, text) ? 0 : 1;
        EXPECT_EQ(encoders.failures_total(), failures > static_cast<std::uint64_t>(n) ? 1u : 0u);
        countdown = -1;
        EXPECT_TRUE(encoders.encode({codec::Coding::brotli, 4}, text)) << "it is there again";
    }
    EXPECT_GT(failures, 4u);
}

TEST(ContentEncoders, lend_encoders_as_long_as_there_is_memory) {
    Memory memory;
    ContentEncoders encoders(memory);
    codec::Encoder* const encoder = encoders.take(kGzip);
    ASSERT_NE(encoder, nullptr);
    EXPECT_GT(encoders.bytes(), 0u);
    encoders.give_back(*encoder);
    std::size_t count = 0;
    while (encoders.take(kGzip) != nullptr) {
        ++count;
    }
    EXPECT_GT(count, 200u);
    EXPECT_LE(encoders.bytes(), kEncodersBytesMax);
    EXPECT_EQ(encoders.failures_total(), 1u);
}

}  // namespace
}  // namespace trivet::http
