#include "route/url.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "route/router.h"

namespace trivet::route {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<NamedText> texts(const Pairs& pairs) {
    std::vector<NamedText> result;
    for (const auto& [name, value] : pairs) {
        result.push_back({std::string_view(name), std::string_view(value)});
    }
    return result;
}

// The URL of a route, or "kind: message" with the route's own text left out.
std::string url(std::string_view host, std::string_view pattern, const Pairs& params,
                const Pairs& query = {}) {
    Router router;
    EXPECT_TRUE(router.add({"GET", host, pattern, "", "n", 0}).has_value()) << pattern;
    const auto before = router.url("n", texts(params), texts(query));
    router.freeze();
    const auto built = router.url("n", texts(params), texts(query));
    EXPECT_EQ(before.has_value(), built.has_value());
    if (built) {
        EXPECT_EQ(*before, *built);
        return *built;
    }
    std::string message = built.error().message;
    const std::string shown = "\"" + std::string(pattern) + "\"";
    if (const std::size_t at = message.find(shown); at != std::string::npos) {
        message.replace(at, shown.size(), "it");
    }
    return (built.error().kind == UrlError::Kind::argument ? "argument: " : "other: ") + message;
}

TEST(Url, fills_in_and_encodes_parameters) {
    EXPECT_EQ(url("", "/", {}), "/");
    EXPECT_EQ(url("", "/users/{id:int}/{name}", {{"name", "a b/c"}, {"id", "-7"}}),
              "/users/-7/a%20b%2Fc");
    EXPECT_EQ(url("", "/{a}", {{"a", "\xc3\xa9?#%\"'<>"}}), "/%C3%A9%3F%23%25%22%27%3C%3E");
    EXPECT_EQ(url("", "/{a}", {{"a", "-._~!$&()*+,;=:@"}}), "/-._~!$&()*+,;=:@");
    EXPECT_EQ(url("", "/{a:path}", {{"a", "x/y z/"}}), "/x/y%20z/");
    EXPECT_EQ(url("", "/caf\xc3\xa9/a b/", {}), "/caf%C3%A9/a%20b/");
}

TEST(Url, appends_the_query_in_order) {
    EXPECT_EQ(url("", "/s", {}, {{"q", "a b&c"}, {"q", "=\xc3\xa9+"}, {"", ""}, {"~*-._", "~"}}),
              "/s?q=a+b%26c&q=%3D%C3%A9%2B&=&%7E*-._=%7E");
}

TEST(Url, begins_with_the_host) {
    EXPECT_EQ(url("API.example.com", "/a", {}), "//api.example.com/a");
    EXPECT_EQ(url("{t}.example.com", "/{a}", {{"a", "1"}, {"t", "ACME"}}), "//acme.example.com/1");
    EXPECT_EQ(url("[::A]", "/", {}), "//[::a]/");
    EXPECT_EQ(url("{t}.b", "/", {{"t", "a.b"}}),
              "argument: parameter \"t\" of it of host \"{t}.b\" must be a host label: 1 to 63 "
              "letters, digits, '-', '_'");
    EXPECT_EQ(url("{t}", "/", {{"t", "a/b"}}).substr(0, 8), "argument");
    EXPECT_EQ(url("{t}", "/", {{"t", ""}}).substr(0, 8), "argument");
    Pairs longs;
    std::string host = "{p0}";
    for (int index = 0; index < 4; ++index) {
        longs.emplace_back("p" + std::to_string(index), std::string(63, 'a'));
        host += index == 0 ? "" : ".{p" + std::to_string(index) + "}";
    }
    EXPECT_TRUE(url(host, "/", longs).ends_with("would be longer than 253 bytes"));
}

TEST(Url, checks_constraints) {
    const char* refused = "argument: parameter \"a\" of it ";
    EXPECT_EQ(url("", "/{a:int}", {{"a", "7x"}}),
              std::string(refused) + "must be an integer of 64 bits (int)");
    EXPECT_EQ(url("", "/{a:int}", {{"a", ""}}),
              std::string(refused) + "must be an integer of 64 bits (int)");
    EXPECT_EQ(url("", "/{a:uuid}", {{"a", "7"}}), std::string(refused) + "must be a UUID (uuid)");
    EXPECT_EQ(url("", "/{a:regex([A-Z]{3})}", {{"a", "ABC"}}), "/ABC");
    EXPECT_EQ(url("", "/{a:regex([A-Z]{3})}", {{"a", "ABCD"}}),
              std::string(refused) + "must match regex([A-Z]{3})");
    EXPECT_EQ(url("", "/{a:regex((a+)+$)}", {{"a", std::string(40, 'a') + "!"}}),
              std::string(refused) + "exceeds the limits of regex((a+)+$)");
    EXPECT_EQ(url("", "/{a}", {{"a", ""}}), std::string(refused) + "must not be empty");
    EXPECT_EQ(url("", "/{a}", {{"a", std::string("b\0", 2)}}),
              std::string(refused) + "must not hold a zero byte");
    EXPECT_EQ(url("", "/{a:regex(x*)}", {{"a", ""}}), std::string(refused) + "must not be empty");
}

TEST(Url, refuses_what_would_normalise_away) {
    for (const char* value : {".", ".."}) {
        EXPECT_TRUE(url("", "/{a}", {{"a", value}}).starts_with("argument")) << value;
        EXPECT_TRUE(url("", "/{a:regex(.*)}", {{"a", value}}).starts_with("argument")) << value;
    }
    EXPECT_EQ(url("", "/{a}", {{"a", "..."}}), "/...");
    for (const char* value : {"", "/", "/a", "a//b", "a/./b", "../a", "a/..", "a//", "."}) {
        EXPECT_TRUE(url("", "/x/{a:path}", {{"a", value}}).starts_with("argument")) << value;
    }
    EXPECT_EQ(url("", "/x/{a:path}", {{"a", "a/.b/c/"}}), "/x/a/.b/c/");
    EXPECT_EQ(url("", "//a", {}), "argument: it would be read as a host: it begins with //");
    EXPECT_EQ(url("h", "//a", {}), "//h//a");
}

TEST(Url, wants_every_parameter_once_and_no_other) {
    EXPECT_EQ(url("", "/{a}", {}), "argument: parameter \"a\" of it is missing");
    EXPECT_EQ(url("", "/{a}", {{"a", "1"}, {"a", "1"}}),
              "argument: parameter \"a\" of it is given twice");
    EXPECT_EQ(url("", "/{a}", {{"a", "1"}, {"b", "1"}}), "argument: it has no parameter \"b\"");
    EXPECT_EQ(url("{t}.x", "/", {}),
              "argument: parameter \"t\" of it of host \"{t}.x\" is missing");
}

TEST(Url, tells_unknown_names) {
    Router router;
    ASSERT_TRUE(router.add({"GET", "", "/a", "", "", 0}).has_value());
    for (const char* name : {"", "x"}) {
        const auto built = router.url(name, {}, {});
        ASSERT_FALSE(built.has_value());
        EXPECT_EQ(built.error().kind, UrlError::Kind::not_found);
        EXPECT_EQ(built.error().message, "no route is named \"" + std::string(name) + "\"");
    }
}

TEST(Url, writes_what_fits_and_tells_the_whole_length) {
    Router router;
    ASSERT_TRUE(router.add({"GET", "", "/abc", "", "n", 0}).has_value());
    char room[3] = {'-', '-', '-'};
    EXPECT_EQ(*router.url("n", {}, {}, std::span(room, 2)), 4u);
    EXPECT_EQ(std::string_view(room, 3), "/a-");
    EXPECT_EQ(*router.url("n", {}, {}, {}), 4u);
}

}  // namespace
}  // namespace trivet::route
