#include <gtest/gtest.h>

#include <string>

#include "route/routes_test.h"

namespace trivet::route {
namespace {

TEST(RouterHost, exact_beats_parameters_beat_none) {
    Routes routes(
        {"GET /h", "GET {tenant}.example.com/h", "GET api.example.com/h", "GET {a}.{b}.com/h"});
    EXPECT_EQ(routes.ask("GET api.example.com/h"), "2");
    EXPECT_EQ(routes.ask("GET acme.example.com/h"), "1 tenant=acme@");
    EXPECT_EQ(routes.ask("GET acme.other.com/h"), "3 a=acme@ b=other@");
    EXPECT_EQ(routes.ask("GET example.com/h"), "0");
    EXPECT_EQ(routes.ask("GET a.b.example.com/h"), "0");
    EXPECT_TRUE(routes.router().has_hosts());
}

TEST(RouterHost, leaves_out_port_case_and_the_last_dot) {
    Routes routes({"GET /h", "GET {t}.example.com/h", "GET API.example.com./h", "GET [::A]/h"});
    EXPECT_EQ(routes.ask("GET Api.Example.COM:8080/h"), "2");
    EXPECT_EQ(routes.ask("GET api.example.com.:1/h"), "2");
    EXPECT_EQ(routes.ask("GET Acme.Example.com:1/h"), "1 t=Acme@");
    EXPECT_EQ(routes.ask("GET [::a]:8080/h"), "3");
    EXPECT_EQ(routes.ask("GET [::b]:8080/h"), "0");
}

TEST(RouterHost, a_malformed_or_missing_host_leaves_the_routes_without_one) {
    Routes routes({"GET {a}/h", "GET {a}.{b}/h", "GET /h"});
    for (const char* host : {"", ":80", ".", "a..b", "a,b", "a:b", "[::1", "a%41.b", "[::1]"}) {
        EXPECT_EQ(routes.ask(std::string("GET ") + host + "/h"), "2") << host;
    }
    EXPECT_EQ(routes.ask("GET a/h"), "0 a=a@");
}

TEST(RouterHost, parameters_of_the_host_come_first) {
    Routes routes({"GET {t}.example.com/u/{id:int}/{rest:path}"});
    EXPECT_EQ(routes.ask("GET x.example.com/u/7/a/b"), "0 t=x@ id=7 rest=a/b");
    EXPECT_EQ(routes.ask("GET example.com/u/7/a"), "404");
}

TEST(RouterHost, asks_the_next_host_for_path_and_method) {
    Routes routes({"POST {t}.eu.example.com/h", "GET {a}.{b}.example.com/h",
                   "PUT x.eu.example.com/h", "DELETE /h", "GET x.eu.example.com/only"});
    EXPECT_EQ(routes.ask("PUT x.eu.example.com/h"), "2");
    EXPECT_EQ(routes.ask("POST x.eu.example.com/h"), "0 t=x@");
    EXPECT_EQ(routes.ask("GET x.eu.example.com/h"), "1 a=x@ b=eu@");
    EXPECT_EQ(routes.ask("DELETE x.eu.example.com/h"), "3");
    EXPECT_EQ(routes.ask("LOCK x.eu.example.com/h"), "405 GET, HEAD, OPTIONS, POST, PUT, DELETE");
    EXPECT_EQ(routes.ask("LOCK y.us.example.com/h"), "405 GET, HEAD, OPTIONS, DELETE");
    EXPECT_EQ(routes.ask("LOCK other/h"), "405 OPTIONS, DELETE");
    EXPECT_EQ(routes.ask("GET x.eu.example.com/only"), "4");
    EXPECT_EQ(routes.ask("GET y.eu.example.com/only"), "404");
    EXPECT_EQ(routes.ask("OPTIONS y.us.example.com/h"), "options GET, HEAD, OPTIONS, DELETE");
}

TEST(RouterHost, any_method_of_a_host_answers_before_the_next_host) {
    Routes routes({"* a.b/h", "GET /h"});
    EXPECT_EQ(routes.ask("GET a.b/h"), "0");
    EXPECT_EQ(routes.ask("GET c.d/h"), "1");
}

TEST(RouterHost, routers_without_hosts_do_not_look_at_it) {
    Routes routes({"GET /h"});
    EXPECT_FALSE(routes.router().has_hosts());
    EXPECT_EQ(routes.ask("GET a..b/h"), "0");
}

TEST(RouterHost, finds_each_of_many) {
    std::vector<std::string> lines;
    for (int index = 0; index < 500; ++index) {
        lines.push_back("GET t" + std::to_string(index) + ".example/h/{id}");
    }
    Routes routes(lines);
    for (int index = 0; index < 500; ++index) {
        EXPECT_EQ(routes.ask("GET t" + std::to_string(index) + ".example/h/1"),
                  std::to_string(index) + " id=1");
    }
}

}  // namespace
}  // namespace trivet::route
