#include "base/buffer.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace trivet {

BlockPool::~BlockPool() {
    while (free_ != nullptr) {
        Block* next = free_->next;
        memory_.release(free_, kBlockBytes);
        free_ = next;
    }
}

void* BlockPool::take() noexcept {
    if (free_ == nullptr) {
        return memory_.allocate(kBlockBytes);
    }
    Block* block = free_;
    free_ = block->next;
    --kept_;
    return block;
}

void BlockPool::give_back(void* block) noexcept {
    if (kept_ == kKeptMax) {
        memory_.release(block, kBlockBytes);
        return;
    }
    auto* freed = static_cast<Block*>(block);
    freed->next = free_;
    free_ = freed;
    ++kept_;
}

bool Buffer::append(std::string_view bytes) noexcept {
    if (bytes.empty()) {
        return true;
    }
    char* room = reserve(bytes.size());
    if (room == nullptr) {
        return false;
    }
    std::memcpy(room, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
}

void Buffer::drop(std::size_t count) noexcept {
    size_ -= count;
    if (size_ == 0) {
        clear();
    } else if (count > 0) {
        std::memmove(data_, data_ + count, size_);
    }
}

void Buffer::clear() noexcept {
    release_block();
    data_ = nullptr;
    size_ = 0;
    capacity_ = 0;
}

void Buffer::swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
}

char* Buffer::grow(std::size_t size) noexcept {
    if (size > SIZE_MAX / 4) {
        return nullptr;
    }
    std::size_t capacity = capacity_ == 0 ? BlockPool::kBlockBytes : capacity_ * 2;
    if (capacity < size_ + size) {
        capacity = size_ + size;
    }
    auto* bigger = static_cast<char*>(
        capacity == BlockPool::kBlockBytes ? pool_->take() : pool_->memory().allocate(capacity));
    if (bigger == nullptr) {
        return nullptr;
    }
    if (size_ > 0) {
        std::memcpy(bigger, data_, size_);
    }
    release_block();
    data_ = bigger;
    capacity_ = capacity;
    return data_ + size_;
}

void Buffer::release_block() noexcept {
    if (data_ == nullptr) {
        return;
    }
    if (capacity_ == BlockPool::kBlockBytes) {
        pool_->give_back(data_);
    } else {
        pool_->memory().release(data_, capacity_);
    }
}

}  // namespace trivet
