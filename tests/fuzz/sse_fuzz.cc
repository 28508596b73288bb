// The first byte chooses the fields of an event, the next two where the rest is cut into them. What
// can be said reads back, in a stream and as it is; what is refused could not have been.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory.h"
#include "base/utf8.h"
#include "check.h"
#include "proto/sse/event.h"
#include "proto/sse/reading_test.h"
#include "realtime/event_log.h"

namespace trivet::sse {
namespace {

using fuzz::check;

void check_refusal(const Event& event, EventError error) {
    const auto has = [](std::string_view text, std::string_view bytes) {
        return text.find_first_of(bytes) != std::string_view::npos;
    };
    switch (error) {
        case EventError::id:
            check(!is_valid_id(*event.id), "the id is refused for what it is");
            break;
        case EventError::event:
            check(has(event.event, std::string_view("\r\n\0", 3)) || !is_utf8(event.event),
                  "the type is refused for what it is");
            break;
        case EventError::lone_type:
            check(!event.data && !event.event.empty(), "the type is alone");
            break;
        case EventError::text:
            check(!is_utf8(event.comment) || !is_utf8(*event.data),
                  "text is refused for what it is");
            break;
        case EventError::empty:
            check(!event.id && !event.data && !event.retry_ms && event.comment.empty(),
                  "nothing is said");
            break;
    }
}

void check_event(const Event& event) {
    const auto size = event_size(event);
    if (!size) {
        check_refusal(event, size.error());
        return;
    }
    std::vector<char> room(*size);
    check(write_event(room.data(), event) == room.data() + *size, "the size is exact");
    StreamReader reader;
    reader.read("id: before\ndata: before\n\n");
    reader.read({room.data(), room.size()});
    reader.read(kHeartbeat);
    reader.read("data: behind\n\n");
    check(reader.events.size() == (event.data ? 3u : 2u), "one event, when there is data");
    check(reader.last_id == (event.id ? *event.id : "before"), "the id is remembered");
    check(reader.events.back() == ReadEvent{"message", "behind", reader.last_id},
          "the next event is untouched");
    if (event.data) {
        const std::string type(event.event.empty() ? "message" : event.event);
        check(reader.events[1] == ReadEvent{type, with_feeds(*event.data), reader.last_id},
              "the event reads back");
    }
    check(reader.retry.has_value() == event.retry_ms.has_value(), "retry only when told");
    check(!event.retry_ms || *reader.retry == std::to_string(*event.retry_ms), "retry reads back");
}

}  // namespace
}  // namespace trivet::sse

namespace trivet::realtime {
namespace {

using fuzz::check;

// Pushes pieces of the input into a small log beside the plainest memory of all of them.
class LogCheck {
public:
    void push(std::string_view id, std::string_view data, std::uint64_t key) {
        sse::Event event{.data = data};
        if (!id.empty()) event.id = id;
        const auto size = sse::event_size(event);
        if (!size) return;
        std::string text(*size, '\0');
        sse::write_event(text.data(), event);
        check(log_.push(event, *size, key) == Status::ok, "there is memory");
        all_.push_back({std::string(id), std::move(text), key});
        check(log_.end() == all_.size() && log_.end() - log_.begin() <= kEvents, "events");
        check(log_.bytes() <= kBytes || log_.end() - log_.begin() == 1, "bytes are bounded");
        check_runs();
        if (const auto found = log_.after(id)) {
            check(*found == log_.end(), "behind the latest event of this id");
        } else {
            check(id.empty(), "what was pushed last is found");
        }
    }

private:
    struct Pushed {
        std::string id;
        std::string text;
        std::uint64_t key;
    };
    static constexpr std::uint32_t kEvents = 20;
    static constexpr std::uint64_t kBytes = 600;

    bool is_superseded(std::uint64_t position) const {
        for (std::uint64_t later = position + 1; later < all_.size(); ++later) {
            if (all_[position].key != 0 && all_[later].key == all_[position].key) return true;
        }
        return false;
    }
    void check_runs() const {
        for (const bool skips : {false, true}) {
            std::string expected;
            for (std::uint64_t at = log_.begin(); at < log_.end(); ++at) {
                check(log_.is_superseded(at) == is_superseded(at), "superseded by its key");
                if (!skips || !is_superseded(at)) expected += all_[at].text;
            }
            check(read(false, skips) == expected, "every event as it was said");
            check(without_frames(read(true, skips)) == expected, "and each in a chunk");
        }
    }
    std::string read(bool is_framed, bool skips) const {
        std::string text;
        for (std::uint64_t at = log_.begin(); at != log_.end();) {
            const EventLog::Run run = log_.run(at, is_framed, skips);
            text += run.bytes;
            at = run.next;
            if (run.segment != nullptr) run.segment->release(1);
        }
        return text;
    }
    static std::string without_frames(std::string_view chunks) {
        std::string text;
        while (!chunks.empty()) {
            const std::size_t line = chunks.find("\r\n");
            const std::size_t size = std::stoul(std::string(chunks.substr(0, line)), nullptr, 16);
            text += chunks.substr(line + 2, size);
            check(chunks.substr(line + 2 + size, 2) == "\r\n", "a chunk has an end");
            chunks.remove_prefix(line + 4 + size);
        }
        return text;
    }

    Memory memory_;
    EventLog log_{memory_, {.events_max = kEvents, .bytes_max = kBytes}};
    std::vector<Pushed> all_;
};

void check_log(std::string_view input) {
    LogCheck log;
    while (!input.empty()) {
        const auto sizes = static_cast<unsigned char>(input.front());
        input.remove_prefix(1);
        const std::string_view id = input.substr(0, sizes % 4);
        const std::string_view data = input.substr(id.size(), sizes / 4);
        input.remove_prefix(id.size() + data.size());
        log.push(id, data, sizes % 5);
    }
}

}  // namespace
}  // namespace trivet::realtime

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3 || size > 4096) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
    const std::string_view id = text.substr(0, data[1] % 16);
    const std::string_view type = text.substr(id.size(), data[1] / 16);
    const std::string_view comment = text.substr(id.size() + type.size(), data[2] % 32);
    const std::string_view rest = text.substr(id.size() + type.size() + comment.size());
    trivet::sse::Event event{.event = type, .comment = comment};
    if ((data[0] & 1) != 0) {
        event.id = id;
    }
    if ((data[0] & 2) != 0) {
        event.data = rest;
    }
    if ((data[0] & 4) != 0) {
        event.retry_ms = data[2] * 0x01010101u;
    }
    trivet::sse::check_event(event);
    if ((data[0] & 8) != 0) {
        trivet::realtime::check_log(text);
    }
    return 0;
}
