#include "schema/document.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "base/utf8.h"

namespace trivet::schema {
namespace {

constexpr std::uint32_t kFirstNodes = 64;
constexpr std::uint32_t kTop = UINT32_MAX;

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

// How many of eight bytes stand before the first that is a quote, a backslash, a control or no
// ASCII.
std::size_t plain_prefix(const char* at) noexcept {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHigh = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quotes = word ^ (kOnes * '"');
    const std::uint64_t slashes = word ^ (kOnes * '\\');
    // The high bit of each byte that is zero, below a space or no ASCII; borrows only add bits
    // above one that is set for a reason.
    const std::uint64_t found =
        ((quotes - kOnes) | (slashes - kOnes) | (word - kOnes * ' ') | word) & kHigh;
    return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

}  // namespace

// Reads one text. An open array or object holds in `next` the one around it.
class Reader {
public:
    Reader(Document& document, std::string_view text, std::uint32_t depth_max) noexcept
        : document_(document),
          begin_(text.data()),
          at_(begin_),
          end_(begin_ + text.size()),
          depth_max_(depth_max) {}

    Read run() noexcept {
        if (read_values()) {
            skip_space();
            if (at_ != end_) {
                result_ = Read::malformed;
            }
        }
        document_.offset_ = static_cast<std::size_t>(at_ - begin_);
        return result_;
    }

private:
    bool fail(Read result = Read::malformed) noexcept {
        result_ = result;
        return false;
    }

    bool has(char byte) const noexcept { return at_ != end_ && *at_ == byte; }

    void skip_space() noexcept {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }

    Node* add(Kind kind) noexcept {
        if (document_.count_ == document_.capacity_ && !document_.grow()) {
            result_ = Read::memory;
            return nullptr;
        }
        Node& node = document_.nodes_[document_.count_++];
        node = {.begin = static_cast<std::uint32_t>(at_ - begin_),
                .size = 0,
                .next = document_.count_,
                .kind = kind};
        return &node;
    }

    void set_size(Node& node) const noexcept {
        node.size = static_cast<std::uint32_t>(at_ - begin_) - node.begin;
    }

    bool read_values() noexcept {
        std::uint32_t open = kTop;
        for (;;) {
            skip_space();
            bool is_opened = false;
            if (!read_value(open, is_opened)) {
                return false;
            }
            if (is_opened) {
                continue;
            }
            if (!end_value(open)) {
                return false;
            }
            if (open == kTop) {
                return true;
            }
        }
    }

    // Behind a value: what it ends, and what comes before the next one.
    bool end_value(std::uint32_t& open) noexcept {
        while (open != kTop) {
            Node& parent = document_.nodes_[open];
            ++parent.size;
            skip_space();
            if (has(',')) {
                ++at_;
                skip_space();
                return parent.kind == Kind::array || read_name();
            }
            if (!has(parent.kind == Kind::array ? ']' : '}')) {
                return fail();
            }
            ++at_;
            close(open);
        }
        return true;
    }

    void close(std::uint32_t& open) noexcept {
        Node& node = document_.nodes_[open];
        open = node.next;
        node.next = document_.count_;
        --depth_;
    }

    bool read_value(std::uint32_t& open, bool& is_opened) noexcept {
        if (at_ == end_) {
            return fail();
        }
        switch (*at_) {
            case '"':
                return read_string();
            case '[':
            case '{':
                return read_container(open, is_opened);
            case 't':
                return read_word("true", Kind::boolean, true);
            case 'f':
                return read_word("false", Kind::boolean, false);
            case 'n':
                return read_word("null", Kind::null, false);
            default:
                return read_number();
        }
    }

    bool read_container(std::uint32_t& open, bool& is_opened) noexcept {
        const bool is_array = *at_ == '[';
        if (depth_ == depth_max_) {
            return fail(Read::deep);
        }
        Node* node = add(is_array ? Kind::array : Kind::object);
        if (node == nullptr) {
            return false;
        }
        node->next = open;
        open = document_.count_ - 1;
        ++depth_;
        ++at_;
        skip_space();
        if (has(is_array ? ']' : '}')) {
            ++at_;
            close(open);
            return true;
        }
        is_opened = true;
        return is_array || read_name();
    }

    bool read_name() noexcept {
        if (!has('"')) {
            return fail();
        }
        if (!read_string()) {
            return false;
        }
        skip_space();
        if (!has(':')) {
            return fail();
        }
        ++at_;
        return true;
    }

