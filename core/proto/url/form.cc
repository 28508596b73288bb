#include "proto/url/form.h"

namespace trivet::url {

std::string_view message(FormError error) noexcept {
    switch (error) {
        case FormError::body_bytes:
            return "the form is longer than body_bytes_max";
        case FormError::fields:
            return "the form has more fields than fields_max";
        case FormError::name_bytes:
            return "a name in the form is longer than name_bytes_max";
        case FormError::memory:
            return "out of memory";
    }
    return {};
}

std::expected<std::span<const Param>, FormError> parse_form(std::string_view body,
                                                            const FormLimits& limits,
                                                            Arena& arena) noexcept {
    if (body.size() > limits.body_bytes_max) {
        return std::unexpected(FormError::body_bytes);
    }
    std::string_view name;
    std::string_view value;
    std::size_t count = 0;
    for (QueryCursor cursor(body); cursor.next(name, value);) {
        if (name.size() > limits.name_bytes_max) {
            return std::unexpected(FormError::name_bytes);
        }
        if (++count > limits.fields_max) {
            return std::unexpected(FormError::fields);
        }
    }
    const auto fields = decode_pairs(body, count, arena);
    if (!fields) {
        return std::unexpected(FormError::memory);
    }
    return *fields;
}

}  // namespace trivet::url
