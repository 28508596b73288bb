#include <gtest/gtest.h>

#include <string>

#include "route/routes_test.h"

namespace trivet::route {
namespace {

constexpr const char* kUuid = "0d9F2c1a-5b7e-4c38-9a01-6f2e8d3b4c5a";

TEST(RouterPrecedence, literal_int_uuid_regex_text_path) {
    // Registered the other way round.
    Routes routes({"GET /r/{rest:path}", "GET /r/{name}", "GET /r/{v:regex(v[0-9]+|[0-9]+|0d.*)}",
                   "GET /r/{id:uuid}", "GET /r/{n:int}", "GET /r/new"});
    EXPECT_EQ(routes.ask("GET /r/new"), "5");
    EXPECT_EQ(routes.ask("GET /r/42"), "4 n=42");
    EXPECT_EQ(routes.ask("GET /r/99999999999999999999"), "2 v=99999999999999999999");
    EXPECT_EQ(routes.ask(std::string("GET /r/") + kUuid), std::string("3 id=") + kUuid);
    EXPECT_EQ(routes.ask("GET /r/v12"), "2 v=v12");
    EXPECT_EQ(routes.ask("GET /r/anything"), "1 name=anything");
    EXPECT_EQ(routes.ask("GET /r/any/thing"), "0 rest=any/thing");
    EXPECT_EQ(routes.ask("GET /r/new/"), "0 rest=new/");
    EXPECT_EQ(routes.ask("GET /r//"), "0 rest=/");
    EXPECT_EQ(routes.ask("GET /r/"), "404");
    EXPECT_EQ(routes.ask("GET /r"), "404");
}

TEST(RouterPrecedence, expressions_are_tried_in_the_order_of_registration) {
    Routes one({"GET /{a:regex([a-z]+)}", "GET /{b:regex(x.*)}"});
    EXPECT_EQ(one.ask("GET /xy"), "0 a=xy");
    EXPECT_EQ(one.ask("GET /x1"), "1 b=x1");
    Routes two({"GET /{b:regex(x.*)}", "GET /{a:regex([a-z]+)}"});
    EXPECT_EQ(two.ask("GET /xy"), "0 b=xy");
}

TEST(RouterPrecedence, goes_back_to_every_kind) {
    Routes routes(
        {"GET /7/a", "GET /{n:int}/b", "GET /{r:regex([0-9]+)}/c", "GET /{t}/d", "GET /{p:path}"});
    EXPECT_EQ(routes.ask("GET /7/a"), "0");
    EXPECT_EQ(routes.ask("GET /7/b"), "1 n=7");
    EXPECT_EQ(routes.ask("GET /7/c"), "2 r=7");
    EXPECT_EQ(routes.ask("GET /7/d"), "3 t=7");
    EXPECT_EQ(routes.ask("GET /7/e"), "4 p=7/e");
    EXPECT_EQ(routes.ask("GET /7"), "4 p=7");
}

TEST(RouterPrecedence, looks_for_the_method_in_every_kind) {
    Routes routes(
        {"GET /a/{n:int}", "PUT /a/{v:regex([0-9]+)}", "POST /a/{t}", "LOCK /a/{p:path}"});
    EXPECT_EQ(routes.ask("GET /a/1"), "0 n=1");
    EXPECT_EQ(routes.ask("PUT /a/1"), "1 v=1");
    EXPECT_EQ(routes.ask("POST /a/1"), "2 t=1");
    EXPECT_EQ(routes.ask("LOCK /a/1"), "3 p=1");
    EXPECT_EQ(routes.ask("LOCK /a/1/2"), "3 p=1/2");
    EXPECT_EQ(routes.ask("DELETE /a/1"), "405 GET, HEAD, OPTIONS, PUT, POST, LOCK");
    EXPECT_EQ(routes.ask("DELETE /a/b"), "405 OPTIONS, POST, LOCK");
    EXPECT_EQ(routes.ask("OPTIONS /a/b/c"), "options OPTIONS, LOCK");
}

TEST(RouterPrecedence, a_deeper_path_parameter_wins) {
    Routes routes({"GET /{p:path}", "GET /a/{p:path}", "GET /a/b/{p:path}", "GET /{x}/c/{p:path}"});
    EXPECT_EQ(routes.ask("GET /a/b/c"), "2 p=c");
    EXPECT_EQ(routes.ask("GET /a/c/c"), "1 p=c/c");
    EXPECT_EQ(routes.ask("GET /z/c/c"), "3 x=z p=c");
    EXPECT_EQ(routes.ask("GET /z/d/c"), "0 p=z/d/c");
    EXPECT_EQ(routes.ask("GET /a/b/"), "1 p=b/");
}

TEST(RouterPrecedence, constraints_are_checked_decoded) {
    Routes routes({"GET /i/{n:int}", "GET /u/{u:uuid}", "GET /r/{r:regex([a-z]/[a-z])}",
                   "GET /p/{p:path}", "GET /e/{r:regex(\xc3\xa9+)}"});
    EXPECT_EQ(routes.ask("GET /i/%34%32"), "0 n=%34%32*");
    EXPECT_EQ(routes.ask("GET /u/%30d9F2c1a-5b7e-4c38-9a01-6f2e8d3b4c5a"),
              "1 u=%30d9F2c1a-5b7e-4c38-9a01-6f2e8d3b4c5a*");
    EXPECT_EQ(routes.ask("GET /r/a%2Fb"), "2 r=a%2Fb*");
    EXPECT_EQ(routes.ask("GET /r/a/b"), "404");
    EXPECT_EQ(routes.ask("GET /p/a/b%2Fc/d"), "3 p=a/b%2Fc/d*");
    EXPECT_EQ(routes.ask("GET /p/%"), "400");
    EXPECT_EQ(routes.ask("GET /e/%C3%A9%C3%A9"), "4 r=%C3%A9%C3%A9*");
    EXPECT_EQ(routes.ask("GET /e/%C3%A9%C3"), "404");
    EXPECT_EQ(routes.scratch().limits_total(), 0u);
}

TEST(RouterPrecedence, a_parameter_is_never_empty) {
    Routes routes({"GET /a/{r:regex(x*)}", "GET /b/{t}", "GET /c/{p:path}"});
    EXPECT_EQ(routes.ask("GET /a/"), "404");
    EXPECT_EQ(routes.ask("GET /b/"), "404");
    EXPECT_EQ(routes.ask("GET /c/"), "404");
    EXPECT_EQ(routes.ask("GET /a/xx"), "0 r=xx");
}

TEST(RouterPrecedence, a_catastrophic_expression_is_no_match) {
    Routes routes({"GET /{s:regex((a+)+$)}"});
    EXPECT_EQ(routes.ask("GET /" + std::string(30, 'a')), "0 s=" + std::string(30, 'a'));
    EXPECT_EQ(routes.ask("GET /" + std::string(30, 'a') + "!"), "404");
    EXPECT_EQ(routes.scratch().limits_total(), 1u);
}

TEST(RouterPrecedence, a_path_takes_more_segments_than_a_pattern_may_have) {
    Routes routes({"GET /{p:path}", "GET /a/{b}"});
    std::string path;
    for (std::size_t segment = 0; segment < 10 * kSegmentsMax; ++segment) {
        path += "/a";
    }
    EXPECT_EQ(routes.ask("GET " + path), "0 p=" + path.substr(1));
}

}  // namespace
}  // namespace trivet::route
