#include "http/answer_shape.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace trivet::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class AnswerShapeTest : public ::testing::Test {
protected:
    AnswerShapeTest() {
        coding_.offer(codec::Coding::zstd, 3);
        coding_.offer(codec::Coding::gzip, 5);
        coding_.types.add_usual();
        ask("GET", {{"Accept-Encoding", "gzip, zstd"}});
        reply_.content = Content::json;
    }

    void ask(std::string_view method, Pairs fields) {
        asked_ = std::move(fields);
        asked_views_.clear();
        for (const auto& [name, value] : asked_) {
            asked_views_.push_back({Str(name), Str(value)});
        }
        method_ = method;
        exchange_.view.method = Str(method_);
        exchange_.view.headers = asked_views_.data();
        exchange_.view.header_count = asked_views_.size();
    }
    void answer(std::uint32_t status, Pairs fields) {
        answered_ = std::move(fields);
        answered_views_.clear();
        for (const auto& [name, value] : answered_) {
            answered_views_.push_back({Str(name), Str(value)});
        }
        reply_.status = status;
        reply_.fields = answered_views_;
    }
    std::string coding(std::uint64_t length = 2000) const {
        const AnswerRules rules{&coding_, &tags_};
        const AnswerShape shape(rules, exchange_, reply_);
        const OfferedCoding* const chosen = shape.coding(length);
        return chosen != nullptr ? std::string(codec::name_of(chosen->coding)) : "-";
    }
    // The fields as they leave, each with a semicolon.
    std::string fields(bool is_encoded, bool is_not_modified = false,
                       std::string_view tagged = {}) {
        const AnswerRules rules{&coding_, &tags_};
        AnswerShape shape(rules, exchange_, reply_);
        if (!tagged.empty()) {
            shape.make_tag(tagged);
        }
        Buffer room(pool_);
        const auto list =
            shape.fields(is_encoded ? &coding_.offers[1] : nullptr, is_not_modified, room);
        std::string text;
        for (const http1::HeaderView& field : *list) {
            text.append(field.name).append("=").append(field.value).append(";");
        }
        return text;
    }
    bool is_not_modified(std::string_view tagged = {}) const {
        const AnswerRules rules{&coding_, &tags_};
        AnswerShape shape(rules, exchange_, reply_);
        if (!tagged.empty()) {
            shape.make_tag(tagged);
        }
        return shape.is_not_modified(784'111'777);
    }
    bool wants_tag(std::size_t size = 10) const {
        const AnswerRules rules{&coding_, &tags_};
        return AnswerShape(rules, exchange_, reply_).wants_tag(size);
    }

    CodingRules coding_;
    TagRules tags_;
    Memory memory_;
    BlockPool pool_{memory_};
    Exchange exchange_{pool_};
    Reply reply_;

private:
    std::string method_;
    Pairs asked_;
    Pairs answered_;
    std::vector<http1::HeaderView> asked_views_;
    std::vector<http1::HeaderView> answered_views_;
};

TEST_F(AnswerShapeTest, the_client_chooses_and_among_equals_the_order_of_the_offers) {
    EXPECT_EQ(coding(), "zstd");
    for (const auto& [accepted, chosen] :
         Pairs{{"gzip", "gzip"},
               {"gzip, zstd;q=0.9", "gzip"},
               {"br", "-"},
               {"*", "zstd"},
               {"identity, gzip;q=0.5", "-"},
               {"gzip;q=0", "-"},
               {"", "-"},
               // Nothing is acceptable, and the answer leaves all the same.
               {"identity;q=0", "-"},
               {"*;q=0", "-"},
               {"identity;q=0, gzip", "gzip"},
               {"*;q=0, gzip;q=0.1", "gzip"}}) {
        ask("GET", {{"accept-encoding", accepted}});
        EXPECT_EQ(coding(), chosen) << accepted;
    }
    ask("GET", {{"Accept-Encoding", "br"}, {"ACCEPT-ENCODING", "gzip"}});
    EXPECT_EQ(coding(), "gzip") << "several lines are one list";
    ask("GET", {});
    EXPECT_EQ(coding(), "-");
}

TEST_F(AnswerShapeTest, short_content_is_not_encoded) {
    EXPECT_EQ(coding(1023), "-");
    EXPECT_EQ(coding(1024), "zstd");
    EXPECT_EQ(coding(kUnknownLength), "zstd");
}

TEST_F(AnswerShapeTest, whatever_the_method_and_the_status_unless_it_has_no_content_or_a_part) {
    ask("POST", {{"Accept-Encoding", "gzip"}});
    for (const std::uint32_t status : {200u, 201u, 404u, 422u, 500u}) {
        answer(status, {});
        EXPECT_EQ(coding(), "gzip") << status;
    }
    for (const std::uint32_t status : {204u, 205u, 206u, 304u}) {
        answer(status, {});
        EXPECT_EQ(coding(), "-") << status;
    }
}

