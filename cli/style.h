#pragma once

#include <string>
#include <string_view>

namespace trivet::cli {

// Colours for those who look at a terminal; as plain text otherwise.
class Style {
public:
    explicit Style(bool has_colour) : has_colour_(has_colour) {}

    bool has_colour() const { return has_colour_; }
    std::string good(std::string_view text) const { return in("32", text); }
    std::string odd(std::string_view text) const { return in("33", text); }
    std::string bad(std::string_view text) const { return in("31", text); }
    std::string name(std::string_view text) const { return in("1", text); }
    std::string aside(std::string_view text) const { return in("2", text); }

private:
    std::string in(std::string_view code, std::string_view text) const;

    bool has_colour_;
};

// Colour where a descriptor is a terminal that knows it, unless NO_COLOR (https://no-color.org) is
// set to anything.
Style style_of(int fd);

}  // namespace trivet::cli
