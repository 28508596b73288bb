#include "http/reply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::http {
namespace {

Status check_field(std::string_view name, std::string_view value) {
    const http1::HeaderView field{name, value};
    return check_reply(
        {.status = 200, .content = Content::none, .fields = {&field, 1}, .body = {}});
}

TEST(Reply, takes_final_statuses_only) {
    for (const std::uint32_t status : {200u, 204u, 304u, 599u}) {
        EXPECT_EQ(
            check_reply({.status = status, .content = Content::none, .fields = {}, .body = {}}),
            Status::ok);
    }
    for (const std::uint32_t status : {0u, 100u, 199u, 600u, 65'736u, ~0u}) {
        EXPECT_EQ(
            check_reply({.status = status, .content = Content::none, .fields = {}, .body = {}}),
            Status::argument);
    }
}

TEST(Reply, takes_known_content_only) {
    for (std::uint32_t content = 0; content < kContentCount; ++content) {
        EXPECT_EQ(check_reply({.content = static_cast<Content>(content), .fields = {}, .body = {}}),
                  Status::ok);
    }
    EXPECT_EQ(
        check_reply({.content = static_cast<Content>(kContentCount), .fields = {}, .body = {}}),
        Status::argument);
    EXPECT_EQ(content_type(Content::none), "");
    EXPECT_EQ(content_type(Content::json), "application/json");
    EXPECT_EQ(content_type(Content::problem), "application/problem+json");
}

TEST(Reply, refuses_fields_that_would_break_the_message) {
    EXPECT_EQ(check_field("X-Ok", "fine, with a tab\there"), Status::ok);
    EXPECT_EQ(check_field("X-Ok", ""), Status::ok);
    EXPECT_EQ(check_field("X-Evil", "a\r\nX-Injected: 1"), Status::header);
    EXPECT_EQ(check_field("X-Evil", std::string_view("a\0b", 3)), Status::header);
    EXPECT_EQ(check_field("X-Evil", "a\nb"), Status::header);
    EXPECT_EQ(check_field("", "x"), Status::header);
    EXPECT_EQ(check_field("Two Words", "x"), Status::header);
    EXPECT_EQ(check_field("Colon:", "x"), Status::header);
    EXPECT_EQ(check_field("X-\xC3\xBC", "x"), Status::header);
}

TEST(Reply, refuses_fields_the_engine_writes) {
    for (const char* name : {"Connection", "content-length", "TRANSFER-ENCODING"}) {
        EXPECT_EQ(check_field(name, "1"), Status::header) << name;
    }
    for (const char* name : {"Connections", "Content-Lengths", "Content-Type", "Date"}) {
        EXPECT_EQ(check_field(name, "1"), Status::ok) << name;
    }
}

TEST(Reply, bounds_the_number_of_fields) {
    const std::vector<http1::HeaderView> fields(kReplyFieldsMax + 1, http1::HeaderView{"A", "b"});
    EXPECT_EQ(check_reply({.fields = {fields.data(), kReplyFieldsMax}, .body = {}}), Status::ok);
    EXPECT_EQ(check_reply({.fields = {fields.data(), kReplyFieldsMax + 1}, .body = {}}),
              Status::argument);
}

}  // namespace
}  // namespace trivet::http
