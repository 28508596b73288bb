#include "proto/url/form.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace trivet::url {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs listed(std::string_view body) {
    Memory memory;
    Arena arena(memory);
    const auto fields = parse_form(body, {}, arena);
    Pairs pairs;
    EXPECT_TRUE(fields.has_value());
    if (fields) {
        for (const Param& field : *fields) {
            pairs.emplace_back(std::string_view(field.name), std::string_view(field.value));
        }
    }
    return pairs;
}

std::string refusal(std::string_view body, const FormLimits& limits) {
    Memory memory;
    Arena arena(memory);
    const auto fields = parse_form(body, limits, arena);
    return fields ? "none" : std::string(message(fields.error()));
}

TEST(Form, lists_decoded_fields_in_order) {
    EXPECT_EQ(listed("a=1&b=x+y%26&a=%C3%BC&c&=d&&"),
              (Pairs{{"a", "1"}, {"b", "x y&"}, {"a", "\xc3\xbc"}, {"c", ""}, {"", "d"}}));
    EXPECT_EQ(listed(""), Pairs{});
    EXPECT_EQ(listed("a=1\r\n"), (Pairs{{"a", "1\r\n"}}));
}

TEST(Form, plain_values_are_not_copied) {
    Memory memory;
    Arena arena(memory);
    const std::string_view body = "name=value";
    const auto fields = parse_form(body, {}, arena);
    ASSERT_EQ(fields->size(), 1u);
    EXPECT_EQ(fields->front().value.data, body.data() + 5);
}

TEST(Form, is_refused_as_a_whole_beyond_a_limit) {
    const FormLimits limits{.body_bytes_max = 20, .fields_max = 3, .name_bytes_max = 4};
    EXPECT_EQ(refusal("a=12345678901234567&", limits), "none");
    EXPECT_EQ(refusal("a=123456789012345678&", limits), message(FormError::body_bytes));
    EXPECT_EQ(refusal("a&b&c&&&", limits), "none");
    EXPECT_EQ(refusal("a&b&c&d", limits), message(FormError::fields));
    EXPECT_EQ(refusal("abcd=1", limits), "none");
    EXPECT_EQ(refusal("a=1&abcde=1", limits), message(FormError::name_bytes));
    EXPECT_EQ(refusal("a", {.body_bytes_max = 0}), message(FormError::body_bytes));
    EXPECT_EQ(refusal("a", {.fields_max = 0}), message(FormError::fields));
    EXPECT_EQ(refusal("", {.body_bytes_max = 0, .fields_max = 0}), "none");
}

TEST(Form, reports_failing_memory_at_every_allocation) {
    const std::string encoded = "a=" + std::string(2000, '+') + "&b=" + std::string(9000, '+');
    int failures = 0;
    for (int failing = 0;; ++failing) {
        Memory memory;
        Arena arena(memory);
        int countdown = failing;
        memory.set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        const auto fields = parse_form(encoded, {}, arena);
        if (fields) {
            EXPECT_EQ(fields->size(), 2u);
            break;
        }
        EXPECT_EQ(fields.error(), FormError::memory);
        ++failures;
    }
    EXPECT_EQ(failures, 3);
    EXPECT_FALSE(message(FormError::memory).empty());
}

}  // namespace
}  // namespace trivet::url
