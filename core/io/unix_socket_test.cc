#include "io/unix_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

namespace trivet::io {
namespace {

// A folder of its own, so that the locks of tests that run at the same time are not one.
class UnixSocket : public ::testing::Test {
protected:
    UnixSocket() {
        std::string name = ::testing::TempDir() + "trivet_unix_XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~UnixSocket() override {
        ::unlink(path().c_str());
        ::rmdir(folder_.c_str());
    }
    std::string path() const { return folder_ + "/app.sock"; }
    std::string host() const { return "unix:" + path(); }
    bool is_there() const {
        struct stat status{};
        return ::lstat(path().c_str(), &status) == 0;
    }
    UnixListener listen(mode_t mode = 0660) const {
        return listen_unix({.host = host(), .mode = mode});
    }
    // What a server that was killed leaves behind.
    void leave_stale(int type = SOCK_STREAM) const {
        const Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path());
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        return address;
    }
    static int connect_to(const std::string& path) {
        const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path);
        return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
                   ? 0
                   : errno;
    }

    std::string folder_;
};

TEST_F(UnixSocket, listens_at_a_path_until_its_file_is_removed) {
    UnixListener made = listen();
    ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
    EXPECT_EQ(made.listener.host, host());
    EXPECT_EQ(made.listener.port, 0u);
    EXPECT_NE(::fcntl(made.listener.fd.get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(made.listener.fd.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(connect_to(path()), 0);
    made.file.remove();
    EXPECT_EQ(connect_to(path()), ENOENT);
    made.file.remove();  // once is enough
}

TEST_F(UnixSocket, gives_its_file_the_mode_whatever_the_umask_is) {
    for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
        for (const mode_t mode : {mode_t{0660}, mode_t{0600}, mode_t{0666}}) {
            const mode_t before = ::umask(mask);
            const UnixListener made = listen(mode);
            ::umask(before);
            ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
            struct stat status{};
            ASSERT_EQ(::lstat(path().c_str(), &status), 0);
            EXPECT_EQ(status.st_mode & 07777, mode);
        }
    }
}

TEST_F(UnixSocket, replaces_the_file_of_a_server_that_has_ended) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        leave_stale(type);
        EXPECT_EQ(connect_to(path()), ECONNREFUSED);
        const UnixListener made = listen();
        ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
        EXPECT_EQ(connect_to(path()), 0);
    }
}

