#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trivet::app {

// What a program says when it serves.
struct Banner {
    std::string_view version;
    std::string_view runtime;  // the language and its version; may be empty
    std::string_view host;     // empty without a listener
    std::uint32_t port = 0;
    bool is_secured = false;    // by TLS
    bool is_activated = false;  // the listener was there before the program
    std::uint32_t workers = 0;  // 0: not said
    std::uint32_t threads = 0;  // 0: not said
    std::string_view engine;    // with its reason
};

// One line: trivet, version · runtime · URL · workers · threads · engine.
std::string format_banner(const Banner& banner);

// http://host:port or https://, with the brackets of an IPv6 address; of a Unix socket unix:/path.
std::string format_url(std::string_view host, std::uint32_t port, bool is_secured = false);

}  // namespace trivet::app
