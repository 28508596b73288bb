// As core.h, for the command.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "core.h"
