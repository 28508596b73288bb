#pragma once

#include <string>

namespace trivet::tls {

// What the library has to say of its last failure on this thread, which it forgets then.
std::string take_error();

}  // namespace trivet::tls
