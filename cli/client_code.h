#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "client_model.h"
#include "client_names.h"

// What the writers of all languages use.
namespace trivet::cli {

struct CodeNames {
    std::string client;   // of the class
    std::string package;  // of Go
};

// A client in one file, laid out as prettier, ruff format and gofumpt do. Deterministic.
std::string typescript_client(const Api& api, const CodeNames& names);
std::string python_client(const Api& api, const CodeNames& names);
std::string go_client(const Api& api, const CodeNames& names);

// Names that the client's own code has, which nothing of a document may get.
std::span<const std::string_view> typescript_known_names();
std::span<const std::string_view> python_known_names();
std::span<const std::string_view> go_known_names();

// The client of a document; fails with where in it what is wrong. `language` is a name of
// client_languages().
std::expected<std::string, std::string> client_source(std::string_view language,
                                                      std::string_view document,
                                                      const CodeNames& names);

struct ClientLanguage {
    const char* name;
    const char* file;  // what a client is called in a folder
    std::string (*write)(const Api&, const CodeNames&);
    std::span<const std::string_view> (*known_names)();
};
std::span<const ClientLanguage> client_languages();

// A part of what all clients of a language share, from cli/templates/client: "" is the first part.
std::string_view shared_part(std::string_view language, std::string_view part);

// GET /tasks/{task_id}, and in the lines behind it what the document says of the operation.
std::vector<std::string> operation_lines(const Operation& operation, std::size_t width);

// What stands in the head of each client.
std::string generated_line(const Api& api);

// Program text that grows line by line.
class Code {
public:
    // An empty line where `text` is empty.
    void line(std::size_t indent, std::string_view text);
    void gap() { text_ += '\n'; }
    void raw(std::string_view text) { text_ += text; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace trivet::cli
