#pragma once

#include "trivet.h"

namespace trivet::cli {

// Puts the entries of .env that are no settings into the environment, for what is started from
// here, where they are not set yet.
void export_variables(trivet_app* app);

}  // namespace trivet::cli