    bool read_word(std::string_view word, Kind kind, bool is_true) noexcept {
        Node* node = add(kind);
        if (node == nullptr) {
            return false;
        }
        for (const char letter : word) {
            if (!has(letter)) {
                return fail();
            }
            ++at_;
        }
        node->is_whole = is_true;
        set_size(*node);
        return true;
    }

    bool read_digits() noexcept {
        if (at_ == end_ || !is_digit(*at_)) {
            return fail();
        }
        while (at_ != end_ && is_digit(*at_)) {
            ++at_;
        }
        return true;
    }

    bool read_number() noexcept {
        if (*at_ != '-' && !is_digit(*at_)) {
            return fail();
        }
        Node* node = add(Kind::number);
        if (node == nullptr) {
            return false;
        }
        node->is_whole = true;
        if (*at_ == '-') {
            ++at_;
        }
        if (has('0')) {
            ++at_;
        } else if (!read_digits()) {
            return false;
        }
        if (has('.')) {
            node->is_whole = false;
            ++at_;
            if (!read_digits()) {
                return false;
            }
        }
        if (has('e') || has('E')) {
            node->is_whole = false;
            ++at_;
            if (has('+') || has('-')) {
                ++at_;
            }
            if (!read_digits()) {
                return false;
            }
        }
        set_size(*node);
        return true;
    }

    bool read_string() noexcept {
        ++at_;
        Node* node = add(Kind::string);
        if (node == nullptr) {
            return false;
        }
        for (;;) {
            std::size_t plain = 8;
            while (plain == 8 && end_ - at_ >= 8) {
                plain = plain_prefix(at_);
                at_ += plain;
            }
            if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) {
                return fail();
            }
            if (*at_ == '"') {
                set_size(*node);
                ++at_;
                return true;
            }
            if (*at_ == '\\') {
                node->is_escaped = true;
                if (!read_escape()) {
                    return false;
                }
            } else if (static_cast<unsigned char>(*at_) < 0x80) {
                ++at_;
            } else {
                const std::size_t length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
                if (length == 0) {
                    return fail();
                }
                at_ += length;
            }
        }
    }

    bool read_escape() noexcept {
        const char* const escape = at_++;
        if (at_ == end_) {
            return fail();
        }
        if (*at_ != 'u') {
            if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
                return fail();
            }
            ++at_;
            return true;
        }
        std::uint32_t unit = 0;
        if (!read_unit(unit)) {
            return false;
        }
        if (unit < 0xD800 || unit > 0xDFFF) {
            return true;
        }
        std::uint32_t low = 0;
        const bool is_pair = unit < 0xDC00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u';
        if (is_pair) {
            ++at_;
            if (!read_unit(low)) {
                return false;
            }
        }
        if (low < 0xDC00 || low > 0xDFFF) {
            at_ = escape;
            return fail();
        }
        return true;
    }

    // The four digits behind a `u`.
    bool read_unit(std::uint32_t& unit) noexcept {
        ++at_;
        for (int digit = 0; digit < 4; ++digit) {
            const int value = at_ != end_ ? hex_value(*at_) : kNoHex;
            if (value == kNoHex) {
                return fail();
            }
            unit = unit * 16 + static_cast<std::uint32_t>(value);
            ++at_;
        }
        return true;
    }

    Document& document_;
    const char* begin_;
    const char* at_;
    const char* end_;
    std::uint32_t depth_max_;
    std::uint32_t depth_ = 0;
    Read result_ = Read::good;
};

Read Document::read(std::string_view text, std::uint32_t depth_max) noexcept {
    clear();
    text_ = text;
    // Offsets have 32 bits. Nobody gathers as much.
    if (text.size() >= kTop) {
        offset_ = 0;
        return Read::memory;
    }
    return Reader(*this, text, depth_max).run();
}

void Document::clear() noexcept {
    count_ = 0;
    text_ = {};
    if (capacity_ * sizeof(Node) > kKeptBytes) {
        release();
    }
}

bool Document::grow() noexcept {
    const std::uint32_t capacity = std::max(kFirstNodes, capacity_ * 2);
    auto* nodes = static_cast<Node*>(memory_.allocate(std::size_t{capacity} * sizeof(Node)));
    if (nodes == nullptr) {
        return false;
    }
    if (count_ != 0) {
        std::memcpy(nodes, nodes_, std::size_t{count_} * sizeof(Node));
    }
    release();
    nodes_ = nodes;
    capacity_ = capacity;
    return true;
}

void Document::release() noexcept {
    memory_.release(nodes_, std::size_t{capacity_} * sizeof(Node));
    nodes_ = nullptr;
    capacity_ = 0;
}

}  // namespace trivet::schema
