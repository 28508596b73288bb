#include "codec/encoder_memory.h"

namespace trivet::codec {

void* EncoderMemory::allocate(std::size_t size) noexcept {
    if (size > bytes_max_) {
        return nullptr;
    }
    size += kHeadBytes;
    Block* block = take_kept(size);
    if (block == nullptr) {
        if (!has_room(size)) {
            drop_kept();
        }
        block = has_room(size) ? static_cast<Block*>(memory_.allocate(size)) : nullptr;
        if (block == nullptr) {
            return nullptr;
        }
        block->size = size;
        bytes_ += size;
    }
    return reinterpret_cast<char*>(block) + kHeadBytes;
}

void EncoderMemory::release(void* address) noexcept {
    if (address == nullptr) {
        return;
    }
    auto* const block = reinterpret_cast<Block*>(static_cast<char*>(address) - kHeadBytes);
    if (block->size >= kKeptBlockBytesMin && kept_count_ < kKeptBlocksMax &&
        block->size <= kKeptBytesMax - kept_bytes_) {
        kept_[kept_count_++] = block;
        kept_bytes_ += block->size;
        return;
    }
    give_back(block);
}

// The smallest that is large enough, unless it is more than twice as large.
EncoderMemory::Block* EncoderMemory::take_kept(std::size_t size) noexcept {
    std::size_t best = kKeptBlocksMax;
    for (std::size_t index = 0; index < kept_count_; ++index) {
        const std::size_t offered = kept_[index]->size;
        if (offered >= size && offered <= 2 * size &&
            (best == kKeptBlocksMax || offered < kept_[best]->size)) {
            best = index;
        }
    }
    if (best == kKeptBlocksMax) {
        return nullptr;
    }
    Block* const block = kept_[best];
    kept_[best] = kept_[--kept_count_];
    kept_bytes_ -= block->size;
    return block;
}

void EncoderMemory::drop_kept() noexcept {
    while (kept_count_ > 0) {
        give_back(kept_[--kept_count_]);
    }
    kept_bytes_ = 0;
}

void EncoderMemory::give_back(Block* block) noexcept {
    bytes_ -= block->size;
    memory_.release(block, block->size);
}

}  // namespace trivet::codec
