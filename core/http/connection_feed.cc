// Answers whose content comes from a feed once their exchange has ended.
#include "http/connection.h"
#include "http/server.h"
#include "proto/http1/chunked.h"

namespace trivet::http {

void Connection::hand_over(Exchange& exchange, Feed& feed) noexcept {
    is_feed_chunked_ = exchange.answer.framing == Framing::chunked;
    feed_keeps_alive_ = exchange.answer.keep_alive;
    feed_ = &feed;
    exchange_ = nullptr;
    is_room_awaited_ = false;
    server_.give_back(exchange);
    if (phase_ == Phase::closed) {
        return;  // by whoever let go of what was kept with the request; the feed was told
    }
    enter(Phase::feeding);
    mark_dirty();
    if (is_ended_ || is_drained_) {
        drain();
    }
}

void Connection::give(std::string_view bytes, bool is_prompt) noexcept {
    send_since_ms_ = server_.loop_.clock().now_ms();
    progress_ = -1;
    const std::uint64_t check_at = send_since_ms_ + server_.limits_.send_timeout_ms;
    if (check_at < deadline_ms) {
        check_later(check_at);
    }
    stream_.send(server_.loop_, bytes, is_prompt || server_.is_draining_);
}

void Connection::end_feed() noexcept {
    feed_ = nullptr;
    conclude();
}

// Nothing is on its way any more. A drain ends the answer when the feed has nothing to add.
void Connection::go_on_feeding() noexcept {
    feed_->on_ready();
    if (is_drained_ && phase_ == Phase::feeding && !stream_.is_sending()) {
        release_feed();
        conclude();
    }
}

void Connection::release_feed() noexcept {
    if (Feed* feed = feed_) {
        feed_ = nullptr;
        if (phase_ != Phase::closed) {  // whoever closed it has told
            feed->on_gone();
        }
        feed->on_released();
    }
}

void Connection::conclude() noexcept {
    if (is_feed_chunked_ && !output_.append(http1::kLastChunk)) {
        abort("out of memory");
        return;
    }
    mark_dirty();
    after_answer(feed_keeps_alive_ && !is_drained_, false);
}

}  // namespace trivet::http
