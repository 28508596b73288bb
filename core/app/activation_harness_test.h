#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "app/activation.h"
#include "io/socket.h"

namespace trivet::app {

// Puts a descriptor where whoever starts a process leaves what it gives it.
inline void move_to(int number, int fd) {
    if (fd != number) {
        EXPECT_EQ(::dup2(fd, number), number);
        ::close(fd);
    }
}

// A listener at this number; its port.
inline std::uint32_t listen_at(int number, bool reuse_port = false) {
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1", .reuse_port = reuse_port});
    EXPECT_TRUE(listener.fd.is_open());
    move_to(number, listener.fd.release());
    return listener.port;
}

inline void name_listeners(const std::string& pid, const std::string& count) {
    ::setenv(kListenPidVariable, pid.c_str(), 1);
    ::setenv(kListenFdsVariable, count.c_str(), 1);
    ::setenv(kListenNamesVariable, "http", 1);
}

inline void name_listeners(const std::string& count) {
    name_listeners(std::to_string(::getpid()), count);
}

inline bool has_listen_variables() {
    return std::getenv(kListenPidVariable) != nullptr ||
           std::getenv(kListenFdsVariable) != nullptr ||
           std::getenv(kListenNamesVariable) != nullptr;
}

inline void unset_listen_variables() {
    for (const char* name : {kListenPidVariable, kListenFdsVariable, kListenNamesVariable}) {
        ::unsetenv(name);
    }
}

}  // namespace trivet::app
