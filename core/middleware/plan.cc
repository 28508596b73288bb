#include "middleware/plan.h"

#include <algorithm>

namespace trivet::middleware {

std::string lowered(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
    });
    return lower;
}

std::uint8_t Plan::slot_of(std::string_view field) {
    std::string name = lowered(field);
    const auto found = std::ranges::find(fields, name);
    const auto slot = static_cast<std::uint8_t>(found - fields.begin());
    if (found == fields.end()) {  // never more than kFieldsMax: an app holds to kOwnFieldsMax
        fields.push_back(std::move(name));
    }
    return slot;
}

void Plan::add_step(const Middleware& middleware, std::string_view field,
                    std::string_view other_field) {
    Step step{.middleware = &middleware};
    if (!field.empty()) {
        step.slots[0] = slot_of(field);
    }
    if (!other_field.empty()) {
        step.slots[1] = slot_of(other_field);
    }
    steps.push_back(step);
}

void Plan::add_line(std::string_view name, std::string_view value) {
    const std::size_t offset = text.size();
    text.append(name).append(": ").append(value).append("\r\n");
    lines.push_back({lowered(name), offset, text.size() - offset});
}

void Plan::add_list_line(std::string_view name, std::string_view value) {
    add_line(name, value);
    lines.back().name.clear();
}

void Plan::add_writer(const Middleware& middleware, std::string_view name, std::size_t bytes_max) {
    writers.push_back({&middleware, lowered(name)});
    written_bytes_max += bytes_max;
}

void Plan::add_scheme(const Authenticator& authenticator, bool is_optional) {
    schemes.push_back({&authenticator, is_optional});
    is_guarded = is_guarded || !is_optional;
}

}  // namespace trivet::middleware
