// Hubs of Server-Sent Events, and the answers that subscribe to them.
#include "app.h"
#include "errors.h"
#include "headers.h"
#include "request.h"
#include "sse.h"
#include "streams.h"

namespace trivet_py {

namespace {

struct Setting {
    const char* name;
    std::uint32_t trivet_sse_hub_config::* number;
    std::uint64_t trivet_sse_hub_config::* bytes;
};

constexpr Setting kSettings[] = {
    {"flags", &trivet_sse_hub_config::flags, nullptr},
    {"policy", &trivet_sse_hub_config::policy, nullptr},
    {"history_events", &trivet_sse_hub_config::history_events, nullptr},
    {"history_bytes", nullptr, &trivet_sse_hub_config::history_bytes},
    {"event_bytes_max", &trivet_sse_hub_config::event_bytes_max, nullptr},
    {"subscribers_max", &trivet_sse_hub_config::subscribers_max, nullptr},
    {"client_bytes_max", nullptr, &trivet_sse_hub_config::client_bytes_max},
    {"heartbeat_ms", &trivet_sse_hub_config::heartbeat_ms, nullptr},
};

struct Counter {
    const char* name;
    std::uint64_t trivet_sse_hub_info::* value;
};

constexpr Counter kCounters[] = {
    {"subscribers", &trivet_sse_hub_info::subscribers},
    {"subscribers_total", &trivet_sse_hub_info::subscribers_total},
    {"published_total", &trivet_sse_hub_info::published_total},
    {"delivered_total", &trivet_sse_hub_info::delivered_total},
    {"dropped_total", &trivet_sse_hub_info::dropped_total},
    {"superseded_total", &trivet_sse_hub_info::superseded_total},
    {"closed_total", &trivet_sse_hub_info::closed_total},
    {"gaps_total", &trivet_sse_hub_info::gaps_total},
    {"history_events", &trivet_sse_hub_info::history_events},
    {"history_bytes", &trivet_sse_hub_info::history_bytes},
};

// False with an exception set.
bool set_number(trivet_sse_hub_config& config, PyObject* name, PyObject* value) {
    unsigned long long number = PyLong_Check(value) ? PyLong_AsUnsignedLongLong(value) : 0;
    if (!PyLong_Check(value) || PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%U is a number, not %R", name, value);
        return false;
    }
    if (PyUnicode_CompareWithASCIIString(name, "retry_ms") == 0 && number <= INT32_MAX) {
        config.retry_ms = static_cast<std::int32_t>(number);
        return true;
    }
    for (const Setting& setting : kSettings) {
        if (PyUnicode_CompareWithASCIIString(name, setting.name) != 0) {
            continue;
        }
        if (setting.bytes != nullptr) {
            config.*setting.bytes = number;
        } else {
            // What does not fit is beyond every limit.
            config.*setting.number =
                static_cast<std::uint32_t>(number < UINT32_MAX ? number : UINT32_MAX);
        }
        return true;
    }
    PyErr_Format(PyExc_ValueError, "a hub has no setting %U of %R", name, value);
    return false;
}

// sse_hub_open(app, settings): the hub's number.
PyObject* sse_hub_open(PyObject*, PyObject* arguments) {
    PyObject* app = nullptr;
    PyObject* settings = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O!:sse_hub_open", g.app_type, &app, &PyDict_Type,
                          &settings)) {
        return nullptr;
    }
    if (as_app(app)->app == nullptr) {
        return raise_status(TRIVET_E_STATE, "the app has ended");
    }
    trivet_sse_hub_config config;
    trivet_sse_hub_config_init(&config, sizeof config);
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t place = 0;
    while (PyDict_Next(settings, &place, &name, &value) != 0) {
        if (!PyUnicode_Check(name) || !set_number(config, name, value)) {
            return PyErr_Occurred() ? nullptr
                                    : PyErr_Format(PyExc_TypeError, "settings have names");
        }
    }
    // Limits that were not given follow a short history.
    if (PyDict_GetItemString(settings, "event_bytes_max") == nullptr &&
        config.event_bytes_max > config.history_bytes) {
        config.event_bytes_max = static_cast<std::uint32_t>(config.history_bytes);
    }
    if (PyDict_GetItemString(settings, "client_bytes_max") == nullptr &&
        config.client_bytes_max > config.history_bytes) {
        config.client_bytes_max = config.history_bytes;
    }
    trivet_sse_hub hub = 0;
    trivet_error* error = nullptr;
    trivet_status status = trivet_sse_hub_open(as_app(app)->app, &config, &hub, &error);
    return status == TRIVET_OK ? PyLong_FromUnsignedLongLong(hub) : raise_error(status, error);
}

// The handle may be a hub's or a request's; here it is the hub's.
PyObject* raise_closed() { return raise_status(TRIVET_E_STALE, {}, "the event hub is closed"); }

// False with an exception set.
bool hub_of(PyObject* number, trivet_sse_hub* out) {
    *out = PyLong_AsUnsignedLongLong(number);
    return !PyErr_Occurred();
}

// sse_hub_publish(hub, event)
PyObject* sse_hub_publish(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
    trivet_sse_hub hub = 0;
    Buffer json;
    trivet_sse_event event;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "sse_hub_publish takes a hub and an event");
        return nullptr;
    }
    if (!hub_of(arguments[0], &hub) || !read_event(arguments[1], json, &event)) {
        return nullptr;
    }
    trivet_error* error = nullptr;
    trivet_status status = trivet_sse_hub_publish(hub, &event, &error);
    if (status == TRIVET_OK) {
        Py_RETURN_NONE;
    }
    return status == TRIVET_E_STALE ? raise_closed() : raise_error(status, error);
}

