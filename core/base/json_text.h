#pragma once

#include <string>
#include <string_view>

namespace trivet {

// Appends text as a JSON string; what is no UTF-8 becomes U+FFFD.
void append_json_text(std::string& out, std::string_view text);

// Writes a list or an object, item by item, and closes it at its end. Start-up only.
class JsonParts {
public:
    static JsonParts list(std::string& out) { return {out, '[', ']'}; }
    static JsonParts object(std::string& out) { return {out, '{', '}'}; }
    ~JsonParts() { out_ += end_; }
    JsonParts(const JsonParts&) = delete;
    JsonParts& operator=(const JsonParts&) = delete;

    // Where the next item is to be written.
    std::string& next() {
        if (has_items_) out_ += ',';
        has_items_ = true;
        return out_;
    }
    void text(std::string_view value) { append_json_text(next(), value); }
    // Where the value of a member is to be written.
    std::string& name(std::string_view value) {
        text(value);
        return out_ += ':';
    }
    void member(std::string_view key, std::string_view value) {
        append_json_text(name(key), value);
    }

private:
    JsonParts(std::string& out, char begin, char end) : out_(out), end_(end) { out_ += begin; }

    std::string& out_;
    char end_;
    bool has_items_ = false;
};

}  // namespace trivet
