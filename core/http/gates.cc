#include "http/gates.h"

#include <cstring>

namespace trivet::http {

GateCounts::GateCounts(Memory& memory, std::span<const Gate> gates) noexcept
    : memory_(memory), gates_(gates) {
    if (gates.empty()) {
        return;
    }
    const std::size_t size = gates.size() * sizeof(std::uint32_t);
    counts_ = static_cast<std::uint32_t*>(memory.allocate(size));
    if (counts_ != nullptr) {
        std::memset(counts_, 0, size);
    }
}

GateCounts::~GateCounts() {
    if (counts_ != nullptr) {
        memory_.release(counts_, gates_.size() * sizeof(std::uint32_t));
    }
}

bool GateCounts::is_full(std::uint32_t gate) const noexcept {
    for (std::uint32_t number = gate; number != 0; number = gates_[number - 1].outer) {
        if (counts_[number - 1] >= gates_[number - 1].requests_max) {
            return true;
        }
    }
    return false;
}

bool GateCounts::enter(std::uint32_t gate) noexcept {
    if (is_full(gate)) {
        return false;
    }
    for (std::uint32_t number = gate; number != 0; number = gates_[number - 1].outer) {
        ++counts_[number - 1];
    }
    return true;
}

void GateCounts::leave(std::uint32_t gate) noexcept {
    for (std::uint32_t number = gate; number != 0; number = gates_[number - 1].outer) {
        --counts_[number - 1];
    }
}

}  // namespace trivet::http
