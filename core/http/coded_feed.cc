#include "http/coded_feed.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "http/server.h"
#include "proto/http1/chunked.h"

namespace trivet::http {
namespace {

constexpr std::size_t kRoomBytes = std::size_t{16} * 1024;

}  // namespace

CodedFeed::CodedFeed(Server& server, codec::Encoder& encoder, std::string_view content) noexcept
    : server_(server), encoder_(encoder), content_(content), output_(server.pool()) {}

CodedFeed* CodedFeed::make(Server& server, codec::Encoder& encoder,
                           std::string_view content) noexcept {
    auto* const block =
        static_cast<char*>(server.memory().allocate(sizeof(CodedFeed) + content.size()));
    if (block == nullptr) {
        return nullptr;
    }
    char* const copy = block + sizeof(CodedFeed);
    std::memcpy(copy, content.data(), content.size());
    return new (block) CodedFeed(server, encoder, {copy, content.size()});
}

void CodedFeed::on_ready() noexcept {
    if (position_ == content_.size()) {
        connection_->end_feed();
        end();
        return;
    }
    if (!encode()) {
        connection_->abort("out of memory");
        return;
    }
    connection_->give(output_.view().substr(output_begin_), true);
}

bool CodedFeed::encode() noexcept {
    std::string_view piece =
        content_.substr(position_, std::min(kPieceBytes, content_.size() - position_));
    position_ += piece.size();
    const auto flush = position_ == content_.size() ? codec::Flush::end : codec::Flush::all;
    output_.drop(output_.size());
    if (output_.reserve(http1::kChunkHeadBytesMax + kRoomBytes) == nullptr) {
        return false;
    }
    output_.commit(http1::kChunkHeadBytesMax);
    for (auto result = codec::EncodeResult::full; result == codec::EncodeResult::full;) {
        char* const free = output_.reserve(kRoomBytes);
        if (free == nullptr) {
            return false;
        }
        std::span<char> room(free, kRoomBytes);
        result = encoder_.encode(piece, room, flush);
        output_.commit(kRoomBytes - room.size());
        if (result == codec::EncodeResult::failed) {
            return false;
        }
    }
    output_begin_ = http1::kChunkHeadBytesMax;
    return !is_framed_ || frame();
}

// The head of the chunk ends where its content begins.
bool CodedFeed::frame() noexcept {
    char head[http1::kChunkHeadBytesMax];
    const std::size_t size = output_.size() - http1::kChunkHeadBytesMax;
    const auto head_size = static_cast<std::size_t>(http1::write_chunk_head(head, size) - head);
    if (!output_.append(http1::kChunkEnd)) {
        return false;
    }
    output_begin_ = http1::kChunkHeadBytesMax - head_size;
    std::memcpy(const_cast<char*>(output_.data()) + output_begin_, head, head_size);
    return true;
}

void CodedFeed::end() noexcept {
    Server& server = server_;
    const std::size_t size = sizeof(CodedFeed) + content_.size();
    server.encoders().give_back(encoder_);
    this->~CodedFeed();
    server.memory().release(this, size);
}

}  // namespace trivet::http
