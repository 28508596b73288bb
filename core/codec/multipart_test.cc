#include "codec/multipart.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/reading_test.h"

namespace trivet::codec {
namespace {

constexpr std::string_view kBoundary = "-b-";

std::string disposition(std::string_view parameters) {
    return "Content-Disposition: form-data; " + std::string(parameters) + "\r\n";
}

// A part of a body whose boundary is kBoundary: its line, its head, its content.
std::string part(std::string_view head, std::string_view content) {
    return "---b-\r\n" + std::string(head) + "\r\n" + std::string(content) + "\r\n";
}

constexpr std::string_view kClose = "---b---\r\n";

// Reads the body whole, bytewise and cut in two and three at every offset: always the same.
ReadBody read(std::string_view input, const MultipartLimits& limits = {}) {
    ReadBody whole = read_body(kBoundary, input, {}, limits);
    ReadBody bytewise = read_bytewise(kBoundary, input, limits);
    // How much of a part came before its end depends on the cuts.
    const auto drop_unfinished = [](ReadBody& body) {
        if (body.error && !body.parts.empty() && !body.parts.back().is_complete) {
            body.parts.back().data.clear();
        }
    };
    drop_unfinished(whole);
    drop_unfinished(bytewise);
    EXPECT_EQ(bytewise, whole);
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
        for (std::size_t second = cut; second <= std::min(cut + 9, input.size()); ++second) {
            ReadBody cut_up = read_body(kBoundary, input, {cut, second}, limits);
            drop_unfinished(cut_up);
            EXPECT_EQ(cut_up, whole) << "cut at " << cut << " and " << second;
        }
    }
    return whole;
}

MultipartError refusal(std::string_view input, const MultipartLimits& limits = {}) {
    const ReadBody body = read(input, limits);
    EXPECT_TRUE(body.error.has_value()) << input;
    return body.error.value_or(MultipartError::memory);
}

TEST(Multipart, reads_parts_as_browsers_send_them) {
    const ReadBody body =
        read(part(disposition("name=\"title\""), "A \"title\"\r\nof two lines") +
             part(disposition("name=\"file\"; filename=\"a%22b.bin\"") +
                      "Content-Type: application/octet-stream\r\n",
                  std::string_view("\0\r\n\r\r\n-\xff", 8)) +
             part(disposition("name=\"none\"; filename=\"\"") + "content-type:text/plain\r\n", "") +
             std::string(kClose));
    EXPECT_FALSE(body.error.has_value());
    EXPECT_TRUE(body.has_end);
    ASSERT_EQ(body.parts.size(), 3u);
    EXPECT_EQ(body.parts[0].name, "title");
    EXPECT_EQ(body.parts[0].filename, std::nullopt);
    EXPECT_EQ(body.parts[0].content_type, "");
    EXPECT_EQ(body.parts[0].data, "A \"title\"\r\nof two lines");
    EXPECT_EQ(body.parts[1].filename, "a\"b.bin");
    EXPECT_EQ(body.parts[1].content_type, "application/octet-stream");
    EXPECT_EQ(body.parts[1].data, std::string("\0\r\n\r\r\n-\xff", 8));
    EXPECT_EQ(body.parts[2].filename, "");
    EXPECT_EQ(body.parts[2].content_type, "text/plain");
    EXPECT_EQ(body.parts[2].data, "");
    for (const ReadPart& each : body.parts) {
        EXPECT_TRUE(each.is_complete);
    }
}

TEST(Multipart, lists_the_fields_of_a_part_as_sent) {
    const ReadBody body =
        read(part(disposition("name=\"a%22\"") + "X-One: \t 1 \r\nX-Two:\r\n", "x") +
             std::string(kClose));
    ASSERT_EQ(body.parts.size(), 1u);
    EXPECT_EQ(
        body.parts[0].fields,
        (std::vector<std::pair<std::string, std::string>>{
            {"Content-Disposition", "form-data; name=\"a%22\""}, {"X-One", "1"}, {"X-Two", ""}}));
}

TEST(Multipart, a_body_may_have_no_parts) {
    for (const char* body : {"---b---", "---b---\r\n", "---b--- \t\r\nepilogue"}) {
        const ReadBody read_back = read(body);
        EXPECT_TRUE(read_back.has_end) << body;
        EXPECT_TRUE(read_back.parts.empty()) << body;
        EXPECT_FALSE(read_back.error.has_value()) << body;
    }
}

TEST(Multipart, preamble_epilogue_and_padding_are_ignored) {
    const ReadBody body = read("preamble ---b-\r\n---b \r\n\r\n---b- \t\r\n" +
                               disposition("name=a") + "\r\n1\r\n---b---\r\n---b-\r\nepilogue\r\n");
    EXPECT_FALSE(body.error.has_value());
    ASSERT_EQ(body.parts.size(), 1u);
    EXPECT_EQ(body.parts[0].data, "1");
}

TEST(Multipart, nearly_a_boundary_is_content) {
    for (const std::string& content :
         {std::string("\r\n---b"), std::string("\r\n---b\r\n---b"), std::string("\r\r\n---b"),
          std::string("\r\n--\r\n---"), std::string("---b"), std::string("\n---b---"),
          std::string("-"), std::string("--"), std::string("---B-"), std::string("---b\r\n---b"),
          std::string("--\r\n---b"), std::string("x---b-"), std::string("\r---b---"),
          std::string("\r\n ---b-"), std::string("\r\n---B-"), std::string("\r\n\r\n\r\n"),
          std::string("\r"), std::string("\r\n"), std::string("x\r\n--x-b-")}) {
        const ReadBody body = read(part(disposition("name=a"), content) + std::string(kClose));
        EXPECT_FALSE(body.error.has_value()) << content;
        ASSERT_EQ(body.parts.size(), 1u);
        EXPECT_EQ(body.parts[0].data, content);
    }
}

// RFC 2046 section 5.1.1: the line end of the empty line behind a head is also a boundary's.
TEST(Multipart, a_boundary_right_behind_a_head_ends_the_part) {
    const std::string head = "---b-\r\n" + disposition("name=a") + "\r\n";
    const ReadBody body = read(head + head + "1\r\n" + head + std::string(kClose));
    EXPECT_FALSE(body.error.has_value());
    ASSERT_EQ(body.parts.size(), 3u);
    for (const ReadPart& each : body.parts) {
        EXPECT_TRUE(each.is_complete);
    }
    EXPECT_EQ(body.parts[0].data, "");
    EXPECT_EQ(body.parts[1].data, "1");
    EXPECT_EQ(body.parts[2].data, "");
    EXPECT_EQ(refusal(head + "---b-x"), MultipartError::delimiter);
    EXPECT_EQ(refusal(head + "---b"), MultipartError::truncated);
    // Nor does it count as content.
    EXPECT_FALSE(read(head + std::string(kClose), {.form_bytes_max = 0}).error.has_value());
    EXPECT_EQ(refusal(head + "---b\r\n" + std::string(kClose), {.form_bytes_max = 3}),
              MultipartError::form_bytes);
}

TEST(Multipart, a_whole_body_gives_content_in_one_piece) {
    for (const std::string content : {"---b", "--", "-x", "x\r\n---b", "\r\n---bx---b-y"}) {
        const std::string input = part(disposition("name=a"), content) + std::string(kClose);
        Memory memory;
        MultipartParser parser(memory, kBoundary, {});
        std::string_view rest = input;
        EXPECT_EQ(parser.next(rest)->event, MultipartEvent::part);
        const MultipartStep step = parser.next(rest).value();
        EXPECT_EQ(step.event, MultipartEvent::data);
        EXPECT_EQ(step.data, content);
        EXPECT_GE(step.data.data(), input.data());
        EXPECT_LT(step.data.data(), input.data() + input.size());
        EXPECT_EQ(parser.next(rest)->event, MultipartEvent::part_end);
    }
}

TEST(Multipart, a_boundary_that_goes_on_is_malformed) {
    const std::string begin = part(disposition("name=a"), "1");
    for (const char* end : {"---b-x", "---b--x", "---b-\n", "---b-\rx", "---b- -", "---b---x",
                            "---b---\n", "---b---\rx", "---b---\r", "---b--\r\n"}) {
        EXPECT_EQ(refusal(begin + end), MultipartError::delimiter) << end;
    }
}

TEST(Multipart, a_body_that_stops_anywhere_is_truncated) {
    const std::string whole = "preamble\r\n" + part(disposition("name=a"), "1\r\n2") + "---b--";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(read_body(kBoundary, whole.substr(0, size)).error, MultipartError::truncated)
            << size;
    }
    EXPECT_FALSE(read_body(kBoundary, whole + "-").error.has_value());
}

