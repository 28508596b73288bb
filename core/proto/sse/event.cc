#include "proto/sse/event.h"

#include <charconv>
#include <cstring>

#include "base/utf8.h"

namespace trivet::sse {
namespace {

constexpr std::string_view kComment = ": ";
constexpr std::string_view kEvent = "event: ";
constexpr std::string_view kRetry = "retry: ";
constexpr std::string_view kData = "data: ";
constexpr std::size_t kRetryDigitsMax = 10;

bool is_valid_type(std::string_view type) noexcept {
    return type.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos &&
           is_utf8(type);
}

// Walks the lines of a text whose ends may be CR, LF or CRLF; a text has one line more than ends.
class Lines {
public:
    explicit Lines(std::string_view text) noexcept
        : at_(text.data()), end_(text.data() + text.size()) {
        find(feed_, '\n', at_);
        find(return_, '\r', at_);
    }

    bool next(std::string_view& line) noexcept {
        if (is_done_) {
            return false;
        }
        const char* stop = feed_ < return_ ? feed_ : return_;
        line = {at_, static_cast<std::size_t>(stop - at_)};
        if (stop == end_) {
            is_done_ = true;
            return true;
        }
        at_ = stop + 1;
        if (*stop == '\r') {
            if (feed_ == at_ && at_ != end_) {
                ++at_;
                find(feed_, '\n', at_);
            }
            find(return_, '\r', at_);
        } else {
            find(feed_, '\n', at_);
        }
        return true;
    }

private:
    // Each byte is looked at once a kind of line end, however they alternate.
    void find(const char*& found, char byte, const char* from) const noexcept {
        const auto size = static_cast<std::size_t>(end_ - from);
        const void* place = size == 0 ? nullptr : std::memchr(from, byte, size);
        found = place == nullptr ? end_ : static_cast<const char*>(place);
    }

    const char* at_;
    const char* const end_;
    const char* feed_ = nullptr;
    const char* return_ = nullptr;
    bool is_done_ = false;
};

std::size_t field_size(std::string_view name, std::string_view value) noexcept {
    return name.size() + value.size() + 1;
}

std::size_t lines_size(std::string_view name, std::string_view text) noexcept {
    std::size_t size = 0;
    std::string_view line;
    for (Lines lines(text); lines.next(line);) {
        size += field_size(name, line);
    }
    return size;
}

char* write_field(char* out, std::string_view name, std::string_view value) noexcept {
    std::memcpy(out, name.data(), name.size());
    out += name.size();
    if (!value.empty()) {
        std::memcpy(out, value.data(), value.size());
        out += value.size();
    }
    *out = '\n';
    return out + 1;
}

char* write_lines(char* out, std::string_view name, std::string_view text) noexcept {
    std::string_view line;
    for (Lines lines(text); lines.next(line);) {
        out = write_field(out, name, line);
    }
    return out;
}

struct Digits {
    explicit Digits(std::uint32_t number) noexcept
        : size(static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr -
                                        text)) {}
    std::string_view view() const noexcept { return {text, size}; }

    char text[kRetryDigitsMax];
    std::size_t size;
};

}  // namespace

std::string_view message(EventError error) noexcept {
    switch (error) {
        case EventError::id:
            return "an id holds a control character, a space at its end or no UTF-8";
        case EventError::event:
            return "an event type holds CR, LF, NUL or no UTF-8";
        case EventError::lone_type:
            return "an event type without data is never delivered";
        case EventError::text:
            return "data or a comment is not UTF-8";
        case EventError::empty:
            return "an event without any field";
    }
    return {};
}

bool is_valid_id(std::string_view id) noexcept {
    if (id.empty()) {
        return true;
    }
    for (const char byte : id) {
        const auto code = static_cast<unsigned char>(byte);
        if (code < 0x20 || code == 0x7f) {
            return false;
        }
    }
    return id.front() != ' ' && id.back() != ' ' && is_utf8(id);
}

std::size_t comment_size(const Event& event) noexcept {
    return event.comment.empty() ? 0 : lines_size(kComment, event.comment);
}

std::expected<std::size_t, EventError> event_size(const Event& event) noexcept {
    if (event.id && !is_valid_id(*event.id)) {
        return std::unexpected(EventError::id);
    }
    if (!is_valid_type(event.event)) {
        return std::unexpected(EventError::event);
    }
    if (!event.event.empty() && !event.data) {
        return std::unexpected(EventError::lone_type);
    }
    if (!is_utf8(event.comment) || (event.data && !is_utf8(*event.data))) {
        return std::unexpected(EventError::text);
    }
    std::size_t size = 1 + comment_size(event);
    size += event.id ? id_size(*event.id) : 0;
    size += event.event.empty() ? 0 : field_size(kEvent, event.event);
    size += event.retry_ms ? field_size(kRetry, Digits(*event.retry_ms).view()) : 0;
    size += event.data ? lines_size(kData, *event.data) : 0;
    if (size == 1) {
        return std::unexpected(EventError::empty);
    }
    return size;
}

char* write_event(char* out, const Event& event) noexcept {
    if (!event.comment.empty()) {
        out = write_lines(out, kComment, event.comment);
    }
    if (event.id) {
        out = write_field(out, kIdField, *event.id);
    }
    if (!event.event.empty()) {
        out = write_field(out, kEvent, event.event);
    }
    if (event.retry_ms) {
        out = write_field(out, kRetry, Digits(*event.retry_ms).view());
    }
    if (event.data) {
        out = write_lines(out, kData, *event.data);
    }
    *out = '\n';
    return out + 1;
}

}  // namespace trivet::sse
