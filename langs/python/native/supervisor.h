#pragma once
#include "native.h"

namespace trivet_py {

// Functions of the module: worker processes, as seen from the supervisor and from a worker.
extern PyMethodDef supervisor_functions[];

}  // namespace trivet_py
