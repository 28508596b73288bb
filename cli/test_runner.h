#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "project.h"

namespace trivet::cli {

// The command that runs a project's tests, with root as working directory: pytest, node --test,
// go test or ctest, with `arguments` passed on.
std::vector<std::string> test_command(const Project& project,
                                      const std::vector<std::string>& arguments);

// The files that `node --test` is given: those below root whose names end with .test.ts and so on,
// but for what is installed or made. Sorted, relative, at most 10,000.
std::vector<std::string> find_node_tests(const std::filesystem::path& root);

}  // namespace trivet::cli
