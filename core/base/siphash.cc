#include "base/siphash.h"

#include <sys/random.h>

#include <bit>
#include <cstring>

#include "base/random.h"

namespace trivet {
namespace {

struct State {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

static_assert(std::endian::native == std::endian::little);

}  // namespace

SipKey make_sip_key() noexcept {
    Random random;
    SipKey key{random.next(), random.next()};
    // What the generator gives is good enough where the kernel has nothing better yet.
    [[maybe_unused]] const auto size = ::getrandom(key.data(), sizeof key, GRND_NONBLOCK);
    return key;
}

std::uint64_t siphash(const SipKey& key, std::string_view text) noexcept {
    State state{key[0] ^ 0x736f'6d65'7073'6575u, key[1] ^ 0x646f'7261'6e64'6f6du,
                key[0] ^ 0x6c79'6765'6e65'7261u, key[1] ^ 0x7465'6462'7974'6573u};
    const std::uint64_t size = text.size();
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
        std::memcpy(&word, text.data(), sizeof word);
        state.take(word);
        text.remove_prefix(sizeof word);
    }
    word = 0;
    if (!text.empty()) {
        std::memcpy(&word, text.data(), text.size());
    }
    state.take(word | size << 56);
    state.v2 ^= 0xff;
    for (int count = 0; count < 4; ++count) {
        state.round();
    }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace trivet
