#include "http/content_stream.h"

#include <utility>

namespace trivet::http {

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
    unread_.swap(lent_);
    is_awaited_ = lent_.empty() && !is_complete_;
    if (is_complete_) {
        is_read_.store(true, std::memory_order_release);
    }
    return {.bytes = lent_.view(), .is_end = is_complete_};
}

bool ContentStream::take_awaited() noexcept { return std::exchange(is_awaited_, false); }

}  // namespace trivet::http
