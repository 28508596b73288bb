#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/memory.h"

namespace trivet {

// Bump allocator for what lives exactly as long as one request. Owned by its exchange, loop thread
// (or the handler's thread while it owns the request). Chunks come from a Memory; the first one is
// kept over reset(), so that a reused arena allocates nothing. Fails with nullptr.
class Arena {
public:
    static constexpr std::size_t kFirstChunkBytes = 1024;
    static constexpr std::size_t kChunkBytes = 8192;

    explicit Arena(Memory& memory) noexcept : memory_(memory) {}
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    void* allocate(std::size_t size, std::size_t align = alignof(std::max_align_t)) noexcept;
    // Copies bytes; nullopt when memory is out. Empty input gives an empty view.
    std::optional<std::string_view> copy(std::string_view bytes) noexcept;

    template <typename T>
    T* allocate_array(std::size_t count) noexcept {
        if (count > SIZE_MAX / sizeof(T)) {
            return nullptr;
        }
        return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    }

    // Forgets everything allocated; keeps the first chunk.
    void reset() noexcept;

private:
    struct Chunk {
        Chunk* next;
        std::size_t size;  // of the whole block, this header included
    };

    bool grow(std::size_t size) noexcept;

    Memory& memory_;
    Chunk* first_ = nullptr;
    Chunk* current_ = nullptr;
    char* cursor_ = nullptr;
    char* limit_ = nullptr;
};

}  // namespace trivet
