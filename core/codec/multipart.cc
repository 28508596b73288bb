#include "codec/multipart.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/ascii.h"
#include "codec/disposition.h"
#include "codec/parameter.h"

namespace trivet::codec {
namespace {

constexpr std::string_view kDelimiterStart = "\r\n--";

// bchars of RFC 2046 section 5.1.1.
bool is_boundary_byte(char byte) noexcept {
    const int lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z') ||
           std::string_view("'()+_,-./:=? ").find(byte) != std::string_view::npos;
}

bool is_boundary(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kBoundaryBytesMax && text.back() != ' ' &&
           std::ranges::all_of(text, is_boundary_byte);
}

bool has_controls(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return (code < 0x20 && code != '\t') || code == 0x7f;
    });
}

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
    const std::size_t size = std::min(a.size(), b.size());
    std::size_t at = 0;
    while (at < size && a[at] == b[at]) {
        ++at;
    }
    return at;
}

MultipartError error_of(DispositionError error) noexcept {
    switch (error) {
        case DispositionError::name_missing:
            return MultipartError::name_missing;
        case DispositionError::text:
            return MultipartError::text;
        case DispositionError::malformed:
            break;
    }
    return MultipartError::disposition;
}

}  // namespace

std::expected<std::string_view, MultipartError> multipart_boundary(
    std::string_view content_type) noexcept {
    ParameterCursor cursor(content_type);
    if (!equal_ignoring_case(cursor.type(), "multipart/form-data")) {
        return std::unexpected(MultipartError::media_type);
    }
    std::optional<std::string_view> boundary;
    ParameterCursor::Parameter parameter;
    while (cursor.next(parameter)) {
        if (equal_ignoring_case(parameter.name, "boundary")) {
            if (boundary) {
                return std::unexpected(MultipartError::boundary);
            }
            boundary = parameter.value;
        }
    }
    if (cursor.is_malformed() || !boundary || !is_boundary(*boundary)) {
        return std::unexpected(MultipartError::boundary);
    }
    return *boundary;
}

MultipartParser::MultipartParser(Memory& memory, std::string_view boundary,
                                 const MultipartLimits& limits) noexcept
    : memory_(memory), limits_(limits) {
    if (!is_boundary(boundary)) {
        fail(MultipartError::boundary);
        return;
    }
    std::memcpy(delimiter_, kDelimiterStart.data(), kDelimiterStart.size());
    std::memcpy(delimiter_ + kDelimiterStart.size(), boundary.data(), boundary.size());
    delimiter_size_ = static_cast<std::uint8_t>(kDelimiterStart.size() + boundary.size());
}

MultipartParser::~MultipartParser() { memory_.release(fields_, block_size()); }

std::expected<MultipartStep, MultipartError> MultipartParser::next(
    std::string_view& input) noexcept {
    // The limit counts bytes, not calls: what is over it is refused only when what is within it has
    // been read, so that the cuts make no difference.
    const std::uint64_t room = limits_.body_bytes_max - body_bytes_;
    std::string_view within = input.substr(0, room < input.size() ? room : input.size());
    const std::size_t size = within.size();
    MultipartStep result;
    do {
        result = step(within);
    } while (state_ != State::failed && result.event == MultipartEvent::need_more &&
             !within.empty());
    body_bytes_ += size - within.size();
    input.remove_prefix(size - within.size());
    if (state_ != State::failed && result.event == MultipartEvent::need_more && !input.empty()) {
        fail(MultipartError::body_bytes);
    }
    if (state_ == State::failed) {
        return std::unexpected(error_);
    }
    return result;
}

std::expected<void, MultipartError> MultipartParser::finish() noexcept {
    if (state_ == State::close_feed) {
        fail(MultipartError::delimiter);
    } else if (state_ < State::close_space) {
        fail(MultipartError::truncated);
    }
    if (state_ == State::failed) {
        return std::unexpected(error_);
    }
    return {};
}

// One step of the state machine; need_more only says that no event has come yet.
MultipartStep MultipartParser::step(std::string_view& input) noexcept {
    if (input.empty() || state_ == State::failed) {
        return {};
    }
    switch (state_) {
        case State::preamble:
        case State::content:
            return matched_ > 0 ? continue_match(input) : read_content(input);
        case State::head:
            return read_head(input) ? begin_part() : MultipartStep{};
        case State::epilogue:
            input = {};
            return {};
        default:
            break;
    }
    const char byte = input.front();
    input.remove_prefix(1);
    if (state_ >= State::close_space) {
        read_close(byte);
        return {};
    }
    read_delimiter_end(byte);
    return state_ == State::close_space ? MultipartStep{MultipartEvent::end, {}} : MultipartStep{};
}

