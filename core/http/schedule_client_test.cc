#include "http/schedule_client_test.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "codec/encode.h"

namespace trivet::http {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kHost = " HTTP/1.1\r\nHost: a\r\n";
constexpr std::uint64_t kSlackMs = 300;  // that a deadline may be late

std::string field_of(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + name.size();
    return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

std::string filler(SeededRandom& random, const std::string& tag, std::size_t size_max) {
    std::string text = tag;
    text.resize(tag.size() + random.below(size_max + 1), static_cast<char>('a' + random.below(26)));
    return text;
}

// Takes the chunks at the begin of `bytes` apart; how many bytes they are, or npos when there are
// not all.
std::size_t read_chunks(std::string_view bytes, std::string& content) {
    const std::size_t whole = bytes.size();
    for (;;) {
        std::size_t size = 0;
        const auto parsed = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size, 16);
        const auto digits = static_cast<std::size_t>(parsed.ptr - bytes.data());
        if (bytes.size() < digits + 2 + size + 2) return std::string_view::npos;
        if (size == 0) {
            const std::size_t end = bytes.find(kHeadEnd);  // behind the last chunk or a trailer
            return end == std::string_view::npos ? end
                                                 : whole - bytes.size() + end + kHeadEnd.size();
        }
        content += bytes.substr(digits + 2, size);
        bytes.remove_prefix(digits + 2 + size + 2);
    }
}

// As it is, or encoded, with the field that says so.
std::string maybe_encoded(SeededRandom& random, std::string& content) {
    using codec::Coding;
    if (!random.chance(4)) return {};
    const std::pair<const char*, Coding> codings[] = {{"gzip", Coding::gzip},
                                                      {"deflate", Coding::deflate},
                                                      {"br", Coding::brotli},
                                                      {"zstd", Coding::zstd}};
    const auto& [name, coding] = codings[random.below(std::size(codings))];
    content = codec::encoded(coding, content);
    return std::string("Content-Encoding: ") + name + "\r\n";
}

std::string chunked(SeededRandom& random, std::string_view content) {
    std::string coded;
    while (!content.empty()) {
        const std::size_t size = 1 + random.below(std::min<std::size_t>(content.size(), 3000));
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, size, 16);
        coded.append(digits, end.ptr).append("\r\n").append(content.substr(0, size)).append("\r\n");
        content.remove_prefix(size);
    }
    return coded + "0\r\n\r\n";
}

}  // namespace

void ScheduledClient::add(std::string_view bytes, Expected expected) {
    unsent_ += bytes;
    writes_no_more_ = expected.closes;
    const std::size_t head_end = bytes.find(kHeadEnd);
    expected.begin = written_;
    expected.head_end = written_ + std::min(head_end, bytes.size() - kHeadEnd.size()) + 4;
    written_ += bytes.size();
    expected.end = written_;
    owed_.push_back(std::move(expected));
}

void ScheduledClient::add_request(SeededRandom& random) {
    if (writes_no_more_ || is_over() || has_seen_last_) {
        return;
    }
    const std::string tag = std::to_string(id_ * 1'000'000 + ++requests_);
    switch (random.below(14)) {
        case 12:
        case 13:
            add_streamed(random, tag);
            break;
        case 0:
        case 1:
        case 2:
        case 3:
            add_plain(random, tag);
            break;
        case 4:
        case 5:
            add("GET /later/" + tag + std::string(kHost) + "\r\n",
                {.body = tag, .may_be_500 = true, .is_late = true});
            break;
        case 6:
            add("POST /event/" + tag + "?a=%41" + std::string(kHost) + "X-Tag: " + tag +
                    "\r\nContent-Length: 4\r\n\r\nkept",
                {.body = tag + tag + "kept", .may_be_500 = true, .is_late = true});
            break;
        case 7:
        case 8:
            add_content(random, tag);
            break;
        case 9:
            random.chance(3) ? add_last(random, tag) : add_plain(random, tag);
            break;
        default:
            add_refused(random, tag);
    }
}

