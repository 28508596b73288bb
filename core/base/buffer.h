#pragma once

#include <cstddef>
#include <string_view>

#include "base/memory.h"

namespace trivet {

// Small blocks that many connections take for one turn at a time. Owned by a server.
class BlockPool {
public:
    static constexpr std::size_t kBlockBytes = 2048;
    static constexpr std::size_t kKeptMax = 256;

    explicit BlockPool(Memory& memory) noexcept : memory_(memory) {}
    ~BlockPool();
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;

    void* take() noexcept;
    void give_back(void* block) noexcept;
    Memory& memory() noexcept { return memory_; }

private:
    struct Block {
        Block* next;
    };
    Memory& memory_;
    Block* free_ = nullptr;
    std::size_t kept_ = 0;
};

// Growing byte buffer that takes nothing while empty: first a pooled block, then memory of twice
// the size.
class Buffer {
public:
    explicit Buffer(BlockPool& pool) noexcept : pool_(&pool) {}
    ~Buffer() { clear(); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    // Room for `size` more bytes at the returned place, or nullptr; follow with commit().
    char* reserve(std::size_t size) noexcept {
        return capacity_ - size_ >= size ? data_ + size_ : grow(size);
    }
    void commit(std::size_t size) noexcept { size_ += size; }
    bool append(std::string_view bytes) noexcept;
    // Forgets the first `count` bytes.
    void drop(std::size_t count) noexcept;
    // Gives the memory back.
    void clear() noexcept;
    void swap(Buffer& other) noexcept;

    // Room for so many more bytes is there already.
    std::size_t room() const noexcept { return capacity_ - size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    const char* data() const noexcept { return data_; }
    std::string_view view() const noexcept { return {data_, size_}; }

private:
    char* grow(std::size_t size) noexcept;
    void release_block() noexcept;

    BlockPool* pool_;
    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace trivet
