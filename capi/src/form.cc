#include <cstddef>
#include <cstring>
#include <optional>

#include "convert.h"
#include "defaults_gen.h"
#include "http/form.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

static_assert(sizeof(trivet_form_config) == sizeof(http::FormConfig));
static_assert(offsetof(trivet_form_config, fields_max) == offsetof(http::FormConfig, fields_max));
static_assert(offsetof(trivet_form_config, filename_bytes_max) ==
              offsetof(http::FormConfig, filename_bytes_max));
static_assert(offsetof(trivet_form_config, value_bytes_max) ==
              offsetof(http::FormConfig, value_bytes_max));
static_assert(offsetof(trivet_form_config, memory_bytes_max) ==
              offsetof(http::FormConfig, memory_bytes_max));
static_assert(offsetof(trivet_form_config, directory) == offsetof(http::FormConfig, directory));

// Calls `use` with the form of a request that was read to its end; where there is none there is no
// part either.
template <typename Use>
trivet_status with_form(trivet_request request, Use use) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const http::Form* const form = found.exchange->form();
    return status(form == nullptr || form->is_reading() ? Status::not_found : use(*form));
}

// False when the struct's size is none.
bool describe(const http::Form& form, trivet_form* out_form) {
    trivet_form values{};
    values.refusal = form.fault().answer;
    values.part_count = form.part_count();
    values.detail = str(form.fault().detail);
    return write_form(out_form, values);
}

}  // namespace

void trivet_form_config_init(trivet_form_config* config, size_t size) {
    fill_form_config(config, size);
}

trivet_status trivet_form_open(trivet_request request, const trivet_form_config* config,
                               trivet_form* out_form) {
    trivet_form_config values;
    if (!read_form_config(values, config)) {
        return TRIVET_E_ARGUMENT;
    }
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    http::FormConfig converted;
    std::memcpy(static_cast<void*>(&converted), &values, sizeof converted);
    const Status result = found.worker->read_form(*found.exchange, converted);
    const http::Form* const form = found.exchange->form();
    if (out_form != nullptr && form != nullptr && !form->is_reading() &&
        !describe(*form, out_form)) {
        return TRIVET_E_ARGUMENT;
    }
    return status(result);
}

trivet_status trivet_form_get(trivet_request request, trivet_form* out_form) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const http::Form* const form = found.exchange->form();
    if (form == nullptr || form->is_reading()) {
        return form == nullptr ? TRIVET_E_NOT_FOUND : TRIVET_E_AGAIN;
    }
    return out_form != nullptr && describe(*form, out_form) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

trivet_status trivet_form_get_part(trivet_request request, size_t index,
                                   trivet_form_part* out_part) {
    return with_form(request, [&](const http::Form& form) {
        const auto part = form.part(index);
        if (!part) {
            return Status::not_found;
        }
        trivet_form_part values{};
        values.flags =
            (part->is_file ? TRIVET_PART_FILE : 0) | (part->is_spooled ? TRIVET_PART_SPOOLED : 0);
        values.name = str(part->name);
        values.filename = str(part->filename);
        values.content_type = str(part->content_type);
        values.value = str(part->value);
        values.bytes = part->bytes;
        return out_part != nullptr && write_form_part(out_part, values) ? Status::ok
                                                                        : Status::argument;
    });
}

trivet_status trivet_form_find(trivet_request request, trivet_str name, size_t first,
                               size_t* out_index) {
    return with_form(request, [&](const http::Form& form) {
        const auto index = form.find(view(name), first);
        if (index) {
            *out_index = *index;
        }
        return index ? Status::ok : Status::not_found;
    });
}

trivet_status trivet_form_read(trivet_request request, size_t index, uint64_t offset,
                               size_t capacity, char* out_bytes, size_t* out_size) {
    return with_form(request, [&](const http::Form& form) {
        if (out_size == nullptr || (out_bytes == nullptr && capacity > 0)) {
            return Status::argument;
        }
        const auto size = form.read(index, offset, {out_bytes, capacity});
        *out_size = size.value_or(0);
        return size ? Status::ok : size.error();
    });
}

trivet_status trivet_form_descriptor(trivet_request request, size_t index, int32_t* out_fd) {
    return with_form(request, [&](const http::Form& form) {
        if (out_fd == nullptr) {
            return Status::argument;
        }
        auto fd = form.descriptor(index);
        *out_fd = fd ? fd->release() : -1;
        return fd ? Status::ok : fd.error();
    });
}

trivet_status trivet_form_save(trivet_request request, size_t index, trivet_str path,
                               uint32_t flags) {
    return with_form(request, [&](const http::Form& form) {
        return (flags & ~TRIVET_SAVE_REPLACE) != 0
                   ? Status::argument
                   : form.save(index, view(path), (flags & TRIVET_SAVE_REPLACE) != 0);
    });
}
