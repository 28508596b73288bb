#pragma once

#include <string>

#include "json.h"

namespace trivet::cli {

// A value as YAML 1.2 in block style, ending with a newline. Texts stand in quotes as in JSON,
// which YAML reads alike; names do where they could be something else.
std::string yaml_text(const Json& value);

}  // namespace trivet::cli
