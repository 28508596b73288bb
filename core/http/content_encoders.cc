#include "http/content_encoders.h"

#include "http/limits.h"

namespace trivet::http {

ContentEncoders::ContentEncoders(Memory& memory) noexcept
    : memory_(memory), pool_(memory, kEncodersBytesMax) {}

ContentEncoders::~ContentEncoders() { memory_.release(room_, kCodedAtOnceBytesMax); }

std::optional<std::string_view> ContentEncoders::encode(const OfferedCoding& offer,
                                                        std::string_view content) noexcept {
    if (content.size() <= codec::kEncodeRoomMin || content.size() > kCodedAtOnceBytesMax) {
        return std::nullopt;
    }
    if (room_ == nullptr) {
        room_ = static_cast<char*>(memory_.allocate(kCodedAtOnceBytesMax));
    }
    codec::Encoder* const encoder =
        room_ != nullptr ? pool_.take(offer.coding, offer.level, content.size()) : nullptr;
    if (encoder == nullptr) {
        ++failures_total_;
        return std::nullopt;
    }
    // A room that is smaller than the content is full when encoding is of no use.
    std::span<char> left(room_, content.size() - 1);
    const codec::EncodeResult result = encoder->encode(content, left, codec::Flush::end);
    pool_.give_back(*encoder);
    failures_total_ += result == codec::EncodeResult::failed ? 1 : 0;
    if (result != codec::EncodeResult::done) {
        return std::nullopt;
    }
    return std::string_view(room_, left.data());
}

codec::Encoder* ContentEncoders::take(const OfferedCoding& offer) noexcept {
    codec::Encoder* const encoder = pool_.take(offer.coding, offer.level, codec::kUnknownSize);
    failures_total_ += encoder == nullptr ? 1 : 0;
    return encoder;
}

}  // namespace trivet::http
