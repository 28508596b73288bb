#pragma once

#include <string>

#include "json.h"

namespace trivet::cli {

// The routes of a document of trivet_app_inspect, one a line in aligned columns; columns without
// content are left out. `is_verbose` adds where each was registered, and below it its constraints,
// hooks and metadata.
std::string routes_table(const Json& document, bool is_verbose);

}  // namespace trivet::cli
