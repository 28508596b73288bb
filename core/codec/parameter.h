#pragma once

#include <cstddef>
#include <string_view>

namespace trivet::codec {

// Walks the parameters behind a media or disposition type: `; name=value; name="value"`, RFC 9110
// section 5.6.6. Nothing is decoded.
class ParameterCursor {
public:
    struct Parameter {
        std::string_view name;
        std::string_view value;  // without the quotes around it
        bool is_quoted = false;
    };

    // `field` is the whole value of the field: type() is what stands before the first semicolon.
    explicit ParameterCursor(std::string_view field) noexcept;

    std::string_view type() const noexcept { return type_; }
    // False at the end and where the text is malformed.
    bool next(Parameter& parameter) noexcept;
    bool is_malformed() const noexcept { return is_malformed_; }

private:
    bool fail() noexcept;
    std::size_t quoted_size() const noexcept;

    std::string_view type_;
    std::string_view rest_;
    bool is_malformed_ = false;
};

}  // namespace trivet::codec
