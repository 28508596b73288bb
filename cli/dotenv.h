#pragma once

#include <map>
#include <string>

#include "trivet.h"

namespace trivet::cli {

// The entries of .env that are no settings.
std::map<std::string, std::string> variables_of(trivet_app* app);

// Puts them into the environment, for what is started from here, where they are not set yet.
void export_variables(trivet_app* app);

}  // namespace trivet::cli
