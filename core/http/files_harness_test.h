#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/files.h"
#include "http/harness_test.h"

namespace trivet::http {

// A server over the simulated loop with a folder of files at /static, and a route /send whose
// handler sends what `sent` says.
class FilesTest : public ::testing::TestWithParam<bool>, public ServerHarness {
protected:
    FilesTest() : ServerHarness(Limits{}) {}

    void SetUp() override {
        std::string made = (std::filesystem::temp_directory_path() / "files-XXXXXX").string();
        ASSERT_NE(::mkdtemp(made.data()), nullptr);
        base_ = made;
        root_ = base_ / "root";
        std::filesystem::create_directories(root_ / "docs");
        put("hello.txt", "hello");
        put("docs/index.html", "<p>docs");
        options_.directory = root_text_ = root_.string();
    }
    void begin(bool has_openat2 = true) {
        auto made = make_file_mount(options_);
        ASSERT_TRUE(made) << made.error();
        mount_ = std::make_unique<FileMount>(std::move(*made));
        mount_->prefix_names = 1;
        const auto serve = [this](Exchange& exchange) { files_->serve(exchange, *mount_); };
        for (const char* pattern : {"/static", "/static/", "/static/{path:path}"}) {
            route("GET", pattern, serve);
        }
        route("*", "/send", [this](Exchange& exchange) {
            send_status_ = files_->send(exchange, sent_);
            if (send_status_ == Status::header || send_status_ == Status::argument) {
                text(exchange, "refused");
            }
        });
        start();
        files_ = std::make_unique<Files>(server(), memory(), loop(), has_openat2);
        writable = [this](Exchange& exchange) { files_->on_writable(exchange); };
    }
    void TearDown() override {
        if (files_ != nullptr) {
            files_->stop();
            stop();
            files_.reset();
            EXPECT_EQ(memory().bytes_in_use(), 0u);
        }
        std::filesystem::remove_all(base_);
    }

    void put(const std::string& name, std::string_view text) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << text;
    }
    // Turns until nothing is looked for any more and nothing left to say.
    void finish() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        do {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            std::this_thread::yield();
            files_->collect();
            settle();
        } while (files_->is_busy());
    }
    std::string get(std::string_view path, std::string_view fields = "",
                    std::string_view method = "GET") {
        if (peer_ == nullptr || peer_->server_has_closed()) {
            peer_ = &connect();
        }
        peer_->send(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" +
                    std::string(fields) + "\r\n");
        settle();
        finish();
        return peer_->take_received();
    }
    static std::string field(std::string_view answer, std::string_view name) {
        answer = answer.substr(0, answer.find("\r\n\r\n") + 2);
        const std::size_t at = answer.find("\r\n" + std::string(name) + ": ");
        if (at == std::string_view::npos) return "none";
        const std::size_t begin = at + name.size() + 4;
        return std::string(answer.substr(begin, answer.find("\r\n", begin) - begin));
    }
    static std::string content(std::string_view answer) {
        const std::size_t at = answer.find("\r\n\r\n");
        return at == std::string_view::npos ? "none" : std::string(answer.substr(at + 4));
    }

    void on_file_missing(Exchange& exchange) noexcept override {
        ++missing;
        server().reply_problem(exchange, 404, {});
    }

    std::filesystem::path base_;
    std::filesystem::path root_;
    std::string root_text_;
    FileMountOptions options_;
    std::unique_ptr<FileMount> mount_;
    std::unique_ptr<Files> files_;
    FileRequest sent_;
    Status send_status_ = Status::ok;
    io::SimPeer* peer_ = nullptr;
    int missing = 0;
};

}  // namespace trivet::http
