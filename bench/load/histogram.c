#include "load.h"

#include <string.h>

enum { kBuckets = 64 * 60 };

static uint32_t histogram[kBuckets];
static uint64_t histogram_count;

static double in_us(uint64_t ns) { return (double)ns / 1e3; }

static unsigned bucket_of(uint64_t ns) {
    if (ns < 64) return (unsigned)ns;
    unsigned exponent = 63u - (unsigned)__builtin_clzll(ns);
    return (exponent - 5) * 64 + (unsigned)((ns >> (exponent - 6)) & 63);
}

static double bucket_middle_us(unsigned bucket) {
    if (bucket < 64) return in_us(bucket);
    unsigned exponent = bucket / 64 + 5;
    uint64_t step = 1ull << (exponent - 6);
    return in_us((1ull << exponent) + (bucket % 64) * step + step / 2);
}

void histogram_add(uint64_t ns) {
    ++histogram[bucket_of(ns)];
    ++histogram_count;
}

void histogram_clear(void) {
    memset(histogram, 0, sizeof histogram);
    histogram_count = 0;
}

double percentile_us(double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram_count), seen = 0;
    for (unsigned i = 0; i < kBuckets; ++i) {
        seen += histogram[i];
        if (seen > wanted) return bucket_middle_us(i);
    }
    return in_us(counters.latency_max_ns);
}
