#include "values.h"

#include <cstdlib>

namespace trivet_node {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kArgumentsMax;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values_, nullptr, &data);
    addon_ = static_cast<Addon*>(data);
}

uint32_t Arguments::u32(size_t index) const {
    uint32_t value = 0;
    napi_get_value_uint32(env_, values_[index], &value);
    return value;
}

int32_t Arguments::i32(size_t index) const {
    int32_t value = 0;
    napi_get_value_int32(env_, values_[index], &value);
    return value;
}

int64_t Arguments::i64(size_t index) const {
    int64_t value = 0;
    napi_get_value_int64(env_, values_[index], &value);
    return value;
}

uint64_t Arguments::big_u64(size_t index) const {
    uint64_t value = 0;
    bool is_lossless = false;
    napi_get_value_bigint_uint64(env_, values_[index], &value, &is_lossless);
    return is_lossless ? value : 0;
}

bool Arguments::flag(size_t index) const {
    bool value = false;
    napi_get_value_bool(env_, values_[index], &value);
    return value;
}

bool Arguments::is_nullish(size_t index) const {
    napi_valuetype type = napi_undefined;
    napi_typeof(env_, values_[index], &type);
    return type == napi_undefined || type == napi_null;
}

Bytes::Bytes(napi_env env, napi_value value) {
    napi_valuetype type = napi_undefined;
    napi_typeof(env, value, &type);
    if (type == napi_string) {
        read_string(env, value);
        return;
    }
    bool is_array = false;
    if (type != napi_object || napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) {
        return;
    }
    napi_typedarray_type kind = napi_uint8_array;
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env, value, &kind, &length, &data, nullptr, nullptr);
    if (kind == napi_uint8_array && data != nullptr) {
        data_ = static_cast<const char*>(data);
        size_ = length;
    }
}

// A character takes up to four bytes, so a copy that ends at least four bytes short of the room is
// known to be whole.
void Bytes::read_string(napi_env env, napi_value value) {
    size_t size = 0;
    napi_get_value_string_utf8(env, value, stack_, sizeof(stack_), &size);
    data_ = stack_;
    size_ = size;
    if (size + 4 < sizeof(stack_)) {
        return;
    }
    napi_get_value_string_utf8(env, value, nullptr, 0, &size);
    heap_ = static_cast<char*>(std::malloc(size + 1));
    if (heap_ == nullptr) {
        is_out_of_memory_ = true;
        size_ = 0;
        return;
    }
    napi_get_value_string_utf8(env, value, heap_, size + 1, &size_);
    data_ = heap_;
}

Bytes::~Bytes() { std::free(heap_); }

// Most strings of a request are ASCII, which V8 copies without decoding.
napi_value make_string(napi_env env, trivet_str text) {
    unsigned char bits = 0;
    for (size_t i = 0; i < text.size; ++i) {
        bits |= static_cast<unsigned char>(text.data[i]);
    }
    napi_value value = nullptr;
    const char* data = text.size == 0 ? "" : text.data;
    if (bits < 0x80) {
        napi_create_string_latin1(env, data, text.size, &value);
    } else {
        napi_create_string_utf8(env, data, text.size, &value);
    }
    return value;
}

napi_value make_number(napi_env env, double value) {
    napi_value result = nullptr;
    napi_create_double(env, value, &result);
    return result;
}

napi_value make_boolean(napi_env env, bool value) {
    napi_value result = nullptr;
    napi_get_boolean(env, value, &result);
    return result;
}

napi_value make_buffer(napi_env env, trivet_str bytes) {
    napi_value result = nullptr;
    napi_create_buffer_copy(env, bytes.size, bytes.size == 0 ? "" : bytes.data, nullptr, &result);
    return result;
}

napi_value make_status(napi_env env, trivet_status status) {
    napi_value result = nullptr;
    napi_create_int32(env, status, &result);
    return result;
}

napi_value make_undefined(napi_env env) {
    napi_value result = nullptr;
    napi_get_undefined(env, &result);
    return result;
}

napi_value make_route(napi_env env, const trivet_route_info& route) {
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "methods", make_string(env, route.methods));
    set_property(env, result, "pattern", make_string(env, route.pattern));
    set_property(env, result, "host", make_string(env, route.host));
    set_property(env, result, "name", make_string(env, route.name));
    set_property(env, result, "site", make_string(env, route.site));
    set_property(env, result, "metadata", make_pairs(env, route.metadata, route.metadata_count));
    set_property(env, result, "beforeCount",
                 make_number(env, static_cast<double>(route.before_count)));
    set_property(env, result, "afterCount",
                 make_number(env, static_cast<double>(route.after_count)));
    return result;
}

void set_property(napi_env env, napi_value object, const char* name, napi_value value) {
    napi_set_named_property(env, object, name, value);
}

napi_value throw_status(Addon* addon, trivet_status status, trivet_str detail, trivet_str message) {
    napi_env env = addon->env;
    napi_value factory = nullptr;
    napi_value error = nullptr;
    if (addon->make_error != nullptr) {
        napi_get_reference_value(env, addon->make_error, &factory);
        napi_value arguments[3] = {make_status(env, status), make_string(env, detail),
                                   make_string(env, message)};
        if (napi_call_function(env, make_undefined(env), factory, 3, arguments, &error) ==
            napi_ok) {
            napi_throw(env, error);
        }
        return nullptr;
    }
    napi_throw_error(env, nullptr, "the engine refused, and no error class is set");
    return nullptr;
}

napi_value throw_error(Addon* addon, trivet_status status, trivet_error* error) {
    // A cold call may fail without details when memory is out.
    if (error != nullptr) {
        status = trivet_error_status(error);
    }
    napi_value result =
        throw_status(addon, status, trivet_error_detail(error), trivet_error_message(error));
    trivet_error_free(error);
    return result;
}

napi_value check(Addon* addon, trivet_status status) {
    if (status == TRIVET_OK) {
        return make_undefined(addon->env);
    }
    return throw_status(addon, status);
}

}  // namespace trivet_node
