#include "http/file_transfer.h"

#include "http/files_harness_test.h"

namespace trivet::http {
namespace {

constexpr std::size_t kHuge = 3 * kKeptFileBytesMax;

class FileTransferTest : public FilesTest {
protected:
    void SetUp() override {
        FilesTest::SetUp();
        text_.resize(kHuge);
        for (std::size_t at = 0; at < text_.size(); ++at) {
            text_[at] = static_cast<char>('a' + at % 23);
        }
        put("huge", text_);
    }
    io::SimPeer& ask_slowly(std::size_t take_max) {
        io::SimPeer& peer = connect();
        peer.take_max = take_max;
        peer.send("GET /static/huge HTTP/1.1\r\nHost: a\r\n\r\n");
        return peer;
    }
    // Turns until some of the answer is there, and far from all.
    void until_begun(const io::SimPeer& peer) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (peer.received().size() < 1000) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            files_->collect();
            turn();
        }
        ASSERT_LT(peer.received().size(), kHuge / 4);
    }
    void expect_whole(const io::SimPeer& peer) {
        const std::string got = content(peer.received());
        EXPECT_EQ(got.size(), text_.size());
        EXPECT_TRUE(got == text_);
    }
    std::string text_;
};

TEST_F(FileTransferTest, sends_what_is_too_large_to_keep) {
    begin();
    const std::string answer = get("/static/huge");
    EXPECT_TRUE(content(answer) == text_);
    EXPECT_EQ(files_->cache().descriptors(), 1u);
    EXPECT_LT(files_->cache().bytes(), 1000u);
    EXPECT_EQ(content(get("/static/hello.txt")), "hello");
}

TEST_F(FileTransferTest, a_slow_client_costs_a_few_pieces) {
    begin();
    io::SimPeer& peer = ask_slowly(1000);
    std::size_t most = 0;
    until_begun(peer);
    for (int count = 0; count < 200; ++count) {
        turn();
        files_->collect();
        most = std::max(most, memory().bytes_in_use());
    }
    EXPECT_LT(most, 4 * kFilePieceBytes + 200'000);
    peer.take_max = SIZE_MAX;
    finish();
    expect_whole(peer);
}

TEST_F(FileTransferTest, a_file_that_is_cut_ends_the_connection) {
    begin();
    io::SimPeer& peer = ask_slowly(100'000);
    until_begun(peer);
    std::filesystem::resize_file(root_ / "huge", kHuge / 2);
    peer.take_max = SIZE_MAX;
    finish();
    EXPECT_TRUE(peer.server_has_finished());
    const std::string got = content(peer.received());
    EXPECT_LT(got.size(), kHuge);
    EXPECT_TRUE(got == text_.substr(0, got.size()));
}

TEST_F(FileTransferTest, a_file_that_grows_is_sent_as_long_as_was_promised) {
    begin();
    io::SimPeer& peer = ask_slowly(100'000);
    until_begun(peer);
    std::ofstream(root_ / "huge", std::ios::app) << "more";
    peer.take_max = SIZE_MAX;
    finish();
    expect_whole(peer);
}

TEST_F(FileTransferTest, a_file_in_its_place_does_not_mix_with_it) {
    begin();
    io::SimPeer& peer = ask_slowly(100'000);
    until_begun(peer);
    put("other", std::string(kHuge, 'z'));
    std::filesystem::rename(root_ / "other", root_ / "huge");
    peer.take_max = SIZE_MAX;
    finish();
    expect_whole(peer);
    advance_ms(FileCache::kFreshMs);
    EXPECT_TRUE(content(get("/static/huge")) == std::string(kHuge, 'z'));
}

TEST_F(FileTransferTest, a_client_that_leaves_ends_it) {
    begin();
    io::SimPeer& peer = ask_slowly(1000);
    until_begun(peer);
    EXPECT_EQ(server().exchanges_live(), 1u);
    peer.reset();
    finish();
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(FileTransferTest, a_client_that_closes_its_side_gets_all) {
    begin();
    io::SimPeer& peer = ask_slowly(100'000);
    peer.finish();
    until_begun(peer);
    finish();
    expect_whole(peer);
}

TEST_F(FileTransferTest, a_drain_waits_for_it) {
    begin();
    io::SimPeer& peer = ask_slowly(10'000);
    until_begun(peer);
    server().drain();
    finish();
    expect_whole(peer);
}

TEST_F(FileTransferTest, is_none_of_the_servers_when_it_ends) {
    begin();
    until_begun(ask_slowly(1000));
}

TEST_F(FileTransferTest, what_the_socket_takes_at_once_needs_no_turn) {
    put("large", std::string(60'000, 'x'));
    begin();
    get("/static/large");
    for (const std::size_t taken : {1u, 100u, 10'000u, 60'000u, 1'000'000u}) {
        io::SimPeer& peer = connect();
        peer.take_now_max = taken;
        peer.send("GET /static/large HTTP/1.1\r\nHost: a\r\n\r\n");
        turn();
        EXPECT_EQ(peer.received().size(), std::min(taken, peer.received().size()));
        EXPECT_GE(peer.received().size(), std::min<std::size_t>(taken, 60'000));
        finish();
        EXPECT_TRUE(content(peer.received()) == std::string(60'000, 'x'));
    }
}

}  // namespace
}  // namespace trivet::http
