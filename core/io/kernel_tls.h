#pragma once

namespace trivet::io {

// Whether the kernel can secure sockets by itself (kTLS, the module tls). Asks it with a socket of
// its own; false as well when there is none to be had.
bool has_kernel_tls() noexcept;

}  // namespace trivet::io
