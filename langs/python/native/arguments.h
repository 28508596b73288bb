#pragma once
#include "native.h"

namespace trivet_py {

// More parameters than this are refused at registration, so that a call needs no allocation.
inline constexpr std::size_t kArgumentsMax = 32;

// Numbered as in _signature.py.
enum class Source : std::uint8_t { kRequest, kPath, kQuery };
enum class Conversion : std::uint8_t { kText, kInt, kFloat, kBool, kUuid };

// One parameter of a handler: where its value comes from and what it becomes.
struct Argument {
    Source source = Source::kRequest;
    Conversion conversion = Conversion::kText;
    std::uint8_t index = 0;        // of a path parameter
    PyObject* name = nullptr;      // str, owned
    trivet_str key{};              // its UTF-8
    PyObject* fallback = nullptr;  // default of a query parameter, owned; null when required
};

// From an item of the plan: (source, conversion, index, name, is_required, default). False with an
// exception set.
bool read_argument(PyObject* item, Argument* out);

// The value of a text; null without an exception when the text is not of the type.
PyObject* convert(Conversion conversion, trivet_str text);

// Raises the HTTPError of an argument that is missing or of another type; gives null.
PyObject* refuse_missing(const Argument& argument);
PyObject* refuse_type(const Argument& argument);

}  // namespace trivet_py
