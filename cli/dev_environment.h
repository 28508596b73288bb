#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "flags.h"

namespace trivet::cli {

// What an app under `trivet dev` finds in its environment: one process with one loop at dev's
// address, which are flags and so beat the program; the flags that dev was given; and what tells
// languages and libraries that this is development, where it is not set otherwise. Without a choice
// of engine it is epoll: what a killed process leaves in a ring may still accept connections.
std::vector<std::pair<std::string, std::string>> dev_environment(
    const std::vector<GivenFlag>& given, const std::string& host, std::uint32_t port,
    bool has_engine);

}  // namespace trivet::cli