TEST_F(UnixSocket, leaves_a_socket_of_another_type_alone) {
    const Fd other(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(path());
    ASSERT_EQ(::bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen().listener.error, EADDRINUSE);
    EXPECT_TRUE(is_there());
}

TEST_F(UnixSocket, leaves_a_server_that_listens_alone) {
    const UnixListener first = listen();
    ASSERT_TRUE(first.listener.fd.is_open());
    const UnixListener second = listen();
    EXPECT_FALSE(second.listener.fd.is_open());
    EXPECT_EQ(second.listener.error, EADDRINUSE);
    EXPECT_NE(second.listener.detail.find("bind"), std::string::npos);
    EXPECT_EQ(connect_to(path()), 0);
}

TEST_F(UnixSocket, leaves_a_server_with_a_full_backlog_alone) {
    const UnixListener first = listen_unix({.host = host(), .backlog = 1});
    std::vector<Fd> waiting;
    const sockaddr_un address = address_of(path());
    int error = 0;
    while (error == 0) {
        waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        error = ::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0
                    ? 0
                    : errno;
    }
    ASSERT_EQ(error, EAGAIN);
    EXPECT_EQ(listen().listener.error, EADDRINUSE);
    EXPECT_TRUE(is_there());
}

TEST_F(UnixSocket, never_removes_what_is_no_socket) {
    ::close(::open(path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    UnixListener made = listen();
    EXPECT_EQ(made.listener.error, ENOTSOCK);
    EXPECT_EQ(made.listener.detail, "'" + path() + "' is there and is no socket");
    EXPECT_TRUE(is_there());
    ::unlink(path().c_str());
    ASSERT_EQ(::symlink("/nowhere", path().c_str()), 0);
    EXPECT_EQ(listen().listener.error, ENOTSOCK);
    EXPECT_TRUE(is_there());
    ::unlink(path().c_str());
    made = listen_unix({.host = "unix:" + folder_});
    EXPECT_EQ(made.listener.error, ENOTSOCK) << made.listener.detail;
}

TEST_F(UnixSocket, names_what_is_wrong_with_a_host) {
    const std::string longest = "unix:" + std::string(kUnixPathBytesMax, 'a');
    EXPECT_EQ(find_unix_fault(longest), "");
    EXPECT_EQ(find_unix_fault(longest + "a"), "has 108 bytes behind unix:, of which 107 fit");
    for (const std::string wrong : {"unix:", "unix:@", "unix:/", "unix:/run/"}) {
        EXPECT_EQ(find_unix_fault(wrong), "names no socket") << wrong;
    }
    EXPECT_EQ(find_unix_fault(std::string("unix:/a\0b", 9)), "has a zero byte");
    EXPECT_FALSE(is_unix_host("unix"));
    const Listener refused = listen_unix({.host = longest + "a"}).listener;
    EXPECT_EQ(refused.error, EINVAL);
    EXPECT_EQ(refused.detail,
              "host '" + longest + "a' has 108 bytes behind unix:, of which 107 fit");
    EXPECT_EQ(listen_unix({.host = "unix:" + folder_ + "/none/app.sock"}).listener.error, ENOENT);
}

TEST_F(UnixSocket, listens_at_the_longest_path) {
    const std::string name(kUnixPathBytesMax - folder_.size() - 1, 'x');
    const std::string long_path = folder_ + "/" + name;
    const UnixListener made = listen_unix({.host = "unix:" + long_path});
    ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
    EXPECT_EQ(adopt_listener(::fcntl(made.listener.fd.get(), F_DUPFD_CLOEXEC, 0)).host,
              "unix:" + long_path);
}

TEST_F(UnixSocket, listens_at_an_abstract_name) {
    const std::string name = "unix:@trivet-test-" + std::to_string(::getpid());
    const UnixListener made = listen_unix({.host = name});
    ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
    EXPECT_EQ(listen_unix({.host = name}).listener.error, EADDRINUSE);
    EXPECT_EQ(adopt_listener(::fcntl(made.listener.fd.get(), F_DUPFD_CLOEXEC, 0)).host, name);
    EXPECT_NE(::access(name.substr(5).c_str(), F_OK), 0);
}

TEST_F(UnixSocket, is_found_by_a_path_from_the_working_directory) {
    const Fd before(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::chdir(folder_.c_str()), 0);
    UnixListener made = listen_unix({.host = "unix:app.sock"});
    ASSERT_EQ(::fchdir(before.get()), 0);
    ASSERT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
    EXPECT_EQ(connect_to(path()), 0);
    made.file.remove();
    EXPECT_FALSE(is_there()) << "wherever the process has gone";
}

TEST_F(UnixSocket, leaves_the_file_of_who_came_after_it) {
    UnixListener first = listen();
    ::unlink(path().c_str());
    const UnixListener second = listen();
    ASSERT_TRUE(second.listener.fd.is_open()) << second.listener.detail;
    first.file.remove();
    EXPECT_EQ(connect_to(path()), 0) << "that of another server";
}

TEST_F(UnixSocket, is_not_removed_by_a_fork) {
    UnixListener made = listen();
    const pid_t child = ::fork();
    if (child == 0) {
        made.file.remove();
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(connect_to(path()), 0);
}

// Of those who start at the same time behind a stale file one listens; nobody takes its socket
// away.
TEST_F(UnixSocket, is_had_by_one_of_many_who_start_together) {
    for (int round = 0; round < 5; ++round) {
        leave_stale();
        std::vector<UnixListener> made(8);
        {
            std::vector<std::jthread> threads;
            for (UnixListener& each : made) {
                threads.emplace_back([&each, this] { each = listen(); });
            }
        }
        int listening = 0;
        for (const UnixListener& each : made) {
            listening += each.listener.fd.is_open() ? 1 : 0;
            EXPECT_TRUE(each.listener.fd.is_open() || each.listener.error == EADDRINUSE)
                << each.listener.detail;
        }
        EXPECT_EQ(listening, 1);
        EXPECT_EQ(connect_to(path()), 0);
        made.clear();
        EXPECT_FALSE(is_there());
    }
}

TEST_F(UnixSocket, listens_where_others_hold_the_lock_but_removes_nothing) {
    const Fd holder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
    {
        const UnixListener made = listen();
        EXPECT_TRUE(made.listener.fd.is_open()) << made.listener.detail;
        EXPECT_EQ(connect_to(path()), 0);
    }
    EXPECT_FALSE(is_there());
    leave_stale();
    const UnixListener made = listen();
    EXPECT_EQ(made.listener.error, EWOULDBLOCK);
    EXPECT_EQ(made.listener.detail,
              "the file of a server that has ended stays while others hold the lock of its folder: "
              "Resource temporarily unavailable");
    EXPECT_TRUE(is_there());
}

TEST_F(UnixSocket, has_no_count_of_what_the_peer_has_taken_but_shows_that_it_takes) {
    Fd served;
    Fd client;
    ASSERT_EQ(connect_pair(served, client), 0);
    EXPECT_FALSE(counts_progress(served.get()));
    const std::int64_t idle = socket_progress(served.get(), 1'000);
    EXPECT_EQ(idle, Loop::kUncounted + 1'000);
    EXPECT_NE(socket_progress(served.get(), 999), idle) << "the send goes on";
    ASSERT_EQ(::send(served.get(), "x", 1, MSG_NOSIGNAL), 1);
    EXPECT_GT(socket_progress(served.get(), 999), idle);
}

}  // namespace
}  // namespace trivet::io
