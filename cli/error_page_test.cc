#include "error_page.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

const Failure kFailure{.title = "The app <ended>",
                       .cause = "exit code 1",
                       .command = "python 'app.py' --x \"y\"",
                       .folder = "/srv/a&b",
                       .output = "Traceback\n\tSyntaxError: <bad>\n",
                       .hint = "Look & see",
                       .number = 7};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ErrorPage, is_html_for_those_who_ask_for_it) {
    for (const char* accept : {"text/html", "text/html,application/xhtml+xml,*/*;q=0.8",
                               "Text/HTML; q=0.9", "application/json, text/html"}) {
        EXPECT_TRUE(wants_html(accept)) << accept;
    }
    for (const char* accept : {"", "*/*", "application/json", "text/plain", "text/*"}) {
        EXPECT_FALSE(wants_html(accept)) << accept;
    }
}

TEST(ErrorPage, shows_all_there_is_to_know_escaped) {
    const std::string html = html_page(kFailure);
    EXPECT_TRUE(has(html, "<html data-failure=\"7\" lang=\"en\">"));
    EXPECT_TRUE(has(html, "<h1>The app &lt;ended&gt;</h1>"));
    EXPECT_TRUE(has(html, "<pre>Traceback\n\tSyntaxError: &lt;bad&gt;\n</pre>"));
    EXPECT_TRUE(has(html, "python &#39;app.py&#39; --x &quot;y&quot;"));
    EXPECT_TRUE(has(html, "/srv/a&amp;b"));
    EXPECT_TRUE(has(html, "exit code 1"));
    EXPECT_TRUE(has(html, "Look &amp; see"));
    EXPECT_FALSE(has(html, "<bad>"));
}

TEST(ErrorPage, asks_where_and_for_what_the_server_answers) {
    const std::string html = html_page(kFailure);
    EXPECT_TRUE(has(html, "fetch('" + std::string(kDevPath) + "'"));
    EXPECT_TRUE(has(html, "get('" + std::string(kDevField) + "')"));
    EXPECT_TRUE(has(html, "http-equiv=\"refresh\"")) << "without scripts as well";
}

TEST(ErrorPage, says_when_nothing_was_said) {
    const std::string html = html_page(Failure());
    EXPECT_TRUE(has(html, "<pre>It said nothing.</pre>"));
    EXPECT_FALSE(has(html, "<dt>Command"));
}

TEST(ErrorPage, is_problem_details_for_others) {
    EXPECT_EQ(problem_json(kFailure),
              "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500,"
              "\"detail\":\"The app <ended>: exit code 1. Look & see\","
              "\"command\":\"python 'app.py' --x \\\"y\\\"\",\"folder\":\"/srv/a&b\","
              "\"output\":\"Traceback\\n\\u0009SyntaxError: <bad>\\n\"}\n");
}

}  // namespace
}  // namespace trivet::cli
