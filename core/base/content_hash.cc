#include "base/content_hash.h"

#include <xxhash.h>

namespace trivet {

ContentHash content_hash(std::string_view content) noexcept {
    const XXH128_hash_t hash = XXH3_128bits(content.data(), content.size());
    return {hash.high64, hash.low64};
}

}  // namespace trivet
