#include "proto/http1/request_parser.h"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "proto/http1/field.h"

namespace trivet::http1 {
namespace {

constexpr std::string_view kProtocol = " HTTP/1.1";

constexpr std::uint8_t kMethodSizes[] = {
#define METHOD_SIZE(number, name, string) sizeof(#string) - 1,
    HTTP_ALL_METHOD_MAP(METHOD_SIZE)
#undef METHOD_SIZE
};

// llhttp knows methods of RTSP and ICE, which are no business of ours, and reads what follows
// CONNECT's head as a tunnel.
bool is_served(std::uint8_t method) noexcept {
    return method == HTTP_QUERY || (method < HTTP_SOURCE && method != HTTP_CONNECT);
}

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

// The methods of nearly all requests, with the space that follows.
struct UsualMethod {
    std::string_view text;
    llhttp_method_t number;
};
constexpr UsualMethod kUsualMethods[] = {
    {"GET ", HTTP_GET},         {"POST ", HTTP_POST},     {"PUT ", HTTP_PUT},
    {"HEAD ", HTTP_HEAD},       {"DELETE ", HTTP_DELETE}, {"PATCH ", HTTP_PATCH},
    {"OPTIONS ", HTTP_OPTIONS},
};
constexpr std::string_view kUsualLineEnd = " HTTP/1.1\r\n";

// Bytes of a target that cannot end it or make it wrong: graphic ones but '#'.
constexpr std::array<bool, 256> make_target_bytes() {
    std::array<bool, 256> result{};
    for (std::size_t byte = '!'; byte <= '~'; ++byte) {
        result[byte] = byte != '#';
    }
    return result;
}
constexpr std::array<bool, 256> kTargetBytes = make_target_bytes();

llhttp_t& llhttp_of(std::byte* storage) noexcept { return *reinterpret_cast<llhttp_t*>(storage); }

}  // namespace

// The door through which llhttp reports. A span that ends before its feed does is complete: llhttp
// has seen the byte that ended it.
struct LlhttpCallbacks {
    static RequestParser& parser(llhttp_t* llhttp) noexcept {
        return *static_cast<RequestParser*>(llhttp->data);
    }

    static int on_url(llhttp_t* llhttp, const char* at, std::size_t size) {
        RequestParser& self = parser(llhttp);
        self.collector_.method(kMethodSizes[llhttp->method]);
        if (!self.take_target(at, size)) {
            return HPE_USER;
        }
        if (at + size == self.feed_end_) {
            return HPE_OK;
        }
        if (llhttp->method == HTTP_PRI) {
            self.collector_.refuse(505, "HTTP/2 is not served here");
            return HPE_USER;
        }
        if (!is_served(llhttp->method)) {
            self.collector_.refuse(501, "method not implemented");
            return HPE_USER;
        }
        self.protocol_matched_ = 0;
        return self.match_protocol(at + size) ? HPE_OK : HPE_USER;
    }

    static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t size) {
        RequestParser& self = parser(llhttp);
        if (self.is_in_body_) {
            return self.take_trailer(at, size, true) ? HPE_OK : HPE_USER;
        }
        const bool is_end = at + size != self.feed_end_;
        return self.collector_.name(self.offset_of(at), {at, size}, is_end) ? HPE_OK : HPE_USER;
    }

    static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
        RequestParser& self = parser(llhttp);
        if (self.is_in_body_) {
            return self.take_trailer(at, size, false) ? HPE_OK : HPE_USER;
        }
        const bool is_end = at + size != self.feed_end_;
        return self.collector_.value(self.offset_of(at), {at, size}, is_end) ? HPE_OK : HPE_USER;
    }

    static int on_headers_complete(llhttp_t* llhttp) {
        RequestParser& self = parser(llhttp);
        if ((llhttp->flags & F_CONTENT_LENGTH) != 0) {
            self.collector_.content_length(llhttp->content_length);
        }
        // llhttp does not know a tab after "chunked" for the white space it is.
        if (self.collector_.head().chunked) {
            llhttp->flags |= F_CHUNKED;
        }
        // An upgrade is the application's decision; until then this is a request like any other.
        llhttp->upgrade = 0;
        return HPE_PAUSED;
    }

    // An error here is judged by feed_chunked_body, which knows where it is.
    static int on_chunk_header(llhttp_t* llhttp) {
        return parser(llhttp).sink_->on_chunk(llhttp->content_length) ? 0 : -1;
    }

    static int on_extension(llhttp_t* llhttp, const char* at, std::size_t size) {
        RequestParser& self = parser(llhttp);
        return self.take_framing(at, size, self.extension_bytes_,
                                 RequestParser::kChunkExtensionBytesMax)
                   ? HPE_OK
                   : HPE_USER;
    }

    static int on_body(llhttp_t* llhttp, const char* at, std::size_t size) {
        return parser(llhttp).take_body(at, size) ? HPE_OK : HPE_USER;
    }

    static int on_message_complete(llhttp_t*) { return HPE_PAUSED; }

    static constexpr llhttp_settings_t kSettings = {
        .on_url = on_url,
        .on_header_field = on_header_field,
        .on_header_value = on_header_value,
        .on_chunk_extension_name = on_extension,
        .on_chunk_extension_value = on_extension,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
        .on_chunk_header = on_chunk_header,
    };
};

