#include "proto/conditional/preconditions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::conditional {
namespace {

using Given = std::vector<std::string_view>;

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr std::int64_t kModified = 784'111'777;
constexpr std::int64_t kNow = 1'700'000'000;

struct Request {
    Method method = Method::get;
    Given if_match;
    Given if_none_match;
    Given if_modified_since;
    Given if_unmodified_since;
    Given if_range;
};

const Validators kStrong{.tag = EntityTag{"a"}, .modified = kModified};
const Validators kWeak{.tag = EntityTag{"a", true}, .modified = kModified};
const Validators kUndated{.tag = EntityTag{"a"}};
const Validators kUntagged{.modified = kModified};
const Validators kNothing{.exists = false};

Evaluation evaluated(const Request& request, const Validators& current = kStrong,
                     std::int64_t now = kNow) {
    return evaluate(request.method,
                    {.if_match = request.if_match,
                     .if_none_match = request.if_none_match,
                     .if_modified_since = request.if_modified_since,
                     .if_unmodified_since = request.if_unmodified_since,
                     .if_range = request.if_range},
                    current, now);
}

Verdict verdict(const Request& request, const Validators& current = kStrong) {
    const Evaluation evaluation = evaluated(request, current);
    EXPECT_TRUE(evaluation.verdict == Verdict::proceed || !evaluation.is_range_valid);
    return evaluation.verdict;
}

TEST(Preconditions, without_any_it_goes_on) {
    for (const Method method : {Method::get, Method::head, Method::other}) {
        const Evaluation evaluation = evaluated({.method = method});
        EXPECT_EQ(evaluation.verdict, Verdict::proceed);
        EXPECT_EQ(evaluation.is_range_valid, method == Method::get);
    }
}

TEST(Preconditions, if_match_compares_strongly) {
    EXPECT_EQ(verdict({.if_match = {"\"a\""}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {"\"b\", \"a\""}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {"\"b\"", "\"a\""}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {"*"}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {" * "}}, kUntagged), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {"W/\"a\""}}), Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"\"a\""}}, kWeak), Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"\"b\""}}), Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"\"a\""}}, kUntagged), Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"\"a\""}}, kNothing), Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"*"}}, kNothing), Verdict::precondition_failed);
}

TEST(Preconditions, a_misspelt_if_match_does_not_hold) {
    for (const std::string_view line :
         {"", "a", "\"a\", b", "\"a\", *", "*, \"a\"", "\"a", "**", "'a'"}) {
        EXPECT_EQ(verdict({.method = Method::other, .if_match = {line}}),
                  Verdict::precondition_failed)
            << line;
    }
    EXPECT_EQ(verdict({.if_match = {"*", "*"}}), Verdict::precondition_failed);
}

TEST(Preconditions, if_unmodified_since_holds_up_to_its_second) {
    for (const Method method : {Method::get, Method::head, Method::other}) {
        const auto of = [method](std::string_view date, const Validators& current = kStrong) {
            return verdict({.method = method, .if_unmodified_since = {date}}, current);
        };
        EXPECT_EQ(of(kDate), Verdict::proceed);
        EXPECT_EQ(of(kAfter), Verdict::proceed);
        EXPECT_EQ(of(kBefore), Verdict::precondition_failed);
        EXPECT_EQ(of("Sunday, 06-Nov-94 08:49:36 GMT"), Verdict::precondition_failed);
        EXPECT_EQ(of("Sun Nov  6 08:49:36 1994"), Verdict::precondition_failed);
        EXPECT_EQ(of("yesterday"), Verdict::proceed);
        EXPECT_EQ(of(""), Verdict::proceed);
        EXPECT_EQ(of(kBefore, kUndated), Verdict::proceed);
        EXPECT_EQ(of(kBefore, kNothing), Verdict::proceed);
    }
    EXPECT_EQ(verdict({.if_unmodified_since = {kBefore, kBefore}}), Verdict::proceed);
}

TEST(Preconditions, if_match_goes_before_if_unmodified_since) {
    EXPECT_EQ(verdict({.if_match = {"\"a\""}, .if_unmodified_since = {kBefore}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_match = {"\"b\""}, .if_unmodified_since = {kAfter}}),
              Verdict::precondition_failed);
}

TEST(Preconditions, if_none_match_compares_weakly) {
    for (const Validators& current : {kStrong, kWeak}) {
        for (const std::string_view line : {"\"a\"", "W/\"a\"", "\"b\", W/\"a\"", "*"}) {
            EXPECT_EQ(verdict({.if_none_match = {line}}, current), Verdict::not_modified) << line;
            EXPECT_EQ(verdict({.method = Method::head, .if_none_match = {line}}, current),
                      Verdict::not_modified);
            EXPECT_EQ(verdict({.method = Method::other, .if_none_match = {line}}, current),
                      Verdict::precondition_failed);
        }
    }
    EXPECT_EQ(verdict({.if_none_match = {"\"b\"", "\"a\""}}), Verdict::not_modified);
    EXPECT_EQ(verdict({.if_none_match = {"\"b\""}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_none_match = {"\"a\""}}, kUntagged), Verdict::proceed);
    EXPECT_EQ(verdict({.if_none_match = {"\"a\""}}, kNothing), Verdict::proceed);
    EXPECT_EQ(verdict({.method = Method::other, .if_none_match = {"*"}}, kNothing),
              Verdict::proceed);
}

