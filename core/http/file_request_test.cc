#include "http/file_request.h"

#include "http/harness_test.h"

namespace trivet::http {
namespace {

// What a request's head says, as its handler sees it.
class FileRequestTest : public ::testing::Test, public ServerHarness {
protected:
    void SetUp() override {
        route("GET", "/{path:path}", [this](Exchange& exchange) {
            seen(exchange);
            text(exchange, "");
        });
        start();
    }
    template <typename Look>
    auto of(std::string_view fields, Look look, std::string_view target = "/a") {
        decltype(look(std::declval<Exchange&>())) result{};
        seen = [&](Exchange& exchange) { result = look(exchange); };
        ask(connect(), "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                           std::string(fields) + "\r\n");
        return result;
    }
    std::string codings(std::string_view fields) {
        return of(fields, [](Exchange& exchange) {
            std::string names;
            const CodingOrder order = order_codings(exchange, true);
            for (std::size_t index = 0; index < order.count; ++index) {
                names += std::string(kFileCodingNames[order.items[index]]) + " ";
            }
            return names;
        });
    }
    std::function<void(Exchange&)> seen;
};

TEST_F(FileRequestTest, finds_what_asks_for_less_than_the_file) {
    const auto conditions = [this](std::string_view fields) {
        const FileConditions found =
            of(fields, [](Exchange& exchange) { return conditions_of(exchange); });
        return std::string(found.has_preconditions ? "p" : "") + (found.has_range ? "r" : "") +
               (found.has_codings ? "c" : "");
    };
    EXPECT_EQ(conditions(""), "");
    EXPECT_EQ(conditions("Accept: a\r\nX-Longer-Field: b\r\n"), "");
    EXPECT_EQ(conditions("range: bytes=0-\r\n"), "r");
    EXPECT_EQ(conditions("If-Range: \"a\"\r\n"), "p");
    EXPECT_EQ(conditions("IF-MATCH: \"a\"\r\n"), "p");
    EXPECT_EQ(conditions("If-None-Match: \"a\"\r\n"), "p");
    EXPECT_EQ(conditions("If-Modified-Since: a\r\n"), "p");
    EXPECT_EQ(conditions("If-Unmodified-Since: a\r\n"), "p");
    EXPECT_EQ(conditions("Accept-Encoding: gzip\r\nRange: a\r\n"), "rc");
}

TEST_F(FileRequestTest, orders_codings_by_what_the_client_wants) {
    EXPECT_EQ(codings(""), "identity ");
    EXPECT_EQ(codings("Accept-Encoding: gzip, deflate, br, zstd\r\n"), "br zstd gzip identity ");
    EXPECT_EQ(codings("Accept-Encoding: gzip;q=1, br;q=0.5\r\n"), "gzip br identity ");
    EXPECT_EQ(codings("Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n"), "br gzip identity ");
    EXPECT_EQ(codings("Accept-Encoding: *;q=0\r\n"), "identity ");
    EXPECT_EQ(codings("Accept-Encoding: identity, gzip;q=0.1\r\n"), "identity ");
}

TEST_F(FileRequestTest, gives_the_path_behind_a_prefix_as_it_came) {
    const auto rest = [this](std::string_view target, std::size_t names) {
        return of(
            "",
            [names](Exchange& exchange) {
                std::string_view text;
                return raw_rest(exchange, names, text) ? std::string(text) : "none";
            },
            target);
    };
    EXPECT_EQ(rest("/a/b%20c/d?e/f", 1), "b%20c/d");
    EXPECT_EQ(rest("/a/b/c", 0), "a/b/c");
    EXPECT_EQ(rest("/a/", 1), "");
    EXPECT_EQ(rest("/a", 1), "none");
    EXPECT_EQ(rest("/a?b/c", 1), "none");
    EXPECT_EQ(rest("http://h/a/b", 1), "b");
}

TEST_F(FileRequestTest, leads_to_the_slash_of_the_same_host) {
    const auto location = [this](std::string_view target) {
        return of(
            "", [](Exchange& exchange) { return std::string(slash_location(exchange)); }, target);
    };
    EXPECT_EQ(location("/a/b"), "./b/");
    EXPECT_EQ(location("/a/b?c=/d"), "./b/?c=/d");
    EXPECT_EQ(location("/x//evil.example"), "./evil.example/");
    EXPECT_EQ(location("/javascript:alert(1)"), "./javascript:alert(1)/");
}

TEST_F(FileRequestTest, keeps_its_texts_with_the_exchange) {
    std::string directory = "d";
    std::string path = "p";
    std::string value = "v";
    const std::string kept = of("", [&](Exchange& exchange) {
        const http1::HeaderView field{"X-A", std::string_view(value)};
        FileRequest request{.directory = directory, .path = path, .fields = {&field, 1}};
        EXPECT_TRUE(keep_request(exchange, request));
        directory = path = value = "?";
        return std::string(request.directory) + std::string(request.path) +
               std::string(std::string_view(request.fields[0].value));
    });
    EXPECT_EQ(kept, "dpv");
}

}  // namespace
}  // namespace trivet::http
