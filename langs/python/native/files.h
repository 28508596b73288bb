#pragma once
#include "response.h"

namespace trivet_py {

// An answer that is a file, which the engine finds and sends.
struct FileResponse {
    Response response;
    PyObject* path;           // bytes; null: the file that the route's folder has for the request
    PyObject* root;           // the same; null for none
    PyObject* download_name;  // str; null for none
    PyObject* cache_control;  // the same
    std::uint32_t flags;      // TRIVET_FILE_*
};

inline FileResponse* as_file(PyObject* self) { return reinterpret_cast<FileResponse*>(self); }

bool make_file_type(PyObject* module, PyObject* base);

// Has the engine answer with the file of a FileResponse.
Sent send_file(trivet_request request, PyObject* response, std::uint32_t status);

// Functions of the module.
extern PyMethodDef file_functions[];

}  // namespace trivet_py
