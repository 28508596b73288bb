// Worker processes: the supervisor in this process, and what a supervisor gave this process.
#include "supervisor.h"

#include <string>
#include <vector>

#include "errors.h"
#include "loop_type.h"

namespace trivet_py {

namespace {

// The GIL is released while the supervisor waits and held around each fork, as os.fork does.
struct ForkState {
    PyObject* callback;
    PyThreadState* saved;
    bool is_child;
};

std::int32_t call_worker(PyObject* callback) {
    Ref result(PyObject_CallNoArgs(callback));
    if (!result) {
        return 1;  // the exception stays set, for the caller of supervisor_run
    }
    return result.get() == Py_None ? 0 : static_cast<std::int32_t>(int_of(result.get()));
}

std::int32_t on_fork(std::uint32_t moment, void* user_data) {
    auto* state = static_cast<ForkState*>(user_data);
    if (moment == TRIVET_FORK_PREPARE) {
        PyEval_RestoreThread(state->saved);
        PyOS_BeforeFork();
        return 0;
    }
    if (moment == TRIVET_FORK_PARENT) {
        PyOS_AfterFork_Parent();
        state->saved = PyEval_SaveThread();
        return 0;
    }
    PyOS_AfterFork_Child();
    state->is_child = true;
    return call_worker(state->callback);
}

bool read_command(PyObject* command, std::vector<std::string>& out) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(command); ++i) {
        Ref path;
        PyObject* bytes = nullptr;
        // As execv encodes its arguments: undecodable bytes come back as they were.
        if (PyUnicode_FSConverter(PyList_GET_ITEM(command, i), &bytes) == 0) {
            return false;
        }
        path = Ref(bytes);
        out.emplace_back(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    return true;
}

// supervisor_run(host, port, workers, backlog, start_timeout_ms, shutdown_timeout_ms, log_level,
// stop_fd, also_listen, command, callback): the exit code. One of the last two is None. In a forked
// worker it returns, or raises, what the callback did.
PyObject* supervisor_run(PyObject*, PyObject* arguments) {
    trivet_supervisor_config config;
    trivet_supervisor_config_init(&config, sizeof config);
    PyObject* host = nullptr;
    PyObject* also_listen = nullptr;
    PyObject* command = nullptr;
    PyObject* callback = nullptr;
    if (!PyArg_ParseTuple(arguments, "UIIIIIIiUOO:supervisor_run", &host, &config.port,
                          &config.workers, &config.backlog, &config.start_timeout_ms,
                          &config.shutdown_timeout_ms, &config.log_level, &config.stop_fd,
                          &also_listen, &command, &callback) ||
        !utf8_of(host, &config.host) || !utf8_of(also_listen, &config.also_listen)) {
        return nullptr;
    }
    if (callback != Py_None && loops_open() > 0) {
        return raise_status(TRIVET_E_STATE, "workers are forked before any loop is made");
    }
    std::vector<std::string> texts;
    std::vector<char*> argv;
    if (command != Py_None) {
        if (!PyList_Check(command) || !read_command(command, texts)) {
            return PyErr_Occurred() ? nullptr
                                    : raise_status(TRIVET_E_ARGUMENT, "the command is a list");
        }
        for (std::string& text : texts) {
            argv.push_back(text.data());
        }
        argv.push_back(nullptr);
        config.command = argv.data();
    }
    ForkState state{callback, nullptr, false};
    trivet_error* error = nullptr;
    std::int32_t code = 0;
    state.saved = PyEval_SaveThread();
    trivet_status status = trivet_supervisor_run(&config, callback != Py_None ? on_fork : nullptr,
                                                 &state, nullptr, &code, &error);
    if (!state.is_child) {
        PyEval_RestoreThread(state.saved);
    }
    if (PyErr_Occurred()) {
        trivet_error_free(error);
        return nullptr;
    }
    return status == TRIVET_OK ? PyLong_FromLong(code) : raise_error(status, error);
}

PyObject* supervisor_inherit(PyObject*, PyObject*) {
    trivet_worker_info info{};
    info.size = sizeof info;
    trivet_status status = trivet_supervisor_inherit(&info);
    if (status == TRIVET_E_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    return Py_BuildValue("{s:I,s:I,s:i,s:i}", "slot", info.slot, "workers", info.workers,
                         "listen_fd", info.listen_fd, "control_fd", info.control_fd);
}

PyObject* get_loops_open(PyObject*, PyObject*) { return PyLong_FromSize_t(loops_open()); }

}  // namespace

PyMethodDef supervisor_functions[] = {
    {"supervisor_run", supervisor_run, METH_VARARGS, "Supervises workers; gives the exit code."},
    {"supervisor_inherit", supervisor_inherit, METH_NOARGS,
     "What a supervisor gave this process, once, as a dict; else None."},
    {"loops_open", get_loops_open, METH_NOARGS, "How many loops there are in this process."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
