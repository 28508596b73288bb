#include "routes_table.h"

#include <algorithm>
#include <vector>

namespace trivet::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kIndent = 4;

using Row = std::vector<std::string>;

// How many columns a text takes on a terminal: one for each character.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string joined(const std::vector<Json>& items, const char* between) {
    std::string text;
    for (const Json& item : items) {
        if (!text.empty()) text += between;
        text += item.text;
    }
    return text;
}

std::string joined_members(const Json* object, const char* between) {
    std::string text;
    if (object == nullptr) return text;
    for (const JsonMember& member : object->members) {
        if (!text.empty()) text += ", ";
        text += member.name + between + member.value.text;
    }
    return text;
}

void append_row(std::string& out, const Row& row, const std::vector<std::size_t>& widths) {
    std::string line;
    std::size_t gap = 0;
    for (std::size_t column = 0; column < row.size(); ++column) {
        if (widths[column] == 0) continue;
        line += std::string(gap, ' ') + row[column];
        gap = widths[column] - width_of(row[column]) + kGap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

void append_more(std::string& out, const char* what, const std::string& text) {
    if (text.empty()) return;
    constexpr std::size_t kWordWidth = 13;
    std::string line = std::string(kIndent, ' ') + what;
    line.resize(kIndent + kWordWidth, ' ');
    out += line + text + "\n";
}

// A line for each phase of the engine's middleware, in the order they run.
void append_middleware(std::string& out, const std::vector<Json>& middleware) {
    for (std::size_t index = 0; index < middleware.size();) {
        const std::string phase(middleware[index].string_at("phase"));
        std::string text;
        for (; index < middleware.size() && middleware[index].string_at("phase") == phase;
             ++index) {
            const std::string options(middleware[index].string_at("options"));
            text += (text.empty() ? "" : ", ") + std::string(middleware[index].string_at("kind")) +
                    (options.empty() ? "" : " (" + options + ")");
        }
        append_more(out, phase.c_str(), text);
    }
}

Row row_of(const Json& route, bool is_verbose) {
    return {joined(route.array_at("methods"), ","), route.string_at("host"),
            route.string_at("pattern"), route.string_at("name"),
            is_verbose ? route.string_at("site") : ""};
}

}  // namespace

std::string routes_table(const Json& document, bool is_verbose) {
    const std::vector<Json>& routes = document.array_at("routes");
    const Row titles = {"METHODS", "HOST", "PATTERN", "NAME", "SITE"};
    std::vector<Row> rows;
    std::vector<std::size_t> widths(titles.size());
    for (const Json& route : routes) {
        rows.push_back(row_of(route, is_verbose));
        for (std::size_t column = 0; column < widths.size(); ++column) {
            widths[column] = std::max(widths[column], width_of(rows.back()[column]));
        }
    }
    for (std::size_t column = 0; column < widths.size(); ++column) {
        if (widths[column] > 0) widths[column] = std::max(widths[column], titles[column].size());
    }
    std::string out;
    if (!rows.empty()) append_row(out, titles, widths);
    for (std::size_t index = 0; index < rows.size(); ++index) {
        append_row(out, rows[index], widths);
        if (!is_verbose) continue;
        const Json& route = routes[index];
        append_more(out, "directory", route.string_at("directory"));
        append_more(out, "constraints", joined_members(route.find("constraints"), ": "));
        append_more(out, "limits", joined_members(route.find("limits"), "="));
        append_middleware(out, route.array_at("middleware"));
        append_more(out, "before", joined(route.array_at("before"), ", "));
        append_more(out, "after", joined(route.array_at("after"), ", "));
        append_more(out, "metadata", joined_members(route.find("metadata"), "="));
    }
    return out;
}

}  // namespace trivet::cli