void ScheduledClient::add_plain(SeededRandom& random, const std::string& tag) {
    const std::string host(kHost);
    switch (random.below(7)) {
        case 0:
            add("HEAD /now/" + tag + host + "\r\n", {.body = {}, .is_bodiless = true});
            break;
        case 1:
            add("GET /large/" + tag + host + "\r\n", {.body = tag + std::string(200'000, 'l')});
            break;
        case 2:
            add("GET /hooked/" + tag + host + "\r\n", {.status = 201, .body = tag + " hooked"});
            break;
        case 3:
            add("GET /now/" + tag + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {.body = tag});
            break;
        case 4:
            add("GET http://h" + tag + "/host" + host + "\r\n", {.body = "h" + tag});
            break;
        default:
            add("GET /now/" + tag + host + "\r\n", {.body = tag});
    }
}

void ScheduledClient::add_content(SeededRandom& random, const std::string& tag) {
    const std::string body = filler(random, tag, random.chance(4) ? 60'000 : 500);
    std::string content = body;
    const std::string start =
        "POST /content HTTP/1.1\r\nHost: a\r\n" + maybe_encoded(random, content);
    if (random.chance(2)) {
        add(start + "Transfer-Encoding: chunked\r\n\r\n" + chunked(random, content),
            {.body = body});
    } else {
        const bool expects = random.chance(5);
        add(start + (expects ? "Expect: 100-continue\r\n" : "") +
                "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content,
            {.body = body, .is_interim = expects});
    }
}

// Content that the handler reads as it comes: and writes back at once, or at its end, or begins to
// read when the schedule says so, or never; or as a form.
void ScheduledClient::add_streamed(SeededRandom& random, const std::string& tag) {
    const char* const modes[] = {"echo", "gather", "lazy", "early", "form"};
    const std::size_t mode = random.below(std::size(modes));
    std::string content =
        filler(random, mode == 4 ? "v=" : "", random.chance(4) ? 60'000 : 500) + "$";
    const bool expects = (mode == 1 || mode == 2 || mode == 4) && random.chance(3);
    Expected expected{.body = mode == 3 ? "early " + tag : tag + content,
                      .is_late = mode != 3,
                      .is_interim = expects,
                      .is_streamed = mode != 1 && mode != 4};
    const std::string start =
        std::string("POST /stream/") + modes[mode] + "/" + tag + std::string(kHost) +
        "Content-Type: application/x-www-form-urlencoded\r\n" + maybe_encoded(random, content) +
        (expects ? "Expect: 100-continue\r\n" : "");
    const std::string rest =
        random.chance(2)
            ? "Transfer-Encoding: chunked\r\n\r\n" + chunked(random, content)
            : "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content;
    add(start + rest, std::move(expected));
}

void ScheduledClient::add_refused(SeededRandom& random, const std::string& tag) {
    const std::string host(kHost);
    switch (random.below(4)) {
        case 0:
            add("POST /nowhere/" + tag + host + "Content-Length: 3\r\n\r\nabc",
                {.status = 404, .body = {}, .has_body = false, .is_late = true});
            break;
        case 1:
            add("PUT /now/1" + host + "Content-Length: 3\r\n\r\nabc",
                {.status = 405, .body = {}, .has_body = false, .is_late = true});
            break;
        case 2:
            add("GET /fail/" + tag + host + "\r\n", {.status = 500, .body = {}, .has_body = false});
            break;
        default:
            add("OPTIONS /now/1" + host + "\r\n",
                {.status = 204, .body = {}, .has_body = false, .is_bodiless = true});
    }
}

// Requests after which nothing comes.
void ScheduledClient::add_last(SeededRandom& random, const std::string& tag) {
    const std::string host(kHost);
    const auto refused = [](int status) {
        return Expected{.status = status,
                        .body = {},
                        .has_body = false,
                        .closes = true,
                        .is_late = status == 405 || status == 413};
    };
    switch (random.below(8)) {
        case 0:
            add("POST /content" + host + "Content-Length: 99999999\r\n\r\n", refused(413));
            break;
        case 1:
            add("POST /content" + host + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
                refused(413));
            break;
        case 2:
            add("GET /now/1" + host + "Content-Length: x\r\n\r\n", refused(400));
            break;
        case 3:
            add("PUT /now/1" + host + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
                refused(405));
            break;
        case 4:
            add("GET /now/1" + host + "X: " + std::string(33'000, 'x') + "\r\n\r\n", refused(431));
            break;
        case 5:
            add("GET /now/" + tag + " HTTP/1.0\r\n\r\n", {.body = tag, .closes = true});
            break;
        case 6:
            add("GET /later/" + tag + host + "Connection: close\r\n\r\n",
                {.body = tag, .closes = true, .may_be_500 = true, .is_late = true});
            break;
        default:
            add("GET /now/" + tag + host + "Connection: close\r\n\r\n",
                {.body = tag, .closes = true});
    }
}

void ScheduledClient::send_piece(std::size_t limit, std::uint64_t now_ms) {
    if (is_over() || unsent_.empty()) {
        return;
    }
    const std::size_t size = std::min(limit, unsent_.size());
    peer_.send(unsent_.substr(0, size));
    unsent_.erase(0, size);
    const std::uint64_t before = sent_;
    sent_ += size;
    sent_ms_ = now_ms;
    for (const Expected& expected : owed_) {
        // The request that the piece leaves incomplete has begun with it.
        if (expected.begin >= before && expected.begin < sent_ && sent_ < expected.end) {
            partial_since_ = now_ms;
        }
    }
}

void ScheduledClient::finish() {
    if (!is_over()) {
        is_finished_ = true;
        may_end_ = may_end_ || !unsent_.empty();  // what was not sent cannot be answered
        peer_.finish();
    }
}

void ScheduledClient::reset() {
    if (!is_reset_) {
        is_reset_ = true;
        may_end_ = true;
        peer_.reset();
    }
}

void ScheduledClient::drain() {
    is_drained_ = true;
    if (!is_reset_ && !may_end_ && !has_seen_last_ && !owed_.empty() &&
        owed_.front().end <= sent_) {
        drain_answers_ = answered_ + 1;
    }
}

std::string ScheduledClient::describe(std::string_view problem) const {
    return "client " + std::to_string(id_) + ": " + std::string(problem) +
           "; received: " + received_.substr(0, 300);
}

std::string ScheduledClient::check() {
    received_ += peer_.take_received();
    for (;;) {
        const std::size_t head_end = received_.find(kHeadEnd);
        if (head_end == std::string::npos) {
            return {};
        }
        if (received_.starts_with("HTTP/1.1 100 ")) {
            if (owed_.empty() || !owed_.front().is_interim) {
                return describe("told to continue with nothing");
            }
            received_.erase(0, head_end + kHeadEnd.size());
            continue;
        }
        const std::size_t before = received_.size();
        std::string problem = check_one(head_end);
        if (!problem.empty() || received_.size() == before) {
            return problem;
        }
    }
}

// One answer; leaves it when it is not complete.
std::string ScheduledClient::check_one(std::size_t head_end) {
    const std::string_view head = std::string_view(received_).substr(0, head_end + 2);
    if (has_seen_last_) return describe("something came after the last answer");
    if (owed_.empty()) return describe("an answer that nobody asked for");
    const Expected& expected = owed_.front();
    int status = 0;
    std::from_chars(head.data() + 9, head.data() + 12, status);
    const std::string length_text = field_of(head, "\r\nContent-Length: ");
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    const bool is_last = field_of(head, "\r\nConnection: ") == "close";
    const bool has_arrived = expected.end <= sent_;
    const bool is_early_end =
        is_last && ((may_end_ && (status == 408 || status == 503)) ||
                    ((may_time_out_ || is_drained_) && !has_arrived && status == 408));
    if (expected.is_bodiless && !is_early_end) length = 0;
    std::string chunks;
    const bool is_chunked = field_of(head, "\r\nTransfer-Encoding: ") == "chunked";
    if (is_chunked) {
        length =
            read_chunks(std::string_view(received_).substr(head_end + kHeadEnd.size()), chunks);
        if (length == std::string_view::npos) return {};
    }
    if (received_.size() < head_end + kHeadEnd.size() + length) return {};
    const std::string_view body =
        is_chunked ? std::string_view(chunks)
                   : std::string_view(received_).substr(head_end + kHeadEnd.size(), length);
    const bool has_failed =
        (status == 500 && (expected.may_be_500 || (expected.is_late && may_end_))) ||
        (status == 503 && may_end_);
    if (!is_early_end && !has_failed) {
        if (status != expected.status) return describe("wrong status");
        if (expected.has_body && !expected.is_bodiless && body != expected.body) {
            return describe("wrong content: wanted " + expected.body.substr(0, 100));
        }
    }
    if (expected.closes && !is_last) return describe("the connection should be closed");
    if (is_last && !expected.closes && !is_early_end && !may_end_ && !is_finished_ &&
        !is_drained_) {
        return describe("the connection was closed early");
    }
    has_seen_last_ = is_last;
    last_status_ = status;
    ++answered_;
    answered_end_ = expected.end;
    received_.erase(0, head_end + kHeadEnd.size() + length);
    owed_.pop_front();
    return {};
}

std::string ScheduledClient::check_complete() {
    std::string problem = check();
    if (!problem.empty() || may_end_ || has_timed_out_) {
        return problem;
    }
    if (!received_.empty()) return describe("half an answer");
    if (answered_ < drain_answers_) return describe("the drain cut off a request that was there");
    if (!has_seen_last_ && !is_drained_ && !owed_.empty()) {
        return describe(std::to_string(owed_.size()) +
                        " answers are missing, the first with status " +
                        std::to_string(owed_.front().status) + " and content " +
                        owed_.front().body.substr(0, 20) + " to the bytes " +
                        std::to_string(owed_.front().begin) + " to " +
                        std::to_string(owed_.front().end) + " of " + std::to_string(sent_));
    }
    return {};
}

ScheduledClient::State ScheduledClient::state() const {
    if (is_over()) return State::over;
    if (peer_.server_is_sending()) return State::room;
    if (has_seen_last_) return State::end;
    if (answered_end_ > sent_) return State::unread;
    if (owed_.empty() || owed_.front().begin >= sent_) return State::request;
    if (owed_.front().end <= sent_) return State::handler;
    return sent_ < owed_.front().head_end ? State::head : State::content;
}

std::string ScheduledClient::foresee(const Limits& limits, std::uint64_t now_ms,
                                     std::uint64_t wait_ms) {
    fate_ = Fate::unknown;
    const State now = state();
    if (is_drained_ && peer_.take_max == 0) {
        drain_answers_ = 0;  // nobody waits for ever for who takes nothing
        may_end_ = true;
    }
    // Content that ceases fails, and its handler ends an answer that it has begun as it likes.
    const bool may_fail = now == State::content && owed_.front().is_streamed &&
                          wait_ms + (now_ms - partial_since_) >= limits.body_timeout_ms;
    if (may_end_ || is_drained_ || now == State::over) {
        may_end_ = may_end_ || may_fail || peer_.server_is_sending();
        return {};
    }
    if (now == State::handler) {
        fate_ = Fate::stays;
        return owed_.front().is_late ? "" : describe("a request is not answered");
    }
    // The wait of this state began at `earliest` or later, but not after `now_ms`.
    std::uint64_t limit = limits.idle_timeout_ms;
    std::uint64_t earliest = sent_ms_;
    if (now == State::head) {
        limit = limits.head_timeout_ms;
        earliest = partial_since_;
    } else if (now == State::content) {
        limit = limits.body_timeout_ms;
        earliest = partial_since_;  // the whole content has a rate to keep
    } else if (now == State::unread) {
        limit = kSkipMs + kLingerMs;  // since the answer, which came nobody knows when
    } else if (now == State::end) {
        limit = kLingerMs;
    } else if (now == State::room) {
        // A peer is dead when it has taken nothing between two looks.
        limit = std::uint64_t{limits.send_timeout_ms} * 2;
    }
    if (now == State::content && owed_.front().is_streamed) {
        may_end_ = may_fail;
        fate_ = may_end_ ? Fate::unknown : Fate::stays;
        return {};
    }
    const std::uint64_t own_limit = limit;
    const bool is_refusal = now == State::head || now == State::content;
    if (is_refusal && peer_.take_max == 0) {
        limit += std::uint64_t{limits.send_timeout_ms} * 2;  // the 408 is never taken
    }
    if (wait_ms >= limit + kSlackMs * 2 + (now == State::unread ? kSlackMs : 0)) {
        fate_ = is_refusal && peer_.take_max > 0 ? Fate::refused : Fate::ends;
    } else if (now_ms + wait_ms < earliest + own_limit && now != State::end && now != State::room &&
               now != State::unread) {
        fate_ = Fate::stays;
    }
    may_time_out_ = is_refusal && fate_ != Fate::stays;
    // Between the two it may go either way.
    may_end_ = fate_ == Fate::unknown;
    return {};
}

std::string ScheduledClient::check_foreseen() {
    may_time_out_ = false;
    switch (std::exchange(fate_, Fate::unknown)) {
        case Fate::unknown:
            return {};
        case Fate::stays:
            return peer_.server_has_finished() ? describe("closed although it may wait") : "";
        case Fate::refused:
            has_timed_out_ = true;
            return has_seen_last_ && last_status_ == 408 ? "" : describe("no 408 in time");
        case Fate::ends:
            has_timed_out_ = true;
            return peer_.server_has_closed() ? "" : describe("not closed in time");
    }
    return {};
}

}  // namespace trivet::http
