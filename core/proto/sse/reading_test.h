#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::sse {

struct ReadEvent {
    std::string type;
    std::string data;
    std::string last_id;

    bool operator==(const ReadEvent&) const = default;
};

// What a client makes of a stream: the plainest reader of WHATWG HTML section 9.2.6, for tests.
class StreamReader {
public:
    std::vector<ReadEvent> events;
    std::vector<std::string> comments;
    std::string last_id;
    std::optional<std::string> retry;

    void read(std::string_view stream) {
        for (std::size_t at = 0; at < stream.size();) {
            std::size_t stop = stream.find_first_of("\r\n", at);
            if (stop == std::string_view::npos) {
                return;  // an unfinished line is dropped
            }
            take_line(stream.substr(at, stop - at));
            at = stop + (stream.substr(stop, 2) == "\r\n" ? 2 : 1);
        }
    }

private:
    void take_line(std::string_view line) {
        if (line.empty()) {
            dispatch();
            return;
        }
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        std::string_view value =
            colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) {
            value.remove_prefix(1);
        }
        if (colon == 0) {
            comments.emplace_back(value);
        } else if (name == "event") {
            type_ = value;
        } else if (name == "data") {
            data_ += value;
            data_ += '\n';
        } else if (name == "id" && value.find('\0') == std::string_view::npos) {
            id_ = value;
        } else if (name == "retry" &&
                   value.find_first_not_of("0123456789") == std::string_view::npos) {
            retry = value;
        }
    }

    void dispatch() {
        last_id = id_;
        if (!data_.empty()) {
            data_.pop_back();
            events.push_back({type_.empty() ? "message" : type_, data_, last_id});
        }
        data_.clear();
        type_.clear();
    }

    std::string type_;
    std::string data_;
    std::string id_;
};

// `text` with every line end as LF, as clients see data.
inline std::string with_feeds(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\r') {
            result += '\n';
            at += text.substr(at + 1).starts_with('\n') ? 1 : 0;
        } else {
            result += text[at];
        }
    }
    return result;
}

}  // namespace trivet::sse
