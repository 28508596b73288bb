#pragma once

#include <optional>
#include <string_view>

#include "codec/encoder_pool.h"
#include "http/answer_rules.h"

namespace trivet::http {

// What encodes the answers of one server: the encoders of its loop, and room for an answer that is
// encoded at once. Takes no memory before it is needed. Loop thread only.
class ContentEncoders {
public:
    explicit ContentEncoders(Memory& memory) noexcept;
    ~ContentEncoders();
    ContentEncoders(const ContentEncoders&) = delete;
    ContentEncoders& operator=(const ContentEncoders&) = delete;

    // All of `content`, of at most kCodedAtOnceBytesMax bytes; to be read before the next call.
    // nullopt: it would not become smaller, or memory is out.
    std::optional<std::string_view> encode(const OfferedCoding& offer,
                                           std::string_view content) noexcept;
    // For a content that comes in pieces, to be given back. nullptr: memory is out.
    codec::Encoder* take(const OfferedCoding& offer) noexcept;
    void give_back(codec::Encoder& encoder) noexcept { pool_.give_back(encoder); }

    // Answers that left as they were because there was no memory.
    std::uint64_t failures_total() const noexcept { return failures_total_; }
    std::size_t bytes() const noexcept { return pool_.bytes(); }

private:
    Memory& memory_;
    codec::EncoderPool pool_;
    char* room_ = nullptr;
    std::uint64_t failures_total_ = 0;
};

}  // namespace trivet::http
