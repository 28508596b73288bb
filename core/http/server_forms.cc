// Forms: content that is read for a handler, as it comes or at once.
#include <cstdio>
#include <cstring>

#include "http/form.h"
#include "http/server.h"

namespace trivet::http {

Status Server::read_form(Exchange& exchange, const FormConfig& config) noexcept {
    Form* form = exchange.form();
    if (form == nullptr) {
        const bool is_touched = exchange.content != nullptr && exchange.content->is_touched();
        // What the parts point to must stay where it is.
        form = is_touched || !exchange.detach() ? nullptr : exchange.open_form(config);
        if (form == nullptr) {
            return is_touched ? Status::state : Status::memory;
        }
        const http1::HeaderView* const type = exchange.find_header("content-type");
        form->open(type != nullptr ? std::string_view(type->value) : std::string_view{});
        if (exchange.content == nullptr) {
            form->take_whole(exchange.view.body);
        } else if (form->is_reading()) {
            advance_form(exchange, *form);
        }
    }
    return form->is_reading() ? Status::again : form->fault().status;
}

void Server::tell_reader(Exchange& exchange) noexcept {
    const Form* const form = exchange.form();
    const bool is_awaited = exchange.content->take_awaited();
    if (is_awaited || (form != nullptr && form->is_reading())) {
        content_came(exchange);
    }
}

void Server::content_came(Exchange& exchange) noexcept {
    Form* const form = exchange.form();
    if (form != nullptr && form->is_reading()) {
        advance_form(exchange, *form);
        if (form->is_reading()) {
            return;
        }
    }
    dispatcher_.on_readable(exchange);
}

void Server::advance_form(Exchange& exchange, Form& form) noexcept {
    while (form.is_reading()) {
        const ContentRead part = read(exchange);
        if (part.failure != ContentFailure::none) {
            form.fail(part.failure);
            break;
        }
        form.feed(part.bytes);
        if (part.is_end) {
            form.finish();
        } else if (part.bytes.empty()) {
            return;
        } else if (exchange.connection != nullptr && exchange.content->has_more()) {
            resuming_.push_back(*exchange.connection);  // others come first
            return;
        }
    }
    if (form.fault().status == Status::system) {
        log_spool_error(exchange, form);
    }
}

void Server::log_spool_error(const Exchange& exchange, const Form& form) noexcept {
    char line[256];
    const SpoolError& error = form.spool_error();
    std::snprintf(line, sizeof line, "request %llu: an upload was not stored: %s: %s",
                  static_cast<unsigned long long>(exchange.view.id), error.call,
                  std::strerror(error.number));
    log_.write(LogLevel::error, line);
}

}  // namespace trivet::http
