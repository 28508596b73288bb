#pragma once

#include <cstdint>
#include <string_view>

#include "app/error.h"
#include "io/socket.h"

namespace trivet::app {

// Why listening failed, from what listen_tcp(), listen_unix() or adopt_listener()
// gave. The port does not matter to a Unix socket.
Error listen_error(std::string_view host, std::uint32_t port, io::Listener listener);

}  // namespace trivet::app
