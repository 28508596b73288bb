// The first byte chooses the fields of an event, the next two where the rest is cut into them. What
// can be said reads back, in a stream and as it is; what is refused could not have been.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "base/utf8.h"
#include "check.h"
#include "proto/sse/event.h"
#include "proto/sse/reading_test.h"
#include "proto/sse/ring.h"

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

// Pushes pieces of the input into a small ring beside the plainest memory of all of them.
void check_ring(std::string_view input) {
    struct Pushed {
        std::string_view id;
        std::string_view bytes;
    };
    Memory memory;
    {
        Ring ring(memory, {.events_max = 5, .bytes_max = 40});
        std::vector<Pushed> all;
        while (!input.empty()) {
            const auto sizes = static_cast<unsigned char>(input.front());
            input.remove_prefix(1);
            const std::string_view id = input.substr(0, sizes % 4);
            const std::string_view bytes = input.substr(id.size(), sizes / 4);
            input.remove_prefix(id.size() + bytes.size());
            all.push_back({id, bytes});
            check((ring.push(id, bytes) == Status::ok) == (id.size() + bytes.size() <= 40),
                  "what fits is kept");
            check(ring.end() == all.size() && ring.end() - ring.begin() <= 5, "events are counted");
            check(ring.bytes() <= 40, "bytes are bounded");
            for (std::uint64_t position = ring.begin(); position < ring.end(); ++position) {
                const auto entry = ring.at(position);
                check(entry && entry->id == all[position].id && entry->bytes == all[position].bytes,
                      "what is kept is what was pushed");
            }
            if (const auto found = ring.after(id)) {
                check(all[*found - 1].id == id, "behind an event of this id");
            }
        }
    }
    check(memory.bytes_in_use() == 0, "no memory is left");
}

}  // namespace
}  // namespace trivet::sse

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
        trivet::sse::check_ring(text);
    }
    return 0;
}