RequestParser::RequestParser(Memory& memory, const HeadLimits& limits) noexcept
    : limits_(limits), collector_(memory, limits) {
    static_assert(sizeof(llhttp_t) <= kLlhttpBytes && alignof(llhttp_t) <= alignof(std::uint64_t));
    static constexpr llhttp_settings_t kSilent{};
    constexpr std::string_view kLine = "GET / HTTP/1.1\r\n";
    llhttp_t& after_line = llhttp_of(after_line_);
    llhttp_init(&after_line, HTTP_REQUEST, &kSilent);
    llhttp_execute(&after_line, kLine.data(), kLine.size());
    after_line.settings = const_cast<llhttp_settings_t*>(&LlhttpCallbacks::kSettings);
    after_line.data = this;
    reset();
}

void RequestParser::reset() noexcept {
    collector_.reset();
    fed_ = 0;
    leading_lines_ = 0;
    protocol_matched_ = kProtocolNotYet;
    version_ = 0;
    is_after_cr_ = false;
    is_started_ = false;
    is_method_unknown_ = false;
    is_in_body_ = false;
    is_complete_ = false;
    gap_bytes_ = 0;
    extension_bytes_ = 0;
    trailer_bytes_ = 0;
}

ParseResult RequestParser::failure() const noexcept {
    const Refusal& refusal = collector_.refusal();
    return {ParseState::error, 0, refusal.status, refusal.reason};
}

std::uint32_t RequestParser::offset_of(const char* at) const noexcept {
    return fed_ + static_cast<std::uint32_t>(at - feed_);
}

ParseResult RequestParser::feed_head(std::string_view input) noexcept {
    const char* const end = input.data() + input.size();
    const char* at = input.data();
    if (collector_.refusal().status != 0) {
        return failure();
    }
    const bool was_started = is_started_;
    if (!is_started_) {
        at = skip_leading_lines(at, end);
        if (collector_.refusal().status != 0) {
            return failure();
        }
    }
    if (at == end) {
        return {ParseState::need_more, input.size()};
    }
    // llhttp sees no byte beyond the limit, so that the outcome does not depend on the cuts.
    const std::size_t room = limits_.head_bytes_max - fed_;
    feed_ = at;
    feed_end_ = at + std::min(room, static_cast<std::size_t>(end - at));
    if (!was_started) {
        at = begin_line(at);
        if (collector_.refusal().status != 0) {
            return failure();
        }
    }

    if (is_method_unknown_) {
        scan_unknown_method(feed_);
    } else if (protocol_matched_ >= kProtocolBytes || match_protocol(feed_)) {
        llhttp_t& llhttp = llhttp_of(llhttp_);
        const llhttp_errno_t error =
            llhttp_execute(&llhttp, at, static_cast<std::size_t>(feed_end_ - at));
        if (error == HPE_PAUSED) {
            const char* head_end = llhttp_get_error_pos(&llhttp);
            if (!collector_.finish(offset_of(head_end))) {
                return failure();
            }
            body_rest_ = collector_.head().content_length;
            return {ParseState::head, static_cast<std::size_t>(head_end - input.data())};
        }
        if (error != HPE_OK) {
            judge_head_error(error);
        }
    }
    if (collector_.refusal().status == 0 && feed_end_ != end) {
        collector_.refuse(431, "request head too large");
    }
    if (collector_.refusal().status != 0) {
        return failure();
    }
    fed_ += static_cast<std::uint32_t>(feed_end_ - feed_);
    return {ParseState::need_more, input.size()};
}

