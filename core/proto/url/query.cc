#include "proto/url/query.h"

#include "proto/url/percent.h"

namespace trivet::url {

bool QueryCursor::next(std::string_view& name, std::string_view& value) noexcept {
    while (!rest_.empty()) {
        const std::size_t ampersand = rest_.find('&');
        const std::string_view pair = rest_.substr(0, ampersand);
        rest_ =
            ampersand == std::string_view::npos ? std::string_view{} : rest_.substr(ampersand + 1);
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        name = pair.substr(0, equals);
        value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        return true;
    }
    return false;
}

std::expected<std::span<const Param>, Status> decode_pairs(std::string_view text, std::size_t count,
                                                           Arena& arena) noexcept {
    if (count == 0) {
        return std::span<const Param>{};
    }
    auto* const items = arena.allocate_array<Param>(count);
    if (items == nullptr) {
        return std::unexpected(Status::memory);
    }
    std::string_view raw_name;
    std::string_view raw_value;
    QueryCursor cursor(text);
    for (std::size_t used = 0; used < count && cursor.next(raw_name, raw_value); ++used) {
        const auto name = form_decode(raw_name, arena);
        const auto value = form_decode(raw_value, arena);
        if (!name || !value) {
            return std::unexpected(Status::memory);
        }
        items[used] = {*name, *value};
    }
    return std::span<const Param>(items, count);
}

std::expected<ParamList, Status> parse_query(std::string_view query, Arena& arena) noexcept {
    std::string_view raw_name;
    std::string_view raw_value;
    std::size_t count = 0;
    for (QueryCursor cursor(query); cursor.next(raw_name, raw_value);) {
        ++count;
    }
    ParamList list;
    list.is_truncated = count > kQueryParamsMax;
    count = list.is_truncated ? kQueryParamsMax : count;
    const auto items = decode_pairs(query, count, arena);
    if (!items) {
        return std::unexpected(items.error());
    }
    list.items = *items;
    return list;
}

std::expected<std::optional<std::string_view>, Status> find_query(std::string_view query,
                                                                  std::string_view name,
                                                                  Arena& arena) noexcept {
    std::string_view raw_name;
    std::string_view raw_value;
    for (QueryCursor cursor(query); cursor.next(raw_name, raw_value);) {
        if (form_equal(raw_name, name)) {
            const auto value = form_decode(raw_value, arena);
            if (!value) {
                return std::unexpected(value.error());
            }
            return std::optional(*value);
        }
    }
    return std::optional<std::string_view>{};
}

}  // namespace trivet::url
