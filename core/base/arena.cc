#include "base/arena.h"

#include <cstring>

namespace trivet {

Arena::~Arena() {
    reset();
    if (first_ != nullptr) {
        memory_.release(first_, first_->size);
    }
}

void* Arena::allocate(std::size_t size, std::size_t align) noexcept {
    if (size == 0) {
        size = 1;
    }
    for (;;) {
        auto address = reinterpret_cast<std::uintptr_t>(cursor_);
        const std::uintptr_t aligned = (address + align - 1) & ~(std::uintptr_t{align} - 1);
        const auto limit = reinterpret_cast<std::uintptr_t>(limit_);
        if (cursor_ != nullptr && aligned <= limit && limit - aligned >= size) {
            cursor_ = reinterpret_cast<char*>(aligned + size);
            return reinterpret_cast<void*>(aligned);
        }
        if (size > SIZE_MAX / 2 || !grow(size + align)) {
            return nullptr;
        }
    }
}

std::optional<std::string_view> Arena::copy(std::string_view bytes) noexcept {
    if (bytes.empty()) {
        return std::string_view{};
    }
    char* room = static_cast<char*>(allocate(bytes.size(), 1));
    if (room == nullptr) {
        return std::nullopt;
    }
    std::memcpy(room, bytes.data(), bytes.size());
    return std::string_view{room, bytes.size()};
}

void Arena::reset() noexcept {
    if (first_ == nullptr) {
        return;
    }
    for (Chunk* chunk = first_->next; chunk != nullptr;) {
        Chunk* next = chunk->next;
        memory_.release(chunk, chunk->size);
        chunk = next;
    }
    first_->next = nullptr;
    current_ = first_;
    cursor_ = reinterpret_cast<char*>(first_ + 1);
    limit_ = reinterpret_cast<char*>(first_) + first_->size;
}

bool Arena::grow(std::size_t size) noexcept {
    std::size_t block = first_ == nullptr ? kFirstChunkBytes : kChunkBytes;
    if (block < size + sizeof(Chunk)) {
        block = size + sizeof(Chunk);
    }
    auto* chunk = static_cast<Chunk*>(memory_.allocate(block));
    if (chunk == nullptr) {
        return false;
    }
    chunk->next = nullptr;
    chunk->size = block;
    if (first_ == nullptr) {
        first_ = chunk;
    } else {
        current_->next = chunk;
    }
    current_ = chunk;
    cursor_ = reinterpret_cast<char*>(chunk + 1);
    limit_ = reinterpret_cast<char*>(chunk) + block;
    return true;
}

}  // namespace trivet
