#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/memory.h"
#include "proto/sse/event.h"
#include "realtime/event_log.h"

namespace trivet::realtime {

// What becomes of a client that takes less than is published; as the ABI's TRIVET_SSE_POLICY_*.
enum class SlowPolicy : std::uint32_t { drop_oldest = 0, close = 1, coalesce = 2 };

struct HubConfig {
    bool has_own_ids = false;  // the publisher's; else the hub gives each event one
    SlowPolicy policy = SlowPolicy::drop_oldest;
    std::uint32_t history_events = 256;
    std::uint64_t history_bytes = 256 * 1024;
    std::uint32_t event_bytes_max = 64 * 1024;
    std::uint32_t subscribers_max = 65536;
    std::uint64_t client_bytes_max = 64 * 1024;
    std::uint32_t heartbeat_ms = 15'000;  // 0: none
    std::int32_t retry_ms = -1;           // -1: not told
};

inline constexpr std::uint32_t kHistoryEventsMax = 65'536;
inline constexpr std::uint64_t kHistoryBytesMin = 1024;
inline constexpr std::uint64_t kHistoryBytesMax = std::uint64_t{1} << 30;
inline constexpr std::uint32_t kSubscribersMax = 1 << 20;
inline constexpr std::uint32_t kHeartbeatMsMax = 86'400'000;

// What is wrong with a configuration; empty when nothing is.
std::string_view check_config(const HubConfig& config) noexcept;

// Counters of a hub, or of one loop's part in it.
struct HubCounts {
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;
    std::uint64_t superseded = 0;
    std::uint64_t closed = 0;
};

struct HubInfo {
    std::uint64_t subscribers = 0;
    std::uint64_t subscribers_total = 0;
    std::uint64_t published_total = 0;
    HubCounts counts;
    std::uint64_t gaps_total = 0;
    std::uint64_t history_events = 0;
    std::uint64_t history_bytes = 0;
};

// One loop's part in a hub. The hub calls on_published(), on any thread and under its lock, between
// join() and leave(), which that loop calls.
class HubListener {
public:
    virtual void on_published() noexcept = 0;

    // Written by the loop alone, read by whoever asks.
    void count(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> superseded{0};
    std::atomic<std::uint64_t> closed{0};

protected:
    ~HubListener() = default;
};

// Where a subscriber stands in the hub's log.
struct Cursor {
    std::uint64_t position = 0;
    std::uint64_t offset = 0;
    bool is_replaying = false;  // has not caught up since it came
};

// What a subscriber is to do next.
struct Step {
    EventLog::Run run;         // to be sent, unless it is empty
    bool is_end = false;       // nothing more will come: the hub is closed
    bool is_too_slow = false;  // under SlowPolicy::close
    std::uint32_t dropped = 0;
    std::uint32_t superseded = 0;
};

struct Published {
    Status status = Status::ok;
    std::string_view message;  // static; of a failure
};

// Events for many clients: a log that all loops of the process read, and who to tell of news. Made
// with new, freed by the last release(). Any thread, unless said otherwise.
class EventHub {
public:
    static constexpr unsigned kLoopsMax = 64;

    // `config` was checked. `owner` is whose requests may subscribe.
    EventHub(const HubConfig& config, const void* owner) noexcept;

    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept;

    const HubConfig& config() const noexcept { return config_; }
    const void* owner() const noexcept { return owner_; }
    Memory& memory() noexcept { return memory_; }

    // `key` is that of SlowPolicy::coalesce; empty: the event's type. Fails with argument, limit,
    // memory, or stale when the hub is closed.
    Published publish(sse::Event event, std::string_view key) noexcept;
    // No more is taken; subscribers end when they have what there is.
    void close() noexcept;
    HubInfo info() noexcept;

    // For the loops. The listener of a loop, which the loop alone changes; nullptr when there is
    // none.
    HubListener* listener(unsigned loop) noexcept { return listeners_[loop]; }
    void join(unsigned loop, HubListener& listener) noexcept;
    void leave(unsigned loop) noexcept;
    // One more subscriber. Status::limit, or stale when the hub is closed.
    Status enter() noexcept;
    void exit() noexcept { subscribers_.fetch_sub(1, std::memory_order_relaxed); }

    // Where a subscriber begins whose last event had this id; empty: now.
    Cursor start(std::string_view last_id) noexcept;
    // Moves a cursor over what it is to be sent, and over what its slowness costs it.
    Step step(Cursor& cursor, bool is_framed) noexcept;
    // What those get who had everything up to `cursor`, framed; moves it to the end of the log.
    // `run` may end before.
    Step catch_up(Cursor& cursor) noexcept;

private:
    ~EventHub() = default;

    void begin_epoch() noexcept;
    bool take_number(std::string_view id, std::uint64_t& number) const noexcept;
    Cursor at(std::uint64_t position, bool is_replaying) const noexcept {
        return {position, log_.offset_of(position), is_replaying};
    }
    void drop_oldest(Cursor& cursor, Step& step) noexcept;
    void coalesce(Cursor& cursor, Step& step) noexcept;

    const HubConfig config_;
    const void* const owner_;
    Memory memory_;
    std::atomic<std::uint32_t> references_{1};
    std::atomic<std::uint32_t> subscribers_{0};
    std::mutex guard_;  // of all below; held for the length of one event's encoding at most
    EventLog log_;
    HubListener* listeners_[kLoopsMax]{};
    std::uint64_t joined_ = 0;  // bits of listeners_
    std::uint64_t subscribers_total_ = 0;
    std::uint64_t gaps_total_ = 0;
    HubCounts left_;  // of listeners that have left
    bool is_closed_ = false;
    std::uint64_t key_seed_ = 0;
    char epoch_[8];  // of the ids that the hub gives: those of another hub are not taken for them
    pid_t process_ = 0;  // that the epoch is of
};

}  // namespace trivet::realtime
