#include "net/proxied.h"

#include <cerrno>

namespace trivet::net {

void Proxied::on_data(std::string_view bytes) noexcept {
    if (has_header_) {
        next_.on_data(bytes);
        return;
    }
    if (is_failed_ || is_closed_) {
        return;
    }
    if (input_.empty()) {
        read(bytes);
    } else if (input_.append(bytes)) {
        read(input_.view());
    } else {
        on_end(ENOMEM);
    }
}

// `bytes`: all that has come so far.
void Proxied::read(std::string_view bytes) noexcept {
    proxy::Header header;
    const auto size = proxy::read_header(bytes, header);
    if (!size) {
        is_failed_ = true;
        told_.on_proxy_fault(size.error());
        return;
    }
    if (*size == 0) {
        // What the reader has not refused is shorter than its longest header.
        if (input_.empty() && !input_.append(bytes)) {
            on_end(ENOMEM);
        }
        return;
    }
    has_header_ = true;
    told_.on_proxy_header(header);
    if (!is_closed_ && bytes.size() > *size) {
        next_.on_data(bytes.substr(*size));
    }
    input_.clear();
}

void Proxied::on_end(int error) noexcept {
    if (!has_header_) {
        if (is_failed_) {
            return;
        }
        is_failed_ = true;
    }
    next_.on_end(error);
}

}  // namespace trivet::net
