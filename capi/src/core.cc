#include <cstring>
#include <new>

#include "convert.h"

namespace {

constexpr char kVersion[] = "0.1.0";
static_assert(TRIVET_VERSION_MAJOR == 0 && TRIVET_VERSION_MINOR == 1 && TRIVET_VERSION_PATCH == 0,
              "kVersion must say what the spec says");

}  // namespace

namespace trivet::capi {

trivet_status fail(app::Error error, trivet_error** out_error) {
    const trivet_status result = status(error.status);
    if (out_error != nullptr) {
        *out_error = new (std::nothrow) trivet_error{std::move(error)};
    }
    return result;
}

}  // namespace trivet::capi

using namespace trivet;
using namespace trivet::capi;

trivet_str trivet_version(void) { return str(kVersion); }

uint32_t trivet_abi_version(void) {
    return TRIVET_VERSION_MAJOR * 10000 + TRIVET_VERSION_MINOR * 100 + TRIVET_VERSION_PATCH;
}

trivet_str trivet_lit(const char* literal) {
    return literal == nullptr ? trivet_str{nullptr, 0} : trivet_str{literal, std::strlen(literal)};
}

trivet_str trivet_status_name(trivet_status value) { return str(name(static_cast<Status>(value))); }

trivet_status trivet_error_status(const trivet_error* error) {
    return error == nullptr ? TRIVET_OK : status(error->error.status);
}

trivet_str trivet_error_message(const trivet_error* error) {
    return error == nullptr ? trivet_str{nullptr, 0} : str(error->error.message);
}

trivet_str trivet_error_detail(const trivet_error* error) {
    return error == nullptr ? trivet_str{nullptr, 0} : str(error->error.detail);
}

void trivet_error_free(trivet_error* error) { delete error; }
