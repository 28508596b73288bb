#include "app/borrowed_listeners.h"

#include <utility>

namespace trivet::app {

bool BorrowedListeners::add(std::uint32_t slot, Fd listener, http::Listening listening) noexcept {
    drop(slot);
    if (!listener.is_open() || count_ == kMax ||
        loop_.watch(listener.get(), io::kRead, watcher_) != 0) {
        return false;
    }
    entries_[count_].slot = slot;
    entries_[count_].listener = std::move(listener);
    entries_[count_].listening = listening;
    ++count_;
    return true;
}

void BorrowedListeners::drop(std::uint32_t slot) noexcept {
    for (std::size_t index = 0; index < count_; ++index) {
        if (entries_[index].slot == slot) {
            remove(index);
            return;
        }
    }
}

void BorrowedListeners::drop_all() noexcept {
    while (count_ > 0) {
        remove(count_ - 1);
    }
}

std::size_t BorrowedListeners::find(int fd) const noexcept {
    std::size_t index = 0;
    while (index < count_ && entries_[index].listener.get() != fd) {
        ++index;
    }
    return index;
}

void BorrowedListeners::remove(std::size_t index) noexcept {
    loop_.watch(entries_[index].listener.get(), 0, watcher_);
    // The kernel must have let go of the descriptor before its number may be used again.
    loop_.flush();
    entries_[index].listener.reset(-1);
    --count_;
    if (index != count_) {
        entries_[index].slot = entries_[count_].slot;
        entries_[index].listener = std::move(entries_[count_].listener);
        entries_[index].listening = entries_[count_].listening;
    }
}

}  // namespace trivet::app
