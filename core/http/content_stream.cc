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
    lent_.clear();
    if (failure_ != ContentFailure::none) {
        return {.bytes = {}, .is_end = false, .failure = failure_};
    }
    if (decoder_ != nullptr) {
        return read_decoded();
    }
    unread_.swap(lent_);
    is_touched_ = is_touched_ || !lent_.empty();
    is_awaited_ = lent_.empty() && !is_complete_;
    if (is_complete_) {
        is_read_.store(true, std::memory_order_release);
    }
    return {.bytes = lent_.view(), .is_end = is_complete_};
}

ContentRead ContentStream::read_decoded() noexcept {
    const std::size_t size =
        std::clamp(unread_.size() * kDecodedTimes, kDecodedBytesMin, kDecodedBytesMax);
    char* const room = lent_.reserve(size);
    if (room == nullptr) {
        failure_ = ContentFailure::memory;
        unread_.clear();
        return {.bytes = {}, .is_end = false, .failure = failure_};
    }
    std::string_view input = unread_.view();
    const auto got = decoder_->next(input, {room, size});
    unread_.drop(unread_.size() - input.size());
    has_more_ = got && *got == size;
    const bool is_end = is_complete_ && !has_more_;
    const auto finished = got && is_end ? decoder_->finish() : std::expected<void, DecodeFault>{};
    if (!got || !finished) {
        // Also of content that is there as a whole.
        failure_ = got ? finished.error().failure : got.error().failure;
        unread_.clear();
        return {.bytes = {}, .is_end = false, .failure = failure_};
    }
    lent_.commit(*got);
    is_touched_ = is_touched_ || !lent_.empty();
    is_awaited_ = lent_.empty() && !is_complete_;
    if (is_end) {
        is_read_.store(true, std::memory_order_release);
    }
    return {.bytes = lent_.view(), .is_end = is_end};
}

bool ContentStream::take_awaited() noexcept { return std::exchange(is_awaited_, false); }

}  // namespace trivet::http
