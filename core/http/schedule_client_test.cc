#include "http/schedule_client_test.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace trivet::http {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view field(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + name.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::string filler(Random& random, const std::string& tag, std::size_t size_max) {
    std::string text = tag;
    text.resize(tag.size() + random.below(size_max + 1), static_cast<char>('a' + random.below(26)));
    return text;
}

std::string chunked(Random& random, std::string_view content) {
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
    owed_.push_back(std::move(expected));
}

void ScheduledClient::add_request(Random& random) {
    if (writes_no_more_ || is_over()) {
        return;
    }
    const std::string tag = std::to_string(id_ * 1'000'000 + ++requests_);
    const std::string host = " HTTP/1.1\r\nHost: a\r\n";
    switch (random.below(10)) {
        case 0:
        case 1:
            add("GET /now/" + tag + host + "\r\n", {.body = tag});
            break;
        case 2:
            add("GET /later/" + tag + host + "\r\n", {.body = tag, .may_be_500 = true});
            break;
        case 3:
        case 4:
            add_content(random, tag);
            break;
        case 5:
            add("HEAD /now/" + tag + host + "\r\n", {.body = {}, .is_bodiless = true});
            break;
        case 6:
            add("GET /large/" + tag + host + "\r\n", {.body = tag + std::string(200'000, 'l')});
            break;
        case 7:
            add("GET /now/" + tag + host + "Connection: close\r\n\r\n",
                {.body = tag, .closes = true});
            break;
        case 8:
            add("GET /hooked/" + tag + host + "\r\n", {.status = 201, .body = tag + " hooked"});
            break;
        default:
            add_refused(random, tag);
    }
}

void ScheduledClient::add_content(Random& random, const std::string& tag) {
    const std::string content = filler(random, tag, random.chance(4) ? 60'000 : 500);
    const std::string start = "POST /content HTTP/1.1\r\nHost: a\r\n";
    if (random.chance(2)) {
        add(start + "Transfer-Encoding: chunked\r\n\r\n" + chunked(random, content),
            {.body = content});
    } else {
        const std::string expect = random.chance(5) ? "Expect: 100-continue\r\n" : "";
        add(start + expect + "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" +
                content,
            {.body = content});
    }
}

void ScheduledClient::add_refused(Random& random, const std::string& tag) {
    const std::string host = " HTTP/1.1\r\nHost: a\r\n";
    switch (random.below(5)) {
        case 0:
            add("GET /nowhere/" + tag + host + "\r\n",
                {.status = 404, .body = {}, .has_body = false});
            break;
        case 1:
            add("PUT /now/1" + host + "Content-Length: 3\r\n\r\nabc",
                {.status = 405, .body = {}, .has_body = false});
            break;
        case 2:
            add("OPTIONS /now/1" + host + "\r\n",
                {.status = 204, .body = {}, .has_body = false, .is_bodiless = true});
            break;
        case 3:
            add("POST /content" + host + "Content-Length: 99999999\r\n\r\n",
                {.status = 413, .body = {}, .has_body = false, .closes = true});
            break;
        default:
            add("GET /now/1" + host + "Content-Length: x\r\n\r\n",
                {.status = 400, .body = {}, .has_body = false, .closes = true});
    }
}

void ScheduledClient::send_piece(std::size_t limit) {
    if (is_over() || unsent_.empty()) {
        return;
    }
    const std::size_t size = std::min(limit, unsent_.size());
    peer_.send(unsent_.substr(0, size));
    unsent_.erase(0, size);
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
    const std::string_view length_text = field(head, "\r\nContent-Length: ");
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    const bool is_last = field(head, "\r\nConnection: ") == "close";
    const bool is_early_end = may_end_ && is_last && (status == 408 || status == 503);
    if (expected.is_bodiless && !is_early_end) length = 0;
    if (received_.size() < head_end + kHeadEnd.size() + length) return {};
    const std::string_view body =
        std::string_view(received_).substr(head_end + kHeadEnd.size(), length);
    const bool has_failed = status == 500 && expected.may_be_500;
    if (!is_early_end && !has_failed) {
        if (status != expected.status) return describe("wrong status");
        if (expected.has_body && !expected.is_bodiless && body != expected.body) {
            return describe("wrong content: wanted " + expected.body.substr(0, 100));
        }
    }
    if (expected.closes && !is_last) return describe("the connection should be closed");
    if (is_last && !expected.closes && !may_end_ && !is_finished_) {
        return describe("the connection was closed early");
    }
    has_seen_last_ = is_last;
    received_.erase(0, head_end + kHeadEnd.size() + length);
    owed_.pop_front();
    return {};
}

std::string ScheduledClient::check_complete() {
    std::string problem = check();
    if (!problem.empty() || may_end_) {
        return problem;
    }
    if (!received_.empty()) return describe("half an answer");
    if (!has_seen_last_ && !owed_.empty()) {
        return describe(std::to_string(owed_.size()) +
                        " answers are missing, the first with status " +
                        std::to_string(owed_.front().status));
    }
    return {};
}

}  // namespace trivet::http
