#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "app/worker_harness_test.h"
#include "base/fd.h"

namespace trivet::app {

// A folder of its own with the path of a socket in it.
class SocketFolder {
public:
    SocketFolder() {
        std::string name = ::testing::TempDir() + "trivet_app_XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~SocketFolder() {
        ::unlink(path().c_str());
        ::rmdir(folder_.c_str());
    }
    SocketFolder(const SocketFolder&) = delete;
    SocketFolder& operator=(const SocketFolder&) = delete;

    std::string path() const { return folder_ + "/app.sock"; }
    std::string host() const { return "unix:" + path(); }
    bool has_file() const {
        struct stat status{};
        return ::lstat(path().c_str(), &status) == 0;
    }
    // A file that nobody listens at.
    void leave_stale() const {
        const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path());
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    // nullptr when nobody listens.
    std::unique_ptr<Client> connect() const {
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = address_of(path());
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            return nullptr;
        }
        return std::make_unique<Client>(std::move(fd));
    }

private:
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        return address;
    }

    std::string folder_;
};

}  // namespace trivet::app
