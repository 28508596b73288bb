#pragma once

#include <string>
#include <string_view>

namespace trivet::cli {

// Why a program cannot be executed under this name, as execvp would find it in `path` (PATH's
// value); 0 when it can, else an errno.
int why_not_executable(const std::string& name, std::string_view path);

}  // namespace trivet::cli
