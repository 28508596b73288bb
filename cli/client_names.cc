#include "client_names.h"

#include <algorithm>
#include <vector>

namespace trivet::cli {
namespace {

constexpr std::size_t kNameBytesMax = 56;

bool is_lower(char byte) { return byte >= 'a' && byte <= 'z'; }
bool is_upper(char byte) { return byte >= 'A' && byte <= 'Z'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char lower(char byte) { return is_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte; }
char upper(char byte) { return is_lower(byte) ? static_cast<char>(byte - 'a' + 'A') : byte; }

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char byte) { return lower(byte); });
    return text;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](char byte) { return upper(byte); });
    return text;
}

// HTTPServer is HTTP and Server, taskId2 is task and Id2.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    std::size_t bytes = 0;
    const auto finish = [&] {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t at = 0; at < text.size() && bytes < kNameBytesMax; ++at) {
        const char byte = text[at];
        if (!is_lower(byte) && !is_upper(byte) && !is_digit(byte)) {
            finish();
            continue;
        }
        const bool ends_capitals = at + 1 < text.size() && is_lower(text[at + 1]);
        if (is_upper(byte) && !word.empty() && (!is_upper(word.back()) || ends_capitals)) finish();
        word.push_back(byte);
        ++bytes;
    }
    finish();
    if (words.empty()) words.emplace_back("value");
    if (is_digit(words[0][0])) words[0].insert(0, "n");
    return words;
}

std::string capitalised(std::string word) {
    word[0] = upper(word[0]);
    return word;
}

std::string go_word(const std::string& word) {
    constexpr std::string_view kCapitals[] = {
        "API", "CPU", "CSS", "DNS", "HTML", "HTTP", "HTTPS", "ID",  "IP",  "JSON", "SQL",
        "SSE", "TCP", "TLS", "TTL", "UDP",  "UI",   "URI",   "URL", "UTC", "UUID", "XML"};
    const std::string capitals = upper(word);
    return std::ranges::find(kCapitals, capitals) != std::end(kCapitals) ? capitals
                                                                         : capitalised(word);
}

}  // namespace

std::string pascal_name(std::string_view text) {
    std::string name;
    for (const std::string& word : words_of(text)) name += capitalised(word);
    return name;
}

std::string camel_name(std::string_view text) {
    std::string name;
    for (const std::string& word : words_of(text)) {
        name += name.empty() ? lower(word) : capitalised(word);
    }
    return name;
}

std::string snake_name(std::string_view text) {
    std::string name;
    for (const std::string& word : words_of(text)) {
        if (!name.empty()) name += '_';
        name += lower(word);
    }
    return name;
}

std::string go_name(std::string_view text) {
    std::string name;
    for (const std::string& word : words_of(text)) name += go_word(word);
    return name;
}

bool is_identifier(std::string_view text, bool has_dollar) {
    const auto is_part = [has_dollar](char byte) {
        return is_lower(byte) || is_upper(byte) || is_digit(byte) || byte == '_' ||
               (has_dollar && byte == '$');
    };
    return !text.empty() && !is_digit(text[0]) && std::ranges::all_of(text, is_part);
}

NameScope::NameScope(std::span<const std::string_view> known, std::string_view suffix)
    : suffix_(suffix) {
    for (const std::string_view name : known) known_.emplace(name);
}

std::string NameScope::take(const std::string& name) {
    const std::string base = known_.contains(name) ? name + suffix_ : name;
    std::string one = base;
    std::size_t& number = next_.try_emplace(base, 1).first->second;
    while (known_.contains(one) || !taken_.insert(one).second) {
        one = base + std::to_string(++number);
    }
    return one;
}

}  // namespace trivet::cli
