#include "route/methods.h"

#include <algorithm>
#include <cstring>

#include "route/literal_key.h"

namespace trivet::route {

Methods::Methods() {
    for (const std::string_view name : {"GET", "HEAD", "OPTIONS"}) {
        names_.push_back({LiteralKey::load_short(name), std::string(name)});
    }
}

std::uint8_t Methods::add(std::string_view name) {
    const std::uint8_t known = find(name);
    if (known != kNone || names_.size() == kMethodsMax) {
        return known;
    }
    const std::size_t joined = join(~MethodMask{0}, nullptr);
    if (joined + sizeof(", ") - 1 + name.size() > kAllowBytesMax) {
        return kNone;
    }
    names_.push_back({LiteralKey::load_short(name), std::string(name)});
    return static_cast<std::uint8_t>(names_.size() - 1);
}

std::uint8_t Methods::find(std::string_view name) const noexcept {
    const std::uint64_t head = LiteralKey::load_short(name);
    for (std::size_t index = 0; index < names_.size(); ++index) {
        // Only a method of eight letters and more is compared whole; no method has a zero byte.
        const Name& known = names_[index];
        if (known.head == head && known.text.size() == name.size() &&
            (name.size() < sizeof head || known.text == name)) {
            return static_cast<std::uint8_t>(index);
        }
    }
    return kNone;
}

std::string_view Methods::name(std::uint8_t number) const noexcept {
    return number == kAny ? "*" : std::string_view(names_[number].text);
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
        for (const std::string_view text : {separator, std::string_view(names_[index].text)}) {
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
