#include "http/file_request.h"

#include <algorithm>

#include "base/str.h"
#include "http/exchange.h"
#include "proto/negotiation/content_coding.h"
#include "proto/url/target.h"

namespace trivet::http {
namespace {

bool is_named(const http1::HeaderView& field, std::string_view name) noexcept {
    return field.name.size == name.size() && http1::field_name_equal(field.name, name);
}

bool keep(Exchange& exchange, std::string_view& text) noexcept {
    if (text.empty()) {
        return true;
    }
    const auto copy = exchange.arena.copy(text);
    text = copy ? std::string_view(*copy) : std::string_view{};
    return copy.has_value();
}

}  // namespace

FileConditions conditions_of(const Exchange& exchange) noexcept {
    FileConditions found;
    for (std::size_t index = 0; index < exchange.view.header_count; ++index) {
        const http1::HeaderView& field = exchange.view.headers[index];
        switch (field.name.size) {
            case 5:
                found.has_range = found.has_range || is_named(field, "range");
                break;
            case 8:
                found.has_preconditions = found.has_preconditions || is_named(field, "if-match") ||
                                          is_named(field, "if-range");
                break;
            case 13:
                found.has_preconditions =
                    found.has_preconditions || is_named(field, "if-none-match");
                break;
            case 15:
                found.has_codings = found.has_codings || is_named(field, "accept-encoding");
                break;
            case 17:
                found.has_preconditions =
                    found.has_preconditions || is_named(field, "if-modified-since");
                break;
            case 19:
                found.has_preconditions =
                    found.has_preconditions || is_named(field, "if-unmodified-since");
                break;
            default:
                break;
        }
    }
    return found;
}

std::span<const std::string_view> lines_of(const Exchange& exchange, std::string_view name,
                                           FieldLines& room) noexcept {
    std::size_t count = 0;
    for (std::size_t index = 0; index < exchange.view.header_count; ++index) {
        const http1::HeaderView& field = exchange.view.headers[index];
        if (is_named(field, name) && count < room.size()) {
            room[count++] = field.value;
        }
    }
    return {room.data(), count};
}

CodingOrder order_codings(const Exchange& exchange, bool has_variants) noexcept {
    CodingOrder order;
    FieldLines room;
    const auto lines = has_variants ? lines_of(exchange, "accept-encoding", room)
                                    : std::span<const std::string_view>();
    std::array<std::string_view, kFileCodings> offered = kFileCodingNames;
    std::array<std::uint8_t, kFileCodings> codings{0, 1, 2, 3};
    std::size_t left = lines.empty() ? 0 : kFileCodings;
    while (left > 0) {
        const auto chosen = negotiation::choose_coding(lines, {offered.data(), left});
        if (!chosen || codings[*chosen] == kIdentityFile) {
            break;
        }
        order.items[order.count++] = codings[*chosen];
        --left;
        std::ranges::copy(offered.begin() + *chosen + 1, offered.begin() + left + 1,
                          offered.begin() + *chosen);
        std::ranges::copy(codings.begin() + *chosen + 1, codings.begin() + left + 1,
                          codings.begin() + *chosen);
    }
    // Also for those who take none of what there is: an answer without coding is the better one.
    order.items[order.count++] = static_cast<std::uint8_t>(kIdentityFile);
    return order;
}

bool keep_request(Exchange& exchange, FileRequest& request) noexcept {
    if (!keep(exchange, request.path)) {
        return false;
    }
    if (request.mount != nullptr) {
        return true;
    }
    if (!request.fields.empty()) {
        auto* const fields =
            exchange.arena.allocate_array<http1::HeaderView>(request.fields.size());
        if (fields == nullptr) {
            return false;
        }
        for (std::size_t index = 0; index < request.fields.size(); ++index) {
            std::string_view name = request.fields[index].name;
            std::string_view value = request.fields[index].value;
            if (!keep(exchange, name) || !keep(exchange, value)) {
                return false;
            }
            fields[index] = {name, value};
        }
        request.fields = {fields, request.fields.size()};
    }
    return keep(exchange, request.directory) && keep(exchange, request.content_type) &&
           keep(exchange, request.download_name) && keep(exchange, request.cache_control);
}

bool raw_rest(const Exchange& exchange, std::size_t names, std::string_view& rest) noexcept {
    std::string_view target = exchange.view.target;
    if (!target.starts_with('/')) {
        const auto parsed = url::parse_target(target, exchange.view.method);
        target = parsed ? parsed->path : std::string_view{};
    }
    target = target.substr(0, target.find('?'));
    for (std::size_t count = 0; count <= names; ++count) {
        const std::size_t slash = target.find('/');
        if (slash == std::string_view::npos) {
            return false;
        }
        target.remove_prefix(slash + 1);
    }
    rest = target;
    return true;
}

std::string_view slash_location(Exchange& exchange) noexcept {
    const std::string_view target = exchange.view.target;
    const std::size_t end = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, end);
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::string_view query = target.substr(end);
    char* const room = exchange.arena.allocate_array<char>(name.size() + query.size() + 3);
    if (room == nullptr) {
        return {};
    }
    char* const text_end = append(append(append(append(room, "./"), name), "/"), query);
    return {room, static_cast<std::size_t>(text_end - room)};
}

}  // namespace trivet::http
