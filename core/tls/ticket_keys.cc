#include "tls/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <span>
#include <string_view>

#include "base/random.h"

namespace trivet::tls {
namespace {

using Secret = TicketKeys::Secret;
using Key = TicketKeys::Key;

// As in the second half of HKDF (RFC 5869), of which one block is enough for each use.
void derive(const Secret& secret, std::string_view use, std::span<unsigned char> out) noexcept {
    Secret block;
    unsigned int size = block.size();
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(use.data()), use.size(), block.data(), &size);
    std::memcpy(out.data(), block.data(), std::min(out.size(), block.size()));
    OPENSSL_cleanse(block.data(), block.size());
}

Key key_of(const Secret& secret) noexcept {
    Key key;
    derive(secret, "trivet ticket name", key.name);
    derive(secret, "trivet ticket cipher", key.cipher);
    derive(secret, "trivet ticket mac", key.mac);
    return key;
}

void move_on(Secret& secret) noexcept { derive(secret, "trivet ticket next", secret); }

bool fill(Secret& secret) noexcept {
    Random random;
    Random::Secret part;
    for (std::size_t at = 0; at < secret.size(); at += part.size()) {
        if (!random.take_secret(part)) {
            return false;
        }
        std::ranges::copy(part, secret.begin() + static_cast<std::ptrdiff_t>(at));
    }
    OPENSSL_cleanse(part.data(), part.size());
    return true;
}

}  // namespace

TicketKeys::TicketKeys(std::uint64_t now_s) noexcept {
    state_.since_s = now_s;
    is_ready_ = fill(state_.secret);
    next_ = state_.secret;
}

TicketKeys::~TicketKeys() {
    OPENSSL_cleanse(keys_.data(), sizeof keys_);
    OPENSSL_cleanse(state_.secret.data(), kSecretBytes);
    OPENSSL_cleanse(next_.data(), kSecretBytes);
}

std::uint64_t TicketKeys::now_s() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

bool TicketKeys::is_ready() const noexcept {
    const std::lock_guard guard(mutex_);
    return is_ready_;
}

TicketKeys::State TicketKeys::state(std::uint64_t now_s) {
    const std::lock_guard guard(mutex_);
    move_state(now_s);
    return state_;
}

bool TicketKeys::adopt(const State& state, std::uint64_t now_s) {
    if (state.since_s > now_s || now_s - state.since_s > kPeriodsMax * kPeriodS) {
        return false;
    }
    const std::lock_guard guard(mutex_);
    count_ = 0;
    state_ = state;
    next_ = state.secret;
    is_ready_ = true;
    return true;
}

bool TicketKeys::sealing(std::uint64_t now_s, Key& key) {
    const std::lock_guard guard(mutex_);
    advance(now_s);
    if (count_ == 0) {
        return false;
    }
    key = keys_[count_ - 1];
    return true;
}

TicketKeys::Found TicketKeys::opening(const unsigned char* name, std::uint64_t now_s, Key& key) {
    const std::lock_guard guard(mutex_);
    advance(now_s);
    for (std::size_t index = 0; index < count_; ++index) {
        if (std::memcmp(keys_[index].name.data(), name, keys_[index].name.size()) == 0) {
            key = keys_[index];
            return index + 1 == count_ ? Found::current : Found::old;
        }
    }
    return Found::no;
}

// Needs no keys, and in the first week nothing of the library.
void TicketKeys::move_state(std::uint64_t now_s) {
    while (state_.since_s + kPeriodsMax * kPeriodS <= now_s) {
        if (count_ > 0) {
            std::ranges::copy(keys_.begin() + 1, keys_.end(), keys_.begin());
            --count_;
        } else {
            move_on(next_);
        }
        move_on(state_.secret);
        state_.since_s += kPeriodS;
    }
}

void TicketKeys::advance(std::uint64_t now_s) {
    move_state(now_s);
    while (is_ready_ && state_.since_s + count_ * kPeriodS <= now_s) {
        keys_[count_] = key_of(next_);
        ++count_;
        move_on(next_);
    }
}

}  // namespace trivet::tls
