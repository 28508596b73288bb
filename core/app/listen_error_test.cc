#include "app/listen_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace trivet::app {
namespace {

TEST(ListenError, tells_a_taken_address_from_a_wrong_one_and_from_other_failures) {
    const auto status_of = [](int error) {
        io::Listener listener;
        listener.error = error;
        return listen_error("127.0.0.1", 80, std::move(listener)).status;
    };
    EXPECT_EQ(status_of(EADDRINUSE), Status::address_in_use);
    EXPECT_EQ(status_of(EADDRNOTAVAIL), Status::address);
    EXPECT_EQ(status_of(EACCES), Status::address);
    EXPECT_EQ(status_of(EINVAL), Status::address);
    EXPECT_EQ(status_of(EAFNOSUPPORT), Status::address);
    EXPECT_EQ(status_of(EMFILE), Status::system);
}

TEST(ListenError, names_a_unix_socket_without_a_port) {
    const auto error_of = [](int error) {
        io::Listener listener;
        listener.error = error;
        return listen_error("unix:/run/app.sock", 80, std::move(listener));
    };
    EXPECT_EQ(error_of(EADDRINUSE).status, Status::address_in_use);
    EXPECT_EQ(error_of(EADDRINUSE).message, "the address unix:/run/app.sock is already in use");
    for (const int error : {ENOENT, ENOTDIR, ENOTSOCK, EACCES, EROFS, EINVAL}) {
        EXPECT_EQ(error_of(error).status, Status::address) << error;
    }
    EXPECT_EQ(error_of(ENOENT).message, "cannot listen on unix:/run/app.sock");
    EXPECT_EQ(error_of(EMFILE).status, Status::system);
}

TEST(ListenError, names_the_place_and_the_step) {
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(taken.fd.is_open());
    const Error error = listen_error("127.0.0.1", taken.port,
                                     io::listen_tcp({.host = "127.0.0.1", .port = taken.port}));
    EXPECT_EQ(error.message,
              "the address 127.0.0.1:" + std::to_string(taken.port) + " is already in use");
    EXPECT_NE(error.detail.find("bind"), std::string::npos) << error.detail;
}

}  // namespace
}  // namespace trivet::app
