#pragma once
#include "native.h"

namespace trivet_py {

// Methods of Loop that are not part of its turn.
PyObject* loop_info(PyObject* self, PyObject*);
PyObject* loop_stats(PyObject* self, PyObject*);
PyObject* loop_timer_start(PyObject* self, PyObject* arguments);
PyObject* loop_timer_cancel(PyObject* self, PyObject* timer);
PyObject* loop_post(PyObject* self, PyObject* arguments);

// Functions of the module that answer a request at once: trivet.lowlevel.
extern PyMethodDef lowlevel_functions[];

}  // namespace trivet_py
