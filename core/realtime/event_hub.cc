#include "realtime/event_hub.h"

#include <sys/random.h>
#include <unistd.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <ctime>

namespace trivet::realtime {
namespace {

constexpr std::size_t kNumberDigitsMax = 20;
constexpr char kLetters[] = "0123456789abcdefghjkmnpqrstvwxyz";

std::uint64_t random_number() noexcept {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        number =
            static_cast<std::uint64_t>(now.tv_nsec) << 32 ^ static_cast<std::uint64_t>(now.tv_sec);
    }
    return number;
}

// Never 0, which is no key.
std::uint64_t hash_of(std::string_view key, std::uint64_t seed) noexcept {
    constexpr std::uint64_t kMultiplier = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t hash = seed ^ key.size();
    for (const char byte : key) {
        hash = (std::rotl(hash, 5) ^ static_cast<unsigned char>(byte)) * kMultiplier;
    }
    hash ^= hash >> 32;
    return hash == 0 ? 1 : hash;
}

}  // namespace

std::string_view check_config(const HubConfig& config) noexcept {
    if (static_cast<std::uint32_t>(config.policy) > 2) {
        return "policy is none of TRIVET_SSE_POLICY_*";
    }
    if (config.history_events == 0 || config.history_events > kHistoryEventsMax) {
        return "history_events is not 1 to 65536";
    }
    if (config.history_bytes < kHistoryBytesMin || config.history_bytes > kHistoryBytesMax) {
        return "history_bytes is not 1024 to 1073741824";
    }
    if (config.event_bytes_max == 0 || config.event_bytes_max > config.history_bytes) {
        return "event_bytes_max is not 1 to history_bytes";
    }
    if (config.client_bytes_max == 0 || config.client_bytes_max > config.history_bytes) {
        return "client_bytes_max is not 1 to history_bytes";
    }
    if (config.subscribers_max == 0 || config.subscribers_max > kSubscribersMax) {
        return "subscribers_max is not 1 to 1048576";
    }
    if (config.heartbeat_ms > kHeartbeatMsMax) {
        return "heartbeat_ms is more than 86400000";
    }
    if (config.retry_ms < -1) {
        return "retry_ms is below -1";
    }
    return {};
}

EventHub::EventHub(const HubConfig& config, const void* owner) noexcept
    : config_(config),
      owner_(owner),
      log_(memory_, {.events_max = config.history_events,
                     .bytes_max = config.history_bytes,
                     .queue_bytes = config.client_bytes_max}),
      key_seed_(random_number()) {
    begin_epoch();
}

void EventHub::begin_epoch() noexcept {
    process_ = ::getpid();
    std::uint64_t bits = random_number();
    for (char& letter : epoch_) {
        letter = kLetters[bits % 32];
        bits /= 32;
    }
}

void EventHub::release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete this;
    }
}

Published EventHub::publish(sse::Event event, std::string_view key) noexcept {
    if (event.id && !config_.has_own_ids) {
        return {Status::argument, "the hub gives the ids: TRIVET_SSE_HUB_OWN_IDS is not set"};
    }
    const auto size = sse::event_size(event);
    if (!size) {
        return {Status::argument, sse::message(size.error())};
    }
    const std::uint64_t hash = config_.policy != SlowPolicy::coalesce
                                   ? 0
                                   : hash_of(!key.empty()           ? key
                                             : !event.event.empty() ? event.event
                                                                    : "message",
                                             key_seed_);
    std::size_t whole = *size;
    char id[sizeof epoch_ + 1 + kNumberDigitsMax];
    const std::lock_guard guard(guard_);
    if (is_closed_) {
        return {Status::stale, "the hub is closed"};
    }
    if (!config_.has_own_ids) {
        std::memcpy(id, epoch_, sizeof epoch_);
        id[sizeof epoch_] = '-';
        const char* const end =
            std::to_chars(id + sizeof epoch_ + 1, id + sizeof id, log_.end() + 1).ptr;
        event.id = std::string_view(id, static_cast<std::size_t>(end - id));
        whole += sse::id_size(*event.id);
    }
    if (whole > config_.event_bytes_max) {
        return {Status::limit, "the event is longer than event_bytes_max"};
    }
    if (log_.push(event, whole, hash) != Status::ok) {
        return {Status::memory, "out of memory"};
    }
    for (std::uint64_t left = joined_; left != 0; left &= left - 1) {
        listeners_[std::countr_zero(left)]->on_published();
    }
    return {};
}

void EventHub::close() noexcept {
    const std::lock_guard guard(guard_);
    is_closed_ = true;
    for (std::uint64_t left = joined_; left != 0; left &= left - 1) {
        listeners_[std::countr_zero(left)]->on_published();
    }
}

HubInfo EventHub::info() noexcept {
    const std::lock_guard guard(guard_);
    HubInfo info{.subscribers = subscribers_.load(std::memory_order_relaxed),
                 .subscribers_total = subscribers_total_,
                 .published_total = log_.end(),
                 .counts = left_,
                 .gaps_total = gaps_total_,
                 .history_events = log_.end() - log_.history_begin(),
                 .history_bytes = log_.offset() - log_.offset_of(log_.history_begin())};
    for (std::uint64_t left = joined_; left != 0; left &= left - 1) {
        const HubListener& listener = *listeners_[std::countr_zero(left)];
        info.counts.delivered += listener.delivered.load(std::memory_order_relaxed);
        info.counts.dropped += listener.dropped.load(std::memory_order_relaxed);
        info.counts.superseded += listener.superseded.load(std::memory_order_relaxed);
        info.counts.closed += listener.closed.load(std::memory_order_relaxed);
    }
    return info;
}

