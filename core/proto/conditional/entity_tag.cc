#include "proto/conditional/entity_tag.h"

#include "base/ascii.h"

namespace trivet::conditional {
namespace {

// The tag that `rest` begins with, which is taken off.
std::optional<EntityTag> take_tag(std::string_view& rest) noexcept {
    EntityTag tag;
    std::string_view text = rest;
    if (text.starts_with("W/")) {
        tag.is_weak = true;
        text.remove_prefix(2);
    }
    if (!text.starts_with('"')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto code = static_cast<unsigned char>(text[at]);
        if (code == '"') {
            tag.text = text.substr(0, at);
            rest = text.substr(at + 1);
            return tag;
        }
        if (code <= 0x20 || code == 0x7f) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept {
    const auto tag = take_tag(text);
    return text.empty() ? tag : std::nullopt;
}

bool matches_strongly(const EntityTag& a, const EntityTag& b) noexcept {
    return !a.is_weak && !b.is_weak && a.text == b.text;
}

bool matches_weakly(const EntityTag& a, const EntityTag& b) noexcept { return a.text == b.text; }

bool EntityTagCursor::next(EntityTag& tag) noexcept {
    while (!is_malformed_) {
        rest_ = trimmed(rest_);
        if (rest_.starts_with(',')) {
            rest_.remove_prefix(1);
            continue;
        }
        if (rest_.empty()) {
            if (lines_.empty()) {
                return false;
            }
            rest_ = lines_.front();
            lines_ = lines_.subspan(1);
            continue;
        }
        const auto taken = take_tag(rest_);
        rest_ = trimmed(rest_);
        if (!taken || (!rest_.empty() && rest_.front() != ',')) {
            is_malformed_ = true;
            break;
        }
        tag = *taken;
        return true;
    }
    return false;
}

}  // namespace trivet::conditional
