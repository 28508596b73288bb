#include "app/env_file.h"

#include <algorithm>

namespace trivet::app {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kEscapes = "nrt\\\"$";
constexpr std::string_view kEscaped = "\n\r\t\\\"$";

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

// Goes through the text once. `fault()` says what is wrong in the entry that was read last.
class EnvReader {
public:
    explicit EnvReader(std::string_view text) : text_(text) {}

    // The beginning of the next entry; false at the end.
    bool find_entry() {
        while (at_ < text_.size()) {
            skip_blanks();
            if (at_ < text_.size() && text_[at_] == '#') skip_line();
            if (at_ < text_.size() && text_[at_] != '\n') return true;
            skip_newline();
        }
        return false;
    }

    bool read(EnvEntry& entry) {
        entry.line = line_;
        entry.name = read_name();
        if (entry.name == "export" && at_ < text_.size() && is_blank(text_[at_])) {
            skip_blanks();
            entry.name = read_name();
        }
        skip_blanks();
        if (entry.name.empty() || at_ == text_.size() || text_[at_] != '=') {
            return fail("this is no NAME=VALUE");
        }
        ++at_;
        const std::size_t start = at_;
        skip_blanks();
        if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
            return read_quoted(entry.value);
        }
        at_ = start;
        entry.value = read_plain();
        return true;
    }

    const char* fault() const { return fault_; }

private:
    bool fail(const char* what) {
        fault_ = what;
        return false;
    }

    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }
    void skip_newline() {
        if (at_ < text_.size()) {
            ++at_;
            ++line_;
        }
    }

    std::string read_name() {
        const std::size_t start = at_;
        while (at_ < text_.size() &&
               (is_letter(text_[at_]) || (at_ > start && text_[at_] >= '0' && text_[at_] <= '9'))) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }

    // The rest of the line without what is behind a # that follows a blank.
    std::string read_plain() {
        const std::size_t start = at_;
        skip_line();
        std::string_view value = text_.substr(start, at_ - start);
        for (std::size_t at = 1; at < value.size(); ++at) {
            if (value[at] == '#' && is_blank(value[at - 1])) value = value.substr(0, at);
        }
        while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
        while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
        return std::string(value);
    }

    bool read_quoted(std::string& value) {
        const char quote = text_[at_++];
        while (at_ < text_.size() && text_[at_] != quote) {
            char byte = text_[at_];
            if (byte == '\n') ++line_;
            if (byte == '\\' && quote == '"' && at_ + 1 < text_.size()) {
                const std::size_t known = kEscapes.find(text_[at_ + 1]);
                if (known != std::string_view::npos) {
                    byte = kEscaped[known];
                    ++at_;
                }
            }
            value += byte;
            ++at_;
        }
        if (at_ == text_.size()) return fail("the quotes are never closed");
        ++at_;
        const std::size_t closed = at_;
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '#' && at_ > closed) skip_line();
        return at_ == text_.size() || text_[at_] == '\n' ||
               fail("there is something behind the closing quote");
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    const char* fault_ = "";
};

}  // namespace

std::expected<std::vector<EnvEntry>, FileError> parse_env(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
        const auto line =
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
        return std::unexpected(FileError{"there is a NUL byte", static_cast<std::uint32_t>(line)});
    }
    EnvReader reader(text);
    std::vector<EnvEntry> entries;
    while (reader.find_entry()) {
        EnvEntry entry;
        if (!reader.read(entry)) {
            return std::unexpected(FileError{reader.fault(), entry.line});
        }
        if (entries.size() == kEnvEntriesMax) {
            return std::unexpected(
                FileError{"more than " + std::to_string(kEnvEntriesMax) + " entries", entry.line});
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace trivet::app
