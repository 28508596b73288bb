#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trivet::cli {

// "; did you mean 'start'?" when one of the known words is near the wrong one; else nothing.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace trivet::cli
