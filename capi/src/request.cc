#include "convert.h"
#include "middleware/attribute.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

// Calls `use` with the unanswered exchange behind a handle.
template <typename Use>
trivet_status with_exchange(trivet_request request, Use use) {
    const Resolved found = resolve(request, true);
    return status(found.status == Status::ok ? use(*found.exchange) : found.status);
}

template <typename Found>
Status hand_out(const Found& found, trivet_str* out_value) {
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return Status::not_found;
    }
    *out_value = str(**found);
    return Status::ok;
}

template <typename Items>
Status hand_out(const Items& items, const trivet_param** out_items, size_t* out_count) {
    if (!items) {
        return items.error();
    }
    *out_items = reinterpret_cast<const trivet_param*>(items->data());
    *out_count = items->size();
    return Status::ok;
}

}  // namespace

trivet_status trivet_request_get(trivet_request request, const trivet_request_view** out_view) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        *out_view = reinterpret_cast<const trivet_request_view*>(&exchange.view);
        return Status::ok;
    });
}

trivet_status trivet_request_header(trivet_request request, trivet_str name,
                                    trivet_str* out_value) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        const http1::HeaderView* field = exchange.find_header(view(name));
        if (field == nullptr) {
            return Status::not_found;
        }
        *out_value = str(field->value);
        return Status::ok;
    });
}

trivet_status trivet_request_attribute(trivet_request request, trivet_str name,
                                       trivet_str* out_value) {
    if (out_value == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    return with_exchange(request, [&](http::Exchange& exchange) {
        const auto value = middleware::attribute(exchange, view(name));
        if (!value) {
            return Status::not_found;
        }
        *out_value = str(*value);
        return Status::ok;
    });
}

trivet_status trivet_request_client(trivet_request request, const trivet_client** out_client) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    if (out_client == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const auto* const client = http::client_of(*found.exchange, found.worker->app().trust());
    *out_client = reinterpret_cast<const trivet_client*>(client);
    return client == nullptr ? TRIVET_E_MEMORY : TRIVET_OK;
}

trivet_status trivet_request_query(trivet_request request, trivet_str name, trivet_str* out_value) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        return hand_out(exchange.find_query(view(name)), out_value);
    });
}

trivet_status trivet_request_query_items(trivet_request request, const trivet_param** out_items,
                                         size_t* out_count) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        return hand_out(exchange.query_items(), out_items, out_count);
    });
}

trivet_status trivet_request_cookie(trivet_request request, trivet_str name,
                                    trivet_str* out_value) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        return hand_out(exchange.find_cookie(view(name)), out_value);
    });
}

trivet_status trivet_request_cookie_items(trivet_request request, const trivet_param** out_items,
                                          size_t* out_count) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        return hand_out(exchange.cookie_items(), out_items, out_count);
    });
}

trivet_status trivet_request_route(trivet_request request, trivet_route_info* out_info) {
    const Resolved found = resolve(request, true);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    if (out_info == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    return found.exchange->route == http::kNoRoute
               ? TRIVET_E_NOT_FOUND
               : describe_route(found.worker->app(), found.exchange->route, out_info);
}

trivet_status trivet_request_set_data(trivet_request request, void* user_data, trivet_drop drop) {
    const Resolved found = resolve(request, true);
    if (found.status == Status::ok) {
        found.exchange->set_data(user_data, drop);
    } else if (drop != nullptr) {
        drop(user_data);
    }
    return status(found.status);
}

trivet_status trivet_request_get_data(trivet_request request, void** out_data) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        *out_data = exchange.data();
        return Status::ok;
    });
}

trivet_status trivet_request_on_ready(trivet_request request, trivet_ready_fn callback,
                                      void* user_data, trivet_drop drop) {
    const Resolved found = resolve(request, false);
    const Status result =
        found.status == Status::ok && callback == nullptr ? Status::argument : found.status;
    if (result == Status::ok) {
        found.exchange->set_ready({callback, user_data, drop});
    } else if (drop != nullptr) {
        drop(user_data);
    }
    return status(result);
}

trivet_status trivet_request_read(trivet_request request, trivet_str* out_bytes) {
    const Resolved found = resolve(request, false);
    if (found.status != Status::ok) {
        return status(found.status);
    }
    Str bytes;
    const Status result = found.worker->read(*found.exchange, bytes);
    *out_bytes = str(bytes);
    return status(result);
}

trivet_status trivet_request_trailers(trivet_request request, const trivet_header** out_headers,
                                      size_t* out_count) {
    return with_exchange(request, [&](http::Exchange& exchange) {
        const auto fields = exchange.trailer_fields();
        *out_headers = reinterpret_cast<const trivet_header*>(fields.data());
        *out_count = fields.size();
        return Status::ok;
    });
}
