// The first byte seeds the cuts and chooses the limits, the rest is a body whose boundary is "b".
// However it is cut, the reading is the same; a body that is taken has its content between its
// boundaries; and a Content-Disposition or Content-Type of any bytes is read within its bounds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "codec/disposition.h"
#include "codec/multipart.h"
#include "codec/reading_test.h"
#include "cuts.h"

namespace trivet::codec {
namespace {

using fuzz::check;
using fuzz::make_cuts;

constexpr std::string_view kBoundary = "b";
constexpr std::string_view kDelimiter = "\r\n--b";
constexpr MultipartLimits kTight{.parts_max = 3,
                                 .part_head_bytes_max = 100,
                                 .part_fields_max = 2,
                                 .name_bytes_max = 5,
                                 .filename_bytes_max = 6,
                                 .form_bytes_max = 20,
                                 .file_bytes_max = 30,
                                 .body_bytes_max = 400};

// The content of all parts as the plainest reader finds it in a body that was taken.
std::vector<std::string> contents_plainly(std::string_view input) {
    std::vector<std::string> contents;
    const std::string text = "\r\n" + std::string(input);
    std::size_t at = text.find(kDelimiter) + kDelimiter.size();
    while (text.compare(at, 2, "--") != 0) {
        const std::size_t head = text.find("\r\n", at) + 2;
        const std::size_t begin = text.find("\r\n\r\n", head) + 4;
        // The end of the blank line may be that of the delimiter: a part without content.
        const std::size_t end = text.find(kDelimiter, begin - 2);
        contents.push_back(end < begin ? std::string() : text.substr(begin, end - begin));
        at = end + kDelimiter.size();
    }
    return contents;
}

void check_limits(const ReadBody& body, const MultipartLimits& limits) {
    check(body.parts.size() <= limits.parts_max, "parts are bounded");
    std::uint64_t form_bytes = 0;
    for (const ReadPart& part : body.parts) {
        check(part.name.size() <= limits.name_bytes_max, "a name is bounded");
        check(is_utf8(part.name) && part.name.find('\0') == std::string::npos, "a name is text");
        check(part.fields.size() <= limits.part_fields_max, "fields are bounded");
        check(!part.data.contains(kDelimiter), "content has no boundary");
        if (part.filename) {
            check(part.filename->size() <= limits.filename_bytes_max, "a file name is bounded");
            check(is_utf8(*part.filename), "a file name is text");
            check(part.data.size() <= limits.file_bytes_max, "a file is bounded");
        } else {
            form_bytes += part.data.size();
        }
    }
    check(form_bytes <= limits.form_bytes_max, "the form is bounded");
}

void drop_unfinished(ReadBody& body) {
    // How much of a part came before an error depends on the cuts.
    if (body.error && !body.parts.empty() && !body.parts.back().is_complete) {
        body.parts.back().data.clear();
    }
}

void check_body(std::uint8_t seed, std::string_view input) {
    const MultipartLimits limits = (seed & 1) != 0 ? kTight : MultipartLimits{};
    ReadBody whole = read_body(kBoundary, input, {}, limits);
    check_limits(whole, limits);
    drop_unfinished(whole);
    ReadBody bytewise = read_bytewise(kBoundary, input, limits);
    drop_unfinished(bytewise);
    check(bytewise == whole, "whole and bytewise agree");
    ReadBody cut = read_body(kBoundary, input, make_cuts(seed, input.size()), limits);
    drop_unfinished(cut);
    check(cut == whole, "whole and cut agree");
    if (whole.error) {
        return;
    }
    check(whole.has_end, "a body that is taken has an end");
    const std::vector<std::string> contents = contents_plainly(input);
    check(contents.size() == whole.parts.size(), "parts are those between the boundaries");
    for (std::size_t index = 0; index < contents.size(); ++index) {
        check(whole.parts[index].is_complete, "every part has ended");
        check(whole.parts[index].data == contents[index], "content reads plainly");
    }
}

void check_fields(std::string_view field) {
    std::vector<char> room(field.size());
    if (const auto disposition = parse_disposition(field, room.data())) {
        check(is_utf8(disposition->name) && is_utf8(disposition->filename), "names are text");
    }
    if (const auto boundary = multipart_boundary(field)) {
        check(!boundary->empty() && boundary->size() <= kBoundaryBytesMax, "a boundary has a size");
        check(boundary->data() >= field.data() &&
                  boundary->data() + boundary->size() <= field.data() + field.size(),
              "a boundary is within its field");
    }
}

}  // namespace
}  // namespace trivet::codec

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    trivet::codec::check_body(data[0], rest);
    trivet::codec::check_fields(rest);
    return 0;
}
