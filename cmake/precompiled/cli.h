// As core.h, for the command. Without CLI11, whose objects each file would compile anew.
#pragma once

#include <filesystem>
#include <fstream>

#include "core.h"
