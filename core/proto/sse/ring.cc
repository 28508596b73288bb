#include "proto/sse/ring.h"

#include <cstring>

namespace trivet::sse {

Ring::~Ring() {
    clear();
    memory_.release(slots_, sizeof(Slot) * limits_.events_max);
}

Status Ring::push(std::string_view id, std::string_view bytes) noexcept {
    if (limits_.events_max == 0 || bytes.size() > limits_.bytes_max ||
        id.size() > limits_.bytes_max - bytes.size()) {
        clear();
        ++end_;
        return Status::limit;
    }
    const std::size_t size = id.size() + bytes.size();
    while (count_ == limits_.events_max || bytes_ > limits_.bytes_max - size) {
        evict();
    }
    if (slots_ == nullptr) {
        slots_ = static_cast<Slot*>(memory_.allocate(sizeof(Slot) * limits_.events_max));
    }
    auto* const block = slots_ == nullptr ? nullptr : static_cast<char*>(memory_.allocate(size));
    if (block == nullptr) {
        clear();
        ++end_;
        return Status::memory;
    }
    if (!id.empty()) {
        std::memcpy(block, id.data(), id.size());
    }
    if (!bytes.empty()) {
        std::memcpy(block + id.size(), bytes.data(), bytes.size());
    }
    slot(end_) = {block, id.size(), size};
    bytes_ += size;
    ++count_;
    ++end_;
    return Status::ok;
}

std::optional<std::uint64_t> Ring::after(std::string_view id) const noexcept {
    if (id.empty()) {
        return std::nullopt;
    }
    for (std::uint64_t position = end_; position != begin(); --position) {
        const Slot& candidate = slot(position - 1);
        if (std::string_view(candidate.block, candidate.id_size) == id) {
            return position;
        }
    }
    return std::nullopt;
}

std::optional<Ring::Entry> Ring::at(std::uint64_t position) const noexcept {
    if (position < begin() || position >= end_) {
        return std::nullopt;
    }
    const Slot& found = slot(position);
    return Entry{{found.block, found.id_size},
                 {found.block + found.id_size, found.size - found.id_size}};
}

void Ring::evict() noexcept {
    const Slot& oldest = slot(begin());
    memory_.release(oldest.block, oldest.size);
    bytes_ -= oldest.size;
    --count_;
}

void Ring::clear() noexcept {
    while (count_ > 0) {
        evict();
    }
}

}  // namespace trivet::sse
