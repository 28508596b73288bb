#pragma once

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <new>
#include <type_traits>

#include "base/memory.h"

namespace trivet::io {

// What a loop remembers of each descriptor it watches: records of T by number, growing with the
// highest one. Loop thread only. A record is zero before it is first used and stays where it is
// forgotten, so that a descriptor's number may come again.
template <typename T>
class DescriptorTable {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    static constexpr std::uint32_t kGrowth = 64;
    // Above what a process may have open; keeps a mad number from taking all memory.
    static constexpr int kDescriptorsMax = 1 << 24;

    explicit DescriptorTable(Memory& memory) noexcept : memory_(memory) {}
    ~DescriptorTable() { memory_.release(records_, sizeof(T) * count_); }
    DescriptorTable(const DescriptorTable&) = delete;
    DescriptorTable& operator=(const DescriptorTable&) = delete;

    // nullptr when there is no record of the descriptor.
    T* find(int fd) noexcept {
        return fd >= 0 && static_cast<std::uint32_t>(fd) < count_ ? records_ + fd : nullptr;
    }
    // Makes the record when there is none; nullptr and an errno in `error` when that cannot be.
    T* make(int fd, int& error) noexcept {
        if (T* record = find(fd)) {
            return record;
        }
        if (fd >= kDescriptorsMax || ::fcntl(fd, F_GETFD) < 0) {
            error = EBADF;
            return nullptr;
        }
        const std::uint32_t count = static_cast<std::uint32_t>(fd) + kGrowth;
        auto* bigger = static_cast<T*>(memory_.allocate(sizeof(T) * count));
        if (bigger == nullptr) {
            error = ENOMEM;
            return nullptr;
        }
        for (std::uint32_t index = 0; index < count; ++index) {
            const bool is_known = records_ != nullptr && index < count_;
            new (bigger + index) T(is_known ? records_[index] : T{});
        }
        memory_.release(records_, sizeof(T) * count_);
        records_ = bigger;
        count_ = count;
        return records_ + fd;
    }

private:
    Memory& memory_;
    T* records_ = nullptr;
    std::uint32_t count_ = 0;
};

}  // namespace trivet::io