TEST(Multipart, refuses_malformed_heads) {
    const std::string name = disposition("name=a");
    for (const std::string& head :
         {name + "X\r\n", name + ": x\r\n", name + "X : y\r\n", name + " folded: x\r\n",
          name + "\tx\r\n", name + "X: a\rb\r\n", name + "X: a\nb\r\n", name + "X: \x01\r\n",
          name + "X: \x7f\r\n", "X y: z\r\n" + name,
          name + "Content-Type: a\r\nContent-Type: a\r\n", name + "---b-\r\n", name + "X: y\n"}) {
        EXPECT_EQ(refusal(part(head, "1") + std::string(kClose)), MultipartError::head) << head;
    }
    EXPECT_EQ(refusal(part(name + std::string("X: a\0b\r\n", 8), "1")), MultipartError::head);
}

TEST(Multipart, each_part_has_one_disposition) {
    const std::string name = disposition("name=a");
    EXPECT_EQ(refusal(part("", "1")), MultipartError::disposition);
    EXPECT_EQ(refusal(part("Content-Type: a/b\r\n", "1")), MultipartError::disposition);
    EXPECT_EQ(refusal(part(name + name, "1")), MultipartError::disposition);
    EXPECT_EQ(refusal(part("Content-Disposition: attachment; name=a\r\n", "1")),
              MultipartError::disposition);
    EXPECT_EQ(refusal(part(disposition("filename=a"), "1")), MultipartError::name_missing);
    EXPECT_EQ(refusal(part(disposition("name=\"\xff\""), "1")), MultipartError::text);
}

