#include "io/kernel_tls.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace trivet::io {
namespace {

// The kernel lists what it has; asking may make it load the module, so it is asked first.
TEST(KernelTls, is_told_as_the_kernel_lists_it) {
    const bool has = has_kernel_tls();
    std::ifstream file("/proc/sys/net/ipv4/tcp_available_ulp");
    if (!file) {
        GTEST_SKIP() << "this kernel does not list them";
    }
    const std::string list{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(has, (" " + list).find(" tls") != std::string::npos) << list;
}

}  // namespace
}  // namespace trivet::io
