#include "http/content_stream.h"

#include <algorithm>
#include <utility>

#include "http/content_decoder.h"

namespace trivet::http {
namespace {

// Room for decoded content: a few times what waits, so that little content takes little memory.
constexpr std::size_t kDecodedBytesMin = 4 * 1024;
constexpr std::size_t kDecodedBytesMax = 64 * 1024;
constexpr std::size_t kDecodedTimes = 4;

}  // namespace

std::uint16_t status_of_failure(ContentFailure failure) noexcept {
    switch (failure) {
        case ContentFailure::limit:
            return 413;
        case ContentFailure::timeout:
            return 408;
        case ContentFailure::malformed:
            return 400;
        case ContentFailure::memory:
            return 503;
        case ContentFailure::none:
        case ContentFailure::gone:
            break;
    }
    return 500;
}

void ContentStream::fail(ContentFailure failure) noexcept {
    if (!is_over()) {
        failure_ = failure;
        unread_.clear();
    }
}

ContentRead ContentStream::read() noexcept {
    if (lent_bytes_ == lent_.size() || failure_ != ContentFailure::none) {
        lent_.clear();
        lent_bytes_ = 0;
        if (failure_ == ContentFailure::none && decoder_ != nullptr) {
            decode();
        }
        if (failure_ != ContentFailure::none) {
            return {.bytes = {}, .is_end = false, .failure = failure_};
        }
    }
    if (decoder_ == nullptr) {
        unread_.swap(lent_);
        is_decoded_ = is_complete_;
    }
    return lend();
}

// The next piece of what is decoded.
ContentRead ContentStream::lend() noexcept {
    const std::size_t size = decoder_ == nullptr ? lent_.size() : kDecodedBytesMax;
    const std::string_view bytes = lent_.view().substr(lent_bytes_, size);
    lent_bytes_ += bytes.size();
    is_touched_ = is_touched_ || !bytes.empty();
    is_awaited_ = bytes.empty() && !is_complete_;
    const bool is_end = is_decoded_ && lent_bytes_ == lent_.size();
    if (is_end) {
        is_read_.store(true, std::memory_order_release);
    }
    return {.bytes = bytes, .is_end = is_end};
}

// Fills lent_ with what came; with as much of it as lets the decoder wait for the next time.
void ContentStream::decode() noexcept {
    do {
        const std::size_t size = std::max(
            lent_.room(),
            std::clamp(unread_.size() * kDecodedTimes, kDecodedBytesMin, kDecodedBytesMax));
        char* const room = lent_.reserve(size);
        if (room == nullptr) {
            fail_decoding(ContentFailure::memory);
            return;
        }
        std::string_view input = unread_.view();
        const auto got = decoder_->next(input, {room, size}, is_complete_);
        if (!got) {
            fail_decoding(got.error().failure);
            return;
        }
        unread_.drop(unread_.size() - input.size());
        lent_.commit(*got);
        decoder_has_more_ = *got == size;
    } while (decoder_has_more_ && !decoder_->is_paid());
    is_decoded_ = is_complete_ && !decoder_has_more_;
    if (is_decoded_) {
        if (const auto finished = decoder_->finish(); !finished) {
            fail_decoding(finished.error().failure);
        }
    }
}

// Also of content that is there as a whole.
void ContentStream::fail_decoding(ContentFailure failure) noexcept {
    failure_ = failure;
    unread_.clear();
    lent_.clear();
}

bool ContentStream::take_awaited() noexcept { return std::exchange(is_awaited_, false); }

}  // namespace trivet::http
