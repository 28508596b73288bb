#include <gtest/gtest.h>

#include "http/coded_test.h"
#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

class EntityTagsTest : public ChainTest {
protected:
    static std::string tag_of(std::string_view answer) {
        const std::size_t at = answer.find("ETag: ");
        return at == std::string_view::npos
                   ? "-"
                   : std::string(answer.substr(at + 6, answer.find('\r', at) - at - 6));
    }
};

TEST_F(EntityTagsTest, who_has_the_content_is_spared_it) {
    mount(0, "etag");
    mount(0, "cors", {{"origin", "https://a.example"}});
    serve();
    const std::string tag = tag_of(get());
    EXPECT_TRUE(tag.starts_with("W/\"")) << tag;
    EXPECT_EQ(tag_of(get()), tag);
    const std::string again = get("If-None-Match: " + tag + "\r\nOrigin: https://a.example\r\n");
    EXPECT_EQ(http::status_of(again), 304);
    EXPECT_EQ(tag_of(again), tag);
    EXPECT_EQ(count_of(again, "Vary: Origin\r\n"), 1);
    EXPECT_EQ(count_of(again, "Access-Control-Allow-Origin"), 1);
    EXPECT_EQ(count_of(again, "Vary: Accept-Encoding"), 0) << "nothing is encoded here";
    body = "other";
    EXPECT_EQ(http::status_of(get("If-None-Match: " + tag + "\r\n")), 200);
}

TEST_F(EntityTagsTest, with_compress_the_tag_is_that_of_all_codings) {
    body = http::some_json(5000);
    mount(0, "compress");
    mount(0, "etag");
    serve();
    const std::string weak = tag_of(get());
    EXPECT_TRUE(weak.starts_with("W/")) << weak;
    EXPECT_EQ(tag_of(get("Accept-Encoding: gzip\r\n")), weak);
}

TEST_F(EntityTagsTest, a_strong_one_is_that_of_what_is_sent) {
    body = http::some_json(5000);
    mount(0, "compress");
    mount(1, "etag", {{"strong", "true"}});
    serve();
    const std::string strong = tag_of(get("Accept-Encoding: gzip\r\n"));
    EXPECT_TRUE(strong.starts_with('"')) << strong;
    EXPECT_NE(strong, tag_of(get()));
}

TEST_F(EntityTagsTest, content_above_the_limit_has_none) {
    mount(0, "etag", {{"max_bytes", "3"}});
    serve();
    EXPECT_NE(tag_of(get()), "-");
    body = "four";
    EXPECT_EQ(tag_of(get()), "-");
}

TEST_F(EntityTagsTest, people_are_shown_which) {
    mount(0, "etag");
    mount(1, "etag", {{"enabled", "false"}});
    serve();
    EXPECT_EQ(tag_of(get()), "-");
    EXPECT_EQ(chain_->order()[0]->summary(), "off");
    EXPECT_EQ((*make_of("etag", {}))->summary(), "weak");
    EXPECT_EQ((*make_of("etag", {{"strong", "true"}}))->summary(), "strong");
}

TEST_F(EntityTagsTest, mistakes_are_named) {
    EXPECT_EQ(fault_of("etag", {{"strong", "1"}}),
              "etag: strong is \"1\", allowed are true and false");
    EXPECT_EQ(fault_of("etag", {{"max_bytes", "0"}}),
              "etag: max_bytes is \"0\", allowed are 1 to 67108864");
    EXPECT_EQ(fault_of("etag", {{"weak", "true"}}),
              "etag: no option \"weak\"; there are strong, max_bytes, enabled");
}

}  // namespace
}  // namespace trivet::middleware
