#include "json.h"

#include <algorithm>
#include <cstdint>
#include <ranges>

namespace trivet::cli {
namespace {

struct Fault {
    std::string what;
};

void append_utf8(std::string& to, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
}

// Length of the UTF-8 sequence that text begins with; 0 when it is none (RFC 3629).
std::size_t sequence_size(std::string_view text) {
    const auto at = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const auto continues = [&](std::size_t index) { return (at(index) & 0xc0) == 0x80; };
    const unsigned first = at(0);
    const unsigned second = at(1);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const bool is_short = first == 0xe0 && second < 0xa0;
        const bool is_surrogate = first == 0xed && second >= 0xa0;
        return continues(1) && continues(2) && !is_short && !is_surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool is_short = first == 0xf0 && second < 0x90;
        const bool is_beyond = first == 0xf4 && second >= 0x90;
        const bool is_whole = continues(1) && continues(2) && continues(3);
        return is_whole && !is_short && !is_beyond ? 4 : 0;
    }
    return 0;
}

// Reads one document from its begin to its end; throws Fault, which parse_json catches.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Json document() {
        Json value = read(0);
        skip_space();
        if (at_ != text_.size()) throw Fault{"more text behind the end of the value"};
        return value;
    }
    std::size_t line() const {
        const std::string_view before = text_.substr(0, at_);
        return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
    }
    bool take(char wanted) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    Json read(std::size_t depth) {
        if (depth == Json::kDepthMax) throw Fault{"nested too deeply"};
        skip_space();
        Json value;
        switch (peek()) {
            case '{':
                read_object(value, depth);
                return value;
            case '[':
                read_array(value, depth);
                return value;
            case '"':
                value.kind = Json::Kind::string;
                value.text = read_string();
                return value;
            default:
                break;
        }
        if (take_word("null")) return value;
        value.kind = Json::Kind::boolean;
        value.is_true = text_.substr(at_).starts_with("true");
        if (take_word("true") || take_word("false")) return value;
        value.kind = Json::Kind::number;
        value.text = read_number();
        return value;
    }

    void read_object(Json& value, std::size_t depth) {
        value.kind = Json::Kind::object;
        ++at_;
        if (take('}')) return;
        do {
            skip_space();
            if (peek() != '"') throw Fault{"a name in quotes is missing"};
            std::string name = read_string();
            if (!take(':')) throw Fault{"a colon is missing"};
            value.members.push_back({std::move(name), read(depth + 1)});
        } while (take(','));
        if (!take('}')) throw Fault{"a comma or } is missing"};
    }

    void read_array(Json& value, std::size_t depth) {
        value.kind = Json::Kind::array;
        ++at_;
        if (take(']')) return;
        do {
            value.items.push_back(read(depth + 1));
        } while (take(','));
        if (!take(']')) throw Fault{"a comma or ] is missing"};
    }

    std::string read_number() {
        const std::size_t begin = at_;
        const auto digits = [&] {
            const std::size_t from = at_;
            while (peek() >= '0' && peek() <= '9') ++at_;
            return at_ > from;
        };
        if (peek() == '-') ++at_;
        const bool has_zero = peek() == '0';
        const std::size_t first = at_;
        bool is_number = digits() && (!has_zero || at_ == first + 1);
        if (is_number && peek() == '.') {
            ++at_;
            is_number = digits();
        }
        if (is_number && (peek() == 'e' || peek() == 'E')) {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            is_number = digits();
        }
        if (!is_number) throw Fault{"a value is missing"};
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string read_string() {
        std::string out;
        ++at_;
        while (true) {
            if (at_ == text_.size()) throw Fault{"a string has no end"};
            const char byte = text_[at_];
            if (byte == '"') break;
            if (static_cast<unsigned char>(byte) < 0x20) {
                throw Fault{"a control character in a string"};
            }
            if (byte == '\\') {
                read_escape(out);
                continue;
            }
            const std::size_t size = sequence_size(text_.substr(at_));
            if (size == 0) throw Fault{"a string that is no UTF-8"};
            out += text_.substr(at_, size);
            at_ += size;
        }
        ++at_;
        return out;
    }

    void read_escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
        if (++at_ == text_.size()) throw Fault{"a string has no end"};
        const char name = text_[at_++];
        if (const std::size_t index = kNames.find(name); index != std::string_view::npos) {
            out.push_back(kValues[index]);
            return;
        }
        if (name != 'u') throw Fault{"an unknown escape in a string"};
        std::uint32_t code = read_hex();
        if (code >= 0xd800 && code < 0xdc00 && take_word("\\u")) {
            const std::uint32_t low = read_hex();
            if (low < 0xdc00 || low > 0xdfff) throw Fault{"half a surrogate pair in a string"};
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        if (code >= 0xd800 && code < 0xe000) throw Fault{"half a surrogate pair in a string"};
        append_utf8(out, code);
    }

    std::uint32_t read_hex() {
        std::uint32_t code = 0;
        for (int count = 0; count < 4; ++count) {
            constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
            const std::size_t digit = kDigits.find(peek());
            if (digit == std::string_view::npos || at_ == text_.size()) {
                throw Fault{"an unknown escape in a string"};
            }
            code = code * 16 + static_cast<std::uint32_t>(digit % 16);
            ++at_;
        }
        return code;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_plain(const Json& value) {
    return value.kind != Json::Kind::object && value.kind != Json::Kind::array;
}

void write(const Json& value, std::size_t depth, std::string& out);

// A list between brackets: on one line when it holds nothing that is made of parts.
template <typename Items, typename Write>
void write_list(const Items& items, std::string_view brackets, bool is_short, std::size_t depth,
                std::string& out, Write write_item) {
    const std::string line = "\n" + std::string(2 * (depth + 1), ' ');
    out.push_back(brackets[0]);
    const char* comma = "";
    for (const auto& item : items) {
        out += comma;
        if (!is_short) out += line;
        write_item(item);
        comma = is_short ? ", " : ",";
    }
    if (!is_short) out += "\n" + std::string(2 * depth, ' ');
    out.push_back(brackets[1]);
}

void write(const Json& value, std::size_t depth, std::string& out) {
    switch (value.kind) {
        case Json::Kind::null:
            out += "null";
            break;
        case Json::Kind::boolean:
            out += value.is_true ? "true" : "false";
            break;
        case Json::Kind::number:
            out += value.text;
            break;
        case Json::Kind::string:
            out += json_quoted(value.text);
            break;
        case Json::Kind::array:
            write_list(value.items, "[]", std::ranges::all_of(value.items, is_plain), depth, out,
                       [&](const Json& item) { write(item, depth + 1, out); });
            break;
        case Json::Kind::object:
            write_list(value.members, "{}", value.members.empty(), depth, out,
                       [&](const JsonMember& member) {
                           out += json_quoted(member.name) + ": ";
                           write(member.value, depth + 1, out);
                       });
            break;
    }
}

}  // namespace

const Json* Json::find(std::string_view name) const {
    for (const JsonMember& member : members | std::views::reverse) {
        if (member.name == name) return &member.value;
    }
    return nullptr;
}

std::string Json::string_at(std::string_view name) const {
    const Json* value = find(name);
    return value != nullptr && value->kind == Kind::string ? value->text : "";
}

const std::vector<Json>& Json::array_at(std::string_view name) const {
    static const std::vector<Json> kNone;
    const Json* value = find(name);
    return value != nullptr ? value->items : kNone;
}

std::expected<Json, std::string> parse_json(std::string_view text) {
    Reader reader(text);
    try {
        return reader.document();
    } catch (const Fault& fault) {
        return std::unexpected("line " + std::to_string(reader.line()) + ": " + fault.what);
    }
}

std::string json_quoted(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        if (size == 0) {
            out += kReplacement;
        } else if (byte == '"' || byte == '\\') {
            out += {'\\', text[0]};
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            out += {kHex[byte >> 4], kHex[byte & 15]};
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out + "\"";
}

std::string json_text(const Json& value) {
    std::string out;
    write(value, 0, out);
    return out;
}

}  // namespace trivet::cli
