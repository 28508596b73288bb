#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trivet::route {

static_assert(std::endian::native == std::endian::little, "LiteralKey masks the high bytes");

// What is compared and hashed of a literal segment before its bytes are: its first eight bytes,
// zeros after its end, and a hash of all of them.
struct LiteralKey {
    std::uint64_t head;
    std::uint64_t hash;

    static constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;

    // `readable` bytes may be read from the segment's first one on, itself included.
    static LiteralKey of(std::string_view segment, std::size_t readable) noexcept {
        const std::uint64_t head = head_of(segment, readable);
        return {head, hash_of(segment, head)};
    }

    static std::uint64_t load(const char* bytes) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }

    // The first eight bytes, zeros after the end; reads nothing beyond it.
    static std::uint64_t load_short(std::string_view text) noexcept {
        const char* const bytes = text.data();
        const std::size_t size = text.size();
        if (size >= 8) {
            return load(bytes);
        }
        if (size >= 4) {  // two words that overlap
            std::uint32_t low = 0;
            std::uint32_t high = 0;
            std::memcpy(&low, bytes, sizeof low);
            std::memcpy(&high, bytes + size - sizeof high, sizeof high);
            return low | std::uint64_t{high} << (8 * (size - sizeof high));
        }
        std::uint64_t word = 0;
        for (std::size_t at = size; at > 0; --at) {
            word = word << 8 | static_cast<unsigned char>(bytes[at - 1]);
        }
        return word;
    }

private:
    static std::uint64_t head_of(std::string_view segment, std::size_t readable) noexcept {
        const std::size_t size = segment.size();
        if (readable >= 8) {
            const std::uint64_t word = load(segment.data());
            return size >= 8 ? word : word & ((std::uint64_t{1} << (8 * size)) - 1);
        }
        return load_short(segment);
    }

    static std::uint64_t hash_of(std::string_view segment, std::uint64_t head) noexcept {
        const std::size_t size = segment.size();
        std::uint64_t hash = (head ^ size) * kMultiplier;
        // The last word overlaps the one before it.
        for (std::size_t at = 8; at < size; at += 8) {
            const std::size_t begin = at + 8 <= size ? at : size - 8;
            hash = (std::rotl(hash, 29) ^ load(segment.data() + begin)) * kMultiplier;
        }
        return hash ^ hash >> 32;
    }
};

}  // namespace trivet::route
