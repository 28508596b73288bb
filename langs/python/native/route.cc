#include "route.h"

#include <charconv>
#include <vector>

#include "errors.h"
#include "loop.h"
#include "response.h"
#include "task.h"

namespace trivet_py {

namespace {

// More parameters than this are refused at registration, so that a call needs no allocation.
constexpr std::size_t kArgumentsMax = 32;

enum class Source : std::uint8_t { kRequest, kPath, kQuery };
enum class Conversion : std::uint8_t { kText, kInt, kFloat, kBool };

struct Argument {
    Source source = Source::kRequest;
    Conversion conversion = Conversion::kText;
    std::uint8_t index = 0;        // of a path parameter
    PyObject* name = nullptr;      // str, owned
    trivet_str key{};              // its UTF-8
    PyObject* fallback = nullptr;  // default of a query parameter, owned; null when required
};

}  // namespace

struct Route {
    PyObject_HEAD PyObject* handler;
    PyObject* keyword_names;  // tuple of the last arguments' names, or null
    PyObject* site;           // where it was registered, str
    std::vector<Argument>* arguments;
    std::uint64_t int_params;  // bit i: path parameter i is an integer
    std::uint32_t status;      // 0: by the result
    bool is_async;
};

namespace {

int route_traverse(PyObject* self, visitproc visit, void* arg) {
    Route* route = as_route(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(route->handler);
    if (route->arguments != nullptr) {
        for (const Argument& argument : *route->arguments) {
            Py_VISIT(argument.fallback);
        }
    }
    return 0;
}

int route_clear(PyObject* self) {
    Py_CLEAR(as_route(self)->handler);
    return 0;
}

void route_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Route* route = as_route(self);
    PyObject_GC_UnTrack(self);
    route_clear(self);
    Py_CLEAR(route->keyword_names);
    Py_CLEAR(route->site);
    if (route->arguments != nullptr) {
        for (const Argument& argument : *route->arguments) {
            Py_XDECREF(argument.name);
            Py_XDECREF(argument.fallback);
        }
        delete route->arguments;
    }
    type->tp_free(self);
    Py_DECREF(type);
}

// One item of the plan: (source, conversion, index, name, is_required, default).
bool add_argument(Route* route, PyObject* item) {
    int source = 0;
    int conversion = 0;
    int index = 0;
    PyObject* name = nullptr;
    int is_required = 0;
    PyObject* fallback = nullptr;
    if (!PyArg_ParseTuple(item, "iiiUpO", &source, &conversion, &index, &name, &is_required,
                          &fallback)) {
        return false;
    }
    if (source < 0 || source > 2 || conversion < 0 || conversion > 3 || index < 0 || index > 63) {
        PyErr_SetString(PyExc_ValueError, "malformed plan of a route");
        return false;
    }
    Argument argument;
    argument.source = static_cast<Source>(source);
    argument.conversion = static_cast<Conversion>(conversion);
    argument.index = static_cast<std::uint8_t>(index);
    if (!utf8_of(name, &argument.key)) {
        return false;
    }
    argument.name = Py_NewRef(name);
    argument.fallback = is_required != 0 ? nullptr : Py_NewRef(fallback);
    route->arguments->push_back(argument);
    return true;
}

PyObject* route_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"handler",       "is_async",   "status", "plan",
                                         "keyword_names", "int_params", "site",   nullptr};
    PyObject* handler = nullptr;
    int is_async = 0;
    unsigned int status = 0;
    PyObject* plan = nullptr;
    PyObject* keyword_names = nullptr;
    unsigned long long int_params = 0;
    PyObject* site = nullptr;
    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "OpIO!O!KU:Route", const_cast<char**>(kNames), &handler, &is_async,
            &status, &PyList_Type, &plan, &PyTuple_Type, &keyword_names, &int_params, &site)) {
        return nullptr;
    }
    if (static_cast<std::size_t>(PyList_GET_SIZE(plan)) > kArgumentsMax) {
        PyErr_Format(PyExc_TypeError, "a handler takes at most %zu parameters", kArgumentsMax);
        return nullptr;
    }
    Ref self(type->tp_alloc(type, 0));
    if (!self) {
        return nullptr;
    }
    Route* route = as_route(self.get());
    route->handler = Py_NewRef(handler);
    route->keyword_names = PyTuple_GET_SIZE(keyword_names) > 0 ? Py_NewRef(keyword_names) : nullptr;
    route->site = Py_NewRef(site);
    route->arguments = new std::vector<Argument>;
    route->int_params = int_params;
    route->status = status;
    route->is_async = is_async != 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(plan); ++i) {
        if (!add_argument(route, PyList_GET_ITEM(plan, i))) {
            return nullptr;
        }
    }
    return self.release();
}

