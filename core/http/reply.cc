#include "http/reply.h"

namespace trivet::http {
namespace {

bool is_engine_field(std::string_view name) noexcept {
    switch (name.size()) {
        case 10:
            return http1::field_name_equal(name, "connection");
        case 14:
            return http1::field_name_equal(name, "content-length");
        case 17:
            return http1::field_name_equal(name, "transfer-encoding");
        default:
            return false;
    }
}

}  // namespace

std::string_view content_type(Content content) noexcept {
    using namespace std::string_view_literals;
    switch (content) {
        case Content::text:
            return "text/plain; charset=utf-8"sv;
        case Content::html:
            return "text/html; charset=utf-8"sv;
        case Content::json:
            return "application/json"sv;
        case Content::bytes:
            return "application/octet-stream"sv;
        case Content::problem:
            return "application/problem+json"sv;
        case Content::xml:
            return "application/xml"sv;
        case Content::none:
            break;
    }
    return {};
}

Status check_reply(const Reply& reply) noexcept {
    if (reply.status < 200 || reply.status > 599 ||
        static_cast<std::uint32_t>(reply.content) >= kContentCount ||
        reply.fields.size() > kReplyFieldsMax) {
        return Status::argument;
    }
    for (const http1::HeaderView& field : reply.fields) {
        if (!http1::is_valid_field_name(field.name) || !http1::is_valid_field_value(field.value) ||
            is_engine_field(field.name)) {
            return Status::header;
        }
    }
    return Status::ok;
}

}  // namespace trivet::http
