// Preconditions, ranges, and files of a handler's choice.
#include "http/files_harness_test.h"

namespace trivet::http {
namespace {

using FileAnswerTest = FilesTest;

TEST_F(FileAnswerTest, a_client_that_has_it_is_told_so) {
    begin();
    const std::string whole = get("/static/hello.txt");
    const std::string tag = field(whole, "ETag");
    const std::string unmodified = get("/static/hello.txt", "If-None-Match: " + tag + "\r\n");
    EXPECT_EQ(status_of(unmodified), 304);
    EXPECT_EQ(field(unmodified, "ETag"), tag);
    EXPECT_EQ(field(unmodified, "Cache-Control"), "no-cache");
    EXPECT_EQ(field(unmodified, "Content-Length"), "none");
    EXPECT_EQ(content(unmodified), "");
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-None-Match: W/" + tag + "\r\n")), 304);
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-None-Match: *\r\n", "HEAD")), 304);
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-None-Match: \"x\"\r\n")), 200);
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-Match: \"x\"\r\n")), 412);
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-Match: " + tag + "\r\n")), 200);
}

TEST_F(FileAnswerTest, dates_count_where_there_is_no_tag) {
    std::filesystem::last_write_time(
        root_ / "hello.txt",
        std::filesystem::file_time_type::clock::now() - std::chrono::years(40));
    begin();
    const std::string whole = get("/static/hello.txt");
    const std::string date = field(whole, "Last-Modified");
    ASSERT_NE(date, "none") << whole;
    EXPECT_EQ(status_of(get("/static/hello.txt", "If-Modified-Since: " + date + "\r\n")), 304);
    EXPECT_EQ(status_of(get("/static/hello.txt",
                            "If-Unmodified-Since: Sun, 06 Nov 1904 08:49:37 GMT\r\n")),
              412);
}

TEST_F(FileAnswerTest, gives_a_range) {
    put("large", std::string(50'000, 'a') + std::string(50'000, 'b'));
    put("huge", std::string(kKeptFileBytesMax, 'a') + std::string(100'000, 'b'));
    begin();
    const std::string part = get("/static/hello.txt", "Range: bytes=1-3\r\n");
    EXPECT_EQ(status_of(part), 206);
    EXPECT_EQ(field(part, "Content-Range"), "bytes 1-3/5");
    EXPECT_EQ(content(part), "ell");
    EXPECT_EQ(content(get("/static/large", "Range: bytes=49999-90000\r\n")),
              "a" + std::string(40'001, 'b'));
    EXPECT_EQ(content(get("/static/huge", "Range: bytes=-100001\r\n")),
              "a" + std::string(100'000, 'b'));
    const std::string none = get("/static/hello.txt", "Range: bytes=5-\r\n");
    EXPECT_EQ(status_of(none), 416);
    EXPECT_EQ(field(none, "Content-Range"), "bytes */5");
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: lines=1-2\r\n")), 200);
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: bytes=0-0\r\nRange: bytes=1-1\r\n")), 200);
}

TEST_F(FileAnswerTest, a_range_of_another_state_is_none) {
    begin();
    const std::string tag = field(get("/static/hello.txt"), "ETag");
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: bytes=1-3\r\nIf-Range: " + tag + "\r\n")),
              206);
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: bytes=1-3\r\nIf-Range: \"x\"\r\n")), 200);
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: bytes=9-\r\nIf-Range: \"x\"\r\n")), 200);
}