PyObject* get_handler(PyObject* self, void*) { return Py_XNewRef(as_route(self)->handler); }
PyObject* get_is_async(PyObject* self, void*) { return PyBool_FromLong(as_route(self)->is_async); }
PyObject* get_site(PyObject* self, void*) { return Py_XNewRef(as_route(self)->site); }

PyGetSetDef route_getset[] = {
    {"handler", get_handler, nullptr, "The function.", nullptr},
    {"is_async", get_is_async, nullptr, "It is an async def.", nullptr},
    {"site", get_site, nullptr, "Where it was registered.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot route_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(route_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(route_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(route_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(route_clear)},
    {Py_tp_getset, route_getset},
    {Py_tp_doc, const_cast<char*>("A handler and how to call it.")},
    {0, nullptr},
};

PyType_Spec route_spec = {"trivet._native.Route", sizeof(Route), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, route_slots};

PyObject* to_int(trivet_str text) {
    long long number = 0;
    const char* begin = text.data;
    const char* end = text.data + text.size;
    auto [stop, error] = std::from_chars(begin, end, number);
    return text.size > 0 && stop == end && error == std::errc() ? PyLong_FromLongLong(number)
                                                                : nullptr;
}

PyObject* to_float(trivet_str text) {
    std::string copy(to_view(text));
    if (copy.empty() || copy.find('\0') != std::string::npos) {
        return nullptr;
    }
    char* stop = nullptr;
    double number = PyOS_string_to_double(copy.c_str(), &stop, nullptr);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return nullptr;
    }
    return stop == copy.c_str() + copy.size() ? PyFloat_FromDouble(number) : nullptr;
}

PyObject* to_bool(trivet_str text) {
    std::string word(to_view(text));
    for (char& letter : word) {
        letter = static_cast<char>(Py_TOLOWER(letter));
    }
    if (word == "1" || word == "true" || word == "yes" || word == "on") {
        return Py_NewRef(Py_True);
    }
    if (word == "0" || word == "false" || word == "no" || word == "off") {
        return Py_NewRef(Py_False);
    }
    return nullptr;
}

// Null without an exception when the text is not of the type.
PyObject* convert(Conversion conversion, trivet_str text) {
    switch (conversion) {
        case Conversion::kInt:
            return to_int(text);
        case Conversion::kFloat:
            return to_float(text);
        case Conversion::kBool:
            return to_bool(text);
        default:
            return text_of(text);
    }
}

const char* expected(Conversion conversion) {
    switch (conversion) {
        case Conversion::kInt:
            return "an integer";
        case Conversion::kFloat:
            return "a number";
        case Conversion::kBool:
            return "a boolean";
        default:
            return "text";
    }
}

void refuse(trivet_request request, const Argument& argument, const char* what) {
    std::string detail =
        argument.source == Source::kPath ? "path parameter '" : "query parameter '";
    detail += to_view(argument.key);
    detail += "' ";
    detail += what;
    trivet_reply_problem(request, 422, to_str(detail));
}

// The value of one argument; null with `is_refused` set once the request has been answered.
PyObject* argument_value(Route* route, const Argument& argument, trivet_request request,
                         const trivet_request_view* view, CallOutcome& outcome) {
    if (argument.source == Source::kRequest) {
        if (!outcome.request) {
            outcome.request =
                Ref(reinterpret_cast<PyObject*>(request_new(request, as_object(route))));
        }
        return Py_XNewRef(outcome.request.get());
    }
    trivet_str text{};
    if (argument.source == Source::kPath) {
        text = argument.index < view->param_count ? view->params[argument.index].value : text;
    } else {
        trivet_status status = trivet_request_query(request, argument.key, &text);
        if (status == TRIVET_E_NOT_FOUND) {
            if (argument.fallback != nullptr) {
                return Py_NewRef(argument.fallback);
            }
            refuse(request, argument, "is required");
            outcome.is_refused = true;
            return nullptr;
        }
        if (status != TRIVET_OK) {
            return raise_status(status);
        }
    }
    PyObject* value = convert(argument.conversion, text);
    if (value == nullptr && !PyErr_Occurred()) {
        std::string what = std::string("must be ") + expected(argument.conversion);
        refuse(request, argument, what.c_str());
        outcome.is_refused = true;
    }
    return value;
}

// A handler's KeyboardInterrupt or SystemExit is for the program, not for the client alone.
bool is_for_the_program(PyObject* exception) {
    return PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt) != 0 ||
           PyErr_GivenExceptionMatches(exception, PyExc_SystemExit) != 0;
}

