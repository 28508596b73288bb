#include "base/random.h"

#include <sys/random.h>

#include <cstring>
#include <ctime>

namespace trivet {

Random::Random() noexcept {
    if (::getrandom(state_.data(), sizeof state_, GRND_NONBLOCK) == sizeof state_) {
        return;
    }
    // So early in the life of the machine that the kernel has no entropy. next() promises none.
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    std::uint64_t seed = (static_cast<std::uint64_t>(now.tv_nsec) << 32) ^
                         static_cast<std::uint64_t>(now.tv_sec) ^
                         reinterpret_cast<std::uintptr_t>(this);
    for (std::uint64_t& word : state_) {
        seed = (seed ^ (seed >> 31)) * 0x9e37'79b9'7f4a'7c15u + 1;
        word = seed;
    }
}

bool Random::take_secret(Secret& out) noexcept {
    if (left_ == 0) {
        // Up to 256 bytes come whole or not at all; more may come in part.
        auto* const bytes = reinterpret_cast<unsigned char*>(pool_.data());
        constexpr std::size_t kHalf = sizeof pool_ / 2;
        static_assert(kHalf <= 256);
        if (::getrandom(bytes, kHalf, 0) != kHalf ||
            ::getrandom(bytes + kHalf, kHalf, 0) != kHalf) {
            return false;
        }
        left_ = pool_.size();
    }
    --left_;
    out = pool_[left_];
    std::memset(pool_[left_].data(), 0, kSecretBytes);
    return true;
}

}  // namespace trivet
