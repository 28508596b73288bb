#include "route/router.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "route/routes_test.h"

namespace trivet::route {
namespace {

TEST(Router, matches_literals_as_written) {
    Routes routes({"GET /", "GET /hello", "GET /hello/", "GET //x", "GET /a/b/c"});
    EXPECT_EQ(routes.ask("GET /"), "0");
    EXPECT_EQ(routes.ask("GET /hello"), "1");
    EXPECT_EQ(routes.ask("GET /hello/"), "2");
    EXPECT_EQ(routes.ask("GET //x"), "3");
    EXPECT_EQ(routes.ask("GET /a/b/c"), "4");
    for (const char* path :
         {"GET //", "GET /Hello", "GET /hell", "GET /helloo", "GET /hello//", "GET /x", "GET /a/b",
          "GET /a/b/", "GET /a/b/c/", "GET //a/b/c", "GET *", "GET ", "GET hello"}) {
        EXPECT_EQ(routes.ask(path), "404") << path;
    }
}

TEST(Router, captures_parameters) {
    Routes routes({"GET /users/{id:int}", "GET /files/{name}", "GET /{a}/x/{b:int}/{c:str}"});
    EXPECT_EQ(routes.ask("GET /users/42"), "0 id=42");
    EXPECT_EQ(routes.ask("GET /files/a.txt"), "1 name=a.txt");
    EXPECT_EQ(routes.ask("GET /1/x/2/3"), "2 a=1 b=2 c=3");
    EXPECT_EQ(routes.ask("GET /files/"), "404");
    EXPECT_EQ(routes.ask("GET /files"), "404");
    EXPECT_EQ(routes.ask("GET /files/a/"), "404");
    EXPECT_EQ(routes.ask("GET /files/a/b"), "404");
}

TEST(Router, integers_are_digits_within_64_bits) {
    Routes routes({"GET /{n:int}"});
    for (const char* number :
         {"0", "-1", "007", "-0", "9223372036854775807", "-9223372036854775808"}) {
        EXPECT_EQ(routes.ask("GET /" + std::string(number)), "0 n=" + std::string(number));
    }
    for (const char* number : {"", "-", "+1", "1a", "a", "1.0", "--1", "0x1", "9223372036854775808",
                               "-9223372036854775809", "%201", "1%20", "1_0"}) {
        EXPECT_EQ(routes.ask("GET /" + std::string(number)), "404") << number;
    }
    EXPECT_EQ(routes.ask("GET /%34%32"), "0 n=%34%32*");
}

TEST(Router, the_most_special_segment_wins) {
    Routes routes({"GET /u/{name}", "GET /u/{id:int}", "GET /u/me", "GET /u/7"});
    EXPECT_EQ(routes.ask("GET /u/me"), "2");
    EXPECT_EQ(routes.ask("GET /u/7"), "3");
    EXPECT_EQ(routes.ask("GET /u/8"), "1 id=8");
    EXPECT_EQ(routes.ask("GET /u/you"), "0 name=you");
}

TEST(Router, goes_back_when_a_special_path_ends_nowhere) {
    Routes routes(
        {"GET /a/b/c", "GET /a/{x}/d", "GET /{y}/b/e", "GET /{n:int}/b/f", "GET /{z}/{w}/{v}/g"});
    EXPECT_EQ(routes.ask("GET /a/b/c"), "0");
    EXPECT_EQ(routes.ask("GET /a/b/d"), "1 x=b");
    EXPECT_EQ(routes.ask("GET /a/b/e"), "2 y=a");
    EXPECT_EQ(routes.ask("GET /1/b/f"), "3 n=1");
    EXPECT_EQ(routes.ask("GET /1/b/e"), "2 y=1");
    EXPECT_EQ(routes.ask("GET /a/b/c/g"), "4 z=a w=b v=c");
    EXPECT_EQ(routes.ask("GET /1/b/c/g"), "4 z=1 w=b v=c");
    EXPECT_EQ(routes.ask("GET /a/b/h"), "404");
}

TEST(Router, looks_for_the_method_on_more_general_paths) {
    Routes routes({"GET /u/me", "POST /u/{name}", "* /u/{id:int}", "PUT /u/9"});
    EXPECT_EQ(routes.ask("GET /u/me"), "0");
    EXPECT_EQ(routes.ask("POST /u/me"), "1 name=me");
    EXPECT_EQ(routes.ask("DELETE /u/9"), "2 id=9");
    EXPECT_EQ(routes.ask("PUT /u/9"), "3");
    EXPECT_EQ(routes.ask("DELETE /u/me"), "405 GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(routes.ask("DELETE /u/you"), "405 OPTIONS, POST");
}

TEST(Router, names_the_allowed_methods) {
    Routes routes({"GET /a", "POST /a", "DELETE /b", "HEAD /c"});
    EXPECT_EQ(routes.ask("PUT /a"), "405 GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(routes.ask("GET /b"), "405 OPTIONS, DELETE");
    EXPECT_EQ(routes.ask("GET /c"), "405 HEAD, OPTIONS");
    EXPECT_EQ(routes.ask("get /a"), "405 GET, HEAD, OPTIONS, POST");
    EXPECT_EQ(routes.ask("PUT /d"), "404");
    EXPECT_EQ(routes.router().allow_all(), "GET, HEAD, OPTIONS, POST, DELETE");
}

TEST(Router, answers_options_unless_routed) {
    Routes routes({"GET /a", "OPTIONS /b", "* /c"});
    EXPECT_EQ(routes.ask("OPTIONS /a"), "options GET, HEAD, OPTIONS");
    EXPECT_EQ(routes.ask("OPTIONS /b"), "1");
    EXPECT_EQ(routes.ask("OPTIONS /c"), "2");
    EXPECT_EQ(routes.ask("OPTIONS /d"), "404");
}

TEST(Router, answers_head_from_get) {
    Routes routes({"GET /a", "GET /b", "HEAD /b", "* /c", "GET /c", "* /d", "POST /e"});
    EXPECT_EQ(routes.ask("HEAD /a"), "0");
    EXPECT_EQ(routes.ask("HEAD /b"), "2");
    EXPECT_EQ(routes.ask("HEAD /c"), "4");
    EXPECT_EQ(routes.ask("HEAD /d"), "5");
    EXPECT_EQ(routes.ask("HEAD /e"), "405 OPTIONS, POST");
}

TEST(Router, asterisk_takes_every_method) {
    Routes routes({"* /a", "GET /a"});
    EXPECT_EQ(routes.ask("GET /a"), "1");
    EXPECT_EQ(routes.ask("PROPFIND /a"), "0");
    EXPECT_EQ(routes.ask("anything /a"), "0");
}

TEST(Router, compares_literals_decoded) {
    Routes routes({"GET /caf\xc3\xa9", "GET /a b", "GET /x/{p}", "GET /a/b"});
    EXPECT_EQ(routes.ask("GET /caf%C3%A9"), "0");
    EXPECT_EQ(routes.ask("GET /%63af%c3%a9"), "0");
    EXPECT_EQ(routes.ask("GET /a%20b"), "1");
    EXPECT_EQ(routes.ask("GET /%78/%41"), "2 p=%41*");
    EXPECT_EQ(routes.ask("GET /x/a"), "2 p=a");
}

TEST(Router, an_encoded_slash_stays_in_its_segment) {
    Routes routes({"GET /a/b", "GET /f/{p}"});
    EXPECT_EQ(routes.ask("GET /a%2Fb"), "404");
    EXPECT_EQ(routes.ask("GET /f/a%2fb"), "1 p=a%2fb*");
    EXPECT_EQ(routes.ask("GET %2Fa"), "404");
}

TEST(Router, reports_malformed_escapes) {
    Routes routes({"GET /{p}"});
    for (const char* path :
         {"GET /%", "GET /%4", "GET /%zz", "GET /a/%00", "GET /%41%", "GET /%%41"}) {
        EXPECT_EQ(routes.ask(path), "400") << path;
    }
}

TEST(Router, long_segments_are_parameters_only) {
    const std::string literal = "/" + std::string(kLiteralBytesMax, 'a');
    Routes routes({"GET " + literal, "GET /{p}"});
    EXPECT_EQ(routes.ask("GET " + literal), "0");
    EXPECT_EQ(routes.ask("GET " + literal + "a"), "1 p=" + literal.substr(1) + "a");
    EXPECT_EQ(routes.ask("GET /%61" + literal.substr(2)), "0");
    EXPECT_EQ(routes.ask("GET /%61" + literal.substr(1)), "1 p=%61" + literal.substr(1) + "*");
}

TEST(Router, gives_every_parameter_a_pattern_may_have) {
    std::string pattern;
    std::string path;
    std::string expected = "0";
    for (std::size_t index = 0; index < kParamsMax; ++index) {
        const std::string number = std::to_string(index);
        pattern += "/{p" + number + "}";
        path += "/v" + number;
        expected += " p" + number + "=v" + number;
    }
    Routes routes({"GET " + pattern});
    EXPECT_EQ(routes.ask("GET " + path), expected);
}

TEST(Router, finds_each_of_many_literals) {
    std::vector<std::string> lines;
    for (std::uint32_t index = 0; index < 1000; ++index) {
        lines.push_back("GET /r" + std::to_string(index * 7 % 1000));
    }
    Routes routes(lines);
    for (std::uint32_t index = 0; index < 1000; ++index) {
        EXPECT_EQ(routes.ask(lines[index]), std::to_string(index));
        EXPECT_EQ(routes.ask(lines[index] + "x"), "404");
    }
}

TEST(Router, moves) {
    Router source;
    ASSERT_TRUE(source.add({"GET", "", "/", "", "", 1}).has_value());
    Router target = std::move(source);
    EXPECT_FALSE(target.is_frozen());
    target.freeze();
    EXPECT_TRUE(target.is_frozen());
    Memory memory;
    Scratch scratch(target, memory);
    Match match;
    EXPECT_EQ(target.match("GET", "", "/", scratch, match), Outcome::found);
    source = std::move(target);
    EXPECT_EQ(source.match("GET", "", "/", scratch, match), Outcome::found);
}

}  // namespace
}  // namespace trivet::route