TEST_F(FileAnswerTest, gives_several_ranges_in_one_answer) {
    const std::string text = std::string(kKeptFileBytesMax, 'a') + std::string(100'000, 'b');
    put("huge", text);
    begin();
    for (const auto& [path, whole] :
         {std::pair<std::string, std::string>{"/static/hello.txt", "hello"},
          std::pair<std::string, std::string>{"/static/huge", text}}) {
        const std::string answer = get(path, "Range: bytes=0-0,-2\r\n");
        EXPECT_EQ(status_of(answer), 206);
        const std::string type = field(answer, "Content-Type");
        ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary=")) << type;
        const std::string mark = "--" + type.substr(type.find('=') + 1);
        const std::string size = std::to_string(whole.size());
        const std::string kind =
            path.ends_with("txt") ? "text/plain; charset=utf-8" : "application/octet-stream";
        const std::string head = "\r\nContent-Type: " + kind + "\r\nContent-Range: bytes ";
        const std::string expected = mark + head + "0-0/" + size + "\r\n\r\n" + whole.substr(0, 1) +
                                     "\r\n" + mark + head + std::to_string(whole.size() - 2) + "-" +
                                     std::to_string(whole.size() - 1) + "/" + size + "\r\n\r\n" +
                                     whole.substr(whole.size() - 2) + "\r\n" + mark + "--\r\n";
        EXPECT_EQ(content(answer), expected);
        EXPECT_EQ(field(answer, "Content-Length"), std::to_string(expected.size()));
        EXPECT_EQ(field(answer, "Content-Range"), "none");
    }
}

TEST_F(FileAnswerTest, many_ranges_cost_no_more_than_the_file) {
    begin();
    std::string ranges = "bytes=0-0";
    for (int count = 0; count < 1000; ++count) ranges += ",0-";
    EXPECT_EQ(content(get("/static/hello.txt", "Range: " + ranges + "\r\n")), "hello");
}

TEST_F(FileAnswerTest, a_handler_sends_a_file) {
    begin();
    const std::string path = (root_ / "hello.txt").string();
    sent_ = {.path = path, .download_name = "h\xc3\xa9llo.txt", .cache_control = "private"};
    const std::string answer = get("/send");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(content(answer), "hello");
    EXPECT_EQ(field(answer, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(field(answer, "Content-Disposition"),
              "attachment; filename=\"h__llo.txt\"; filename*=UTF-8''h%C3%A9llo.txt");
    EXPECT_EQ(field(answer, "Cache-Control"), "private");
    EXPECT_EQ(status_of(get("/send", "If-None-Match: " + field(answer, "ETag") + "\r\n")), 304);
    EXPECT_EQ(content(get("/send", "Range: bytes=1-2\r\n")), "el");
}

TEST_F(FileAnswerTest, a_handler_has_its_own_fields_and_status) {
    begin();
    const std::string path = (root_ / "hello.txt").string();
    const http1::HeaderView fields[] = {{"Content-Type", "text/mine"}, {"X-A", "b"}};
    sent_ = {.path = path, .fields = fields, .status = 404};
    const std::string answer = get("/send", "Range: bytes=1-2\r\nIf-None-Match: *\r\n");
    EXPECT_EQ(status_of(answer), 404);
    EXPECT_EQ(content(answer), "hello");
    EXPECT_EQ(field(answer, "Content-Type"), "text/mine");
    EXPECT_EQ(field(answer, "X-A"), "b");
    EXPECT_EQ(field(answer, "ETag"), "none");
    EXPECT_EQ(field(answer, "Accept-Ranges"), "none");
    const http1::HeaderView bad{"X\n", "b"};
    sent_ = {.path = path, .fields = {&bad, 1}};
    EXPECT_EQ(content(get("/send")), "refused");
    EXPECT_EQ(send_status_, Status::header);
    sent_ = {.path = std::string_view("a\0b", 3)};
    EXPECT_EQ(content(get("/send")), "refused");
    EXPECT_EQ(send_status_, Status::argument);
}

TEST_F(FileAnswerTest, a_path_of_a_client_stays_below_its_directory) {
    put("../secret", "secret");
    begin();
    for (const char* path : {"../secret", "/etc/passwd", "docs/../../secret", ".hidden", "",
                             "docs/", "docs", "none", "hello.txt/"}) {
        sent_ = {.directory = root_text_, .path = path};
        EXPECT_EQ(status_of(get("/send")), 404) << path;
    }
    sent_ = {.directory = root_text_, .path = "docs/index.html"};
    EXPECT_EQ(content(get("/send")), "<p>docs");
    sent_ = {.path = "/none/such"};
    EXPECT_EQ(status_of(get("/send")), 404);
}

TEST_F(FileAnswerTest, a_post_is_answered_with_a_file_whatever_it_asks_besides) {
    begin();
    const std::string path = (root_ / "hello.txt").string();
    sent_ = {.path = path};
    const std::string answer = get("/send", "If-None-Match: *\r\nRange: bytes=0-0\r\n", "POST");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(content(answer), "hello");
}

}  // namespace
}  // namespace trivet::http
