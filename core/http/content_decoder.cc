#include "http/content_decoder.h"

#include "base/ascii.h"

namespace trivet::http {
namespace {

codec::InflateLimits stage_limits(const DecoderLimits& limits) noexcept {
    return {.output_bytes_max = limits.bytes_max,
            .ratio_max = limits.ratio_max,
            .ratio_floor_bytes = kRatioFloorBytes};
}

DecodeFault fault_of(codec::InflateError error) noexcept {
    switch (error) {
        case codec::InflateError::output_bytes:
            return {ContentFailure::limit, "the decoded content is longer than body_bytes_max"};
        case codec::InflateError::ratio:
            return {ContentFailure::limit,
                    "the decoded content is longer than body_ratio_max allows"};
        case codec::InflateError::window:
            return {ContentFailure::limit, "the encoded content needs too much memory"};
        case codec::InflateError::memory:
            return {ContentFailure::memory, message(error)};
        case codec::InflateError::malformed:
        case codec::InflateError::truncated:
        case codec::InflateError::trailing:
            break;
    }
    return {ContentFailure::malformed, message(error)};
}

}  // namespace

bool CodingList::add(std::string_view field) noexcept {
    while (!field.empty()) {
        const std::size_t comma = field.find(',');
        const std::string_view name = trimmed(field.substr(0, comma));
        field = comma == std::string_view::npos ? std::string_view{} : field.substr(comma + 1);
        // RFC 9110 section 5.6.1.2: empty members of a list are passed over.
        if (name.empty() || equal_ignoring_case(name, "identity")) {
            continue;
        }
        const auto coding = codec::coding_of(name);
        if (!coding || count_ == kCodingsMax) {
            return false;
        }
        codings_[count_++] = *coding;
    }
    return true;
}

ContentDecoder::ContentDecoder(BlockPool& pool, std::span<const codec::Coding> codings,
                               const DecoderLimits& limits) noexcept
    : limits_(limits),
      memory_(pool.memory(), kDecoderBytesMax),
      first_(pool, memory_, codings.back(), codings.size(), stage_limits(limits)) {
    if (codings.size() > 1) {
        second_.emplace(pool, memory_, codings.front(), codings.size(), stage_limits(limits));
    }
}

std::expected<std::size_t, DecodeFault> ContentDecoder::next(std::string_view& input,
                                                             std::span<char> room,
                                                             bool is_last) noexcept {
    if (fault_) {
        return std::unexpected(*fault_);
    }
    if (is_last && input.empty() && input_bytes_ == 0) {
        return 0;
    }
    const std::size_t before = input.size();
    const auto written =
        second_ ? next_both(input, room, is_last) : first_.next(input, room, is_last);
    input_bytes_ += before - input.size();
    if (!written) {
        return std::unexpected(fail(written.error()));
    }
    output_bytes_ += *written;
    // Each stage keeps to the ratio by itself; both together must, too.
    if (output_bytes_ > kRatioFloorBytes + input_bytes_ * limits_.ratio_max) {
        return std::unexpected(fail(codec::InflateError::ratio));
    }
    return *written;
}

std::expected<std::size_t, codec::InflateError> ContentDecoder::next_both(std::string_view& input,
                                                                          std::span<char> room,
                                                                          bool is_last) noexcept {
    std::size_t written = 0;
    for (bool is_last_between = false;;) {
        const auto out = second_->next(between_, room.subspan(written), is_last_between);
        if (!out) {
            return out;
        }
        written += *out;
        if (written == room.size() || is_last_between) {
            return written;
        }
        const auto got = first_.next(input, between_room_, is_last);
        if (!got) {
            return got;
        }
        if (*got == 0 && !is_last) {
            return written;
        }
        between_ = {between_room_, *got};
        is_last_between = *got == 0;
    }
}

std::expected<void, DecodeFault> ContentDecoder::finish() noexcept {
    if (!fault_ && input_bytes_ > 0) {
        auto finished = first_.finish();
        if (finished && second_) {
            finished = second_->finish();
        }
        if (!finished) {
            fail(finished.error());
        }
    }
    if (fault_) {
        return std::unexpected(*fault_);
    }
    return {};
}

DecodeFault ContentDecoder::fail(codec::InflateError error) noexcept {
    fault_ = fault_of(error);
    return *fault_;
}

}  // namespace trivet::http