MultipartStep MultipartParser::fail(MultipartError error) noexcept {
    state_ = State::failed;
    error_ = error;
    return {};
}

// The delimiter's first byte stands nowhere else in it, so that a match that breaks off can only
// begin anew at the byte that broke it.
MultipartStep MultipartParser::read_content(std::string_view& input) noexcept {
    std::size_t at = 0;
    std::size_t matched = 0;
    while (at < input.size()) {
        const void* const found = std::memchr(input.data() + at, '\r', input.size() - at);
        if (found == nullptr) {
            at = input.size();
            break;
        }
        at = static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
        matched = common_prefix(input.substr(at), delimiter());
        if (matched == delimiter_size_ || at + matched == input.size()) {
            break;
        }
        at += matched;
        matched = 0;
    }
    if (at > 0) {
        const std::string_view data = input.substr(0, at);
        input.remove_prefix(at);
        return give_data(data);
    }
    matched_ = static_cast<std::uint8_t>(matched);
    input.remove_prefix(matched);
    return matched_ == delimiter_size_ ? end_content() : MultipartStep{};
}

// A match that began in an earlier input, or with the line end before a part's content. What was
// held back is the delimiter's own beginning.
MultipartStep MultipartParser::continue_match(std::string_view& input) noexcept {
    const std::size_t more = common_prefix(input, delimiter().substr(matched_));
    const bool is_broken = matched_ + more < delimiter_size_ && more < input.size();
    if (is_broken && is_at_start_ && matched_ == kLineEndBytes) {
        // Nothing is held: what there is goes out as it lies there, in one piece if it can.
        matched_ = 0;
        is_at_start_ = false;
        return {};
    }
    matched_ = static_cast<std::uint8_t>(matched_ + more);
    input.remove_prefix(more);
    if (matched_ == delimiter_size_) {
        return end_content();
    }
    if (!is_broken) {
        return {};
    }
    const std::size_t begin = is_at_start_ ? kLineEndBytes : 0;
    const std::string_view held = delimiter().substr(begin, matched_ - begin);
    matched_ = 0;
    is_at_start_ = false;
    return give_data(held);
}

MultipartStep MultipartParser::give_data(std::string_view data) noexcept {
    if (state_ == State::preamble) {
        return {};
    }
    std::uint64_t& count = part_.is_file ? file_bytes_ : form_bytes_;
    const std::uint64_t max = part_.is_file ? limits_.file_bytes_max : limits_.form_bytes_max;
    if (data.size() > max - count) {
        return fail(part_.is_file ? MultipartError::file_bytes : MultipartError::form_bytes);
    }
    count += data.size();
    return {MultipartEvent::data, data};
}

MultipartStep MultipartParser::end_content() noexcept {
    matched_ = 0;
    is_at_start_ = false;
    const bool has_ended = state_ == State::content;
    state_ = State::delimiter_end;
    return has_ended ? MultipartStep{MultipartEvent::part_end, {}} : MultipartStep{};
}

// RFC 2046 section 5.1.1: a boundary at a line's beginning is one, whatever follows it; what may
// follow is two hyphens, or white space that a transport has added and the line's end.
void MultipartParser::read_delimiter_end(char byte) noexcept {
    const bool is_space = byte == ' ' || byte == '\t';
    if (state_ == State::delimiter_dash && byte == '-') {
        state_ = State::close_space;
    } else if (state_ == State::delimiter_end && byte == '-') {
        state_ = State::delimiter_dash;
    } else if (state_ == State::delimiter_feed && byte == '\n') {
        state_ = State::head;
        head_size_ = 0;
    } else if ((state_ == State::delimiter_end || state_ == State::delimiter_space) && is_space) {
        state_ = State::delimiter_space;
    } else if ((state_ == State::delimiter_end || state_ == State::delimiter_space) &&
               byte == '\r') {
        state_ = State::delimiter_feed;
    } else {
        fail(MultipartError::delimiter);
    }
}

void MultipartParser::read_close(char byte) noexcept {
    if (state_ == State::close_feed && byte == '\n') {
        state_ = State::epilogue;
    } else if (state_ == State::close_space && byte == '\r') {
        state_ = State::close_feed;
    } else if (state_ != State::close_space || (byte != ' ' && byte != '\t')) {
        fail(MultipartError::delimiter);
    }
}

std::size_t MultipartParser::block_size() const noexcept {
    return sizeof(PartField) * limits_.part_fields_max +
           std::size_t{2} * limits_.part_head_bytes_max;
}

