#pragma once
#include "native.h"

namespace trivet_py {

// Functions of the module: what _forms.py is made of.
extern PyMethodDef form_functions[];

}  // namespace trivet_py
