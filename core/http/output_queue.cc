#include "http/output_queue.h"

#include <new>

namespace trivet::http {

OutputQueue::~OutputQueue() {
    landed();
    drop();
}

bool OutputQueue::append(std::string_view bytes) noexcept {
    if (bytes.empty()) {
        return true;
    }
    char* room = reserve(bytes.size());
    if (room == nullptr) {
        return false;
    }
    bytes.copy(room, bytes.size());
    commit(bytes.size());
    return true;
}

bool OutputQueue::append(const LentBytes& lent) noexcept {
    if (lent.bytes.size() >= kLentBytesMin && (tail_.empty() || seal())) {
        if (Piece* piece = add_piece()) {
            piece->lent = lent;
            pieces_bytes_ += lent.bytes.size();
            return true;
        }
    }
    // Also the way out when there is no memory for a piece: there may be enough for the bytes.
    const bool is_copied = append(lent.bytes);
    if (lent.release != nullptr) {
        lent.release(lent.user_data);
    }
    return is_copied;
}

char* OutputQueue::grow(std::size_t size) noexcept {
    if (!tail_.empty() && tail_.size() + size > kPieceBytesMax && !seal()) {
        return nullptr;
    }
    return tail_.reserve(size);
}

bool OutputQueue::seal() noexcept {
    Piece* piece = add_piece();
    if (piece == nullptr) {
        return false;
    }
    piece->own.swap(tail_);
    pieces_bytes_ += piece->own.size();
    return true;
}

OutputQueue::Piece* OutputQueue::add_piece() noexcept {
    void* room = pool_.memory().allocate(sizeof(Piece));
    if (room == nullptr) {
        return nullptr;
    }
    auto* piece = new (room) Piece(pool_);
    (first_ == nullptr ? first_ : last_->next) = piece;
    last_ = piece;
    return piece;
}

void OutputQueue::end(Piece& piece) noexcept {
    const LentBytes lent = piece.lent;
    piece.~Piece();
    pool_.memory().release(&piece, sizeof(Piece));
    if (lent.release != nullptr) {
        lent.release(lent.user_data);
    }
}

std::string_view OutputQueue::take() noexcept {
    if (first_ == nullptr) {
        tail_.swap(sending_);
        in_flight_ = sending_.size();
        return sending_.view();
    }
    piece_ = first_;
    first_ = first_->next;
    const std::string_view bytes = piece_->left();
    pieces_bytes_ -= bytes.size();
    in_flight_ = bytes.size();
    return bytes;
}

std::size_t OutputQueue::gather(std::span<std::string_view> room) const noexcept {
    std::size_t count = 0;
    for (const Piece* piece = first_; piece != nullptr && count < room.size();
         piece = piece->next) {
        room[count++] = piece->left();
    }
    if (!tail_.empty() && count < room.size()) {
        room[count++] = tail_.view();
    }
    return count;
}

void OutputQueue::advance(std::size_t bytes) noexcept {
    while (Piece* const piece = first_) {
        const std::size_t left = piece->left().size();
        if (bytes < left) {
            piece->gone += bytes;
            pieces_bytes_ -= bytes;
            return;
        }
        first_ = piece->next;
        bytes -= left;
        pieces_bytes_ -= left;
        end(*piece);
    }
    tail_.drop(bytes);
}

void OutputQueue::landed() noexcept {
    in_flight_ = 0;
    if (piece_ == nullptr) {
        sending_.clear();
        return;
    }
    Piece& piece = *piece_;
    piece_ = nullptr;
    end(piece);
}

void OutputQueue::drop() noexcept {
    tail_.clear();
    pieces_bytes_ = 0;
    while (Piece* piece = first_) {
        first_ = piece->next;
        end(*piece);
    }
}

}  // namespace trivet::http
