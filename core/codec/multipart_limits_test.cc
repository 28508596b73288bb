#include <gtest/gtest.h>

#include <string>

#include "codec/reading_test.h"

namespace trivet::codec {
namespace {

constexpr std::string_view kBoundary = "b";
constexpr std::string_view kName = "Content-Disposition: form-data; name=abcd";  // 41 bytes

std::string part(std::string_view head, std::string_view content) {
    return "--b\r\n" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n";
}

std::string file(std::string_view content) {
    return part(std::string(kName) + "; filename=fghi", content);
}

std::string closed(const std::string& parts) { return parts + "--b--"; }

// The body is taken with `limits`, and refused with `error` whole and bytewise once `tightened`.
void check(const std::string& body, const MultipartLimits& limits, const MultipartLimits& tightened,
           MultipartError error) {
    EXPECT_EQ(read_body(kBoundary, body, {}, limits).error, std::nullopt);
    EXPECT_EQ(read_bytewise(kBoundary, body, limits).error, std::nullopt);
    EXPECT_EQ(read_body(kBoundary, body, {}, tightened).error, error);
    EXPECT_EQ(read_bytewise(kBoundary, body, tightened).error, error);
}

TEST(MultipartLimits, parts_are_counted) {
    check(closed(part(kName, "1") + part(kName, "2")), {.parts_max = 2}, {.parts_max = 1},
          MultipartError::parts);
    check(closed(part(kName, "1")), {.parts_max = 1}, {.parts_max = 0}, MultipartError::parts);
}

TEST(MultipartLimits, a_head_has_a_size) {
    // The line, its end and the empty line.
    check(closed(part(kName, "1")), {.part_head_bytes_max = 45}, {.part_head_bytes_max = 44},
          MultipartError::part_head_bytes);
    check(closed(part(kName, "1")), {.part_head_bytes_max = 45}, {.part_head_bytes_max = 0},
          MultipartError::part_head_bytes);
}

TEST(MultipartLimits, an_endless_line_ends) {
    const std::string body = "--b\r\n" + std::string(100'000, 'a');
    EXPECT_EQ(read_body(kBoundary, body).error, MultipartError::part_head_bytes);
}

TEST(MultipartLimits, fields_are_counted) {
    check(closed(part(std::string(kName) + "\r\nA: 1\r\nB: 2", "1")), {.part_fields_max = 3},
          {.part_fields_max = 2}, MultipartError::part_fields);
}

TEST(MultipartLimits, names_have_sizes) {
    check(closed(part(kName, "1")), {.name_bytes_max = 4}, {.name_bytes_max = 3},
          MultipartError::name_bytes);
    check(closed(file("1")), {.filename_bytes_max = 4}, {.filename_bytes_max = 3},
          MultipartError::filename_bytes);
}

TEST(MultipartLimits, content_of_fields_is_added_up) {
    check(closed(part(kName, "123") + file("123456789") + part(kName, "12")), {.form_bytes_max = 5},
          {.form_bytes_max = 4}, MultipartError::form_bytes);
}

TEST(MultipartLimits, content_of_each_file_is_bounded) {
    check(closed(file("1234") + part(kName, "123456789") + file("12345")), {.file_bytes_max = 5},
          {.file_bytes_max = 4}, MultipartError::file_bytes);
    check(closed(file("\r\n--")), {.file_bytes_max = 4}, {.file_bytes_max = 3},
          MultipartError::file_bytes);
}

TEST(MultipartLimits, the_body_is_bounded) {
    const std::string body = closed("preamble\r\n" + part(kName, "1") + file("2")) + "\r\nepilogue";
    for (std::size_t size = 0; size < body.size(); ++size) {
        check(body, {.body_bytes_max = body.size()}, {.body_bytes_max = size},
              MultipartError::body_bytes);
    }
}

TEST(MultipartLimits, an_error_stays) {
    Memory memory;
    MultipartParser parser(memory, kBoundary, {.parts_max = 0});
    const std::string body = closed(part(kName, "1"));
    std::string_view rest = body;
    EXPECT_EQ(parser.next(rest).error(), MultipartError::parts);
    EXPECT_EQ(parser.next(rest).error(), MultipartError::parts);
    EXPECT_EQ(parser.finish().error(), MultipartError::parts);
}

TEST(MultipartLimits, memory_is_one_block_whatever_comes) {
    BodyReader reader(kBoundary, {});
    EXPECT_EQ(reader.memory().bytes_in_use(), 0u);
    reader.feed(part(kName, "1"));
    const std::size_t block = reader.memory().bytes_in_use();
    EXPECT_LE(block, 17'000u);
    for (int number = 0; number < 100; ++number) {
        reader.feed(file(std::string(5000, 'x')));
        EXPECT_EQ(reader.memory().bytes_in_use(), block);
    }
    EXPECT_EQ(reader.body().error, std::nullopt);
}

TEST(MultipartLimits, reports_failing_memory_and_gives_it_back) {
    BodyReader reader(kBoundary, {});
    reader.memory().set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(reader.feed(closed(part(kName, "1"))));
    EXPECT_EQ(reader.body().error, MultipartError::memory);
    Memory memory;
    {
        MultipartParser parser(memory, kBoundary, {});
        const std::string body = part(kName, "1");
        std::string_view rest = body;
        EXPECT_TRUE(parser.next(rest).has_value());
        EXPECT_GT(memory.bytes_in_use(), 0u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace trivet::codec
