#include "http/files.h"

#include <sys/stat.h>

#include "http/files_harness_test.h"

namespace trivet::http {
namespace {

namespace fs = std::filesystem;

TEST_F(FilesTest, serves_a_file_and_says_what_it_is) {
    begin();
    const std::string answer = get("/static/hello.txt");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(content(answer), "hello");
    EXPECT_EQ(field(answer, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(field(answer, "Accept-Ranges"), "bytes");
    EXPECT_EQ(field(answer, "Cache-Control"), "no-cache");
    EXPECT_EQ(field(answer, "Vary"), "none");
    EXPECT_TRUE(field(answer, "ETag").ends_with("-5\"")) << answer;
    EXPECT_EQ(get("/static/hello.txt"), answer);
    EXPECT_EQ(files_->cache().entries(), 1u);
}

TEST_F(FilesTest, answers_head_as_get_without_content) {
    put("large", std::string(100'000, 'x'));
    put("huge", std::string(kKeptFileBytesMax + 1, 'x'));
    begin();
    for (const char* path : {"/static/hello.txt", "/static/large", "/static/huge"}) {
        const std::string whole = get(path);
        const std::string head = get(path, "", "HEAD");
        EXPECT_EQ(head, whole.substr(0, whole.find("\r\n\r\n") + 4)) << path;
    }
    EXPECT_EQ(status_of(get("/static/hello.txt", "Range: bytes=0-1\r\n", "HEAD")), 200);
}

TEST_F(FilesTest, finds_indexes_and_sends_to_the_slash) {
    begin();
    EXPECT_EQ(content(get("/static/docs/")), "<p>docs");
    const std::string moved = get("/static/docs?a=b");
    EXPECT_EQ(status_of(moved), 301);
    EXPECT_EQ(field(moved, "Location"), "./docs/?a=b");
    const std::string prefix = get("/static");
    EXPECT_EQ(field(prefix, "Location"), "./static/");
    EXPECT_EQ(status_of(get("/static/")), 404);
    put("index.html", "top");
    EXPECT_EQ(content(get("/static/")), "top");
    EXPECT_EQ(status_of(get("/static/hello.txt/")), 404);
}

TEST_F(FilesTest, an_absolute_target_names_the_same_file) {
    begin();
    EXPECT_EQ(content(get("http://a/static/hello.txt?x")), "hello");
    EXPECT_EQ(field(get("http://a/static/docs?x"), "Location"), "./docs/?x");
}

TEST_F(FilesTest, what_is_not_there_is_missing_and_not_kept) {
    ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
    put(".secret", "secret");
    begin();
    for (const char* path : {"/static/none", "/static/hello.txt/more", "/static/pipe",
                             "/static/.secret", "/static/%2e%2e/x", "/static/docs%2Findex.html",
                             "/static//hello.txt", "/static/a/../b"}) {
        EXPECT_EQ(status_of(get(path)), 404) << path;
    }
    EXPECT_EQ(missing, 8);
    EXPECT_EQ(files_->cache().entries(), 0u);
}

TEST_F(FilesTest, the_longest_paths_are_not_there_with_an_index_either) {
    begin();
    for (const std::size_t size : {4080u, 4083u, 4084u, 4085u, 4094u, 4095u, 4096u, 5000u}) {
        std::string path;
        while (path.size() + 2 < size) path += "a/";
        path.resize(size, 'b');
        EXPECT_EQ(status_of(get("/static/" + path)), 404) << size;
        EXPECT_EQ(status_of(get("/static/" + path + "/")), 404) << size;
        EXPECT_EQ(status_of(get("/static/" + path + "/", "Accept-Encoding: br\r\n")), 404) << size;
    }
}

TEST_F(FilesTest, changes_are_seen_within_two_seconds) {
    begin();
    EXPECT_EQ(content(get("/static/hello.txt")), "hello");
    put("hello.txt", "changed");
    advance_ms(FileCache::kFreshMs - 1);
    EXPECT_EQ(content(get("/static/hello.txt")), "hello");
    advance_ms(1);
    EXPECT_EQ(content(get("/static/hello.txt")), "changed");
    fs::remove(root_ / "hello.txt");
    advance_ms(FileCache::kFreshMs);
    EXPECT_EQ(status_of(get("/static/hello.txt")), 404);
    put("hello.txt", "back");
    EXPECT_EQ(content(get("/static/hello.txt")), "back");
    static_assert(FileCache::kFreshMs <= 1500);
}

TEST_F(FilesTest, a_file_in_the_place_of_another_is_seen_though_it_is_older) {
    begin();
    const std::string first = get("/static/hello.txt");
    put("other", "HELLO");
    fs::last_write_time(root_ / "other",
                        fs::last_write_time(root_ / "hello.txt") - std::chrono::hours(1));
    fs::rename(root_ / "other", root_ / "hello.txt");
    advance_ms(FileCache::kFreshMs);
    const std::string second = get("/static/hello.txt");
    EXPECT_EQ(content(second), "HELLO");
    EXPECT_NE(field(second, "ETag"), field(first, "ETag"));
}

TEST_F(FilesTest, links_stay_below_or_are_none) {
    put("../secret", "secret");
    fs::create_symlink("hello.txt", root_ / "inside");
    fs::create_symlink("../secret", root_ / "outside");
    begin();
    EXPECT_EQ(content(get("/static/inside")), "hello");
    EXPECT_EQ(status_of(get("/static/outside")), 404);
    mount_->follows_symlinks = false;
    advance_ms(FileCache::kFreshMs);
    EXPECT_EQ(status_of(get("/static/inside")), 404);
}

TEST_F(FilesTest, serves_the_same_where_openat2_is_forbidden) {
    put("../secret", "secret");
    fs::create_symlink("hello.txt", root_ / "inside");
    fs::create_symlink("../secret", root_ / "outside");
    begin(false);
    EXPECT_EQ(content(get("/static/hello.txt")), "hello");
    EXPECT_EQ(content(get("/static/docs/")), "<p>docs");
    EXPECT_EQ(status_of(get("/static/inside")), 404);
    EXPECT_EQ(status_of(get("/static/outside")), 404);
}

TEST_F(FilesTest, a_fallback_stands_for_pages_that_are_not_there) {
    put("app.html", "app");
    options_.fallback = "app.html";
    begin();
    EXPECT_EQ(content(get("/static/some/page")), "app");
    EXPECT_EQ(content(get("/static/some/page/")), "app");
    EXPECT_EQ(field(get("/static/some/page"), "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(status_of(get("/static/some/image.png")), 404);
    EXPECT_EQ(status_of(get("/static/a/../b")), 404);
    fs::remove(root_ / "app.html");
    advance_ms(FileCache::kFreshMs);
    EXPECT_EQ(status_of(get("/static/some/page")), 404);
}

TEST_F(FilesTest, without_an_index_a_directory_is_not_there) {
    put("app.html", "app");
    options_.index = "";
    begin();
    EXPECT_EQ(status_of(get("/static/docs/")), 404);
    EXPECT_EQ(status_of(get("/static/")), 404);
    mount_->fallback = "app.html";
    EXPECT_EQ(content(get("/static/docs/")), "app");
}

TEST_F(FilesTest, variants_are_chosen_by_weight_and_have_tags_of_their_own) {
    put("a.js", "plain");
    put("a.js.gz", "packed");
    put("a.js.br", "tight");
    begin();
    const std::string plain = get("/static/a.js");
    EXPECT_EQ(content(plain), "plain");
    EXPECT_EQ(field(plain, "Vary"), "Accept-Encoding");
    EXPECT_EQ(field(plain, "Content-Encoding"), "none");
    const std::string packed = get("/static/a.js", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(content(packed), "packed");
    EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(field(packed, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_TRUE(field(packed, "ETag").ends_with("-gzip\""));
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: gzip, br\r\n")), "tight");
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: gzip, br;q=0.5\r\n")), "packed");
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: zstd\r\n")), "plain");
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: identity;q=0\r\n")), "plain");
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n")), "pa");
    EXPECT_EQ(content(get("/static/a.js.gz")), "packed");
}

TEST_F(FilesTest, variants_come_and_go) {
    put("a.js", "plain");
    begin();
    EXPECT_EQ(field(get("/static/a.js"), "Vary"), "none");
    put("a.js.gz", "packed");
    advance_ms(FileCache::kFreshMs);
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: gzip\r\n")), "packed");
    fs::remove(root_ / "a.js.gz");
    advance_ms(FileCache::kFreshMs);
    EXPECT_EQ(content(get("/static/a.js", "Accept-Encoding: gzip\r\n")), "plain");
}

TEST_F(FilesTest, many_may_wait_for_one_file) {
    put("big", std::string(kReadOnLoopBytesMax + 1, 'x'));
    put("big.gz", std::string(kReadOnLoopBytesMax + 2, 'y'));
    begin();
    std::vector<io::SimPeer*> peers;
    for (int count = 0; count < 20; ++count) {
        peers.push_back(&connect());
        peers.back()->send(count % 2 == 0 ? "GET /static/big HTTP/1.1\r\nHost: a\r\n\r\n"
                                          : "GET /static/big HTTP/1.1\r\nHost: a\r\n"
                                            "Accept-Encoding: gzip\r\n\r\n");
    }
    peers[3]->reset();
    finish();
    for (int count = 0; count < 20; ++count) {
        if (count == 3) continue;
        const std::string& got = peers[static_cast<std::size_t>(count)]->received();
        EXPECT_EQ(status_of(got), 200);
        EXPECT_EQ(content(got).size(),
                  kReadOnLoopBytesMax + 1 + static_cast<std::size_t>(count % 2))
            << count;
    }
}

TEST_F(FilesTest, the_cache_is_bounded) {
    for (int count = 0; count < 40; ++count) {
        put("big" + std::to_string(count), std::string(kKeptFileBytesMax, 'x'));
    }
    begin();
    for (int count = 0; count < 40; ++count) {
        EXPECT_EQ(status_of(get("/static/big" + std::to_string(count))), 200);
        EXPECT_LE(files_->cache().bytes(), FileCache::kBytesMax);
    }
    EXPECT_LT(files_->cache().entries(), 40u);
    EXPECT_GT(files_->cache().entries(), 20u);
    for (std::size_t count = 0; count < FileCache::kEntriesMax + 10; ++count) {
        get("/static/none" + std::to_string(count % 100));
    }
    EXPECT_LE(files_->cache().entries(), 40u);
}

TEST_F(FilesTest, survives_any_failed_allocation) {
    put("big", std::string(kReadOnLoopBytesMax + 1, 'x'));
    put("huge", std::string(kKeptFileBytesMax + 1, 'x'));
    put("hello.txt.gz", "packed");
    begin();
    struct Countdown {
        int left;
        bool has_failed;
    };
    for (const char* request :
         {"GET /static/hello.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
          "GET /static/big HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET /static/huge HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET /static/huge HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,5-7\r\n\r\n",
          "GET /static/docs HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        for (int failing = 1;; ++failing) {
            ASSERT_LT(failing, 1000);
            advance_ms(FileCache::kFreshMs);
            io::SimPeer& peer = connect();
            Countdown countdown{failing, false};
            memory().set_failure_hook(
                [](void* context, std::size_t) {
                    auto& count = *static_cast<Countdown*>(context);
                    count.has_failed = count.has_failed || --count.left == 0;
                    return count.left == 0;
                },
                &countdown);
            peer.send(request);
            finish();
            memory().set_failure_hook(nullptr, nullptr);
            peer.reset();
            finish();
            const int status = status_of(peer.received());
            EXPECT_TRUE(status == 0 || status >= 500 || status < 400) << request << failing;
            if (!countdown.has_failed) {
                EXPECT_TRUE(status == 200 || status == 206 || status == 301) << status;
                break;
            }
        }
    }
}

}  // namespace
}  // namespace trivet::http
