#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trivet::fuzz {

// Ascending offsets below `size` at which a fuzzer cuts its input, by a seed of the input's own.
inline std::vector<std::size_t> make_cuts(std::uint8_t seed, std::size_t size) {
    std::vector<std::size_t> cuts;
    std::uint32_t state = seed + 1u;
    for (std::size_t at = 0; at < size;) {
        state = state * 1664525u + 1013904223u;
        at += (state >> 24) % 32u;
        if (at < size) {
            cuts.push_back(at);
        }
    }
    return cuts;
}

}  // namespace trivet::fuzz
