#include "http/exchange.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proto/http1/request_parser.h"

namespace trivet::http {
namespace {

class ExchangeTest : public ::testing::Test {
protected:
    // Begins the exchange over bytes of its own, which forget() destroys.
    void begin(std::string_view fields, std::string_view target = "/a/b?x=1&y=%41+&x=2") {
        const std::string head = "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                                 std::string(fields) + "\r\n";
        bytes_ = std::make_unique<char[]>(head.size());
        head.copy(bytes_.get(), head.size());
        parser_.reset();
        const auto result = parser_.feed_head({bytes_.get(), head.size()});
        ASSERT_EQ(result.state, http1::ParseState::head) << result.reason;
        ASSERT_TRUE(exchange_.begin(bytes_.get(), parser_.head()));
        const std::string_view whole(exchange_.view.target);
        exchange_.view.path = whole.substr(0, whole.find('?'));
        exchange_.view.query =
            whole.find('?') == whole.npos ? "" : whole.substr(whole.find('?') + 1);
    }
    void forget_bytes() { bytes_.reset(); }
    static bool fail_all(void*, std::size_t) { return true; }

    Memory memory_;
    BlockPool pool_{memory_};
    http1::HeadLimits limits_{8192, 32768, 100};
    http1::RequestParser parser_{memory_, limits_};
    std::unique_ptr<char[]> bytes_;
    Exchange exchange_{pool_};
};

TEST_F(ExchangeTest, shows_the_request_in_place) {
    begin("X-One: 1\r\nx-one: 2\r\n");
    EXPECT_EQ(std::string_view(exchange_.view.method), "GET");
    EXPECT_EQ(std::string_view(exchange_.view.path), "/a/b");
    EXPECT_EQ(exchange_.view.version, 11u);
    EXPECT_EQ(exchange_.view.flags, kKeepAlive);
    EXPECT_EQ(exchange_.view.header_count, 3u);
    EXPECT_EQ(std::string_view(exchange_.find_header("X-ONE")->value), "1");
    EXPECT_EQ(exchange_.find_header("X-Two"), nullptr);
    EXPECT_EQ(static_cast<const void*>(exchange_.view.method.data), bytes_.get());
    EXPECT_TRUE(exchange_.is_in_place);
    EXPECT_FALSE(exchange_.is_head_request());
}

TEST_F(ExchangeTest, survives_its_receive_buffer_once_detached) {
    std::string fields;
    for (int index = 0; index < 40; ++index) {
        fields += "X-" + std::to_string(index) + ": value " + std::to_string(index) + "\r\n";
    }
    begin(fields + "Cookie: a=1; b=2\r\n");
    const std::string content = "the content";
    const auto in_place = std::make_unique<char[]>(content.size());
    content.copy(in_place.get(), content.size());
    exchange_.view.body = std::string_view(in_place.get(), content.size());
    ASSERT_EQ(exchange_.query_items()->size(), 3u);
    ASSERT_EQ(exchange_.cookie_items()->size(), 2u);
    ASSERT_TRUE(exchange_.detach());
    EXPECT_FALSE(exchange_.is_in_place);
    forget_bytes();
    std::fill_n(in_place.get(), content.size(), '#');
    EXPECT_EQ(std::string_view(exchange_.view.target), "/a/b?x=1&y=%41+&x=2");
    EXPECT_EQ(std::string_view(exchange_.view.query), "x=1&y=%41+&x=2");
    EXPECT_EQ(std::string_view(exchange_.find_header("x-39")->value), "value 39");
    EXPECT_EQ(std::string_view(exchange_.view.body), content);
    EXPECT_EQ(std::string_view((*exchange_.query_items())[0].value), "1");
    EXPECT_EQ(std::string_view((*exchange_.query_items())[1].value), "A ");
    EXPECT_EQ(std::string_view((*exchange_.cookie_items())[1].value), "2");
    EXPECT_TRUE(exchange_.detach());
}

TEST_F(ExchangeTest, decodes_path_parameters_and_moves_them_along) {
    begin("", "/users/J%C3%BCrgen/raw");
    route::Match match;
    match.param_count = 2;
    const std::string_view path(exchange_.view.path);
    match.params[0] = {.name = "name", .value = path.substr(7, 11), .is_encoded = true};
    match.params[1] = {.name = "kind", .value = path.substr(19), .is_encoded = false};
    ASSERT_EQ(exchange_.take_params(match), Status::ok);
    ASSERT_TRUE(exchange_.detach());
    forget_bytes();
    ASSERT_EQ(exchange_.view.param_count, 2u);
    EXPECT_EQ(std::string_view(exchange_.view.params[0].value), "J\xC3\xBCrgen");
    EXPECT_EQ(std::string_view(exchange_.view.params[1].value), "raw");
}

TEST_F(ExchangeTest, refuses_a_malformed_escape_in_a_parameter) {
    begin("", "/users/%zz");
    route::Match match;
    match.param_count = 1;
    match.params[0] = {.name = "name",
                       .value = std::string_view(exchange_.view.path).substr(7),
                       .is_encoded = true};
    EXPECT_EQ(exchange_.take_params(match), Status::argument);
}

TEST_F(ExchangeTest, joins_the_cookies_of_several_fields) {
    begin("Cookie: a=1\r\nX: y\r\ncookie: b=2; a=3\r\n");
    const auto cookies = exchange_.cookie_items();
    ASSERT_TRUE(cookies);
    ASSERT_EQ(cookies->size(), 3u);
    EXPECT_EQ(std::string_view((*cookies)[2].value), "3");
    exchange_.end();
    begin("");
    EXPECT_EQ(exchange_.cookie_items()->size(), 0u);
}

TEST_F(ExchangeTest, says_when_there_are_too_many_parameters) {
    std::string query = "/?";
    for (int index = 0; index < 1001; ++index) {
        query += "a&";
    }
    begin("", query);
    EXPECT_EQ(exchange_.query_items().error(), Status::limit);
}

TEST_F(ExchangeTest, stays_in_place_when_it_cannot_detach) {
    begin("");
    memory_.set_failure_hook(fail_all, nullptr);
    EXPECT_FALSE(exchange_.detach());
    EXPECT_TRUE(exchange_.is_in_place);
    EXPECT_EQ(std::string_view(exchange_.view.path), "/a/b");
    EXPECT_EQ(exchange_.query_items().error(), Status::memory);
    memory_.set_failure_hook(nullptr, nullptr);
    EXPECT_TRUE(exchange_.detach());
    EXPECT_EQ(exchange_.query_items()->size(), 3u);
}

TEST_F(ExchangeTest, begins_anew_with_nothing_of_the_last_request) {
    begin("X: y\r\n");
    exchange_.refusal = 404;
    exchange_.allow = "GET";
    exchange_.is_event = true;
    exchange_.is_delivered = true;
    ASSERT_TRUE(exchange_.body.append("old"));
    exchange_.view.body = exchange_.body.view();
    ASSERT_EQ(exchange_.query_items()->size(), 3u);
    exchange_.end();
    begin("", "/none");
    EXPECT_EQ(exchange_.view.body.size, 0u);
    EXPECT_EQ(exchange_.view.param_count, 0u);
    EXPECT_EQ(exchange_.view.header_count, 1u);
    EXPECT_EQ(exchange_.query_items()->size(), 0u);
    EXPECT_EQ(exchange_.refusal, 0u);
    EXPECT_TRUE(exchange_.allow.empty());
    EXPECT_FALSE(exchange_.is_event);
    EXPECT_FALSE(exchange_.is_delivered);
}

}  // namespace
}  // namespace trivet::http
