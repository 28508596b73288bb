#include "page_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "listener.h"

namespace trivet::cli {
namespace {

class PageServerTest : public ::testing::Test {
protected:
    PageServerTest() {
        auto listener = listen_on("127.0.0.1", 0, 16);
        EXPECT_TRUE(listener.has_value());
        listener_ = std::move(*listener);
        auto server = PageServer::create();
        EXPECT_TRUE(server.has_value());
        server_ = std::move(*server);
    }
    void show(const std::string& title) {
        const int copy = ::fcntl(listener_.fd.get(), F_DUPFD_CLOEXEC, 0);
        Failure failure;
        failure.title = title;
        failure.number = ++number_;
        const auto shown = server_->show(failure, copy);
        ASSERT_TRUE(shown.has_value()) << shown.error();
    }
    OwnedFd connect() const {
        OwnedFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(listener_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    static void ask(const OwnedFd& client, const std::string& field) {
        const std::string text =
            "POST /any?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n" +
            field + "\r\nhi";
        EXPECT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    // Turns the server until the client has all.
    std::string answer(const OwnedFd& client) {
        std::string text;
        for (;;) {
            std::vector<pollfd> entries = {{client.get(), POLLIN, 0}};
            for (const int fd : server_->descriptors()) entries.push_back({fd, POLLIN, 0});
            const int timeout = server_->timeout_ms();
            if (::poll(entries.data(), entries.size(), timeout < 0 ? 30'000 : timeout) == 0 &&
                timeout < 0) {
                return text + "<nothing came>";
            }
            server_->turn();
            if (entries[0].revents != 0) {
                char bytes[8192];
                const ssize_t size = ::recv(client.get(), bytes, sizeof bytes, 0);
                if (size <= 0) return text;
                text.append(bytes, static_cast<std::size_t>(size));
            }
        }
    }
    std::string get(const std::string& field) {
        const OwnedFd client = connect();
        ask(client, field);
        return answer(client);
    }

    DevListener listener_;
    std::unique_ptr<PageServer> server_;
    std::uint64_t number_ = 0;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(PageServerTest, answers_everything_as_the_client_wants_it) {
    show("It broke");
    const std::string page = get("Accept: text/html\r\n");
    EXPECT_EQ(page.find("HTTP/1.1 500 "), 0u) << page;
    EXPECT_TRUE(has(page, "Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(has(page, "Cache-Control: no-store\r\n"));
    EXPECT_TRUE(has(page, "Trivet-Dev: 1\r\n"));
    EXPECT_TRUE(has(page, "<h1>It broke</h1>"));
    const std::string problem = get("");
    EXPECT_TRUE(has(problem, "Content-Type: application/problem+json\r\n"));
    EXPECT_TRUE(has(problem, "\"detail\":\"It broke: \""));
}

TEST_F(PageServerTest, shows_the_latest_failure) {
    show("First");
    show("Second");
    EXPECT_TRUE(has(get(""), "Second"));
    EXPECT_TRUE(has(get(""), "Trivet-Dev: 2\r\n"));
}

TEST_F(PageServerTest, leaves_who_comes_later_to_the_next_server) {
    show("Old");
    const OwnedFd early = connect();
    ask(early, "");
    server_->hide();
    EXPECT_FALSE(server_->is_shown());
    EXPECT_TRUE(has(answer(early), "Old")) << "who was there is answered";
    const OwnedFd late = connect();
    ask(late, "");
    while (!server_->descriptors().empty()) {
        server_->turn();
    }
    show("New");
    EXPECT_TRUE(has(answer(late), "New"));
}

}  // namespace
}  // namespace trivet::cli
