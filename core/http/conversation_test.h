#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/harness_test.h"

namespace trivet::http {

// Who answers what the engine would refuse.
enum class Refusals : std::uint8_t { engine, error_handler, fallback, late_fallback };

// A request and the answer it must get.
struct Ask {
    std::string bytes;
    int status = 200;
    std::string body;
    std::string field;            // a whole line that the head of the answer must hold
    bool has_body = true;         // else the content is the engine's
    bool is_bodiless = false;     // no content, whatever Content-Length says
    bool is_interim = false;      // 100 Continue may come before
    bool closes = false;          // nothing follows
    std::size_t needs = 0;        // bytes that bring the answer about; 0: all of them
    bool may_come_early = false;  // the first wrong byte may do
};

// What may differ from all answers in full.
struct Leeway {
    std::size_t answers_min = SIZE_MAX;  // that must be there
    std::size_t answers_max = SIZE_MAX;
    bool is_cut = false;     // the bytes may end anywhere
    bool may_close = false;  // the last one may say that it is
};

// The text of what is wrong with what came back; empty when it is what must come, in order.
std::string check_answers(std::string_view received, const std::vector<Ask>& asks,
                          const Leeway& leeway = {});

// Every way to answer and to refuse, with the tag in all that can carry it. All leave the
// connection open.
std::vector<Ask> ask_everything(const std::string& tag, Refusals refusals);
// Every way to end a connection.
std::vector<Ask> endings(const std::string& tag, Refusals refusals);
std::string bytes_of(const std::vector<Ask>& asks);
// How many of the asks are answered once `offset` bytes have come, at least and at most.
std::size_t answers_at(const std::vector<Ask>& asks, std::size_t offset, bool at_most);

// A server that answers ask_everything(), and counts what was kept with requests and dropped.
class Talk : public ServerHarness {
public:
    explicit Talk(Refusals refusals);

    // Answers what waits, oldest first.
    void answer_waiting();
    // Turns and answers until nothing moves.
    void finish_work();
    // What the end of all connections has left behind; empty when nothing.
    std::string leftovers();
    // Requests that something was kept with.
    std::size_t kept() const { return kept_; }

private:
    struct Waiting {
        std::uint32_t slot;
        std::uint32_t generation;
        std::string body;
    };
    void add_routes(Refusals refusals);
    void keep(Exchange& exchange);
    void wait(Exchange& exchange, const std::string& body);
    void say(Exchange& exchange, std::uint32_t status, std::string_view body);

    std::vector<Waiting> waiting_;
    std::string hooked_;
    std::size_t kept_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace trivet::http