// Whether the head is complete and well-formed.
bool MultipartParser::read_head(std::string_view& input) noexcept {
    if (head_size_ == 0) {
        if (parts_ == limits_.parts_max) {
            fail(MultipartError::parts);
            return false;
        }
        if (fields_ == nullptr) {
            fields_ = static_cast<PartField*>(memory_.allocate(block_size()));
            if (fields_ == nullptr) {
                fail(MultipartError::memory);
                return false;
            }
            head_ = reinterpret_cast<char*>(fields_ + limits_.part_fields_max);
            decoded_ = head_ + limits_.part_head_bytes_max;
        }
    }
    const void* const feed = std::memchr(input.data(), '\n', input.size());
    const std::size_t size =
        feed == nullptr
            ? input.size()
            : static_cast<std::size_t>(static_cast<const char*>(feed) - input.data()) + 1;
    if (size > limits_.part_head_bytes_max - head_size_) {
        fail(MultipartError::part_head_bytes);
        return false;
    }
    std::memcpy(head_ + head_size_, input.data(), size);
    head_size_ += static_cast<std::uint32_t>(size);
    input.remove_prefix(size);
    const std::string_view head(head_, head_size_);
    if (feed != nullptr && !head.ends_with("\r\n")) {
        fail(MultipartError::head);
        return false;
    }
    return (head == "\r\n" || head.ends_with("\r\n\r\n")) && parse_head();
}

bool MultipartParser::parse_head() noexcept {
    field_count_ = 0;
    has_disposition_ = false;
    has_content_type_ = false;
    has_transfer_encoding_ = false;
    content_type_ = {};
    std::string_view rest(head_, head_size_ - 2);
    while (!rest.empty()) {
        const std::size_t end = rest.find("\r\n");
        if (!parse_field(rest.substr(0, end))) {
            return false;
        }
        rest.remove_prefix(end + 2);
    }
    if (!has_disposition_) {
        fail(MultipartError::disposition);
        return false;
    }
    const auto disposition = parse_disposition(disposition_, decoded_);
    if (!disposition) {
        fail(error_of(disposition.error()));
    } else if (disposition->name.size() > limits_.name_bytes_max) {
        fail(MultipartError::name_bytes);
    } else if (disposition->filename.size() > limits_.filename_bytes_max) {
        fail(MultipartError::filename_bytes);
    } else {
        part_ = {disposition->name,
                 disposition->filename,
                 disposition->has_filename,
                 content_type_,
                 {fields_, field_count_}};
    }
    return state_ != State::failed;
}

// A line without its end. Folded lines begin with white space and so with no token.
bool MultipartParser::parse_field(std::string_view line) noexcept {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(std::min(colon + 1, line.size())));
    if (colon == line.size() || !is_token(name) || has_controls(value)) {
        fail(MultipartError::head);
        return false;
    }
    if (field_count_ == limits_.part_fields_max) {
        fail(MultipartError::part_fields);
        return false;
    }
    fields_[field_count_] = {name, value};
    return take_field(fields_[field_count_++]);
}

bool MultipartParser::take_field(const PartField& field) noexcept {
    const auto once = [this](bool& has, MultipartError error) {
        if (has) {
            fail(error);
        }
        has = true;
        return state_ != State::failed;
    };
    if (equal_ignoring_case(field.name, "content-disposition")) {
        disposition_ = field.value;
        return once(has_disposition_, MultipartError::disposition);
    }
    if (equal_ignoring_case(field.name, "content-type")) {
        content_type_ = field.value;
        return once(has_content_type_, MultipartError::head);
    }
    if (equal_ignoring_case(field.name, "content-transfer-encoding")) {
        // RFC 7578 section 4.7: not used; these three mean that nothing was encoded.
        constexpr std::string_view kNone[] = {"binary", "8bit", "7bit"};
        const bool is_none = std::ranges::any_of(kNone, [&field](std::string_view encoding) {
            return equal_ignoring_case(field.value, encoding);
        });
        if (!is_none) {
            fail(MultipartError::transfer_encoding);
            return false;
        }
        return once(has_transfer_encoding_, MultipartError::head);
    }
    return true;
}

// RFC 2046 section 5.1.1: the line end before a boundary belongs to it, also where it is the one
// that ends the head; such a part has no content.
MultipartStep MultipartParser::begin_part() noexcept {
    ++parts_;
    file_bytes_ = 0;
    state_ = State::content;
    matched_ = kLineEndBytes;
    is_at_start_ = true;
    return {MultipartEvent::part, {}};
}

}  // namespace trivet::codec
