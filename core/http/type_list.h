#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trivet::http {

// Media types, RFC 9110 section 8.3.1: whole ones, all of a kind ("text/*"), and all of a suffix
// ("+json", RFC 6839). Filled before the first loop is made, read-only afterwards.
class TypeList {
public:
    static constexpr std::size_t kMax = 100;
    static constexpr std::size_t kTypeBytesMax = 127;  // longer ones are nobody's

    // False: it is none of these.
    bool add(std::string_view type);
    // Types whose content is text, or is known to shrink. No event streams: each event is a piece
    // of its own, for which an encoder has to stand by as long as the client does.
    void add_usual();

    std::size_t size() const noexcept { return whole_.size() + kinds_.size() + suffixes_.size(); }
    // Whether a Content-Type field names one, whatever its parameters. "text/event-stream" has to
    // be there as a whole.
    bool has(std::string_view content_type) const noexcept;

private:
    std::vector<std::string> whole_;     // all in lower case
    std::vector<std::string> kinds_;     // with the slash
    std::vector<std::string> suffixes_;  // with the plus
};

}  // namespace trivet::http
