// The first byte seeds the cuts, the rest is what a connection receives. However it is cut, the
// reading is the same; what is read is well-formed; and written down again it reads the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/memory.h"
#include "check.h"
#include "cuts.h"
#include "proto/http1/cookie.h"
#include "proto/http1/field.h"
#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

using fuzz::check;
using fuzz::make_cuts;

std::string written(const ReadMessage& message) {
    std::string text = message.method + ' ' + message.target +
                       (message.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (const auto& [name, value] : message.fields) {
        text += name + ": " + value + "\r\n";
    }
    text += "\r\n";
    if (!message.chunked) {
        return text + message.body;
    }
    for (const char byte : message.body) {
        text += "1\r\n";
        text += byte;
        text += "\r\n";
    }
    text += "0\r\n";
    for (const auto& [name, value] : message.trailers) {
        text += name + ": " + value + "\r\n";
    }
    return text + "\r\n";
}

void check_message(const ReadMessage& message) {
    check(is_method_token(message.method), "a method is a token");
    check(message.version == 10 || message.version == 11, "the version is 1.0 or 1.1");
    check(!message.chunked || !message.has_content_length, "one framing");
    check(message.target.size() <= kTestLimits.target_bytes_max, "the target is bounded");
    check(message.head_size <= kTestLimits.head_bytes_max, "the head is bounded");
    for (const char byte : message.target) {
        check(byte > ' ' && byte < 0x7f && byte != '#', "a target is graphic");
    }
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    for (const auto& [name, value] : message.fields) {
        check(is_valid_field_name(name), "a field name is a token");
        check(is_valid_field_value(value), "a field value has no controls");
        check(value.empty() || (value.front() > ' ' || value.front() < 0), "a value is trimmed");
        check(value.empty() || (value.back() > ' ' || value.back() < 0), "a value is trimmed");
        hosts += field_name_equal(name, "host") ? 1 : 0;
        lengths += field_name_equal(name, "content-length") ? 1 : 0;
        codings += field_name_equal(name, "transfer-encoding") ? 1 : 0;
    }
    check(message.version == 11 ? hosts == 1 : hosts <= 1, "one Host field");
    check(lengths == (message.has_content_length ? 1 : 0), "one Content-Length field");
    check(codings == (message.chunked ? 1 : 0), "one Transfer-Encoding field");
    if (!message.is_complete) {
        return;
    }
    check(message.chunked || message.body.size() == message.content_length, "the content is whole");
    Reading again = read_messages(written(message), {}, {1024, 16384, 100});
    check(again.status == 0 && again.messages.size() == 1, "a message that is written down reads");
    again.messages[0].head_size = message.head_size;
    check(again.messages[0] == message, "a message that is written down reads the same");
}

void check_reading(std::uint8_t seed, std::string_view input) {
    const Reading whole = read_messages(input);
    check(read_bytewise(input) == whole, "whole and bytewise agree");
    check(read_messages(input, make_cuts(seed, input.size())) == whole, "whole and cut agree");
    for (const ReadMessage& message : whole.messages) {
        check_message(message);
    }
}

void check_cookies(std::string_view text) {
    Memory memory;
    Arena arena(memory);
    const auto list = parse_cookies(std::span(&text, 1), arena);
    check(list.has_value(), "cookies are listed");
    for (const Cookie& cookie : list->items) {
        check(!cookie.name.empty(), "a cookie has a name");
    }
}

}  // namespace
}  // namespace trivet::http1

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    trivet::http1::check_reading(data[0], input);
    trivet::http1::check_cookies(input);
    return 0;
}
