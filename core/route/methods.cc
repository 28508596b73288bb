#include "route/methods.h"

#include <algorithm>
#include <cstring>

namespace trivet::route {

Methods::Methods() : names_{"GET", "HEAD", "OPTIONS"} {}

std::uint8_t Methods::add(std::string_view name) {
    const std::uint8_t known = find(name);
    if (known != kNone || names_.size() == kMethodsMax) {
        return known;
    }
    const std::size_t joined = join(~MethodMask{0}, nullptr);
    if (joined + sizeof(", ") - 1 + name.size() > kAllowBytesMax) {
        return kNone;
    }
    names_.emplace_back(name);
    return static_cast<std::uint8_t>(names_.size() - 1);
}

std::uint8_t Methods::find(std::string_view name) const noexcept {
    for (std::size_t index = 0; index < names_.size(); ++index) {
        if (names_[index] == name) {
            return static_cast<std::uint8_t>(index);
        }
    }
    return kNone;
}

MethodMask Methods::allowed(MethodMask mask) const noexcept {
    mask |= MethodMask{1} << kOptions;
    return (mask & (MethodMask{1} << kGet)) != 0 ? mask | (MethodMask{1} << kHead) : mask;
}

std::size_t Methods::join(MethodMask mask, char* out) const noexcept {
    std::size_t size = 0;
    for (std::size_t index = 0; index < names_.size(); ++index) {
        if ((mask >> index & 1) == 0) {
            continue;
        }
        const std::string_view separator = size == 0 ? "" : ", ";
        for (const std::string_view text : {separator, std::string_view(names_[index])}) {
            if (out != nullptr) {
                std::memcpy(out + size, text.data(), text.size());
            }
            size += text.size();
        }
    }
    return size;
}

bool Methods::is_valid(std::string_view name) noexcept {
    const auto is_letter = [](char byte) { return byte >= 'A' && byte <= 'Z'; };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [&is_letter](char byte) {
               return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
           });
}

}  // namespace trivet::route
