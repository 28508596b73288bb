// The Route object: read, called, told what stands around it.
#include "route.h"

#include "errors.h"
#include "exchange.h"
#include "loop.h"

namespace trivet_py {

namespace {

int route_traverse(PyObject* self, visitproc visit, void* arg) {
    Route* route = as_route(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(route->handler);
    Py_VISIT(route->info);
    Py_VISIT(route->app);
    Py_VISIT(route->refuse);
    if (route->arguments != nullptr) {
        for (const Argument& argument : *route->arguments) {
            Py_VISIT(argument.fallback);
        }
    }
    return chain_traverse(route->chain, visit, arg);
}

// The chain stays: a request may be on its way along it.
int route_clear(PyObject* self) {
    Py_CLEAR(as_route(self)->handler);
    Py_CLEAR(as_route(self)->info);
    Py_CLEAR(as_route(self)->app);
    Py_CLEAR(as_route(self)->refuse);
    return 0;
}

void route_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Route* route = as_route(self);
    PyObject_GC_UnTrack(self);
    route_clear(self);
    chain_free(std::exchange(route->chain, nullptr));
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

PyObject* route_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"handler",       "is_async",   "status",      "plan",
                                         "keyword_names", "int_params", "uuid_params", "site",
                                         "is_stream",     nullptr};
    PyObject* handler = nullptr;
    int is_async = 0;
    unsigned int status = 0;
    PyObject* plan = nullptr;
    PyObject* keyword_names = nullptr;
    unsigned long long int_params = 0;
    unsigned long long uuid_params = 0;
    PyObject* site = nullptr;
    int is_stream = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OpIO!O!KKU|p:Route",
                                     const_cast<char**>(kNames), &handler, &is_async, &status,
                                     &PyList_Type, &plan, &PyTuple_Type, &keyword_names,
                                     &int_params, &uuid_params, &site, &is_stream)) {
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
    route->uuid_params = uuid_params;
    route->status = status;
    route->is_async = is_async != 0;
    route->is_stream = is_stream != 0;
    route->mode = is_async != 0 ? Mode::kAsync : Mode::kPlain;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(plan); ++i) {
        Argument argument;
        if (!read_argument(PyList_GET_ITEM(plan, i), &argument)) {
            return nullptr;
        }
        route->arguments->push_back(argument);
    }
    return self.release();
}

// surround(before, after, error_types, everything, around): once, before the first request.
PyObject* route_surround(PyObject* self, PyObject* arguments) {
    PyObject* before = nullptr;
    PyObject* after = nullptr;
    PyObject* error_types = nullptr;
    PyObject* everything = nullptr;
    PyObject* around = nullptr;
    Route* route = as_route(self);
    if (!PyArg_ParseTuple(arguments, "O!O!O!OO:surround", &PyTuple_Type, &before, &PyTuple_Type,
                          &after, &PyDict_Type, &error_types, &everything, &around)) {
        return nullptr;
    }
    if (route->chain != nullptr) {
        return raise_status(TRIVET_E_STATE, "the route has its hooks already");
    }
    route->chain = chain_new(before, after, error_types, everything, around);
    if (route->chain == nullptr) {
        return nullptr;
    }
    if (route->chain->has_hooks() || is_fallback(route)) {
        bool is_async = route->is_async || route->chain->has_async_hooks();
        route->mode = is_async ? Mode::kAsyncChain : Mode::kChain;
    }
    Py_RETURN_NONE;
}

// call(request): for the around hooks.
PyObject* route_call_handler(PyObject* self, PyObject* request) {
    if (!is_request(request)) {
        PyErr_SetString(PyExc_TypeError, "a route is called with a Request");
        return nullptr;
    }
    auto* own = reinterpret_cast<Request*>(request);
    const trivet_request_view* view = request_view(own);
    if (view == nullptr) {
        return nullptr;
    }
    Call call;
    call.request = Ref::borrow(request);
    call_handler(as_route(self), own->handle, view, call);
    return call.result.release();
}

PyObject* get_handler(PyObject* self, void*) { return Py_XNewRef(as_route(self)->handler); }
PyObject* get_is_async(PyObject* self, void*) { return PyBool_FromLong(as_route(self)->is_async); }
PyObject* get_site(PyObject* self, void*) { return Py_XNewRef(as_route(self)->site); }
PyObject* get_info(PyObject* self, void*) {
    PyObject* info = as_route(self)->info;
    return Py_NewRef(info != nullptr ? info : Py_None);
}
int set_info(PyObject* self, PyObject* value, void*) {
    Py_XSETREF(as_route(self)->info, value == Py_None ? nullptr : Py_XNewRef(value));
    return 0;
}

PyObject* get_refuse(PyObject* self, void*) {
    PyObject* refuse = as_route(self)->refuse;
    return Py_NewRef(refuse != nullptr ? refuse : Py_None);
}
int set_refuse(PyObject* self, PyObject* value, void*) {
    Py_XSETREF(as_route(self)->refuse, value == Py_None ? nullptr : Py_XNewRef(value));
    return 0;
}