void run_plain(Route* route, trivet_request request, const trivet_request_view* view) {
    CallOutcome outcome = route_call(route, request, view);
    if (outcome.result) {
        route_answer(route, request, outcome.request.get(), outcome.result.get());
    } else if (!outcome.is_refused) {
        Ref exception = take_exception();
        route_answer_exception(request, outcome.request.get(), exception.get());
        if (is_for_the_program(exception.get())) {
            loop_stop_with(std::move(exception));
        }
    }
}

}  // namespace

Route* as_route(PyObject* self) { return reinterpret_cast<Route*>(self); }
PyObject* as_object(Route* route) { return reinterpret_cast<PyObject*>(route); }
bool route_is_async(const Route* route) { return route->is_async; }
std::uint32_t route_status(const Route* route) { return route->status; }

bool route_param_is_int(const Route* route, std::size_t index) {
    return index < 64 && ((route->int_params >> index) & 1) != 0;
}

trivet_str route_site(const Route* route) {
    trivet_str site{};
    if (!utf8_of(route->site, &site)) {
        PyErr_Clear();
    }
    return site;
}

CallOutcome route_call(Route* route, trivet_request request, const trivet_request_view* view) {
    CallOutcome outcome;
    if (route->handler == nullptr) {
        raise_status(TRIVET_E_STATE, "the app is being freed");
        return outcome;
    }
    const std::vector<Argument>& arguments = *route->arguments;
    std::size_t count = arguments.size();
    // One slot is spare in front, for callees that prepend self.
    std::array<PyObject*, kArgumentsMax + 1> stack;
    std::size_t filled = 0;
    while (filled < count) {
        PyObject* value = argument_value(route, arguments[filled], request, view, outcome);
        if (value == nullptr) {
            break;
        }
        stack[++filled] = value;
    }
    if (filled == count) {
        std::size_t keyword_count =
            route->keyword_names == nullptr
                ? 0
                : static_cast<std::size_t>(PyTuple_GET_SIZE(route->keyword_names));
        outcome.result = Ref(PyObject_Vectorcall(
            route->handler, stack.data() + 1,
            (count - keyword_count) | PY_VECTORCALL_ARGUMENTS_OFFSET, route->keyword_names));
    }
    while (filled > 0) {
        Py_DECREF(stack[filled--]);
    }
    return outcome;
}

// What the client is told of a result that cannot be sent: which type it is, as the exception says.
static std::string result_detail(PyObject* exception) {
    if (exception == nullptr || (!PyErr_GivenExceptionMatches(exception, PyExc_TypeError) &&
                                 !PyErr_GivenExceptionMatches(exception, PyExc_ValueError))) {
        return {};
    }
    Ref text(PyObject_Str(exception));
    trivet_str utf8{};
    if (!text || !utf8_of(text.get(), &utf8)) {
        PyErr_Clear();
        return {};
    }
    return std::string(utf8.data, utf8.size);
}

void route_answer(Route* route, trivet_request handle, PyObject* request, PyObject* result) {
    if (request != nullptr && reinterpret_cast<Request*>(request)->is_answered) {
        return;
    }
    if (send_result(handle, result, route->status) == Sent::kDone) {
        return;
    }
    Ref exception = take_exception();
    std::string detail = result_detail(exception.get());
    std::string cause = exception ? exception_line(exception.get()) : "unknown failure";
    cause += " (result of ";
    cause += to_view(route_site(route));
    cause += ")";
    trivet_reply_fail(handle, to_str(cause), to_str(detail));
}

void route_answer_exception(trivet_request handle, PyObject* request, PyObject* exception) {
    if (request != nullptr && reinterpret_cast<Request*>(request)->is_answered) {
        loop_log("after its answer a handler raised " + exception_line(exception));
        return;
    }
    send_exception(handle, exception);
}

void on_request(trivet_request request, const trivet_request_view* view, void* user_data) {
    auto* route = static_cast<Route*>(user_data);
    Loop* loop = current_loop();
    PyObject* context =
        loop != nullptr ? PyContext_Copy(loop_context(loop)) : PyContext_CopyCurrent();
    if (context == nullptr || PyContext_Enter(context) < 0) {
        Py_XDECREF(context);
        std::string cause = take_exception_line();
        trivet_reply_fail(request, to_str(cause), trivet_str{});
        return;
    }
    if (!route->is_async) {
        run_plain(route, request, view);
    } else if (loop != nullptr && loop_asyncio(loop) != nullptr) {
        task_start(route, request, view, loop, context);
    } else {
        trivet_reply_fail(request, trivet_lit("an async handler needs the asyncio event loop"),
                          trivet_str{});
    }
    if (PyContext_Exit(context) < 0) {
        PyErr_WriteUnraisable(context);
    }
    Py_DECREF(context);
}

bool make_route_type(PyObject* module) { return make_type(module, &route_spec, &g.route_type); }

}  // namespace trivet_py
