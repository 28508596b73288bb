#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace trivet::sse {

// What one event says, by reference. A field that is not set is not sent; `data` that is set and
// empty is an event with empty data. Text is UTF-8, as the whole stream is. Line ends of data (CR,
// LF, CRLF) all reach a client as LF.
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
    text,       // data or comment is not UTF-8: a client would read other characters
    empty,      // no field and no comment at all
};
std::string_view message(EventError error) noexcept;

// Of an event with an id: what stands between its comment and the id itself.
inline constexpr std::string_view kIdField = "id: ";

// What a client can send back in a Last-Event-ID field: UTF-8 without control bytes, with no space
// at either end. May be empty.
bool is_valid_id(std::string_view id) noexcept;

// Bytes that write_event needs, exactly; or why the event cannot be said.
std::expected<std::size_t, EventError> event_size(const Event& event) noexcept;

// Bytes that the comment takes, which stands before the fields.
std::size_t comment_size(const Event& event) noexcept;
// Bytes that an id takes; an event that has none grows by so many when it is given one.
constexpr std::size_t id_size(std::string_view id) noexcept {
    return kIdField.size() + id.size() + 1;
}

// Writes the event and the empty line that ends it, gives the end. `event` passed event_size, and
// `out` has room for as much as that said. WHATWG HTML section 9.2.5.
char* write_event(char* out, const Event& event) noexcept;

// A comment alone, which clients ignore: keeps proxies from ending an idle stream.
inline constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace trivet::sse
