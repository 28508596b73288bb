#include "error_page.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include "json.h"

namespace trivet::cli {
namespace {

constexpr std::string_view kHead =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; --line: #8884; --bad: #c62828; }\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 2rem "
    "}\n"
    "h1 { font-size: 1.4rem; margin: 0; color: var(--bad) }\n"
    "pre { font: 13px/1.5 ui-monospace, monospace; padding: 1rem; border: 1px solid var(--line);\n"
    "  border-left: 4px solid var(--bad); overflow-x: auto; white-space: pre-wrap;\n"
    "  overflow-wrap: anywhere }\n"
    "dt { font-weight: 600; float: left; clear: left; width: 6rem }\n"
    "dd { margin: 0 0 0 6rem }\n"
    "code { font: 13px ui-monospace, monospace }\n"
    "</style>\n"
    "<noscript><meta http-equiv=\"refresh\" content=\"1\"></noscript>\n";

// Asks again and again; while the app starts, the question waits with the connection and is then
// answered by the app, so that the page is there at once.
constexpr std::string_view kScript =
    "<script>\n"
    "const shown = document.documentElement.dataset.failure\n"
    "async function look() {\n"
    "  try {\n"
    "    const answer = await fetch('/.trivet/dev', { cache: 'no-store' })\n"
    "    if (answer.headers.get('Trivet-Dev') !== shown) return location.reload()\n"
    "  } catch {}\n"
    "  setTimeout(look, 300)\n"
    "}\n"
    "look()\n"
    "</script>\n";

std::string escaped(std::string_view text) {
    std::string html;
    for (const char letter : text) {
        switch (letter) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                html += letter;
        }
    }
    return html;
}

void append_entry(std::string& html, std::string_view term, std::string_view text) {
    if (!text.empty()) {
        html += "<dt>" + std::string(term) + "</dt><dd><code>" + escaped(text) + "</code></dd>\n";
    }
}

}  // namespace

bool wants_html(std::string_view accept) {
    std::string text(accept);
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text.find("text/html") != std::string::npos;
}

std::string html_page(const Failure& failure) {
    std::string html(kHead);
    html.insert(html.find("<html ") + 6,
                "data-failure=\"" + std::to_string(failure.number) + "\" ");
    html += "<title>" + escaped(failure.title) + "</title>\n";
    html += "<h1>" + escaped(failure.title) + "</h1>\n";
    if (!failure.hint.empty()) {
        html += "<p>" + escaped(failure.hint) + "</p>\n";
    }
    html += "<pre>" + escaped(failure.output.empty() ? "It said nothing." : failure.output) +
            "</pre>\n<dl>\n";
    append_entry(html, "Cause", failure.cause);
    append_entry(html, "Command", failure.command);
    append_entry(html, "Folder", failure.folder);
    html += "</dl>\n<p>Save a change: this page goes away when the app is back.</p>\n";
    html += kScript;
    return html;
}

std::string problem_json(const Failure& failure) {
    std::string detail = failure.title + ": " + failure.cause;
    if (!failure.hint.empty()) {
        detail += ". " + failure.hint;
    }
    return "{\"type\":\"about:blank\",\"title\":\"Internal Server "
           "Error\",\"status\":500,\"detail\":" +
           json_quoted(detail) + ",\"command\":" + json_quoted(failure.command) +
           ",\"folder\":" + json_quoted(failure.folder) +
           ",\"output\":" + json_quoted(failure.output) + "}\n";
}

}  // namespace trivet::cli
