#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace trivet::sse {

// What one event says, by reference. A field that is not set is not sent; `data` that is set and
// empty is an event with empty data. Text is UTF-8: other bytes of data and comment reach a browser
// as U+FFFD. Line ends of data (CR, LF, CRLF) all reach it as LF.
struct Event {
    std::optional<std::string_view> id;  // empty makes the client forget its Last-Event-ID
    std::string_view event;              // the type; empty is "message"
    std::optional<std::string_view> data;
    std::optional<std::uint32_t> retry_ms;
    std::string_view comment;  // sent before the fields, for people and proxies
};

// Why an event cannot be said.
enum class EventError : std::uint8_t {
    id,         // would not come back as it is in Last-Event-ID: see is_valid_id
    event,      // holds CR, LF or NUL, or is not UTF-8
    lone_type,  // a type without data: clients drop such an event
    empty,      // no field and no comment at all
};
std::string_view message(EventError error) noexcept;

// What a client can send back in a Last-Event-ID field: UTF-8 without control bytes, with no space
// at either end. May be empty.
bool is_valid_id(std::string_view id) noexcept;

// Bytes that write_event needs, exactly; or why the event cannot be said.
std::expected<std::size_t, EventError> event_size(const Event& event) noexcept;

// Writes the event and the empty line that ends it, gives the end. `event` passed event_size, and
// `out` has room for as much as that said. WHATWG HTML section 9.2.5.
char* write_event(char* out, const Event& event) noexcept;

// A comment alone, which clients ignore: keeps proxies from ending an idle stream.
inline constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace trivet::sse
