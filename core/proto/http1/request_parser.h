#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"
#include "proto/http1/head_collector.h"
#include "proto/http1/request_head.h"

namespace trivet::http1 {

enum class ParseState : std::uint8_t { need_more, head, complete, error };

// `status` (400, 413, 414, 417, 431, 501, 503 or 505) and `reason` (static text) are set on error,
// after which the connection must be closed and every further feed gives the same error.
struct ParseResult {
    ParseState state = ParseState::need_more;
    std::size_t consumed = 0;
    std::uint16_t status = 0;
    const char* reason = nullptr;
};

// Takes a request's content as it arrives, chunk framing removed. `bytes` die with the call.
class BodySink {
public:
    // False refuses: feed_body gives an error with status 413.
    virtual bool on_body(std::string_view bytes) noexcept = 0;
    // A chunk of `size` bytes is announced, 0 for the last one. False refuses as on_body does,
    // before any of it arrives.
    virtual bool on_chunk(std::uint64_t size) noexcept = 0;
    // A piece of a trailer field's name or value, valid; `is_end`: its last one. White space around
    // a value may be part of it. False refuses: feed_body gives an error with status 431.
    virtual bool on_trailer(std::string_view piece, bool is_name, bool is_end) noexcept {
        static_cast<void>(piece), static_cast<void>(is_name), static_cast<void>(is_end);
        return true;
    }

protected:
    ~BodySink() = default;
};

// Incremental parser for one request after the other, RFC 9112, on llhttp in strict mode. Owned by
// its connection; loop thread only. Looks at nothing but the bytes of the present feed, so the
// caller may move them between feeds; what it reports are offsets. The outcome does not depend on
// how the bytes were cut into feeds. Fails with a status to answer, 503 when memory is out.
class RequestParser {
public:
    // Chunk extensions of one message, names and values together; beyond it 400.
    static constexpr std::uint32_t kChunkExtensionBytesMax = 16384;
    // Framing bytes in a row other than extensions and trailers: size digits, line ends, white
    // space; beyond it 400.
    static constexpr std::uint32_t kChunkGapBytesMax = 64;
    // Empty lines before a request line, as some clients leave after a body; beyond it 400.
    static constexpr std::uint8_t kLeadingLinesMax = 4;
    // Longest method that is looked at; beyond it 501.
    static constexpr std::uint32_t kMethodBytesMax = 64;

    // `limits` must outlive the parser.
    RequestParser(Memory& memory, const HeadLimits& limits) noexcept;
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    // Before each message but the first.
    void reset() noexcept;

    // Successive feeds carry successive bytes. need_more: all of `input` is consumed. head:
    // `consumed` ends after the empty line; the head's first byte lies head().head_size bytes
    // before that point. Empty lines before the request line are consumed and belong to no head:
    // while started() is false the consumed bytes may be forgotten.
    ParseResult feed_head(std::string_view input) noexcept;

    // Valid after head, until reset().
    const RequestHead& head() const noexcept { return collector_.head(); }

    // After head. need_more: all of `input` is consumed. complete: `consumed` ends at the message's
    // last byte; at once, with nothing consumed, when the head announces no content. Trailer fields
    // are validated, bounded by head_bytes_max and given to the sink.
    ParseResult feed_body(std::string_view input, BodySink& sink) noexcept;

    // Whether a byte of a request line was seen since reset().
    bool started() const noexcept { return is_started_; }

private:
    friend struct LlhttpCallbacks;

    static constexpr std::size_t kLlhttpBytes = 96;
    static constexpr std::uint8_t kProtocolBytes = 9;  // " HTTP/1.1"
    static constexpr std::uint8_t kProtocolNotYet = 255;

    ParseResult failure() const noexcept;
    std::uint32_t offset_of(const char* at) const noexcept;

    const char* skip_leading_lines(const char* at, const char* end) noexcept;
    const char* begin_line(const char* at) noexcept;
    void scan_unknown_method(const char* at) noexcept;
    bool take_target(const char* at, std::size_t size) noexcept;
    bool match_protocol(const char* at) noexcept;
    void judge_head_error(int error) noexcept;

    ParseResult feed_counted_body(std::string_view input, BodySink& sink) noexcept;
    ParseResult feed_chunked_body(std::string_view input, BodySink& sink) noexcept;
    bool take_body(const char* at, std::size_t size) noexcept;
    bool take_framing(const char* at, std::size_t size, std::uint32_t& total,
                      std::uint32_t total_max) noexcept;
    bool take_trailer(const char* at, std::size_t size, bool is_name) noexcept;

    const HeadLimits& limits_;
    HeadCollector collector_;

    // The present feed, which begins `fed_` bytes after the head's first byte.
    const char* feed_ = nullptr;
    const char* feed_end_ = nullptr;
    std::uint32_t fed_ = 0;

    std::uint8_t leading_lines_ = 0;
    std::uint8_t protocol_matched_ = kProtocolNotYet;  // bytes of " HTTP/1.1" that were seen
    std::uint8_t version_ = 0;
    bool is_after_cr_ = false;
    bool is_started_ = false;
    bool is_method_unknown_ = false;
    bool is_in_body_ = false;
    bool is_complete_ = false;

    // Content. `body_rest_` counts down a Content-Length; the others bound chunk framing.
    std::uint64_t body_rest_ = 0;
    BodySink* sink_ = nullptr;
    const char* framing_begin_ = nullptr;
    std::uint32_t gap_bytes_ = 0;
    std::uint32_t extension_bytes_ = 0;
    std::uint32_t trailer_bytes_ = 0;

    // llhttp's state, opaque so that llhttp stays a detail of this module.
    alignas(std::uint64_t) std::byte llhttp_[kLlhttpBytes];
    alignas(std::uint64_t) std::byte after_line_[kLlhttpBytes];  // llhttp behind a request line
};

}  // namespace trivet::http1
