#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/buffer.h"

namespace trivet::http {

// Bytes whose owner waits until they have left: `release` is called exactly once.
struct LentBytes {
    std::string_view bytes;
    void (*release)(void* user_data) = nullptr;
    void* user_data = nullptr;
};

// What a connection has yet to send, in order: one buffer that answers are appended to and, before
// it, the pieces it has grown into and pieces that were lent. One piece at a time is in flight.
// Owned by its connection, loop thread only. Fails for want of memory.
class OutputQueue {
public:
    // A buffer that would grow beyond it becomes a piece, unless it is empty: one answer stays one.
    static constexpr std::size_t kPieceBytesMax = std::size_t{64} * 1024;
    // Less is copied: a send of its own costs more.
    static constexpr std::size_t kLentBytesMin = std::size_t{32} * 1024;

    explicit OutputQueue(BlockPool& pool) noexcept : pool_(pool), tail_(pool), sending_(pool) {}
    // Nothing may be in flight any more.
    ~OutputQueue();
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;

    // Room for `size` bytes in one piece, or nullptr; follow with commit().
    char* reserve(std::size_t size) noexcept {
        return tail_.room() >= size ? tail_.reserve(size) : grow(size);
    }
    void commit(std::size_t size) noexcept { tail_.commit(size); }
    bool append(std::string_view bytes) noexcept;
    // Takes what is lent; when there is no memory for that, it is released at once.
    bool append(const LentBytes& lent) noexcept;

    // Whether nothing waits; a piece in flight does not.
    bool empty() const noexcept { return first_ == nullptr && tail_.empty(); }
    // Bytes that have not left, those in flight among them.
    std::size_t size() const noexcept { return pieces_bytes_ + tail_.size() + in_flight_; }

    // Puts the next piece in flight; it stays where it is until landed().
    std::string_view take() noexcept;
    // What was in flight has left, or never will.
    void landed() noexcept;
    // Whether there are several pieces, of which send_now() may take more than one. Nothing is in
    // flight.
    bool is_in_pieces() const noexcept { return first_ != nullptr; }
    // The pieces that wait, in their order, as many as there is room for.
    std::size_t gather(std::span<std::string_view> room) const noexcept;
    // So many bytes of them have left.
    void advance(std::size_t bytes) noexcept;
    // Forgets what waits.
    void drop() noexcept;

private:
    struct Piece {
        explicit Piece(BlockPool& pool) noexcept : own(pool) {}
        Piece* next = nullptr;
        Buffer own;
        LentBytes lent;        // unless the bytes are its own
        std::size_t gone = 0;  // of its bytes

        std::string_view left() const noexcept {
            return (own.empty() ? lent.bytes : own.view()).substr(gone);
        }
    };

    char* grow(std::size_t size) noexcept;
    // Makes a piece of the tail.
    bool seal() noexcept;
    Piece* add_piece() noexcept;
    void end(Piece& piece) noexcept;

    BlockPool& pool_;
    Buffer tail_;
    Buffer sending_;  // in flight, unless piece_ is
    Piece* first_ = nullptr;
    Piece* last_ = nullptr;
    Piece* piece_ = nullptr;
    std::size_t pieces_bytes_ = 0;
    std::size_t in_flight_ = 0;
};

}  // namespace trivet::http
