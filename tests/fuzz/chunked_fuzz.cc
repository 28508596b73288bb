// The first byte seeds the cuts, the second says how many fields stand behind the content; the rest
// is those fields, a line each, and then pieces: a byte of size and as many bytes. What the encoder
// writes is read as the same content by our own parser, cut anywhere, and ends where it ends.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "cuts.h"
#include "proto/http1/chunked.h"
#include "proto/http1/field.h"
#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

using fuzz::check;
using fuzz::make_cuts;

// Below what the parser takes for trailers with kTestLimits.
constexpr std::size_t kTrailerBytesMax = 400;

// Takes lines `name:value` from the front of `rest`; those that may be trailers are kept.
std::vector<HeaderView> take_trailers(std::size_t count, std::string_view& rest) {
    std::vector<HeaderView> trailers;
    std::size_t size = 0;
    for (; count > 0 && !rest.empty(); --count) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::string_view name = line.substr(0, colon);
        std::string_view value = line.substr(std::min(colon + 1, line.size()));
        // The parser takes but a little white space that belongs to nothing.
        while (value.starts_with(' ') || value.starts_with('\t')) {
            value.remove_prefix(1);
        }
        check(!is_trailer_field_allowed(name) || is_valid_field_name(name), "a name is a token");
        size += line.size() + 4;
        if (is_trailer_field_allowed(name) && is_valid_field_value(value) &&
            size <= kTrailerBytesMax) {
            trailers.push_back({name, value});
        }
    }
    return trailers;
}

void check_chunks(std::uint8_t seed, std::size_t trailer_count, std::string_view rest) {
    const std::vector<HeaderView> trailers =
        take_trailers(trailer_count % (kTestTrailersMax + 1), rest);
    std::string text = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string content;
    while (!rest.empty()) {
        const std::string_view piece =
            rest.substr(1, static_cast<unsigned char>(rest.front()) % 128u);
        rest.remove_prefix(piece.size() + 1);
        char head[kChunkHeadBytesMax];
        const char* const end = write_chunk_head(head, piece.size());
        check((end == head) == piece.empty(), "an empty piece is no chunk");
        text.append(head, static_cast<std::size_t>(end - head));
        if (!piece.empty()) {
            text += piece;
            text += kChunkEnd;
        }
        content += piece;
    }
    std::vector<char> room(last_chunk_size(trailers));
    check(write_last_chunk(room.data(), trailers) == room.data() + room.size(),
          "the size is exact");
    text.append(room.data(), room.size());
    const std::size_t end = text.size();
    text += "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    const Reading whole = read_messages(text);
    check(whole.status == 0 && whole.messages.size() == 2, "two messages are read");
    check(whole.messages[0].is_complete && whole.messages[0].body == content, "the content is");
    check(whole.messages[1].target == "/next", "and what stands behind it");
    check(text.substr(end).size() == whole.messages[1].head_size, "with nothing between");
    check(read_messages(text, make_cuts(seed, text.size())) == whole, "whole and cut agree");
}

}  // namespace
}  // namespace trivet::http1

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // The parser's tests take at most 4096 bytes of content.
    if (size < 2 || size > 4096) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    trivet::http1::check_chunks(data[0], data[1], rest);
    return 0;
}
