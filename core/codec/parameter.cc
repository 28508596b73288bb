#include "codec/parameter.h"

#include "base/ascii.h"

namespace trivet::codec {
namespace {

std::string_view without_leading_space(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

std::size_t token_size(std::string_view text) noexcept {
    std::size_t size = 0;
    while (size < text.size() && is_token_byte(text[size])) {
        ++size;
    }
    return size;
}

}  // namespace

ParameterCursor::ParameterCursor(std::string_view field) noexcept {
    const std::size_t semicolon = field.find(';');
    type_ = trimmed(field.substr(0, semicolon));
    rest_ = semicolon == std::string_view::npos ? std::string_view{} : field.substr(semicolon);
}

// With the two quotes; 0 when the string has no end.
std::size_t ParameterCursor::quoted_size() const noexcept {
    for (std::size_t at = 1; at < rest_.size(); ++at) {
        if (rest_[at] == '"') {
            return at + 1;
        }
        // A backslash before anything else stands for itself: some clients send Windows paths.
        if (rest_[at] == '\\' && at + 1 < rest_.size() &&
            (rest_[at + 1] == '"' || rest_[at + 1] == '\\')) {
            ++at;
        }
    }
    return 0;
}

bool ParameterCursor::next(Parameter& parameter) noexcept {
    rest_ = without_leading_space(rest_);
    if (rest_.empty()) {
        return false;
    }
    if (rest_.front() != ';') {
        return fail();
    }
    rest_ = without_leading_space(rest_.substr(1));
    parameter.name = rest_.substr(0, token_size(rest_));
    rest_.remove_prefix(parameter.name.size());
    if (parameter.name.empty() || !rest_.starts_with('=')) {
        return fail();
    }
    rest_.remove_prefix(1);
    parameter.is_quoted = rest_.starts_with('"');
    const std::size_t size = parameter.is_quoted ? quoted_size() : token_size(rest_);
    if (size == 0) {
        return fail();
    }
    parameter.value = parameter.is_quoted ? rest_.substr(1, size - 2) : rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
}

bool ParameterCursor::fail() noexcept {
    rest_ = {};
    is_malformed_ = true;
    return false;
}

}  // namespace trivet::codec
