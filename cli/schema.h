#pragma once

#include <span>
#include <string>

#include "engine.h"

namespace trivet::cli {

// The JSON schema (draft 7, which editors know) of trivet.toml, made of the engine's settings.
std::string schema_of(std::span<const Setting> settings);

}  // namespace trivet::cli
