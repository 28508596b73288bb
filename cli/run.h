#pragma once

namespace trivet::cli {

// The `trivet` command as a function. Gives the exit code: 0, 1 when it failed, 2 for wrong
// arguments.
int run(int argc, char** argv);

}  // namespace trivet::cli
