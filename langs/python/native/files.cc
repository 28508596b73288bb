// FileResponse: an answer that is a file.
#include "files.h"

#include <vector>

#include "errors.h"
#include "headers.h"
#include "request.h"
#include "streams.h"

namespace trivet_py {

namespace {

// A path as bytes of the file system; null with an exception set.
PyObject* path_bytes(PyObject* path) {
    PyObject* bytes = nullptr;
    return PyUnicode_FSConverter(path, &bytes) != 0 ? bytes : nullptr;
}

trivet_str bytes_str(PyObject* bytes) {
    return bytes == nullptr ? trivet_str{}
                            : trivet_str{PyBytes_AS_STRING(bytes),
                                         static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

// None, or text that is kept; false with an exception set.
bool keep_text(const char* name, PyObject* text, PyObject** out) {
    if (text == Py_None) {
        return true;
    }
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "%s is a str or None, not %.200s", name,
                     Py_TYPE(text)->tp_name);
        return false;
    }
    *out = Py_NewRef(text);
    return true;
}

Ref new_file(PyTypeObject* type) {
    Ref self(type->tp_alloc(type, 0));
    if (self) {
        as_response(self.get())->body = Py_NewRef(Py_None);
        as_response(self.get())->kind = Kind::kFile;
    }
    return self;
}

bool set_attribute(PyObject* self, const char* name, PyObject* value) {
    return value == Py_None || PyObject_SetAttrString(self, name, value) == 0;
}

PyObject* file_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"path",     "status",   "headers",       "media_type",
                                         "root",     "download", "cache_control", "dot_files",
                                         "symlinks", nullptr};
    PyObject* path = nullptr;
    PyObject* status = Py_None;
    PyObject* headers = Py_None;
    PyObject* media_type = Py_None;
    PyObject* root = Py_None;
    PyObject* download = Py_None;
    PyObject* cache_control = Py_None;
    int has_dot_files = 0;
    int follows_symlinks = 1;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|OOO$OOOpp:FileResponse",
                                     const_cast<char**>(kNames), &path, &status, &headers,
                                     &media_type, &root, &download, &cache_control, &has_dot_files,
                                     &follows_symlinks)) {
        return nullptr;
    }
    Ref self = new_file(type);
    if (!self) {
        return nullptr;
    }
    FileResponse* file = as_file(self.get());
    file->path = path_bytes(path);
    file->root = root == Py_None ? nullptr : path_bytes(root);
    file->flags = (has_dot_files != 0 ? TRIVET_FILE_DOT_FILES : 0u) |
                  (follows_symlinks == 0 ? TRIVET_FILE_NO_SYMLINKS : 0u);
    bool is_fine = file->path != nullptr && !PyErr_Occurred() &&
                   keep_text("download", download, &file->download_name) &&
                   keep_text("cache_control", cache_control, &file->cache_control) &&
                   set_attribute(self.get(), "status", status) &&
                   set_attribute(self.get(), "headers", headers) &&
                   set_attribute(self.get(), "content_type", media_type);
    return is_fine ? self.release() : nullptr;
}

int file_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_response(self)->body);
    Py_VISIT(as_response(self)->headers);
    return 0;
}

int file_clear(PyObject* self) {
    Py_CLEAR(as_response(self)->body);
    Py_CLEAR(as_response(self)->headers);
    Py_CLEAR(as_response(self)->rendered);
    Py_CLEAR(as_file(self)->path);
    Py_CLEAR(as_file(self)->root);
    Py_CLEAR(as_file(self)->download_name);
    Py_CLEAR(as_file(self)->cache_control);
    return 0;
}

void file_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    file_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* get_path(PyObject* self, void*) {
    PyObject* path = as_file(self)->path;
    return path == nullptr
               ? Py_NewRef(Py_None)
               : PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
}

PyGetSetDef file_getset[] = {
    {"path", get_path, nullptr, "The file, as given.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot file_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(file_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(file_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(file_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(file_clear)},
    {Py_tp_getset, file_getset},
    {Py_tp_doc, const_cast<char*>("An answer that is a file.")},
    {0, nullptr},
};

PyType_Spec file_spec = {"trivet.FileResponse", sizeof(FileResponse), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, file_slots};

// static_file(): what the handler of a folder's route gives.
PyObject* static_file(PyObject*, PyObject*) { return new_file(g.file_type).release(); }

Sent outcome(trivet_status status) {
    if (status == TRIVET_OK || status == TRIVET_E_STALE || status == TRIVET_E_GONE) {
        return Sent::kDone;
    }
    raise_status(status);
    return Sent::kRaised;
}

// reply_file(request, response): for trivet.lowlevel.
PyObject* reply_file(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* response = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O!:reply_file", g.request_type, &request, g.file_type,
                          &response)) {
        return nullptr;
    }
    if (send_file(request->handle, response, 200) == Sent::kRaised) {
        return nullptr;
    }
    request->is_answered = true;
    Py_RETURN_NONE;
}

}  // namespace

Sent send_file(trivet_request request, PyObject* object, std::uint32_t status) {
    Response* response = as_response(object);
    FileResponse* given = as_file(object);
    if (given->path == nullptr) {
        if (response->headers != nullptr &&
            add_reply_headers(request, response->headers) == Sent::kRaised) {
            return Sent::kRaised;
        }
        return outcome(trivet_reply_static(request));
    }
    std::vector<trivet_header> fields;
    trivet_file file;
    trivet_file_init(&file, sizeof file);
    if ((response->headers != nullptr && !reply_fields(response->headers, fields, true)) ||
        (given->download_name != nullptr && !utf8_of(given->download_name, &file.download_name)) ||
        (given->cache_control != nullptr && !utf8_of(given->cache_control, &file.cache_control))) {
        return Sent::kRaised;
    }
    const std::uint32_t own = response->status;
    file.status = own != 0 ? own : status != 0 ? status : 200;
    file.flags = given->flags;
    file.path = bytes_str(given->path);
    file.root = bytes_str(given->root);
    file.headers = fields.data();
    file.header_count = fields.size();
    return outcome(trivet_reply_file(request, &file));
}

bool make_file_type(PyObject* module, PyObject* base) {
    return make_type(module, &file_spec, &g.file_type, base);
}

PyMethodDef file_functions[] = {
    {"static_file", static_file, METH_NOARGS,
     "static_file(): the answer of the folder that the route of a request has"},
    {"reply_file", reply_file, METH_VARARGS, "reply_file(request, response)"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
