#pragma once

#include <cstdio>
#include <cstdlib>

namespace trivet::fuzz {

// Stops the fuzzer, which keeps the input, when a property does not hold.
inline void check(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", property);
        std::abort();
    }
}

}  // namespace trivet::fuzz
