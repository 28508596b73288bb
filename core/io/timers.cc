#include "io/timers.h"

#include <cstring>

namespace trivet::io {

Timers::~Timers() {
    while (count_ > 0) {
        Timer& timer = *heap_[0];
        remove(timer);
        if (timer.drop != nullptr) {
            timer.drop(timer.user_data);
        }
    }
    memory_.release(heap_, sizeof(Timer*) * capacity_);
}

Timers::Timer* Timers::start(std::uint64_t due_ms, Callback callback, void* user_data,
                             Callback drop) noexcept {
    if (count_ == capacity_) {
        const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
        auto** bigger = static_cast<Timer**>(memory_.allocate(sizeof(Timer*) * capacity));
        if (bigger == nullptr) {
            return nullptr;
        }
        if (count_ > 0) {
            std::memcpy(bigger, heap_, sizeof(Timer*) * count_);
        }
        memory_.release(heap_, sizeof(Timer*) * capacity_);
        heap_ = bigger;
        capacity_ = capacity;
    }
    Timer* timer = slab_.take(memory_);
    if (timer == nullptr) {
        return nullptr;
    }
    timer->due_ms = due_ms;
    timer->order = next_order_++;
    timer->callback = callback;
    timer->user_data = user_data;
    timer->drop = drop;
    place(count_++, timer);
    sift_up(count_ - 1);
    return timer;
}

bool Timers::cancel(std::uint32_t slot, std::uint32_t generation) noexcept {
    Timer* timer = slab_.find(slot, generation);
    if (timer == nullptr) {
        return false;
    }
    const Callback drop = timer->drop;
    void* user_data = timer->user_data;
    remove(*timer);
    if (drop != nullptr) {
        drop(user_data);
    }
    return true;
}

void Timers::run(std::uint64_t now_ms) noexcept {
    const std::uint64_t limit = next_order_;
    while (count_ > 0 && heap_[0]->due_ms <= now_ms && heap_[0]->order < limit) {
        Timer& timer = *heap_[0];
        const Callback callback = timer.callback;
        const Callback drop = timer.drop;
        void* user_data = timer.user_data;
        remove(timer);
        callback(user_data);
        if (drop != nullptr) {
            drop(user_data);
        }
    }
}

void Timers::place(std::uint32_t index, Timer* timer) noexcept {
    heap_[index] = timer;
    timer->heap_index = index;
}

void Timers::sift_up(std::uint32_t index) noexcept {
    Timer* timer = heap_[index];
    while (index > 0) {
        const std::uint32_t parent = (index - 1) / 2;
        if (!is_before(*timer, *heap_[parent])) {
            break;
        }
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, timer);
}

void Timers::sift_down(std::uint32_t index) noexcept {
    Timer* timer = heap_[index];
    for (;;) {
        std::uint32_t child = index * 2 + 1;
        if (child >= count_) {
            break;
        }
        if (child + 1 < count_ && is_before(*heap_[child + 1], *heap_[child])) {
            ++child;
        }
        if (!is_before(*heap_[child], *timer)) {
            break;
        }
        place(index, heap_[child]);
        index = child;
    }
    place(index, timer);
}

void Timers::remove(Timer& timer) noexcept {
    const std::uint32_t index = timer.heap_index;
    Timer* last = heap_[--count_];
    if (last != &timer) {
        place(index, last);
        sift_up(index);
        sift_down(last->heap_index);
    }
    slab_.give_back(timer);
}

}  // namespace trivet::io
