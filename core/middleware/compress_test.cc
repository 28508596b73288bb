#include <gtest/gtest.h>

#include "http/coded_test.h"
#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

class CompressTest : public ChainTest {
protected:
    CompressTest() { body = http::some_json(5000); }

    // The coding of an answer; "-": none.
    std::string coding(std::string_view accepted) {
        const std::string answer = get("Accept-Encoding: " + std::string(accepted) + "\r\n");
        const std::size_t at = answer.find("Content-Encoding: ");
        return at == std::string::npos ? "-"
                                       : answer.substr(at + 18, answer.find('\r', at) - at - 18);
    }
};

TEST_F(CompressTest, offers_zstd_br_and_gzip_in_this_order) {
    mount(0, "compress");
    serve();
    EXPECT_EQ(coding("gzip, deflate, br, zstd"), "zstd");
    EXPECT_EQ(coding("gzip, deflate, br"), "br");
    EXPECT_EQ(coding("gzip, deflate"), "gzip");
    EXPECT_EQ(coding("deflate"), "-");
    const std::string answer = get("Accept-Encoding: gzip\r\n");
    EXPECT_EQ(http::decoded_by(codec::Coding::gzip, answer.substr(answer.find("\r\n\r\n") + 4)),
              body);
    EXPECT_EQ(count_of(answer, "Vary: Accept-Encoding\r\n"), 1);
}

TEST_F(CompressTest, offers_what_it_is_told_in_that_order) {
    mount(0, "compress", {{"coding", "gzip"}, {"coding", "zstd"}, {"gzip_level", "9"}});
    serve();
    EXPECT_EQ(coding("gzip, br, zstd"), "gzip");
    EXPECT_EQ(coding("br"), "-");
    EXPECT_EQ(coding("zstd"), "zstd");
}

TEST(CompressLevelTest, levels_make_a_difference) {
    struct Served : CompressTest {
        explicit Served(std::string_view level) {
            mount(0, "compress", {{"gzip_level", std::string(level)}});
            serve();
        }
        std::size_t size() { return get("Accept-Encoding: gzip\r\n").size(); }
        void TestBody() override {}
    };
    EXPECT_LT(Served("9").size(), Served("1").size());
}

TEST_F(CompressTest, the_innermost_counts_and_may_be_off) {
    mount(0, "compress");
    mount(1, "compress", {{"enabled", "false"}});
    serve();
    EXPECT_EQ(coding("gzip"), "-");
    EXPECT_EQ(count_of(get(), "Vary"), 0);
    EXPECT_FALSE(chain_->does_something()) << "it costs nothing";
    EXPECT_EQ(chain_->order()[0]->summary(), "off");
}

TEST_F(CompressTest, bounds_and_types_are_as_told) {
    mount(0, "compress", {{"min_bytes", "5000"}, {"max_bytes", "6000"}, {"type", "text/plain"}});
    serve();
    EXPECT_EQ(coding("gzip"), "gzip");
    body.resize(4999);
    EXPECT_EQ(coding("gzip"), "-");
    body.resize(6001, 'x');
    EXPECT_EQ(coding("gzip"), "-");
    body.resize(5500);
    own_name = "Content-Type";
    own_value = "text/html";
    EXPECT_EQ(coding("gzip"), "-");
}

TEST_F(CompressTest, problems_are_encoded_and_other_middleware_stays) {
    mount(0, "compress", {{"min_bytes", "0"}});
    mount(0, "cors", {{"origin", "https://a.example"}});
    mount(0, "bearer", {{"token", "t"}});
    serve();
    const std::string answer = get("Accept-Encoding: gzip\r\nOrigin: https://a.example\r\n");
    EXPECT_EQ(http::status_of(answer), 401);
    EXPECT_EQ(count_of(answer, "Vary: Origin\r\n"), 1);
    EXPECT_EQ(count_of(answer, "Access-Control-Allow-Origin: https://a.example\r\n"), 1);
    EXPECT_EQ(count_of(answer, "Vary: Accept-Encoding\r\n"), 1);
    EXPECT_EQ(count_of(answer, "WWW-Authenticate"), 1);
}

TEST_F(CompressTest, people_are_shown_what_is_offered) {
    mount(0, "compress", {{"br_level", "5"}});
    serve();
    EXPECT_EQ(chain_->order()[0]->summary(), "zstd=3 br=5 gzip=5 from 1024 bytes");
    EXPECT_EQ(name(chain_->order()[0]->phase()), "encode");
}

TEST_F(CompressTest, mistakes_are_named) {
    for (const auto& [option, value, fault] : std::vector<std::array<std::string, 3>>{
             {"coding", "deflate", "is \"deflate\", allowed are zstd, br and gzip"},
             {"coding", "identity", "is \"identity\", allowed are zstd, br and gzip"},
             {"gzip_level", "0", "is \"0\", allowed are 1 to 9"},
             {"br_level", "11", "is \"11\", allowed are 1 to 9"},
             {"zstd_level", "19", "is \"19\", allowed are 1 to 9"},
             {"min_bytes", "-1", "is \"-1\", allowed are 0 to 1073741824"},
             {"max_bytes", "0", "is \"0\", allowed are 1 to 1073741824"},
             {"enabled", "no", "is \"no\", allowed are true and false"},
             {"type", "*/*",
              "is \"*/*\", allowed are types (text/html), kinds (text/*), suffixes (+json) and "
              "default"}}) {
        EXPECT_EQ(fault_of("compress", {{option, value}}), "compress: " + option + " " + fault);
    }
    EXPECT_EQ(fault_of("compress", {{"coding", "br"}, {"coding", "br"}}),
              "compress: coding has \"br\" twice");
    EXPECT_EQ(fault_of("compress", {{"min_bytes", "10"}, {"max_bytes", "9"}}),
              "compress: min_bytes is more than max_bytes");
    EXPECT_EQ(fault_of("compress", Pairs(101, {"type", "text/html"})),
              "compress: type is given more than 100 times");
    EXPECT_EQ(fault_of("compress", {{"level", "1"}}),
              "compress: no option \"level\"; there are coding, min_bytes, max_bytes, gzip_level, "
              "br_level, zstd_level, type, enabled");
    EXPECT_EQ(fault_of("compress", {{"type", "default"}, {"type", "text/event-stream"}}), "");
}

}  // namespace
}  // namespace trivet::middleware
