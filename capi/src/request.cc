#include "convert.h"

using namespace trivet;
using namespace trivet::capi;

trivet_status trivet_request_get(trivet_request request, const trivet_request_view** out_view) {
    const Resolved found = resolve(request, true);
    if (found.status == Status::ok) {
        *out_view = reinterpret_cast<const trivet_request_view*>(&found.exchange->view);
    }
    return status(found.status);
}

trivet_status trivet_request_header(trivet_request request, trivet_str name,
                                    trivet_str* out_value) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const http1::HeaderView* field = found.exchange->find_header(view(name));
    if (field == nullptr) {
        return TRIVET_E_NOT_FOUND;
    }
    *out_value = str(field->value);
    return TRIVET_OK;
}

trivet_status trivet_request_query(trivet_request request, trivet_str name, trivet_str* out_value) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const auto value =
        url::find_query(found.exchange->view.query, view(name), found.exchange->arena);
    if (!value) {
        return status(value.error());
    }
    if (!*value) {
        return TRIVET_E_NOT_FOUND;
    }
    *out_value = str(**value);
    return TRIVET_OK;
}

trivet_status trivet_request_query_items(trivet_request request, const trivet_param** out_items,
                                         size_t* out_count) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const auto items = found.exchange->query_items();
    if (!items) {
        return status(items.error());
    }
    *out_items = reinterpret_cast<const trivet_param*>(items->data());
    *out_count = items->size();
    return TRIVET_OK;
}

trivet_status trivet_request_cookie(trivet_request request, trivet_str name,
                                    trivet_str* out_value) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const auto items = found.exchange->cookie_items();
    if (!items) {
        return status(items.error());
    }
    for (const http1::Cookie& cookie : *items) {
        if (std::string_view(cookie.name) == view(name)) {
            *out_value = str(cookie.value);
            return TRIVET_OK;
        }
    }
    return TRIVET_E_NOT_FOUND;
}

trivet_status trivet_request_cookie_items(trivet_request request, const trivet_param** out_items,
                                          size_t* out_count) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    const auto items = found.exchange->cookie_items();
    if (!items) {
        return status(items.error());
    }
    *out_items = reinterpret_cast<const trivet_param*>(items->data());
    *out_count = items->size();
    return TRIVET_OK;
}
