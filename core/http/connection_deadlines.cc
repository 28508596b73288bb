// How long a connection waits for what. One deadline a connection: the earliest of those below.
#include <algorithm>
#include <cerrno>

#include "http/connection.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::uint64_t kMsPerSecond = 1'000;

}  // namespace

// When the present phase has lasted too long; kNone when only the handler decides.
std::uint64_t Connection::phase_end_ms() const noexcept {
    const Limits& limits = server_.limits_;
    switch (phase_) {
        case Phase::idle: {
            if (stream_.is_handshaking()) {
                return phase_since_ms_ + limits.head_timeout_ms;  // looked at again at its end
            }
            const bool is_kept_alive = requests_ > 0 && limits.keep_alive_timeout_ms > 0;
            return phase_since_ms_ + (is_drained_     ? kDrainGraceMs
                                      : is_kept_alive ? limits.keep_alive_timeout_ms
                                                      : limits.idle_timeout_ms);
        }
        case Phase::head:
            return phase_since_ms_ + limits.head_timeout_ms;
        case Phase::body:
            return content_end_ms();
        case Phase::skipping:
            return phase_since_ms_ + kSkipMs;
        case Phase::lingering:
            return phase_since_ms_ + kLingerMs;
        case Phase::handling: {
            const bool has_limit = limits_->request_timeout_ms > 0 && phase_since_ms_ != kNone &&
                                   !exchange_->answer.is_begun;
            const std::uint64_t end =
                has_limit ? phase_since_ms_ + limits_->request_timeout_ms : kNone;
            const std::uint64_t content_end = streams_content_ ? content_end_ms() : kNone;
            return std::min({end, content_end, beat_end_ms()});
        }
        case Phase::feeding:
        case Phase::closed:
            break;
    }
    return kNone;
}

// Content may neither cease for long nor come too slowly on the whole. The time in which nobody
// listened is not the client's.
std::uint64_t Connection::content_end_ms() const noexcept {
    if (streams_content_ && (stream_.is_paused() || exchange_->content->needs_continue)) {
        return kNone;
    }
    const std::uint64_t silence_end = content_seen_ms_ + limits_->body_timeout_ms;
    if (limits_->body_rate_min == 0) {
        return silence_end;
    }
    const std::uint64_t end = content_since_ms_ + limits_->body_timeout_ms +
                              body_bytes_ * kMsPerSecond / limits_->body_rate_min;
    return end < silence_end ? end : silence_end;
}

void Connection::enter(Phase phase) noexcept {
    phase_ = phase;
    phase_since_ms_ = server_.loop_.clock().now_ms();
    watch_phase();
}

void Connection::watch_phase() noexcept {
    const std::uint64_t end = phase_end_ms();
    if (end != kNone) {
        check_later(end);
    }
}

void Connection::check_later(std::uint64_t at_ms) noexcept {
    const std::uint64_t send_check = send_since_ms_ + server_.limits_.send_timeout_ms;
    server_.deadlines_.set(*this, stream_.is_sending() && send_check < at_ms ? send_check : at_ms);
}

// When to look again at the send under way; 0 when the peer takes too little and is given up.
std::uint64_t Connection::judge_send(std::uint64_t now_ms) noexcept {
    const Limits& limits = server_.limits_;
    if (now_ms >= send_since_ms_ + limits.send_timeout_ms) {
        const std::int64_t progress = stream_.send_progress(server_.loop_);
        if (progress < 0) {
            return 0;
        }
        if (progress_ >= 0) {
            const bool is_counted = progress < io::Loop::kUncounted;
            const std::uint64_t elapsed_ms = now_ms - send_since_ms_;
            const std::uint64_t due =
                is_counted ? elapsed_ms * limits_->send_rate_min / kMsPerSecond : 0;
            if (progress == progress_ ||
                (due > 0 && progress < progress_ + static_cast<std::int64_t>(due))) {
                return 0;
            }
        }
        progress_ = progress;
        send_since_ms_ = now_ms;
    }
    return send_since_ms_ + limits.send_timeout_ms;
}

void Connection::on_deadline() noexcept {
    const std::uint64_t now = server_.loop_.clock().now_ms();
    std::uint64_t next = kNone;
    if (stream_.is_sending()) {
        // Idle and lingering wait for the output; what counts is whether the peer still takes
        // bytes.
        next = judge_send(now);
        if (next == 0) {
            ++server_.stats_.timeouts_total;
            on_end(ETIMEDOUT);
            return;
        }
    }
    is_watch_put_off_ = output_comes_first();
    const std::uint64_t end = is_watch_put_off_ ? kNone : phase_end_ms();
    if (now >= end) {
        if (next != kNone) {
            check_later(next);  // whatever becomes of the phase
        }
        expire();
        return;
    }
    next = end < next ? end : next;
    if (next != kNone) {
        check_later(next);
    }
}

// The present phase has lasted too long.
void Connection::expire() noexcept {
    switch (phase_) {
        case Phase::head:
        case Phase::body:
            ++server_.stats_.timeouts_total;
            refuse(408, phase_ == Phase::head ? "the request took too long"
                                              : "the content took too long");
            return;
        case Phase::handling:
            if (server_.loop_.clock().now_ms() >= beat_end_ms()) {
                beat();
                return;
            }
            ++server_.stats_.timeouts_total;
            if (streams_content_ && server_.loop_.clock().now_ms() >= content_end_ms()) {
                fail_content(ContentFailure::timeout);
                if (phase_ == Phase::handling) {
                    watch_phase();
                }
            } else {
                give_up_handler();
            }
            return;
        case Phase::idle:
            server_.stats_.timeouts_total += is_drained_ ? 0 : 1;
            abort("idle");
            return;
        case Phase::skipping:
            linger();
            return;
        case Phase::feeding:
        case Phase::lingering:
        case Phase::closed:
            abort("the client did not close");
            return;
    }
}

}  // namespace trivet::http