// A usual request line in one piece is read here, for llhttp takes five times as long; what differs
// from it in anything is left to llhttp from its first byte on. Gives where llhttp goes on.
const char* RequestParser::begin_line(const char* at) noexcept {
    llhttp_t& llhttp = llhttp_of(llhttp_);
    const std::string_view text(at, feed_end_);
    for (const UsualMethod& method : kUsualMethods) {
        if (!text.starts_with(method.text)) {
            continue;
        }
        const char* const target = at + method.text.size();
        const char* end = target;
        while (end != feed_end_ && kTargetBytes[static_cast<unsigned char>(*end)]) {
            ++end;
        }
        if (end == target || *target != '/' ||
            !std::string_view(end, feed_end_).starts_with(kUsualLineEnd)) {
            break;
        }
        llhttp = llhttp_of(after_line_);
        llhttp.method = static_cast<std::uint8_t>(method.number);
        protocol_matched_ = kProtocolBytes;
        version_ = 11;
        collector_.line(static_cast<std::uint32_t>(method.text.size() - 1),
                        static_cast<std::uint32_t>(end - target));
        return end + kUsualLineEnd.size();
    }
    llhttp_init(&llhttp, HTTP_REQUEST, &LlhttpCallbacks::kSettings);
    llhttp.data = this;
    return at;
}

// llhttp would skip any number of CR and LF bytes here.
const char* RequestParser::skip_leading_lines(const char* at, const char* end) noexcept {
    for (; at != end; ++at) {
        if (is_after_cr_ ? *at != '\n' : *at == '\n') {
            collector_.refuse(400, "bare CR or LF before a request");
            break;
        }
        if (is_after_cr_ && ++leading_lines_ > kLeadingLinesMax) {
            collector_.refuse(400, "too many empty lines before a request");
            break;
        }
        is_after_cr_ = *at == '\r';
        if (!is_after_cr_ && *at != '\n') {
            is_started_ = true;
            break;
        }
    }
    return at;
}

// llhttp stops at the first byte that leads to none of its methods. What it has read so far are
// token bytes; the rest decides between a method we do not know and no method at all.
void RequestParser::scan_unknown_method(const char* at) noexcept {
    is_method_unknown_ = true;
    for (; at != feed_end_; ++at) {
        const std::uint32_t size = offset_of(at);
        if (size >= kMethodBytesMax || (*at == ' ' && size > 0)) {
            collector_.refuse(501, "method not implemented");
            return;
        }
        if (!is_token({at, 1})) {
            collector_.refuse(400, "malformed method");
            return;
        }
    }
}

bool RequestParser::take_target(const char* at, std::size_t size) noexcept {
    return collector_.target(offset_of(at), {at, size});
}

// llhttp takes several spaces, other protocols and other versions here, and no version at all.
bool RequestParser::match_protocol(const char* at) noexcept {
    if (protocol_matched_ == kProtocolNotYet) {
        return true;
    }
    // The usual one, in one piece.
    if (protocol_matched_ == 0 && std::string_view(at, feed_end_).starts_with(kProtocol)) {
        protocol_matched_ = kProtocolBytes;
        version_ = 11;
        collector_.version(version_);
        return true;
    }
    for (; at != feed_end_ && protocol_matched_ < kProtocolBytes; ++at, ++protocol_matched_) {
        const bool is_number = protocol_matched_ == 6 || protocol_matched_ == 8;
        if (is_number ? !is_digit(*at) : *at != kProtocol[protocol_matched_]) {
            return collector_.refuse(400, "malformed request line");
        }
        if (is_number) {
            version_ = static_cast<std::uint8_t>(version_ * 10 + (*at - '0'));
        }
    }
    if (protocol_matched_ < kProtocolBytes) {
        return true;
    }
    if (version_ != 10 && version_ != 11) {
        return collector_.refuse(505, "HTTP version not supported");
    }
    collector_.version(version_);
    return true;
}

