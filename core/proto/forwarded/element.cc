#include "proto/forwarded/element.h"

#include "base/ascii.h"
#include "base/authority.h"

namespace trivet::forwarded {
namespace {

// Where the string begins whose last quote stands at `close`; npos when nowhere.
std::size_t string_begin(std::string_view text, std::size_t close) noexcept {
    for (std::size_t at = close; at > 0;) {
        const std::size_t quote = text.rfind('"', at - 1);
        if (quote == std::string_view::npos) {
            return quote;
        }
        std::size_t backslash = quote;
        while (backslash > 0 && text[backslash - 1] == '\\') {
            --backslash;
        }
        if ((quote - backslash) % 2 == 0) {
            return quote;
        }
        at = backslash;
    }
    return std::string_view::npos;
}

bool is_string_byte(char byte) noexcept {
    const auto code = static_cast<unsigned char>(byte);
    return code == '\t' || (code >= 0x20 && code != 0x7f);
}

// Reads `name=value` pairs with semicolons between them, any of them absent.
class PairReader {
public:
    struct Pair {
        std::string_view name;
        std::string_view value;  // without quotes; backslashes stay
    };

    explicit PairReader(std::string_view text) noexcept : rest_(trimmed(text)) {}

    bool is_at_end() const noexcept { return rest_.empty(); }

    // False: malformed. A pair without a name is one that is absent.
    bool next(Pair& pair) noexcept {
        pair = {};
        if (!rest_.starts_with(';') && !read(pair)) {
            return false;
        }
        // RFC 7239 has no white space here, but proxies do.
        rest_ = trimmed(rest_);
        if (rest_.empty()) {
            return true;
        }
        if (rest_.front() != ';') {
            return false;
        }
        rest_ = trimmed(rest_.substr(1));
        return true;
    }

private:
    std::string_view take_token() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && is_token_byte(rest_[size])) {
            ++size;
        }
        const std::string_view token = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return token;
    }

    bool read(Pair& pair) noexcept {
        pair.name = take_token();
        if (pair.name.empty() || !rest_.starts_with('=')) {
            return false;
        }
        rest_.remove_prefix(1);
        if (rest_.starts_with('"')) {
            return read_string(pair);
        }
        pair.value = take_token();
        return !pair.value.empty();
    }

    bool read_string(Pair& pair) noexcept {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                pair.value = rest_.substr(1, at - 1);
                rest_.remove_prefix(at + 1);
                return true;
            }
            if (rest_[at] == '\\') {
                ++at;
            }
            if (at < rest_.size() && !is_string_byte(rest_[at])) {
                return false;
            }
        }
        return false;
    }

    std::string_view rest_;
};

// What a scheme looks like, RFC 3986 section 3.1.
bool is_scheme(std::string_view text) noexcept {
    const auto is_letter = [](char byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; };
    for (const char byte : text) {
        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '+' && byte != '-' &&
            byte != '.') {
            return false;
        }
    }
    return !text.empty() && is_letter(text.front());
}

// The parameters that were there, as bits.
constexpr unsigned kFor = 1;
constexpr unsigned kBy = 2;
constexpr unsigned kHost = 4;
constexpr unsigned kProto = 8;

unsigned bit_of(std::string_view name) noexcept {
    struct Known {
        std::string_view name;
        unsigned bit;
    };
    for (const Known& known :
         {Known{"for", kFor}, Known{"by", kBy}, Known{"host", kHost}, Known{"proto", kProto}}) {
        if (equal_ignoring_case(name, known.name)) {
            return known.bit;
        }
    }
    return 0;
}

// None of these values may have a backslash, so that nothing has to be taken out of them.
bool take(const PairReader::Pair& pair, Element& element, unsigned& seen) noexcept {
    const unsigned bit = bit_of(pair.name);
    if (bit == 0) {
        return true;
    }
    if ((seen & bit) != 0) {
        return false;
    }
    seen |= bit;
    if (bit == kFor) {
        element.node = parse_node(pair.value);
        return element.node.has_value();
    }
    if (bit == kHost) {
        element.host = pair.value;
        return is_authority(pair.value);
    }
    if (bit == kProto) {
        element.scheme = scheme_named(pair.value);
        return is_scheme(pair.value);
    }
    return true;
}

}  // namespace

std::string_view ElementCursor::take_last() noexcept {
    std::size_t begin = rest_.size();
    while (begin > 0 && rest_[begin - 1] != ',') {
        --begin;
        if (has_strings_ && rest_[begin] == '"') {
            begin = string_begin(rest_, begin);
            if (begin == std::string_view::npos) {
                begin = 0;
            }
        }
    }
    const std::string_view element = rest_.substr(begin);
    rest_ = rest_.substr(0, begin == 0 ? 0 : begin - 1);
    return element;
}

bool ElementCursor::next(std::string_view& element) noexcept {
    for (;;) {
        while (!rest_.empty()) {
            element = trimmed(take_last());
            if (!element.empty()) {
                return true;
            }
        }
        if (lines_.empty()) {
            return false;
        }
        rest_ = lines_.back();
        lines_ = lines_.first(lines_.size() - 1);
    }
}

std::optional<Element> parse_element(std::string_view text) noexcept {
    Element element;
    unsigned seen = 0;
    for (PairReader reader(text); !reader.is_at_end();) {
        PairReader::Pair pair;
        if (!reader.next(pair) || !take(pair, element, seen)) {
            return std::nullopt;
        }
    }
    return element;
}

std::string_view scheme_named(std::string_view name) noexcept {
    if (equal_ignoring_case(name, "https") || equal_ignoring_case(name, "wss")) {
        return "https";
    }
    if (equal_ignoring_case(name, "http") || equal_ignoring_case(name, "ws")) {
        return "http";
    }
    return {};
}

}  // namespace trivet::forwarded