PyMethodDef route_methods[] = {
    {"surround", route_surround, METH_VARARGS,
     "surround(before, after, error_types, everything, around): sets hooks and error handlers"},
    {"call", route_call_handler, METH_O,
     "call(request): what the handler gives; of an async def its coroutine."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef route_getset[] = {
    {"handler", get_handler, nullptr, "The function.", nullptr},
    {"is_async", get_is_async, nullptr, "It is an async def.", nullptr},
    {"site", get_site, nullptr, "Where it is defined.", nullptr},
    {"info", get_info, set_info, "What Request.route gives.", nullptr},
    {"refuse", get_refuse, set_refuse,
     "Gives the error of a request whose arguments are not as they should be.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot route_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(route_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(route_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(route_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(route_clear)},
    {Py_tp_methods, route_methods},
    {Py_tp_getset, route_getset},
    {Py_tp_doc, const_cast<char*>("A handler and how to call it.")},
    {0, nullptr},
};

PyType_Spec route_spec = {"trivet._native.Route", sizeof(Route), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, route_slots};

// Raises what the route makes of a request that lacks an argument, or has one of another type;
// gives null.
[[gnu::noinline]] PyObject* refuse_argument(Route* route, const Argument& argument,
                                            trivet_request request, bool is_missing, Call& call) {
    if (route->refuse == nullptr) {
        return is_missing ? refuse_missing(argument) : refuse_type(argument);
    }
    if (!call.request) {
        call.request = Ref(reinterpret_cast<PyObject*>(request_new(request, as_object(route))));
    }
    Ref error(call.request ? PyObject_CallOneArg(route->refuse, call.request.get()) : nullptr);
    if (error && PyExceptionInstance_Check(error.get())) {
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.get())), error.get());
    } else if (error) {
        PyErr_SetString(PyExc_TypeError, "a route refuses a request with an exception");
    }
    return nullptr;
}

// The value of one argument; null with an exception set.
PyObject* argument_value(Route* route, const Argument& argument, trivet_request request,
                         const trivet_request_view* view, Call& call) {
    if (argument.source == Source::kRequest) {
        if (!call.request) {
            call.request = Ref(reinterpret_cast<PyObject*>(request_new(request, as_object(route))));
        }
        return Py_XNewRef(call.request.get());
    }
    trivet_str text{};
    if (argument.source == Source::kPath) {
        text = argument.index < view->param_count ? view->params[argument.index].value : text;
    } else {
        trivet_status status = trivet_request_query(request, argument.key, &text);
        if (status == TRIVET_E_NOT_FOUND) {
            return argument.fallback != nullptr
                       ? Py_NewRef(argument.fallback)
                       : refuse_argument(route, argument, request, true, call);
        }
        if (status != TRIVET_OK) {
            return raise_status(status);
        }
    }
    PyObject* value = convert(argument.conversion, text);
    return value != nullptr || PyErr_Occurred()
               ? value
               : refuse_argument(route, argument, request, false, call);
}

}  // namespace

Conversion route_param_conversion(const Route* route, std::size_t index) {
    if (index < 64 && ((route->int_params >> index) & 1) != 0) {
        return Conversion::kInt;
    }
    bool is_uuid = index < 64 && ((route->uuid_params >> index) & 1) != 0;
    return is_uuid ? Conversion::kUuid : Conversion::kText;
}

trivet_str route_site(const Route* route) {
    trivet_str site{};
    if (!utf8_of(route->site, &site)) {
        PyErr_Clear();
    }
    return site;
}

void route_call(Route* route, trivet_request request, const trivet_request_view* view, Call& call) {
    if (route->handler == nullptr) {
        raise_status(TRIVET_E_STATE, "the app is being freed");
        return;
    }
    const std::vector<Argument>& arguments = *route->arguments;
    std::size_t count = arguments.size();
    // One slot is spare in front, for callees that prepend self.
    std::array<PyObject*, kArgumentsMax + 1> stack;
    std::size_t filled = 0;
    while (filled < count) {
        PyObject* value = argument_value(route, arguments[filled], request, view, call);
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
        call.result = Ref(PyObject_Vectorcall(
            route->handler, stack.data() + 1,
            (count - keyword_count) | PY_VECTORCALL_ARGUMENTS_OFFSET, route->keyword_names));
    }
    while (filled > 0) {
        Py_DECREF(stack[filled--]);
    }
}

void call_handler(Route* route, trivet_request request, const trivet_request_view* view,
                  Call& call) {
    if (is_fallback(route)) {
        raise_http_error(view->refusal);
        return;
    }
    route_call(route, request, view, call);
}

bool make_route_type(PyObject* module) { return make_type(module, &route_spec, &g.route_type); }

}  // namespace trivet_py
