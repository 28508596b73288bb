#pragma once

// What unit tests and fuzz targets share: a whole connection's bytes read with a RequestParser.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/http1/request_parser.h"

namespace trivet::http1 {

// One request: everything that was reported, resolved to text.
struct ReadMessage {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields;
    int version = 0;
    bool keep_alive = false;
    bool chunked = false;
    bool has_content_length = false;
    bool expects_continue = false;
    bool has_upgrade = false;
    std::uint64_t content_length = 0;
    std::uint32_t head_size = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> trailers;
    bool is_complete = false;

    bool operator==(const ReadMessage&) const = default;
};

// What a connection's bytes said: its requests, the last of them perhaps unfinished, and its end.
struct Reading {
    std::vector<ReadMessage> messages;
    std::uint16_t status = 0;  // of the error; 0: none
    std::string reason;
    std::size_t end = 0;  // offset after the last complete message

    bool operator==(const Reading&) const = default;
};

inline constexpr HeadLimits kTestLimits{
    .target_bytes_max = 64, .head_bytes_max = 512, .header_count_max = 20};
inline constexpr std::size_t kTestBodyBytesMax = 4096;
inline constexpr std::size_t kTestTrailersMax = 5;

// Reads messages as the pieces arrive. Each piece lies in memory of its own, so that the address
// sanitizer catches a look beyond it.
class MessageReader final : BodySink {
public:
    explicit MessageReader(const HeadLimits& limits = kTestLimits)
        : limits_(limits), parser_(memory_, limits_) {}

    // False once there was an error.
    bool feed(std::string_view bytes) {
        input_.append(bytes);
        const auto room = std::make_unique<char[]>(bytes.size());
        if (!bytes.empty()) {
            std::memcpy(room.get(), bytes.data(), bytes.size());
        }
        std::string_view piece(room.get(), bytes.size());
        const std::size_t begin = input_.size() - bytes.size();
        while (reading_.status == 0) {
            const ParseResult result =
                is_in_body_ ? parser_.feed_body(piece, *this) : parser_.feed_head(piece);
            if (result.state == ParseState::error) {
                reading_.status = result.status;
                reading_.reason = result.reason;
                if (!reading_.messages.empty()) {
                    // How much of them was seen depends on where the error was found.
                    reading_.messages.back().trailers.clear();
                }
                break;
            }
            piece.remove_prefix(result.consumed);
            if (result.state == ParseState::need_more) {
                return true;
            }
            take(result.state, begin + bytes.size() - piece.size());
        }
        return reading_.status == 0;
    }

    const Reading& reading() const { return reading_; }

private:
    void take(ParseState state, std::size_t at) {
        if (state == ParseState::complete) {
            reading_.messages.back().is_complete = true;
            reading_.end = at;
            is_in_body_ = false;
            parser_.reset();
            return;
        }
        const RequestHead& head = parser_.head();
        const std::string bytes = input_.substr(at - head.head_size, head.head_size);
        const auto text = [&bytes](Span span) { return bytes.substr(span.offset, span.size); };
        ReadMessage message{.method = text(head.method),
                            .target = text(head.target),
                            .version = head.version,
                            .keep_alive = head.keep_alive,
                            .chunked = head.chunked,
                            .has_content_length = head.has_content_length,
                            .expects_continue = head.expects_continue,
                            .has_upgrade = head.has_upgrade,
                            .content_length = head.content_length,
                            .head_size = head.head_size};
        for (std::uint32_t index = 0; index < head.field_count; ++index) {
            const Field& field = head.fields[index];
            message.fields.emplace_back(text(field.name), text(field.value));
        }
        reading_.messages.push_back(std::move(message));
        is_in_body_ = true;
    }

    bool on_body(std::string_view bytes) noexcept override {
        std::string& body = reading_.messages.back().body;
        // What is over the limit is refused bytewise here, so that the cuts make no difference.
        const std::size_t room = kTestBodyBytesMax - body.size();
        body.append(bytes.substr(0, room));
        return bytes.size() <= room;
    }

    bool on_chunk(std::uint64_t size) noexcept override {
        return size <= kTestBodyBytesMax - reading_.messages.back().body.size();
    }

    bool on_trailer(std::string_view piece, bool is_name, bool is_end) noexcept override {
        auto& trailers = reading_.messages.back().trailers;
        if (is_name && !is_in_name_) {
            trailers.emplace_back();
        }
        (is_name ? trailers.back().first : trailers.back().second).append(piece);
        is_in_name_ = is_name && !is_end;
        // Not before the name has ended: one that is malformed is refused for that, however cut.
        return is_in_name_ || trailers.size() <= kTestTrailersMax;
    }

    Memory memory_;
    const HeadLimits limits_;
    RequestParser parser_;
    std::string input_;
    Reading reading_;
    bool is_in_body_ = false;
    bool is_in_name_ = false;  // of a trailer
};

// Reads `input` in pieces that end at the offsets `cuts`, which ascend.
inline Reading read_messages(std::string_view input, const std::vector<std::size_t>& cuts = {},
                             const HeadLimits& limits = kTestLimits) {
    MessageReader reader(limits);
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        if (!reader.feed(input.substr(begin, cut - begin))) {
            return reader.reading();
        }
        begin = cut;
    }
    reader.feed(input.substr(begin));
    return reader.reading();
}

inline Reading read_bytewise(std::string_view input, const HeadLimits& limits = kTestLimits) {
    MessageReader reader(limits);
    for (std::size_t at = 0; at < input.size() && reader.feed(input.substr(at, 1)); ++at) {
    }
    return reader.reading();
}

}  // namespace trivet::http1
