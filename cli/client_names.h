#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace trivet::cli {

// A name as each language writes it, of ASCII letters, digits and underscores alone: GetTask,
// getTask, get_task. What is no letter or digit parts words, as do capitals. Longer names are cut.
std::string pascal_name(std::string_view text);
std::string camel_name(std::string_view text);
std::string snake_name(std::string_view text);
// Pascal, with what Go writes in capitals: TaskID.
std::string go_name(std::string_view text);

// Letters, digits, _ and (in TypeScript) $, beginning with no digit.
bool is_identifier(std::string_view text, bool has_dollar);

// Names of one place, no two alike. Those that the place knows already get a suffix, those that are
// taken a number.
class NameScope {
public:
    NameScope(std::span<const std::string_view> known, std::string_view suffix);

    std::string take(const std::string& name);

private:
    std::unordered_set<std::string> known_;
    std::unordered_set<std::string> taken_;
    std::unordered_map<std::string, std::size_t> next_;
    std::string suffix_;
};

}  // namespace trivet::cli
