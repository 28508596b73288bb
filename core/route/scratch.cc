#include "route/scratch.h"

#include <new>

#include "route/router.h"
#include "route/walk.h"

namespace trivet::route {

Scratch::Scratch(const Router& router, Memory& memory) noexcept : memory_(memory) {
    void* room = memory.allocate(sizeof(ScratchRoom));
    if (room == nullptr) {
        return;
    }
    room_ = new (room) ScratchRoom;
    if (router.has_regexes() && !room_->regex.emplace(memory).is_ready()) {
        release();
    }
}

Scratch::~Scratch() { release(); }

void Scratch::release() noexcept {
    if (room_ != nullptr) {
        room_->~ScratchRoom();
        memory_.release(room_, sizeof(ScratchRoom));
        room_ = nullptr;
    }
}

std::uint64_t Scratch::limits_total() const noexcept {
    return room_ != nullptr ? room_->limits_total : 0;
}

}  // namespace trivet::route
