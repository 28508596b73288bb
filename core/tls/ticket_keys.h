#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace trivet::tls {

// The keys that session tickets are sealed with (RFC 5077 section 4). They follow from a secret
// that moves on with each period and cannot be turned back, so whoever shares the secret has the
// same keys at all times: processes that serve one port, and contexts of which one follows the
// other. What can open tickets that nobody may use any more is wiped. Any thread.
class TicketKeys {
public:
    static constexpr std::size_t kSecretBytes = 32;
    static constexpr std::uint64_t kPeriodS = 86'400;
    // Of tickets that may still be used: sessions live for a week at most.
    static constexpr std::uint64_t kPeriodsMax = 8;

    using Secret = std::array<unsigned char, kSecretBytes>;

    // The secret of the oldest period whose tickets may be used, and when that began.
    struct State {
        std::uint64_t since_s = 0;
        Secret secret{};
    };

    struct Key {
        std::array<unsigned char, 16> name;
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
    };

    // Times are those of now_s().
    explicit TicketKeys(std::uint64_t now_s) noexcept;
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    // Of this machine since it started, asleep or not: all of its processes have the same one, and
    // nobody sets it.
    static std::uint64_t now_s() noexcept;

    // False: there is no secret, and tickets are not to be had.
    bool is_ready() const noexcept;
    State state(std::uint64_t now_s);
    // In place of what was there. Refuses a state that begins later than now, or too long ago.
    bool adopt(const State& state, std::uint64_t now_s);

    // What to seal a ticket with; false when there is nothing.
    bool sealing(std::uint64_t now_s, Key& key);
    enum class Found : std::uint8_t { no, current, old };
    // What a ticket of this name was sealed with.
    Found opening(const unsigned char* name, std::uint64_t now_s, Key& key);

private:
    void move_state(std::uint64_t now_s);
    void advance(std::uint64_t now_s);

    mutable std::mutex mutex_;
    State state_;
    Secret next_{};                        // of the period behind the last one that has a key
    std::array<Key, kPeriodsMax> keys_{};  // of each period since that of the state
    std::size_t count_ = 0;                // of them; the last one is the present period's
    bool is_ready_ = false;
};

}  // namespace trivet::tls
