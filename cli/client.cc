#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "client_code.h"
#include "command.h"
#include "exit_codes.h"
#include "suggest.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A document beyond this is refused, and what was read says that it is beyond.
constexpr std::size_t kInputBytesMax = (16U << 20) + 1;

constexpr const char* kClientFooter =
    "\n"
    "Writes a typed client of the app that an OpenAPI 3.1 document (JSON) describes: one file "
    "that\n"
    "needs nothing but the standard library of its language.\n"
    "\n"
    "Examples:\n"
    "  trivet client typescript --input openapi.json --output src/client.ts\n"
    "  trivet client python --input openapi.json --name ShopClient > shop.py\n"
    "  trivet client go --package shop < openapi.json\n";

constexpr ExitCode kClientExitCodes[] = {
    {0, "the client is written"}, {1, "it is not"}, {2, "wrong arguments"}};

struct ClientOptions {
    std::string language;
    std::string input = "-";
    std::string output;
    std::string name = "Client";
    std::string package = "client";
};

std::string read_stream(std::istream& stream) {
    std::string text;
    char piece[65536];
    while (text.size() < kInputBytesMax && stream) {
        stream.read(piece, sizeof piece);
        text.append(piece, static_cast<std::size_t>(stream.gcount()));
    }
    return text;
}

std::optional<std::string> read_input(const std::string& input) {
    if (input == "-") return read_stream(std::cin);
    std::error_code error;
    std::ifstream file(input, std::ios::binary);
    if (!file || fs::is_directory(input, error)) return std::nullopt;
    return read_stream(file);
}

const ClientLanguage& language_of(const std::string& name) {
    std::vector<std::string> names;
    for (const ClientLanguage& language : client_languages()) {
        if (name == language.name) return language;
        names.emplace_back(language.name);
    }
    throw UsageError{"unknown language '" + name + "', there are typescript, python and go" +
                     did_you_mean(name, names)};
}

// Written beside its place first, so that nobody reads half a client.
bool write_file(const fs::path& path, const std::string& text) {
    fs::path beside = path;
    beside += ".new";
    std::ofstream stream(beside, std::ios::binary);
    stream << text;
    stream.close();
    std::error_code error;
    if (stream) fs::rename(beside, path, error);
    const bool is_written = stream && !error;
    if (!is_written) fs::remove(beside, error);
    return is_written;
}

int write_client(const ClientOptions& options) {
    const ClientLanguage& language = language_of(options.language);
    const auto document = read_input(options.input);
    if (!document) return fail("client", "cannot read " + options.input);
    const auto source = client_source(language.name, *document, {options.name, options.package});
    const std::string origin = options.input == "-" ? "standard input" : options.input;
    if (!source) return fail("client", origin + ": " + source.error());
    if (options.output.empty()) {
        std::fwrite(source->data(), 1, source->size(), stdout);
        return std::fflush(stdout) == 0 ? 0 : fail("client", "cannot write to standard output");
    }
    fs::path path = options.output;
    std::error_code error;
    if (fs::is_directory(path, error) || path.filename().empty()) path /= language.file;
    if (!write_file(path, *source)) return fail("client", "cannot write " + path.string());
    std::printf("Wrote %s.\n", path.c_str());
    return 0;
}

}  // namespace

Command add_client(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("client", "Write a client in TypeScript, Python or Go");
    parser->group(kGroupServe);
    parser->footer(kClientFooter + exit_codes_text(kClientExitCodes));
    parser->allow_extras();
    const auto options = std::make_shared<ClientOptions>();
    parser->add_option("LANGUAGE", options->language, "typescript, python or go")
        ->type_name("typescript|python|go")
        ->required();
    parser->add_option("--input", options->input, "The OpenAPI document; -: standard input (-)")
        ->type_name("FILE");
    parser
        ->add_option("--output", options->output,
                     "The file to write, or a folder for it (standard output)")
        ->type_name("FILE");
    parser->add_option("--name", options->name, "What the client is called (Client)")
        ->type_name("NAME");
    parser->add_option("--package", options->package, "The package of a client in Go (client)")
        ->type_name("NAME");
    return {parser, [options] { return write_client(*options); }};
}

}  // namespace trivet::cli
