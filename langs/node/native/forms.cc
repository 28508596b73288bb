// Forms: what src/forms.ts is made of.
#include "values.h"

namespace trivet_node {

namespace {

struct Limit {
    const char* name;
    uint32_t trivet_form_config::* narrow;
    uint64_t trivet_form_config::* wide;
};

// Every number of trivet_form_config by its name in FormOptions.
constexpr Limit kLimits[] = {
    {"fieldsMax", &trivet_form_config::fields_max, nullptr},
    {"filesMax", &trivet_form_config::files_max, nullptr},
    {"nameBytesMax", &trivet_form_config::name_bytes_max, nullptr},
    {"filenameBytesMax", &trivet_form_config::filename_bytes_max, nullptr},
    {"valueBytesMax", nullptr, &trivet_form_config::value_bytes_max},
    {"fieldsBytesMax", nullptr, &trivet_form_config::fields_bytes_max},
    {"fileBytesMax", nullptr, &trivet_form_config::file_bytes_max},
    {"memoryBytesMax", nullptr, &trivet_form_config::memory_bytes_max},
};

// The limits that are given; the name of the first one that is no number of its width, or nullptr.
const char* overlay(napi_env env, napi_value given, trivet_form_config* config) {
    for (const Limit& limit : kLimits) {
        napi_value value = nullptr;
        napi_valuetype type = napi_undefined;
        napi_get_named_property(env, given, limit.name, &value);
        napi_typeof(env, value, &type);
        if (type == napi_undefined) {
            continue;
        }
        double number = 0;
        int64_t whole = 0;
        const int64_t most = limit.wide != nullptr ? INT64_MAX : UINT32_MAX;
        if (napi_get_value_double(env, value, &number) != napi_ok ||
            napi_get_value_int64(env, value, &whole) != napi_ok ||
            static_cast<double>(whole) != number || whole < 0 || whole > most) {
            return limit.name;
        }
        if (limit.wide != nullptr) {
            config->*limit.wide = static_cast<uint64_t>(whole);
        } else {
            config->*limit.narrow = static_cast<uint32_t>(whole);
        }
    }
    return nullptr;
}

napi_value make_refusal(napi_env env, trivet_status status, const trivet_form& form) {
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "status", make_status(env, status));
    set_property(env, result, "refusal", make_number(env, form.refusal));
    set_property(env, result, "detail", make_string(env, form.detail));
    return result;
}

napi_value make_part(napi_env env, const trivet_form_part& part) {
    const bool is_file = (part.flags & TRIVET_PART_FILE) != 0;
    const bool is_spooled = (part.flags & TRIVET_PART_SPOOLED) != 0;
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "name", make_string(env, part.name));
    set_property(env, result, "filename",
                 is_file ? make_string(env, part.filename) : make_undefined(env));
    set_property(env, result, "contentType", make_string(env, part.content_type));
    set_property(env, result, "size", make_number(env, static_cast<double>(part.bytes)));
    set_property(env, result, "isSpooled", make_boolean(env, is_spooled));
    set_property(env, result, "text", is_file ? make_undefined(env) : make_string(env, part.value));
    return result;
}

}  // namespace

// (lo, hi, limits, directory): whether the form is whole; what it is refused with, or undefined for
// a client that has gone.
static napi_value form_open(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes directory(env, arguments.at(3));
    trivet_form_config config;
    trivet_form_config_init(&config, sizeof(config));
    config.directory = directory.view();
    const char* wrong = overlay(env, arguments.at(2), &config);
    if (wrong != nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_ARGUMENT, trivet_lit(wrong));
    }
    trivet_form form{};
    form.size = sizeof(form);
    const trivet_status status = trivet_form_open(arguments.request(0), &config, &form);
    if (status == TRIVET_OK || status == TRIVET_E_AGAIN) {
        return make_boolean(env, status == TRIVET_OK);
    }
    if (status == TRIVET_E_ARGUMENT) {
        return throw_status(arguments.addon(), status,
                            trivet_lit("a limit of the form is out of its range"));
    }
    if (status == TRIVET_E_STATE) {
        return throw_status(arguments.addon(), status,
                            trivet_lit("some of the content was read otherwise"));
    }
    return form.refusal == 0 || status == TRIVET_E_GONE ? throw_status(arguments.addon(), status)
                                                        : make_refusal(env, status, form);
}

// (lo, hi): what is known of each part.
static napi_value form_parts(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    trivet_form form{};
    form.size = sizeof(form);
    trivet_status status = trivet_form_get(arguments.request(0), &form);
    if (status != TRIVET_OK) {
        return throw_status(arguments.addon(), status);
    }
    napi_value result = nullptr;
    napi_create_array_with_length(env, form.part_count, &result);
    for (size_t i = 0; i < form.part_count; ++i) {
        trivet_form_part part{};
        part.size = sizeof(part);
        status = trivet_form_get_part(arguments.request(0), i, &part);
        if (status != TRIVET_OK) {
            return throw_status(arguments.addon(), status);
        }
        napi_set_element(env, result, static_cast<uint32_t>(i), make_part(env, part));
    }
    return result;
}

// (lo, hi, index, offset, size): a Buffer, shorter only at the end.
static napi_value form_read(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const auto offset = static_cast<uint64_t>(arguments.i64(3));
    const auto size = static_cast<size_t>(arguments.i64(4));
    void* data = nullptr;
    napi_value buffer = nullptr;
    if (napi_create_buffer(env, size, &data, &buffer) != napi_ok) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    size_t got = 0;
    const trivet_status status = trivet_form_read(arguments.request(0), arguments.u32(2), offset,
                                                  size, static_cast<char*>(data), &got);
    if (status == TRIVET_OK && got != size) {
        return throw_status(arguments.addon(), TRIVET_E_SYSTEM);  // its file has become shorter
    }
    return status == TRIVET_OK ? buffer : throw_status(arguments.addon(), status);
}

// (lo, hi, index): an open descriptor, the caller's to close.
static napi_value form_descriptor(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    int32_t fd = -1;
    const trivet_status status =
        trivet_form_descriptor(arguments.request(0), arguments.u32(2), &fd);
    return status == TRIVET_OK ? make_number(env, fd) : throw_status(arguments.addon(), status);
}

// (lo, hi, index, path, flags)
static napi_value form_save(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    const Bytes path(env, arguments.at(3));
    const trivet_status status =
        trivet_form_save(arguments.request(0), arguments.u32(2), path.view(), arguments.u32(4));
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_status(arguments.addon(), status, path.view());
}

void export_forms(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"formOpen", form_open}, {"formParts", form_parts},
        {"formRead", form_read}, {"formDescriptor", form_descriptor},
        {"formSave", form_save},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