PyObject* sse_hub_info(PyObject*, PyObject* number) {
    trivet_sse_hub hub = 0;
    trivet_sse_hub_info info{};
    info.size = sizeof info;
    if (!hub_of(number, &hub)) {
        return nullptr;
    }
    if (trivet_sse_hub_get_info(hub, &info) != TRIVET_OK) {
        return raise_closed();
    }
    Ref result(PyDict_New());
    for (const Counter& counter : kCounters) {
        Ref value(PyLong_FromUnsignedLongLong(info.*counter.value));
        if (!result || !value ||
            PyDict_SetItemString(result.get(), counter.name, value.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

PyObject* sse_hub_close(PyObject*, PyObject* number) {
    trivet_sse_hub hub = 0;
    if (!hub_of(number, &hub)) {
        return nullptr;
    }
    if (trivet_sse_hub_close(hub) != TRIVET_OK) {
        return raise_closed();
    }
    Py_RETURN_NONE;
}

// sse_subscribe(request, hub, last_event_id=None, headers=None)
PyObject* sse_subscribe(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    unsigned long long hub = 0;
    PyObject* last_event_id = Py_None;
    PyObject* headers = Py_None;
    if (!PyArg_ParseTuple(arguments, "O!K|OO:sse_subscribe", g.request_type, &request, &hub,
                          &last_event_id, &headers)) {
        return nullptr;
    }
    Ref pairs(headers == Py_None ? PyList_New(0) : header_pairs(headers));
    std::vector<trivet_header> fields;
    trivet_str last{};
    if (!pairs || !reply_fields(pairs.get(), fields, true) ||
        (last_event_id != Py_None && !utf8_of(last_event_id, &last))) {
        return nullptr;
    }
    trivet_status status =
        trivet_sse_subscribe(request->handle, hub, last_event_id != Py_None ? &last : nullptr,
                             fields.data(), fields.size());
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    request->is_answered = true;
    Py_RETURN_NONE;
}

// hub_stream(hub, last_event_id, headers)
PyObject* hub_stream(PyObject*, PyObject* arguments) {
    unsigned long long hub = 0;
    PyObject* last_event_id = nullptr;
    PyObject* headers = nullptr;
    if (!PyArg_ParseTuple(arguments, "KUO:hub_stream", &hub, &last_event_id, &headers)) {
        return nullptr;
    }
    Ref pairs(headers == Py_None ? nullptr : header_pairs(headers));
    if (headers != Py_None && !pairs) {
        return nullptr;
    }
    PyObject* self = g.hub_stream_type->tp_alloc(g.hub_stream_type, 0);
    if (self != nullptr) {
        HubStream* stream = as_hub_stream(self);
        stream->response.body = Py_NewRef(Py_None);
        stream->response.headers = pairs.release();
        stream->response.status = 200;
        stream->response.kind = Kind::kHub;
        stream->hub = hub;
        stream->last_event_id = Py_NewRef(last_event_id);
    }
    return self;
}

int stream_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_response(self)->body);
    Py_VISIT(as_response(self)->headers);
    return 0;
}

int stream_clear(PyObject* self) {
    Py_CLEAR(as_response(self)->body);
    Py_CLEAR(as_response(self)->headers);
    Py_CLEAR(as_response(self)->rendered);
    Py_CLEAR(as_hub_stream(self)->last_event_id);
    return 0;
}

void stream_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    stream_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot stream_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(stream_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(stream_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(stream_clear)},
    {Py_tp_doc, const_cast<char*>("An answer of a hub's events; what EventHub.stream gives.")},
    {0, nullptr},
};

PyType_Spec stream_spec = {
    "trivet.HubStream", sizeof(HubStream), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, stream_slots};

}  // namespace

Sent subscribe(trivet_request request, PyObject* object) {
    Response* response = as_response(object);
    HubStream* stream = as_hub_stream(object);
    std::vector<trivet_header> fields;
    trivet_str last{};
    if (!check_head_of_events(response) ||
        (response->headers != nullptr && !reply_fields(response->headers, fields, false)) ||
        !utf8_of(stream->last_event_id, &last)) {
        return Sent::kRaised;
    }
    trivet_status status =
        trivet_sse_subscribe(request, stream->hub, &last, fields.data(), fields.size());
    const trivet_request_view* view = nullptr;
    switch (status) {
        case TRIVET_OK:
        case TRIVET_E_GONE:
            return Sent::kDone;
        case TRIVET_E_STALE:
            if (trivet_request_get(request, &view) != TRIVET_OK) {
                return Sent::kDone;
            }
            raise_http_error(503, "the event hub is closed");
            return Sent::kRaised;
        case TRIVET_E_LIMIT:
            raise_http_error(503, "the event hub has as many subscribers as it may");
            return Sent::kRaised;
        default:
            raise_status(status);
            return Sent::kRaised;
    }
}

bool make_hub_stream_type(PyObject* module, PyObject* base) {
    return make_type(module, &stream_spec, &g.hub_stream_type, base);
}

PyMethodDef sse_hub_functions[] = {
    {"sse_hub_open", sse_hub_open, METH_VARARGS,
     "sse_hub_open(app, settings): opens a hub, gives its number"},
    {"sse_hub_publish", fast_method(sse_hub_publish), METH_FASTCALL,
     "sse_hub_publish(hub, event), from any thread"},
    {"sse_hub_info", sse_hub_info, METH_O, "sse_hub_info(hub): the hub's counters, as a dict"},
    {"sse_hub_close", sse_hub_close, METH_O, "sse_hub_close(hub): ends its subscribers' answers"},
    {"sse_subscribe", sse_subscribe, METH_VARARGS,
     "sse_subscribe(request, hub, last_event_id=None, headers=None)"},
    {"hub_stream", hub_stream, METH_VARARGS, "hub_stream(hub, last_event_id, headers)"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
