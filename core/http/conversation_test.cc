#include "http/conversation_test.h"

#include <algorithm>
#include <charconv>

namespace trivet::http {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::uint64_t kBodyMax = 32;

std::string value_of(std::string_view head, std::string_view name) {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(start);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::size_t begin = at + start.size();
    return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

// Lines of "Name: value" after a status line, nothing else.
bool is_head_well_formed(std::string_view head) {
    std::size_t at = head.find("\r\n");
    if (!head.starts_with("HTTP/1.1 ") || head.size() < 13 || head[12] != ' ') {
        return false;
    }
    while ((at += 2) < head.size()) {
        const std::size_t end = head.find("\r\n", at);
        const std::size_t colon = head.find(": ", at);
        if (end == std::string_view::npos || colon == std::string_view::npos || colon >= end ||
            colon == at || head.substr(at, end - at).find('\n') != std::string_view::npos) {
            return false;
        }
        at = end;
    }
    return true;
}

std::string problem_with(std::string_view head, std::string_view body, const Ask& ask,
                         bool may_close) {
    if (!is_head_well_formed(head)) {
        return "a malformed head";
    }
    int status = 0;
    std::from_chars(head.data() + 9, head.data() + 12, status);
    if (status != ask.status) {
        return "status " + std::to_string(status) + " for " + std::to_string(ask.status);
    }
    if (ask.has_body && !ask.is_bodiless && body != ask.body) {
        return "content '" + std::string(body) + "' for '" + ask.body + "'";
    }
    if (!ask.field.empty() && head.find("\r\n" + ask.field + "\r\n") == std::string_view::npos) {
        return "no " + ask.field;
    }
    const bool is_last = value_of(head, "Connection") == "close";
    if (ask.closes && !is_last) {
        return "it does not say that the connection closes";
    }
    return is_last && !ask.closes && !may_close ? "the connection closes early" : "";
}

std::string request(const std::string& line, const std::string& rest = "\r\n") {
    return line + " HTTP/1.1\r\nHost: a\r\n" + rest;
}

std::string with_length(const std::string& content, const std::string& fields = "") {
    return fields + "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + content;
}

// An answer to what the engine refuses.
Ask refused(std::string bytes, int status, const std::string& path, Refusals refusals) {
    Ask ask{.bytes = std::move(bytes), .status = status};
    ask.has_body = refusals != Refusals::engine;
    ask.body = (refusals == Refusals::error_handler ? "mapped " : "fallback ") + path;
    return ask;
}

}  // namespace

std::string check_answers(std::string_view received, const std::vector<Ask>& asks,
                          const Leeway& leeway) {
    std::size_t index = 0;
    const std::size_t limit = std::min(leeway.answers_max, asks.size());
    for (; index < limit && !received.empty(); ++index) {
        const Ask& ask = asks[index];
        const std::string where = "answer " + std::to_string(index + 1) + ": ";
        if (ask.is_interim && received.starts_with(kInterim)) {
            received.remove_prefix(kInterim.size());
        }
        const std::size_t head_end = received.find(kHeadEnd);
        if (head_end == std::string_view::npos) {
            break;
        }
        const std::string_view head = received.substr(0, head_end + 2);
        const std::string length_text = value_of(head, "Content-Length");
        std::size_t length = 0;
        std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
        if (length_text.empty() != (ask.status == 204)) {
            return where + "its length is not told rightly";
        }
        length = ask.is_bodiless ? 0 : length;
        if (received.size() < head_end + kHeadEnd.size() + length) {
            break;
        }
        const std::string_view body = received.substr(head_end + kHeadEnd.size(), length);
        const bool is_end = received.size() == head_end + kHeadEnd.size() + length;
        const std::string problem = problem_with(head, body, ask, leeway.may_close && is_end);
        if (!problem.empty()) {
            return where + problem;
        }
        received.remove_prefix(head_end + kHeadEnd.size() + length);
    }
    const bool is_interim_alone =
        index < asks.size() && asks[index].is_interim && received == kInterim;
    if (!received.empty() && !leeway.is_cut && !is_interim_alone) {
        return "something follows answer " + std::to_string(index) + ": " + std::string(received);
    }
    return index >= std::min(leeway.answers_min, asks.size())
               ? ""
               : "only " + std::to_string(index) + " answers";
}

std::vector<Ask> ask_everything(const std::string& tag, Refusals refusals) {
    const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n" + tag.substr(0, 2) +
                               "\r\n" + std::to_string(tag.size() - 2) + "\r\n" + tag.substr(2) +
                               "\r\n0\r\nTrailer: x\r\n\r\n";
    Ask failing = refused(request("GET /fail/" + tag), 500, "/fail/" + tag, refusals);
    failing.has_body = refusals == Refusals::error_handler;
    Ask wrong_method = refused(request("DELETE /say/" + tag), 405, "/say/" + tag, refusals);
    wrong_method.field = "Allow: GET, HEAD, OPTIONS";
    return {
        {.bytes = request("POST /body", with_length(tag + " one")), .body = tag + " one"},
        {.bytes = request("GET /say/%2e" + tag + "?a=b"), .body = "." + tag},
        {.bytes = "GET http://" + tag + ".example/host HTTP/1.1\r\nHost: other\r\n\r\n",
         .body = tag + ".example"},
        {.bytes = request("POST /body", chunks), .body = tag},
        refused(request("POST /nowhere/" + tag, with_length("four")), 404, "/nowhere/" + tag,
                refusals),
        wrong_method,
        {.bytes = request("HEAD /say/" + tag), .body = {}, .is_bodiless = true},
        {.bytes = request("GET /hooked/" + tag),
         .status = 201,
         .body = tag + " hooked",
         .field = "X-After: " + tag},
        {.bytes = request("OPTIONS *"), .status = 204, .body = {}},
        {.bytes = "GET /say/" + tag + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         .body = tag,
         .field = "Connection: keep-alive"},
        {.bytes = request("POST /body", with_length(tag, "Expect: 100-continue\r\n")),
         .body = tag,
         .is_interim = true},
        {.bytes = request("GET /later/" + tag), .body = "late " + tag},
        failing,
        {.bytes = request("POST /later/" + tag, with_length("kept")),
         .body = "late " + tag + "kept"},
    };
}

std::vector<Ask> endings(const std::string& tag, Refusals refusals) {
    const std::string too_long(kBodyMax + 1, 'x');
    const std::string nowhere = "/nowhere/" + tag;
    std::vector<Ask> asks = {
        {.bytes = request("GET /say/" + tag, "Connection: close\r\n\r\n"), .body = tag},
        {.bytes = request("GET /later/" + tag, "Connection: close\r\n\r\n"), .body = "late " + tag},
        {.bytes = "GET /say/" + tag + " HTTP/1.0\r\n\r\n", .body = tag},
        refused(request("POST /body", with_length(too_long)), 413, "/body", refusals),
        refused(request("POST /body", "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n21\r\n"),
                413, "/body", refusals),
        refused(request("POST " + nowhere, with_length("ab", "Expect: 100-continue\r\n")), 404,
                nowhere, refusals),
        refused(request("DELETE /say/" + tag, with_length("ab", "Expect: 100-continue\r\n")), 405,
                "/say/" + tag, refusals),
        {.bytes = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
         .status = 400,
         .body = {},
         .has_body = false,
         .may_come_early = true},
    };
    asks[3].needs = asks[3].bytes.size() - too_long.size();
    asks[4].may_come_early = true;
    asks[5].needs = asks[5].bytes.size() - 2;
    asks[6].needs = asks[6].bytes.size() - 2;
    for (Ask& ask : asks) {
        ask.closes = true;
    }
    return asks;
}

std::string bytes_of(const std::vector<Ask>& asks) {
    std::string bytes;
    for (const Ask& ask : asks) {
        bytes += ask.bytes;
    }
    return bytes;
}

std::size_t answers_at(const std::vector<Ask>& asks, std::size_t offset, bool at_most) {
    std::size_t count = 0;
    std::size_t start = 0;
    for (const Ask& ask : asks) {
        const std::size_t needs = at_most && ask.may_come_early ? 1
                                  : ask.needs != 0              ? ask.needs
                                                                : ask.bytes.size();
        count += start + needs <= offset ? 1 : 0;
        start += ask.bytes.size();
    }
    return count;
}

Talk::Talk(Refusals refusals)
    : ServerHarness({.head = {256, 1024, 20}, .body_bytes_max = kBodyMax}) {
    add_routes(refusals);
    start();
}

void Talk::add_routes(Refusals refusals) {
    const auto tag_of = [](Exchange& exchange) {
        return std::string(std::string_view(exchange.view.params[0].value));
    };
    route("POST", "/body", [this](Exchange& exchange) {
        keep(exchange);
        say(exchange, 200, exchange.view.body);
    });
    route("GET", "/say/{tag}", [=, this](Exchange& exchange) {
        keep(exchange);
        say(exchange, 200, exchange.view.params[0].value);
    });
    route("GET", "/host",
          [this](Exchange& exchange) { say(exchange, 200, exchange.find_header("host")->value); });
    route("GET", "/hooked/{tag}", [=, this](Exchange& exchange) {
        keep(exchange);
        exchange.has_after_hooks = true;
        say(exchange, 200, "replaced");
    });
    route("GET", "/fail/{tag}", [this](Exchange& exchange) {
        keep(exchange);
        server().reply_fail(exchange, "it shall");
    });
    route("GET,POST", "/later/{tag}", [=, this](Exchange& exchange) {
        wait(exchange,
             "late " + tag_of(exchange) + std::string(std::string_view(exchange.view.body)));
    });
    after = [=, this](Exchange& exchange, Reply& reply) {
        hooked_ = tag_of(exchange) + " hooked";
        EXPECT_EQ(exchange.add_field("X-After", tag_of(exchange)), Status::ok);
        reply.status = 201;
        reply.body = hooked_;
    };
    interests.maps_errors = refusals == Refusals::error_handler;
    error = [this](Exchange& exchange, std::uint32_t status, std::string_view) {
        say(exchange, status, "mapped " + std::string(std::string_view(exchange.view.path)));
    };
    if (refusals == Refusals::fallback || refusals == Refusals::late_fallback) {
        take_refusals([=, this](Exchange& exchange) {
            const std::string body =
                "fallback " + std::string(std::string_view(exchange.view.path));
            if (refusals == Refusals::late_fallback) {
                wait(exchange, body);
            } else {
                keep(exchange);
                say(exchange, exchange.view.refusal, body);
            }
        });
    }
}

void Talk::keep(Exchange& exchange) {
    ++kept_;
    exchange.set_data(this, [](void* self) { ++static_cast<Talk*>(self)->dropped_; });
}

void Talk::wait(Exchange& exchange, const std::string& body) {
    keep(exchange);
    waiting_.push_back({exchange.slot, exchange.generation, body});
}

void Talk::say(Exchange& exchange, std::uint32_t status, std::string_view body) {
    server().reply(exchange,
                   {.status = status, .content = Content::text, .fields = {}, .body = body});
}

void Talk::answer_waiting() {
    for (const Waiting& item : std::exchange(waiting_, {})) {
        Exchange* exchange = server().find(item.slot, item.generation);
        ASSERT_NE(exchange, nullptr) << "an unanswered request has lost its handle";
        const std::uint32_t refusal = exchange->view.refusal;
        say(*exchange, refusal != 0 ? refusal : 200, item.body);
        EXPECT_EQ(server().find(item.slot, item.generation), nullptr);
    }
}

void Talk::finish_work() {
    settle();
    while (!waiting_.empty()) {
        answer_waiting();
        settle();
    }
}

std::string Talk::leftovers() {
    return !server().is_empty()             ? "a connection is left"
           : server().exchanges_live() != 0 ? "a request is left"
           : kept_ != dropped_              ? "what was kept with requests is not dropped once"
                                            : "";
}

}  // namespace trivet::http
