#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using CorsTest = ChainTest;

TEST_F(CorsTest, tells_each_of_many_origins_about_itself) {
    Pairs options;
    for (int number = 0; number < 200; ++number) {
        options.emplace_back("origin", "https://a" + std::to_string(number) + ".example");
    }
    mount(0, "cors", options);
    serve();
    for (int number = 0; number < 200; ++number) {
        const std::string origin = "https://a" + std::to_string(number) + ".example";
        EXPECT_NE(get("Origin: " + origin + "\r\n")
                      .find("Access-Control-Allow-Origin: " + origin + "\r\n"),
                  std::string::npos);
    }
    EXPECT_EQ(get("Origin: https://a200.example\r\n").find("Access-Control-Allow-Origin"),
              std::string::npos);
}

TEST_F(CorsTest, an_origin_without_end_is_nobodys) {
    mount(0, "cors", {{"origin", "https://*.example.org"}});
    serve();
    const std::string longest =
        "https://" + std::string(kOriginBytesMax - 20, 'a') + ".example.org";
    ASSERT_EQ(longest.size(), kOriginBytesMax);
    EXPECT_NE(get("Origin: " + longest + "\r\n").find("Allow-Origin: " + longest),
              std::string::npos);
    EXPECT_EQ(get("Origin: " + longest.substr(0, 8) + "a" + longest.substr(8) + "\r\n")
                  .find("Access-Control-Allow-Origin"),
              std::string::npos);
}

TEST(CorsOptionsTest, credentials_are_not_for_everybody) {
    const std::string credentials = "credentials";
    for (const Pairs& open : {Pairs{{"origin", "*"}}, Pairs{{"origin", "null"}},
                              Pairs{{"origin", "https://a.example"}, {"header", "*"}},
                              Pairs{{"origin", "https://a.example"}, {"expose", "*"}},
                              Pairs{{"origin", "https://a.example"}, {"method", "*"}}}) {
        EXPECT_EQ(fault_of("cors", open), "");
        Pairs closed = open;
        closed.emplace_back(credentials, "true");
        EXPECT_NE(fault_of("cors", closed), "");
    }
}

TEST(CorsOptionsTest, refuses_what_would_not_hold) {
    EXPECT_NE(fault_of("cors", {}), "");
    EXPECT_NE(fault_of("cors", {{"origin", "*"}, {"origin", "https://a.example"}}), "");
    EXPECT_NE(fault_of("cors", {{"origin", "*"}, {"method", "TRACE"}}), "");
    EXPECT_NE(fault_of("cors", {{"origin", "*"}, {"method", "A B"}}), "");
    EXPECT_NE(fault_of("cors", {{"origin", "*"}, {"header", "a\r\nb"}}), "");
    EXPECT_NE(fault_of("cors", {{"origin", "*"}, {"max_age", "86401"}}), "");
    Pairs many;
    for (int number = 0; number < 1001; ++number) {
        many.emplace_back("origin", "https://a" + std::to_string(number) + ".example");
    }
    EXPECT_EQ(fault_of("cors", many), "cors: origin is given more than 1000 times");
}

}  // namespace
}  // namespace trivet::middleware