TEST(Preconditions, a_misspelt_if_none_match_stops_no_read_but_every_write) {
    for (const std::string_view line : {"b", "\"b\", c", "*, \"b\"", "\"b", "W/b"}) {
        EXPECT_EQ(verdict({.if_none_match = {line}}), Verdict::proceed) << line;
        EXPECT_EQ(verdict({.method = Method::other, .if_none_match = {line}}),
                  Verdict::precondition_failed)
            << line;
        EXPECT_EQ(verdict({.method = Method::other, .if_none_match = {line}}, kNothing),
                  Verdict::precondition_failed)
            << line;
    }
    EXPECT_EQ(verdict({.if_none_match = {"\"a\", b"}}), Verdict::not_modified);
}

TEST(Preconditions, if_modified_since_is_for_reads) {
    for (const Method method : {Method::get, Method::head}) {
        const auto of = [method](std::string_view date, const Validators& current = kStrong) {
            return verdict({.method = method, .if_modified_since = {date}}, current);
        };
        EXPECT_EQ(of(kDate), Verdict::not_modified);
        EXPECT_EQ(of(kAfter), Verdict::not_modified);
        EXPECT_EQ(of("Sun Nov  6 08:49:37 1994"), Verdict::not_modified);
        EXPECT_EQ(of(kBefore), Verdict::proceed);
        EXPECT_EQ(of("tomorrow"), Verdict::proceed);
        EXPECT_EQ(of(kDate, kUndated), Verdict::proceed);
        EXPECT_EQ(of(kDate, kNothing), Verdict::proceed);
    }
    EXPECT_EQ(verdict({.method = Method::other, .if_modified_since = {kDate}}), Verdict::proceed);
    EXPECT_EQ(verdict({.if_modified_since = {kDate, kDate}}), Verdict::proceed);
}

TEST(Preconditions, if_none_match_goes_before_if_modified_since) {
    EXPECT_EQ(verdict({.if_none_match = {"\"b\""}, .if_modified_since = {kDate}}),
              Verdict::proceed);
    EXPECT_EQ(verdict({.if_none_match = {"\"a\""}, .if_modified_since = {kBefore}}),
              Verdict::not_modified);
    EXPECT_EQ(verdict({.if_none_match = {""}, .if_modified_since = {kDate}}), Verdict::proceed);
}

TEST(Preconditions, what_must_match_goes_before_what_must_not) {
    EXPECT_EQ(verdict({.if_match = {"\"b\""}, .if_none_match = {"\"a\""}}),
              Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_match = {"\"a\""}, .if_none_match = {"\"a\""}}), Verdict::not_modified);
    EXPECT_EQ(verdict({.if_modified_since = {kDate}, .if_unmodified_since = {kBefore}}),
              Verdict::precondition_failed);
    EXPECT_EQ(verdict({.if_modified_since = {kDate}, .if_unmodified_since = {kDate}}),
              Verdict::not_modified);
}

TEST(Preconditions, if_range_needs_a_strong_validator) {
    const auto of = [](std::string_view text, const Validators& current = kStrong,
                       std::int64_t now = kNow) {
        return evaluated({.if_range = {text}}, current, now).is_range_valid;
    };
    EXPECT_TRUE(of("\"a\""));
    EXPECT_FALSE(of("\"b\""));
    EXPECT_FALSE(of("W/\"a\""));
    EXPECT_FALSE(of("\"a\"", kWeak));
    EXPECT_FALSE(of("\"a\"", kUntagged));
    EXPECT_FALSE(of("\"a\", \"b\""));
    EXPECT_FALSE(of("*"));
    EXPECT_FALSE(of(""));
    EXPECT_FALSE(of("a"));
    EXPECT_TRUE(of(kDate));
    EXPECT_TRUE(of("Sunday, 06-Nov-94 08:49:37 GMT", kUntagged));
    EXPECT_FALSE(of(kBefore));
    EXPECT_FALSE(of(kAfter));  // it has to be the very date
    EXPECT_FALSE(of(kDate, kUndated));
    EXPECT_FALSE(of(kDate, kStrong, kModified));  // it may still change within this second
    EXPECT_TRUE(of(kDate, kStrong, kModified + 1));
    EXPECT_FALSE(of("\"a\"", {.exists = false, .tag = EntityTag{"a"}}));
    EXPECT_FALSE(evaluated({.if_range = {"\"a\"", "\"a\""}}).is_range_valid);
}

TEST(Preconditions, ranges_are_for_get_alone) {
    EXPECT_FALSE(evaluated({.method = Method::head, .if_range = {"\"a\""}}).is_range_valid);
    EXPECT_FALSE(evaluated({.method = Method::other, .if_range = {"\"a\""}}).is_range_valid);
    EXPECT_FALSE(evaluated({.if_match = {"\"b\""}, .if_range = {"\"a\""}}).is_range_valid);
    EXPECT_FALSE(evaluated({.if_none_match = {"\"a\""}, .if_range = {"\"a\""}}).is_range_valid);
    EXPECT_TRUE(evaluated({.if_none_match = {"\"b\""}, .if_range = {"\"a\""}}).is_range_valid);
}

}  // namespace
}  // namespace trivet::conditional
