#include <algorithm>

#include "client_code.h"
#include "client_document.h"
#include "client_operations.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kDocumentBytesMax = 16U << 20;
constexpr std::size_t kSourceBytesMax = 64U << 20;
constexpr std::size_t kPackageBytesMax = 40;
constexpr std::size_t kNameBytesMax = 40;

constexpr ClientLanguage kLanguages[] = {
    {"typescript", "client.ts", typescript_client, typescript_known_names},
    {"python", "client.py", python_client, python_known_names},
    {"go", "client.go", go_client, go_known_names},
};

constexpr std::string_view kGoKeywords[] = {
    "break",  "case",        "chan", "const",   "continue", "default", "defer",
    "else",   "fallthrough", "for",  "func",    "go",       "goto",    "if",
    "import", "interface",   "map",  "package", "range",    "return",  "select",
    "struct", "switch",      "type", "var"};

std::string check_names(const ClientLanguage& language, const CodeNames& names) {
    const auto known = language.known_names();
    const bool is_name = is_identifier(names.client, false) &&
                         names.client.size() <= kNameBytesMax && names.client[0] >= 'A' &&
                         names.client[0] <= 'Z' && !names.client.contains('_');
    if (!is_name) {
        return "'" + names.client +
               "' is no name of a client: it has letters and digits, and begins "
               "with a capital";
    }
    if (std::ranges::find(known, names.client) != known.end()) {
        return "the client has something else called " + names.client;
    }
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789";
    const std::string& package = names.package;
    const bool is_package = is_identifier(package, false) && package.size() <= kPackageBytesMax &&
                            package.find_first_not_of(kAllowed) == std::string::npos &&
                            std::ranges::find(kGoKeywords, package) == std::end(kGoKeywords);
    if (!is_package) return "'" + package + "' is no name of a package: it has lower-case letters";
    return {};
}

}  // namespace

std::span<const ClientLanguage> client_languages() { return kLanguages; }

std::expected<std::string, std::string> client_source(std::string_view name,
                                                      std::string_view document,
                                                      const CodeNames& names) {
    const auto* language = std::ranges::find(kLanguages, name, &ClientLanguage::name);
    if (language == std::end(kLanguages)) return std::unexpected("there is no such language");
    if (std::string fault = check_names(*language, names); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (document.size() > kDocumentBytesMax) {
        return std::unexpected("the document is longer than 16 MiB");
    }
    const auto json = parse_json(document);
    if (!json) return std::unexpected(json.error());
    try {
        std::string source = language->write(read_api(*json), names);
        if (source.size() > kSourceBytesMax) {
            return std::unexpected("the client would be longer than 64 MiB");
        }
        return source;
    } catch (const DocumentError& error) {
        return std::unexpected(error.place + ": " + error.what);
    }
}

}  // namespace trivet::cli
