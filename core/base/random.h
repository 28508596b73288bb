#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace trivet {

// Random numbers of one loop, in two kinds. Seeded from the kernel when made, so it is made after a
// fork. Loop thread only.
class Random {
public:
    static constexpr std::size_t kSecretBytes = 16;
    using Secret = std::array<unsigned char, kSecretBytes>;

    Random() noexcept;

    // For names that must not collide. Who has seen some can compute the others: xoshiro256**, of
    // D. Blackman and S. Vigna, Scrambled Linear Pseudorandom Number Generators, 2021.
    std::uint64_t next() noexcept {
        const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotate(state_[3], 45);
        return result;
    }
    // For what nobody may guess: bytes of the kernel, fetched for several at once, used once and
    // forgotten. False when the kernel has none to give.
    bool take_secret(Secret& out) noexcept;

private:
    static constexpr std::size_t kPoolSecrets = 32;

    static constexpr std::uint64_t rotate(std::uint64_t value, unsigned bits) noexcept {
        return (value << bits) | (value >> (64 - bits));
    }

    std::array<std::uint64_t, 4> state_;
    std::array<Secret, kPoolSecrets> pool_;
    std::size_t left_ = 0;  // of the pool
};

}  // namespace trivet
