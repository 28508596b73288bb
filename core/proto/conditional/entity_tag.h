#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace trivet::conditional {

// An entity tag by reference, RFC 9110 section 8.8.3.
struct EntityTag {
    std::string_view text;  // between the quotes, as it is: a backslash is a backslash
    bool is_weak = false;

    bool operator==(const EntityTag&) const noexcept = default;
};

// All of `text` as one tag: "xyzzy", W/"xyzzy", "".
std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept;

// Section 8.8.3.2: both are strong and the same; the same, weak or not.
bool matches_strongly(const EntityTag& a, const EntityTag& b) noexcept;
bool matches_weakly(const EntityTag& a, const EntityTag& b) noexcept;

// Walks the tags of If-Match and If-None-Match, several field lines as one list.
class EntityTagCursor {
public:
    explicit EntityTagCursor(std::span<const std::string_view> lines) noexcept : lines_(lines) {}

    // Empty elements are passed over. False at the end and where the list is malformed.
    bool next(EntityTag& tag) noexcept;
    bool is_malformed() const noexcept { return is_malformed_; }

private:
    std::span<const std::string_view> lines_;
    std::string_view rest_;
    bool is_malformed_ = false;
};

}  // namespace trivet::conditional
