#include "proto/sse/event.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/sse/reading_test.h"

namespace trivet::sse {
namespace {

std::string written(const Event& event) {
    const auto size = event_size(event);
    EXPECT_TRUE(size.has_value()) << message(size.error());
    // Exactly the room that was asked for, so that the address sanitizer sees a byte too many.
    std::vector<char> room(size.value_or(0));
    const char* const end = write_event(room.data(), event);
    EXPECT_EQ(static_cast<std::size_t>(end - room.data()), room.size());
    return {room.begin(), room.end()};
}

EventError refusal(const Event& event) {
    const auto size = event_size(event);
    EXPECT_FALSE(size.has_value());
    return size.has_value() ? EventError::empty : size.error();
}

TEST(Event, writes_every_field) {
    EXPECT_EQ(written({.id = "7",
                       .event = "tick",
                       .data = "one\ntwo",
                       .retry_ms = 4294967295,
                       .comment = "a\nb"}),
              ": a\n: b\nid: 7\nevent: tick\nretry: 4294967295\ndata: one\ndata: two\n\n");
}

TEST(Event, writes_only_what_is_set) {
    EXPECT_EQ(written({.data = "x"}), "data: x\n\n");
    EXPECT_EQ(written({.id = "7"}), "id: 7\n\n");
    EXPECT_EQ(written({.retry_ms = 0}), "retry: 0\n\n");
    EXPECT_EQ(written({.comment = "x"}), ": x\n\n");
}

TEST(Event, every_kind_of_line_end_splits_data) {
    EXPECT_EQ(written({.data = "a\nb\rc\r\nd"}), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(written({.data = "\r\r\n\n\n\r"}),
              "data: \ndata: \ndata: \ndata: \ndata: \ndata: \n\n");
    EXPECT_EQ(written({.data = "a\r\n"}), "data: a\ndata: \n\n");
    EXPECT_EQ(written({.data = "a\r"}), "data: a\ndata: \n\n");
}

TEST(Event, all_short_texts_of_line_ends_read_back) {
    constexpr std::string_view kBytes = "\r\na: ";
    for (std::size_t number = 0; number < 5 * 5 * 5 * 5 * 5 * 5; ++number) {
        std::string text;
        for (std::size_t rest = number; rest != 0; rest /= 5) {
            text += kBytes[rest % 5];
        }
        StreamReader reader;
        reader.read(written({.data = text}));
        ASSERT_EQ(reader.events.size(), 1u);
        EXPECT_EQ(reader.events[0].data, with_feeds(text));
        EXPECT_EQ(reader.events[0].type, "message");
    }
}

TEST(Event, empty_data_is_an_event) {
    StreamReader reader;
    reader.read(written({.event = "ping", .data = ""}));
    EXPECT_EQ(reader.events, (std::vector<ReadEvent>{{"ping", "", ""}}));
}

TEST(Event, a_space_in_front_of_a_value_is_kept) {
    StreamReader reader;
    reader.read(written({.event = " a", .data = "  b"}));
    EXPECT_EQ(reader.events, (std::vector<ReadEvent>{{" a", "  b", ""}}));
}

TEST(Event, an_id_is_remembered_and_forgotten) {
    StreamReader reader;
    reader.read(written({.id = "a b:\xc3\xbc", .data = "1"}));
    EXPECT_EQ(reader.last_id, "a b:\xc3\xbc");
    reader.read(written({.data = "2"}));
    EXPECT_EQ(reader.last_id, "a b:\xc3\xbc");
    reader.read(written({.id = ""}));
    EXPECT_EQ(reader.last_id, "");
    EXPECT_EQ(reader.events.size(), 2u);
}

TEST(Event, a_comment_says_nothing_to_the_client) {
    StreamReader reader;
    reader.read(written({.comment = "data: x\r\ndata: y"}));
    reader.read(kHeartbeat);
    EXPECT_TRUE(reader.events.empty());
    EXPECT_EQ(reader.comments, (std::vector<std::string>{"data: x", "data: y", ""}));
}

TEST(Event, refuses_ids_that_would_not_come_back) {
    for (const std::string& id :
         {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3), std::string("\t"),
          std::string("a\x7f"), std::string(" a"), std::string("a "), std::string("\xff"),
          std::string("\xed\xa0\x80")}) {
        EXPECT_EQ(refusal({.id = id, .data = "x"}), EventError::id) << id;
    }
}

TEST(Event, refuses_types_of_several_lines) {
    for (const std::string& type : {std::string("a\nb"), std::string("a\r"), std::string("\n"),
                                    std::string("\0", 1), std::string("\xc3")}) {
        EXPECT_EQ(refusal({.event = type, .data = "x"}), EventError::event) << type;
    }
}

TEST(Event, refuses_text_that_is_not_utf8) {
    for (const std::string& text : {std::string("a\xff"), std::string("\xc3"),
                                    std::string("\xed\xa0\x80"), std::string("\xc0\x80")}) {
        EXPECT_EQ(refusal({.data = text}), EventError::text);
        EXPECT_EQ(refusal({.data = "x", .comment = text}), EventError::text);
    }
    EXPECT_EQ(written({.data = std::string_view("a\0b", 3)}), std::string("data: a\0b\n\n", 11));
}

TEST(Event, an_id_adds_what_it_takes) {
    const Event without{.data = "x", .comment = "a\nb"};
    Event with = without;
    with.id = "abc";
    EXPECT_EQ(event_size(with).value(), event_size(without).value() + id_size("abc"));
    EXPECT_EQ(written(with).substr(comment_size(with)), "id: abc\ndata: x\n\n");
    EXPECT_EQ(comment_size({.data = "x"}), 0u);
}

TEST(Event, refuses_what_no_client_would_see) {
    EXPECT_EQ(refusal({.event = "tick"}), EventError::lone_type);
    EXPECT_EQ(refusal({.id = "1", .event = "tick"}), EventError::lone_type);
    EXPECT_EQ(refusal({}), EventError::empty);
}

TEST(Event, every_refusal_has_words) {
    for (const EventError error : {EventError::id, EventError::event, EventError::lone_type,
                                   EventError::text, EventError::empty}) {
        EXPECT_FALSE(message(error).empty());
    }
}

}  // namespace
}  // namespace trivet::sse