void RequestParser::judge_head_error(int error) noexcept {
    if (collector_.refusal().status != 0) {
        return;
    }
    const llhttp_t& llhttp = llhttp_of(llhttp_);
    const char* at = llhttp_get_error_pos(&llhttp);
    if (error == HPE_INVALID_METHOD) {
        scan_unknown_method(at);
        return;
    }
    if (error == HPE_INVALID_URL) {
        // llhttp did not report the piece of the target in this feed, which may break a rule
        // earlier.
        collector_.method(kMethodSizes[llhttp.method]);
        const char* begin = feed_;
        if (collector_.head().target.size == 0) {
            const std::uint32_t target_offset = collector_.head().method.size + 1;
            begin = std::min(begin + (target_offset > fed_ ? target_offset - fed_ : 0), at);
            begin = std::find_if(begin, at, [](char byte) { return byte != ' '; });
        }
        if (!take_target(begin, static_cast<std::size_t>(at - begin))) {
            return;
        }
    }
    collector_.refuse(400, llhttp_get_error_reason(&llhttp));
}

ParseResult RequestParser::feed_body(std::string_view input, BodySink& sink) noexcept {
    if (collector_.refusal().status != 0) {
        return failure();
    }
    is_in_body_ = true;
    return collector_.head().chunked ? feed_chunked_body(input, sink)
                                     : feed_counted_body(input, sink);
}

ParseResult RequestParser::feed_counted_body(std::string_view input, BodySink& sink) noexcept {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), body_rest_));
    if (size > 0 && !sink.on_body(input.substr(0, size))) {
        collector_.refuse(413, "content too large");
        return failure();
    }
    body_rest_ -= size;
    return {body_rest_ == 0 ? ParseState::complete : ParseState::need_more, size};
}

ParseResult RequestParser::feed_chunked_body(std::string_view input, BodySink& sink) noexcept {
    if (is_complete_) {
        return {ParseState::complete, 0};
    }
    if (input.empty()) {
        return {ParseState::need_more, 0};
    }
    llhttp_t& llhttp = llhttp_of(llhttp_);
    if (llhttp_get_errno(&llhttp) == HPE_PAUSED) {
        llhttp_resume(&llhttp);
    }
    sink_ = &sink;
    framing_begin_ = input.data();
    feed_end_ = input.data() + input.size();
    const llhttp_errno_t error = llhttp_execute(&llhttp, input.data(), input.size());
    sink_ = nullptr;
    if (error == HPE_PAUSED) {
        is_complete_ = true;
        const auto consumed =
            static_cast<std::size_t>(llhttp_get_error_pos(&llhttp) - input.data());
        return {ParseState::complete, consumed};
    }
    const char* end = input.data() + input.size();
    if (error == HPE_OK && take_framing(end, 0, extension_bytes_, kChunkExtensionBytesMax)) {
        return {ParseState::need_more, input.size()};
    }
    if (error == HPE_CB_CHUNK_HEADER &&
        take_framing(llhttp_get_error_pos(&llhttp), 0, extension_bytes_, kChunkExtensionBytesMax)) {
        collector_.refuse(413, "content too large");
    }
    if (collector_.refusal().status == 0) {
        collector_.refuse(400, "malformed chunked content");
    }
    return failure();
}

bool RequestParser::take_body(const char* at, std::size_t size) noexcept {
    if (!take_framing(at, 0, extension_bytes_, kChunkExtensionBytesMax)) {
        return false;
    }
    framing_begin_ = at + size;
    gap_bytes_ = 0;
    return sink_->on_body({at, size}) || collector_.refuse(413, "content too large");
}

// Accounts for the gap before `at` and for `size` bytes of framing that llhttp names.
bool RequestParser::take_framing(const char* at, std::size_t size, std::uint32_t& total,
                                 std::uint32_t total_max) noexcept {
    const auto gap = static_cast<std::size_t>(at - framing_begin_);
    if (gap > kChunkGapBytesMax - gap_bytes_ || size > total_max - total) {
        return collector_.refuse(400, "malformed chunked content");
    }
    gap_bytes_ = size > 0 ? 0 : gap_bytes_ + static_cast<std::uint32_t>(gap);
    total += static_cast<std::uint32_t>(size);
    framing_begin_ = at + size;
    return true;
}

bool RequestParser::take_trailer(const char* at, std::size_t size, bool is_name) noexcept {
    const char* end = at + size;
    return take_framing(at, size, trailer_bytes_, limits_.head_bytes_max) &&
           (sink_->on_trailer({at, size}, is_name, end != feed_end_) ||
            collector_.refuse(431, "trailer fields refused"));
}

}  // namespace trivet::http1
