#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer.h"

namespace trivet::http {

class ContentDecoder;

// Why the rest of a request's content will not come.
enum class ContentFailure : std::uint8_t {
    none,
    gone,       // the client has left
    limit,      // longer than allowed
    timeout,    // too slow
    malformed,  // the chunk framing, or the encoding that is taken off
    memory
};

// The status that tells the client of it; 500 where there is nobody to tell.
std::uint16_t status_of_failure(ContentFailure failure) noexcept;

// Whether the client brought it about, which is no failure of the handler's.
constexpr bool is_of_client(ContentFailure failure) noexcept {
    return failure != ContentFailure::none && failure != ContentFailure::memory;
}

// What a read gives: bytes, valid until the next read and the end of the request; and whether that
// is the end. Without either there is nothing now, and the reader is told of what comes.
struct ContentRead {
    std::string_view bytes;
    bool is_end = false;
    ContentFailure failure = ContentFailure::none;
};

// The content of a request that is read while it arrives: what came waits here, bounded because the
// connection receives no more while the window is full. Encoded content waits as it came and is
// decoded by its reader's reads, so that it holds the client back just as well. Owned by its
// exchange; loop thread only.
class ContentStream {
public:
    explicit ContentStream(BlockPool& pool) noexcept : unread_(pool), lent_(pool) {}
    ContentStream(const ContentStream&) = delete;
    ContentStream& operator=(const ContentStream&) = delete;

    // False when memory is out.
    bool append(std::string_view bytes) noexcept { return unread_.append(bytes); }
    void complete() noexcept { is_complete_ = true; }
    // Forgets what was not read.
    void fail(ContentFailure failure) noexcept;

    // What comes is decoded from now on.
    void set_decoder(ContentDecoder& decoder) noexcept { decoder_ = &decoder; }

    ContentRead read() noexcept;
    // Whether a read gives something without anything more coming.
    bool has_more() const noexcept {
        return (decoder_has_more_ || lent_bytes_ < lent_.size()) &&
               failure_ == ContentFailure::none;
    }
    // Whether anything was read.
    bool is_touched() const noexcept { return is_touched_; }
    std::size_t unread() const noexcept { return unread_.size(); }
    bool is_over() const noexcept { return is_complete_ || failure_ != ContentFailure::none; }
    // Whether the reader has been given the end. Any thread: what is known of the content by then,
    // the trailers among it, changes no more.
    bool is_read() const noexcept { return is_read_.load(std::memory_order_acquire); }
    ContentFailure failure() const noexcept { return failure_; }

    // Whether the last read gave nothing, and the reader is to be told; once.
    bool take_awaited() noexcept;
    bool is_awaited() const noexcept { return is_awaited_; }

    bool needs_continue = false;  // the client sends nothing before it is told to

private:
    ContentRead lend() noexcept;
    void decode() noexcept;
    void fail_decoding(ContentFailure failure) noexcept;

    Buffer unread_;
    Buffer lent_;                 // to the reader
    std::size_t lent_bytes_ = 0;  // of lent_, that the reader has been given
    ContentDecoder* decoder_ = nullptr;
    ContentFailure failure_ = ContentFailure::none;
    std::atomic<bool> is_read_ = false;
    bool is_complete_ = false;
    bool is_awaited_ = false;
    bool decoder_has_more_ = false;  // it filled all the room it was given
    bool is_decoded_ = false;        // lent_ ends with the end of the content
    bool is_touched_ = false;
};

}  // namespace trivet::http