TEST_F(AnswerShapeTest, what_is_final_is_left_alone) {
    for (const auto& [name, value] : Pairs{{"Content-Encoding", "br"},
                                           {"content-encoding", "identity"},
                                           {"Content-Range", "bytes 0-1/2"},
                                           {"Cache-Control", "private, No-Transform"},
                                           {"Content-Digest", "sha-256=:x:"},
                                           {"Repr-Digest", "sha-256=:x:"},
                                           {"Digest", "sha-256=x"},
                                           {"Content-MD5", "x"}}) {
        answer(200, {{name, value}});
        EXPECT_EQ(coding(), "-") << name;
        EXPECT_EQ(fields(false), name + "=" + value + ";") << name;
    }
}

TEST_F(AnswerShapeTest, the_type_decides) {
    reply_.content = Content::bytes;
    EXPECT_EQ(coding(), "-");
    EXPECT_EQ(fields(false), "");
    answer(200, {{"Content-Type", "application/xml"}});
    EXPECT_EQ(coding(), "zstd") << "the answer's own field beats the engine's";
    reply_.content = Content::json;
    answer(200, {{"Content-Type", "image/png"}});
    EXPECT_EQ(coding(), "-");
    // An event stream has no-transform for proxies' sake.
    answer(200,
           {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache, no-transform"}});
    EXPECT_EQ(coding(kUnknownLength), "-");
    coding_.types.add("text/event-stream");
    EXPECT_EQ(coding(kUnknownLength), "zstd");
}

TEST_F(AnswerShapeTest, caches_are_told_whether_it_is_encoded_or_not) {
    EXPECT_EQ(fields(true), "Content-Encoding=gzip;Vary=Accept-Encoding;");
    EXPECT_EQ(fields(false), "Vary=Accept-Encoding;");
    answer(304, {});
    EXPECT_EQ(fields(false), "Vary=Accept-Encoding;");
    answer(200, {{"Vary", "Accept"}, {"X", "y"}});
    EXPECT_EQ(fields(true), "Vary=Accept, Accept-Encoding;X=y;Content-Encoding=gzip;");
    answer(200, {{"Vary", "Accept"}, {"Vary", "accept-encoding"}});
    EXPECT_EQ(fields(false), "Vary=Accept;Vary=accept-encoding;");
    answer(200, {{"vary", "*"}});
    EXPECT_EQ(fields(false), "vary=*;");
    answer(200, {{"Vary", ""}});
    EXPECT_EQ(fields(false), "Vary=Accept-Encoding;");
}

TEST_F(AnswerShapeTest, strong_tags_become_weak_when_what_they_name_is_encoded) {
    answer(200, {{"ETag", "\"a\""}});
    EXPECT_EQ(fields(true), "ETag=W/\"a\";Content-Encoding=gzip;Vary=Accept-Encoding;");
    EXPECT_EQ(fields(false), "ETag=\"a\";Vary=Accept-Encoding;");
    answer(200, {{"ETag", "W/\"a\""}});
    EXPECT_EQ(fields(true), "ETag=W/\"a\";Content-Encoding=gzip;Vary=Accept-Encoding;");
}

TEST_F(AnswerShapeTest, what_is_encoded_has_no_ranges) {
    answer(200, {{"Accept-Ranges", "bytes"}});
    EXPECT_EQ(fields(true), "Content-Encoding=gzip;Vary=Accept-Encoding;");
    EXPECT_EQ(fields(false), "Accept-Ranges=bytes;Vary=Accept-Encoding;");
}

TEST_F(AnswerShapeTest, tags_are_made_for_good_answers_to_reads_that_have_none) {
    EXPECT_TRUE(wants_tag());
    EXPECT_TRUE(wants_tag(tags_.max_bytes));
    EXPECT_FALSE(wants_tag(tags_.max_bytes + 1));
    EXPECT_FALSE(wants_tag(0));
    ask("HEAD", {});
    EXPECT_TRUE(wants_tag());
    ask("POST", {});
    EXPECT_FALSE(wants_tag());
    ask("GET", {});
    for (const std::uint32_t status : {201u, 206u, 404u}) {
        answer(status, {});
        EXPECT_FALSE(wants_tag());
    }
    answer(200, {{"ETag", "\"own\""}});
    EXPECT_FALSE(wants_tag());
    answer(200, {{"Cache-Control", "no-store"}});
    EXPECT_FALSE(wants_tag());
    answer(200, {{"Cache-Control", "no-cache"}});
    EXPECT_TRUE(wants_tag());
}

TEST_F(AnswerShapeTest, a_tag_is_the_hash_of_the_content) {
    const std::string weak = fields(false, false, "content");
    EXPECT_TRUE(weak.starts_with("Vary=Accept-Encoding;ETag=W/\"")) << weak;
    EXPECT_EQ(weak, fields(false, false, "content"));
    EXPECT_NE(weak, fields(false, false, "other"));
    tags_.is_strong = true;
    const std::string strong = fields(false, false, "content");
    EXPECT_TRUE(strong.starts_with("Vary=Accept-Encoding;ETag=\"")) << strong;
    EXPECT_EQ(strong.size(), weak.size() - 2);
}

TEST_F(AnswerShapeTest, who_has_it_by_its_tag_need_not_get_it) {
    const std::string sent = fields(false, false, "content");
    const std::string tag = sent.substr(sent.find("W/"), 36);
    for (const std::string& known : {tag, tag.substr(2), "\"x\", " + tag, std::string("*")}) {
        ask("GET", {{"If-None-Match", known}});
        EXPECT_TRUE(is_not_modified("content")) << known;
        EXPECT_FALSE(is_not_modified("other") && known != "*") << known;
        ask("HEAD", {{"If-None-Match", known}});
        EXPECT_TRUE(is_not_modified("content")) << known;
        ask("POST", {{"If-None-Match", known}});
        EXPECT_FALSE(is_not_modified("content")) << known;
    }
    ask("GET", {{"If-None-Match", "\"x\""}, {"If-None-Match", tag}});
    EXPECT_TRUE(is_not_modified("content"));
    ask("GET", {});
    EXPECT_FALSE(is_not_modified("content"));
    // What guards a write is nobody's business here.
    ask("GET", {{"If-Match", "\"x\""}, {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}});
    EXPECT_FALSE(is_not_modified("content"));
}

TEST_F(AnswerShapeTest, an_answers_own_tag_and_date_count) {
    answer(200, {{"ETag", "\"v1\""}, {"Last-Modified", "Sun, 06 Nov 1994 08:00:00 GMT"}});
    ask("GET", {{"If-None-Match", "W/\"v1\""}});
    EXPECT_TRUE(is_not_modified());
    ask("GET",
        {{"If-None-Match", "\"v2\""}, {"If-Modified-Since", "Sun, 06 Nov 1994 08:00:00 GMT"}});
    EXPECT_FALSE(is_not_modified()) << "the tag goes before the date";
    ask("GET", {{"If-Modified-Since", "Sun, 06 Nov 1994 08:00:00 GMT"}});
    EXPECT_TRUE(is_not_modified());
    ask("GET", {{"If-Modified-Since", "Sun, 06 Nov 1994 07:59:59 GMT"}});
    EXPECT_FALSE(is_not_modified());
    answer(404, {{"ETag", "\"v1\""}});
    ask("GET", {{"If-None-Match", "\"v1\""}});
    EXPECT_FALSE(is_not_modified()) << "RFC 9110 section 13.2.1";
    answer(200, {{"ETag", "v1"}});
    ask("GET", {{"If-None-Match", "*"}});
    EXPECT_FALSE(is_not_modified()) << "that is no tag";
}

TEST_F(AnswerShapeTest, a_304_says_nothing_of_content) {
    answer(200, {{"Content-Type", "text/plain"},
                 {"Content-Language", "de"},
                 {"Cache-Control", "no-cache"},
                 {"Content-Location", "/a"},
                 {"Set-Cookie", "a=b"},
                 {"ETag", "\"a\""}});
    EXPECT_EQ(fields(true, true),
              "Cache-Control=no-cache;Content-Location=/a;Set-Cookie=a=b;ETag=W/\"a\";"
              "Vary=Accept-Encoding;");
}

TEST_F(AnswerShapeTest, either_rule_may_be_missing) {
    const AnswerRules only_tags{nullptr, &tags_};
    const AnswerShape tagged(only_tags, exchange_, reply_);
    EXPECT_EQ(tagged.coding(5000), nullptr);
    EXPECT_TRUE(tagged.wants_tag(5));
    Buffer room(pool_);
    EXPECT_TRUE(tagged.fields(nullptr, false, room)->empty());
    const AnswerRules only_codings{&coding_, nullptr};
    answer(200, {{"ETag", "\"a\""}});
    ask("GET", {{"If-None-Match", "\"a\""}});
    const AnswerShape encoded(only_codings, exchange_, reply_);
    EXPECT_FALSE(encoded.wants_tag(5));
    EXPECT_FALSE(encoded.is_not_modified(0));
    EXPECT_TRUE(AnswerRules{}.empty());
}

TEST_F(AnswerShapeTest, says_when_memory_is_out) {
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    const AnswerRules rules{&coding_, &tags_};
    const AnswerShape shape(rules, exchange_, reply_);
    Buffer room(pool_);
    EXPECT_FALSE(shape.fields(nullptr, false, room).has_value());
}

}  // namespace
}  // namespace trivet::http
