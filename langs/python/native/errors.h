#pragma once
#include "native.h"

namespace trivet_py {

// Sets the exception that the spec names for a status; an empty message is the spec's own. Gives
// null, so that callers can return it.
PyObject* raise_status(trivet_status status, std::string_view detail = {},
                       std::string_view message = {});

// The same for a cold call that gave an error object, which is freed.
PyObject* raise_error(trivet_status status, trivet_error* error);

// Sets the HTTPError of a status, of the class for it. Gives null.
PyObject* raise_http_error(std::uint32_t status, std::string_view detail = {});

// KeyboardInterrupt and SystemExit concern the program, not a client alone.
bool is_for_the_program(PyObject* exception);

// Takes the exception that is set (which must be) as one line for the log:
// `ValueError: no such colour (app.py:12 in show)`. The exception is cleared.
std::string take_exception_line();

// The same for an exception object; nothing is cleared.
std::string exception_line(PyObject* exception);

// Takes the exception that is set, normalised and with its traceback attached; null if there is
// none.
Ref take_exception();

// Sets an exception object again (the reference is taken).
void restore_exception(Ref exception);

}  // namespace trivet_py
