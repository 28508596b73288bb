#include "codec/inflate.h"

#include <utility>

#include "base/ascii.h"
#include "codec/decoder.h"

namespace trivet::codec {
namespace {

// The size of a block stands in front of it and keeps it aligned.
constexpr std::size_t kBlockHeadBytes = 16;

}  // namespace

std::optional<Coding> coding_of(std::string_view name) noexcept {
    struct Name {
        std::string_view text;
        Coding coding;
    };
    constexpr Name kNames[] = {{"gzip", Coding::gzip},
                               {"x-gzip", Coding::gzip},
                               {"deflate", Coding::deflate},
                               {"br", Coding::brotli},
                               {"zstd", Coding::zstd}};
    for (const Name& known : kNames) {
        if (equal_ignoring_case(name, known.text)) {
            return known.coding;
        }
    }
    return std::nullopt;
}

std::string_view message(InflateError error) noexcept {
    switch (error) {
        case InflateError::malformed:
            return "the content is not encoded as Content-Encoding says";
        case InflateError::truncated:
            return "the encoded content ends too early";
        case InflateError::trailing:
            return "bytes follow the end of the encoded content";
        case InflateError::output_bytes:
            return "the decoded content is longer than output_bytes_max";
        case InflateError::ratio:
            return "the decoded content is longer than ratio_max times the encoded allows";
        case InflateError::window:
            return "the encoded content needs more memory than its decoder may take";
        case InflateError::memory:
            return "out of memory";
    }
    return {};
}

unsigned status_of(InflateError error) noexcept {
    switch (error) {
        case InflateError::malformed:
        case InflateError::truncated:
        case InflateError::trailing:
            return 400;
        case InflateError::output_bytes:
        case InflateError::ratio:
        case InflateError::window:
            return 413;
        case InflateError::memory:
            return 503;
    }
    return 500;
}

void* DecoderMemory::allocate(std::size_t size) noexcept {
    if (size > bytes_max_ || size + kBlockHeadBytes > bytes_max_ - bytes_) {
        is_exceeded_ = true;
        return nullptr;
    }
    auto* const block = static_cast<std::size_t*>(memory_.allocate(size + kBlockHeadBytes));
    if (block == nullptr) {
        return nullptr;
    }
    *block = size + kBlockHeadBytes;
    bytes_ += *block;
    return reinterpret_cast<char*>(block) + kBlockHeadBytes;
}

void DecoderMemory::release(void* block) noexcept {
    if (block != nullptr) {
        void* const begin = static_cast<char*>(block) - kBlockHeadBytes;
        const std::size_t size = *static_cast<std::size_t*>(begin);
        bytes_ -= size;
        memory_.release(begin, size);
    }
}

Inflater::~Inflater() { close(); }

void Inflater::close() noexcept {
    if (Decoder* const decoder = std::exchange(decoder_, nullptr)) {
        decoder->close();
        memory_.release(decoder);
    }
}

std::expected<std::size_t, InflateError> Inflater::next(std::string_view& input,
                                                        std::span<char> room) noexcept {
    if (error_) {
        return std::unexpected(*error_);
    }
    std::size_t written = 0;
    // A library need not be asked for what it cannot give: to be called often without progress is
    // an error to one of them.
    if (input.empty() && !has_more_) {
        return written;
    }
    if (const auto error = run(input, room, written)) {
        return std::unexpected(fail(*error));
    }
    has_more_ = written == room.size();
    return written;
}

std::expected<void, InflateError> Inflater::finish() noexcept {
    if (!error_ && !is_at_end_) {
        fail(InflateError::truncated);
    }
    if (error_) {
        return std::unexpected(*error_);
    }
    return {};
}

InflateError Inflater::fail(InflateError error) noexcept {
    error_ = error;
    return error;
}

bool Inflater::open() noexcept {
    switch (coding_) {
        case Coding::gzip:
        case Coding::deflate:
            decoder_ = make_zlib_decoder(memory_, coding_ == Coding::gzip);
            break;
        case Coding::brotli:
            decoder_ = make_brotli_decoder(memory_);
            break;
        case Coding::zstd:
            decoder_ = make_zstd_decoder(memory_);
            break;
    }
    return decoder_ != nullptr;
}

std::optional<InflateError> Inflater::run(std::string_view& input, std::span<char> room,
                                          std::size_t& written) noexcept {
    const std::size_t room_size = room.size();
    if (decoder_ == nullptr && !open()) {
        return memory_.is_exceeded() ? InflateError::window : InflateError::memory;
    }
    for (;;) {
        if (is_at_end_) {
            if (input.empty()) {
                return std::nullopt;
            }
            if (!decoder_->restart()) {
                return InflateError::trailing;
            }
            is_at_end_ = false;
        }
        const std::size_t input_before = input.size();
        const std::size_t room_before = room.size();
        const DecodeResult result = decoder_->decode(input, room);
        input_bytes_ += input_before - input.size();
        output_bytes_ += room_before - room.size();
        written = room_size - room.size();
        switch (result) {
            case DecodeResult::malformed:
                return InflateError::malformed;
            case DecodeResult::window:
                return InflateError::window;
            case DecodeResult::memory:
                return memory_.is_exceeded() ? InflateError::window : InflateError::memory;
            case DecodeResult::end:
                is_at_end_ = true;
                break;
            case DecodeResult::progress:
                break;
        }
        if (const auto broken = broken_limit()) {
            return broken;
        }
        const bool is_stuck = input_before == input.size() && room_before == room.size();
        if (room.empty() || (!is_at_end_ && (input.empty() || is_stuck))) {
            return std::nullopt;
        }
    }
}

std::optional<InflateError> Inflater::broken_limit() const noexcept {
    if (output_bytes_ > limits_.output_bytes_max) {
        return InflateError::output_bytes;
    }
    if (output_bytes_ > limits_.ratio_floor_bytes + input_bytes_ * limits_.ratio_max) {
        return InflateError::ratio;
    }
    return std::nullopt;
}

}  // namespace trivet::codec