TEST(Multipart, content_is_not_encoded) {
    const std::string name = disposition("name=a");
    for (const char* encoding : {"binary", "8BIT", "7bit"}) {
        const ReadBody body =
            read(part(name + "Content-Transfer-Encoding: " + encoding + "\r\n", "1") +
                 std::string(kClose));
        EXPECT_FALSE(body.error.has_value()) << encoding;
    }
    EXPECT_EQ(refusal(part(name + "Content-Transfer-Encoding: base64\r\n", "MQ==")),
              MultipartError::transfer_encoding);
    EXPECT_EQ(refusal(part(name + "Content-Transfer-Encoding: binary\r\n"
                                  "content-transfer-encoding: binary\r\n",
                           "1")),
              MultipartError::head);
}

TEST(Multipart, boundaries_of_all_lengths_are_found) {
    for (std::size_t size = 1; size <= kBoundaryBytesMax; ++size) {
        const std::string boundary(size, '-');
        const std::string input = "--" + boundary + "\r\n" + disposition("name=a") + "\r\n\r\n-" +
                                  boundary + "\r\n--" + boundary + "--";
        const ReadBody body = read_bytewise(boundary, input);
        EXPECT_FALSE(body.error.has_value());
        EXPECT_EQ(body, read_body(boundary, input));
        ASSERT_EQ(body.parts.size(), 1u);
        EXPECT_EQ(body.parts[0].data, "\r\n-" + boundary);
    }
    EXPECT_EQ(read_body("", "").error, MultipartError::boundary);
    EXPECT_EQ(read_body(std::string(kBoundaryBytesMax + 1, 'a'), "").error,
              MultipartError::boundary);
}

TEST(Multipart, finds_the_boundary_in_the_content_type) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc").value(), "abc");
    EXPECT_EQ(multipart_boundary("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b:c\"").value(),
              "a b:c");
    EXPECT_EQ(
        multipart_boundary("multipart/form-data; boundary=" + std::string(70, 'x')).value().size(),
        70u);
    for (const char* field :
         {"", "multipart/mixed; boundary=a", "multipart/form-datax; boundary=a", "text/plain"}) {
        EXPECT_EQ(multipart_boundary(field).error(), MultipartError::media_type) << field;
    }
    for (const std::string& field :
         {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
          std::string("multipart/form-data; boundary=\"\""),
          std::string("multipart/form-data; boundary=a; boundary=a"),
          std::string("multipart/form-data; boundary=\"a \""),
          std::string("multipart/form-data; boundary=\"a\\\\b\""),
          std::string("multipart/form-data; boundary=a*b"),
          std::string("multipart/form-data; boundary=a; x"),
          "multipart/form-data; boundary=" + std::string(71, 'x')}) {
        EXPECT_EQ(multipart_boundary(field).error(), MultipartError::boundary) << field;
    }
}

}  // namespace
}  // namespace trivet::codec