void EventHub::join(unsigned loop, HubListener& listener) noexcept {
    const std::lock_guard guard(guard_);
    // Nobody has heard of an id before the first listener. From a fork on, the same number is
    // another event in each process: a client that comes to another one is not to be mistaken.
    if (process_ != ::getpid()) {
        begin_epoch();
    }
    listeners_[loop] = &listener;
    joined_ |= std::uint64_t{1} << loop;
}

void EventHub::leave(unsigned loop) noexcept {
    const std::lock_guard guard(guard_);
    const HubListener& listener = *listeners_[loop];
    left_.delivered += listener.delivered.load(std::memory_order_relaxed);
    left_.dropped += listener.dropped.load(std::memory_order_relaxed);
    left_.superseded += listener.superseded.load(std::memory_order_relaxed);
    left_.closed += listener.closed.load(std::memory_order_relaxed);
    listeners_[loop] = nullptr;
    joined_ &= ~(std::uint64_t{1} << loop);
}

Status EventHub::enter() noexcept {
    const std::lock_guard guard(guard_);
    if (is_closed_) {
        return Status::stale;
    }
    if (subscribers_.load(std::memory_order_relaxed) >= config_.subscribers_max) {
        return Status::limit;
    }
    subscribers_.fetch_add(1, std::memory_order_relaxed);
    ++subscribers_total_;
    return Status::ok;
}

// The number in an id that this hub may have given.
bool EventHub::take_number(std::string_view id, std::uint64_t& number) const noexcept {
    if (id.size() <= sizeof epoch_ + 1 || id[sizeof epoch_] != '-' ||
        id.substr(0, sizeof epoch_) != std::string_view(epoch_, sizeof epoch_)) {
        return false;
    }
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + sizeof epoch_ + 1, end, number);
    return read.ec == std::errc{} && read.ptr == end && number != 0 && number <= log_.end();
}

Cursor EventHub::start(std::string_view last_id) noexcept {
    const std::lock_guard guard(guard_);
    if (last_id.empty()) {
        return at(log_.end(), false);
    }
    std::uint64_t number = 0;
    std::uint64_t position = log_.history_begin();
    bool is_known = false;
    if (!config_.has_own_ids) {
        is_known = take_number(last_id, number) && number >= log_.history_begin();
        position = is_known ? number : position;
    } else if (const auto found = log_.after(last_id)) {
        is_known = true;
        position = *found;
    }
    gaps_total_ += is_known ? 0 : 1;
    return at(position, true);
}

// Events that have left the log are lost; those above the client's bound are given up.
void EventHub::drop_oldest(Cursor& cursor, Step& step) noexcept {
    const std::uint64_t position = log_.within(cursor.position, config_.client_bytes_max);
    step.dropped += static_cast<std::uint32_t>(position - cursor.position);
    cursor = at(position, false);
}

// What is left once superseded events are skipped is bounded like any other.
void EventHub::coalesce(Cursor& cursor, Step& step) noexcept {
    std::uint64_t waiting = 0;
    if (log_.offset() - cursor.offset > config_.client_bytes_max) {
        for (std::uint64_t position = cursor.position; position != log_.end(); ++position) {
            waiting += log_.is_superseded(position) ? 0 : log_.size_of(position);
        }
    }
    std::uint64_t position = cursor.position;
    while (position != log_.end() &&
           (log_.is_superseded(position) || waiting > config_.client_bytes_max)) {
        if (log_.is_superseded(position)) {
            ++step.superseded;
        } else {
            ++step.dropped;
            waiting -= log_.size_of(position);
        }
        ++position;
    }
    cursor = at(position, false);
}

Step EventHub::step(Cursor& cursor, bool is_framed) noexcept {
    Step step;
    const std::lock_guard guard(guard_);
    const bool is_closing_slow = config_.policy == SlowPolicy::close;
    if (cursor.position < log_.begin()) {
        step.dropped = static_cast<std::uint32_t>(log_.begin() - cursor.position);
        // Who has just come back was not slow: what it missed left the log meanwhile.
        step.is_too_slow = is_closing_slow && !cursor.is_replaying;
        cursor = at(log_.begin(), cursor.is_replaying);
    }
    const bool skips = config_.policy == SlowPolicy::coalesce && !cursor.is_replaying;
    if (!cursor.is_replaying && log_.offset() - cursor.offset > config_.client_bytes_max) {
        step.is_too_slow = is_closing_slow;
        if (config_.policy == SlowPolicy::drop_oldest) {
            drop_oldest(cursor, step);
        }
    }
    if (step.is_too_slow) {
        return step;
    }
    if (skips) {
        coalesce(cursor, step);
    }
    step.run = log_.run(cursor.position, is_framed, skips);
    cursor = at(step.run.next, cursor.is_replaying && step.run.next != log_.end());
    step.is_end = is_closed_ && step.run.bytes.empty();
    return step;
}

Step EventHub::catch_up(Cursor& cursor) noexcept {
    Step step;
    const std::lock_guard guard(guard_);
    if (cursor.position >= log_.begin()) {
        step.run = log_.run(cursor.position, true, false);
    } else {
        step.run.next = cursor.position;  // nobody has everything any more
    }
    step.is_end = is_closed_;
    cursor = at(log_.end(), false);
    return step;
}

}  // namespace trivet::realtime
