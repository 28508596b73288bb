#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/encoder.h"
#include "http/type_list.h"
#include "proto/negotiation/content_coding.h"

namespace trivet::http {

// A coding that answers may be sent in.
struct OfferedCoding {
    codec::Coding coding{};
    int level = 0;
};

inline constexpr std::size_t kOfferedCodingsMax = 3;

// Which answers are encoded, and with what. Made before the first loop is, read-only afterwards.
struct CodingRules {
    std::array<OfferedCoding, kOfferedCodingsMax> offers{};  // in the order of preference
    std::size_t offer_count = 0;
    // Less is hardly ever worth it: it fits into one packet either way.
    std::uint64_t min_bytes = 1024;
    // A whole answer above it leaves as it is: it would have to be copied.
    std::uint64_t max_bytes = 8 << 20;
    TypeList types;

    // Their names for negotiation, that of no coding last.
    std::array<std::string_view, kOfferedCodingsMax + 1> names{};

    void offer(codec::Coding coding, int level) noexcept {
        names[offer_count] = codec::name_of(coding);
        offers[offer_count++] = {coding, level};
        names[offer_count] = negotiation::kIdentity;
    }
};

// Which answers get an entity tag of the engine's.
struct TagRules {
    bool is_strong = false;
    std::uint64_t max_bytes = 1 << 20;  // of content that is read for it
};

// What middleware of a route does to its answers; nullptr: not that.
struct AnswerRules {
    const CodingRules* coding = nullptr;
    const TagRules* tags = nullptr;

    bool empty() const noexcept { return coding == nullptr && tags == nullptr; }
};

}  // namespace trivet::http
