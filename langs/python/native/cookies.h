#pragma once
#include "native.h"

namespace trivet_py {

// Functions of the module: what _cookies.py is made of.
extern PyMethodDef cookie_functions[];

}  // namespace trivet_py
