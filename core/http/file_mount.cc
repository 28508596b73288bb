#include "http/file_mount.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "http/file_path.h"
#include "http/mime.h"
#include "proto/http1/field.h"

namespace trivet::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::expected<std::string, std::string> find_directory(std::string_view given) {
    if (given.empty() || given.find('\0') != std::string_view::npos) {
        return std::unexpected("directory: a path must be given");
    }
    std::string path(given);
    if (!path.starts_with('/')) {
        std::array<char, kFilePathBytesMax + 1> here{};
        if (::getcwd(here.data(), here.size()) == nullptr) {
            return std::unexpected(std::string("directory: the working directory: ") +
                                   std::strerror(errno));
        }
        path = std::string(here.data()) + "/" + path;
    }
    struct stat status{};
    const int error = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
    if (error != 0 || !S_ISDIR(status.st_mode)) {
        return std::unexpected("directory: " + path + ": " +
                               std::strerror(error != 0 ? error : ENOTDIR));
    }
    return path;
}

std::string rules_fault(std::span<const url::Param> rules) {
    if (rules.size() > kFileRulesMax) {
        return "cache_rules: at most " + std::to_string(kFileRulesMax);
    }
    for (const url::Param& rule : rules) {
        const std::string_view pattern = rule.name;
        if (pattern.empty() || pattern.size() > kFilePatternBytesMax) {
            return "cache_rules: a pattern has 1 to " + std::to_string(kFilePatternBytesMax) +
                   " bytes";
        }
        if (!http1::is_valid_field_value(rule.value)) {
            return "cache_rules: " + quoted(pattern) + ": no value of Cache-Control";
        }
    }
    return {};
}

std::string types_fault(std::span<const url::Param> types) {
    if (types.size() > kFileTypesMax) {
        return "types: at most " + std::to_string(kFileTypesMax);
    }
    for (const url::Param& type : types) {
        const std::string_view extension = type.name;
        const std::string_view value = type.value;
        if (extension.empty() || extension.find_first_of("./") != std::string_view::npos) {
            return "types: " + quoted(extension) + ": an extension is written without its dot";
        }
        if (value.find('/') == std::string_view::npos || !http1::is_valid_field_value(value)) {
            return "types: " + quoted(extension) + ": no media type: " + quoted(value);
        }
    }
    return {};
}

std::string fault_of(const FileMountOptions& options) {
    if (!options.index.empty() &&
        (!is_file_path(options.index, true) || file_name(options.index) != options.index)) {
        return "index: the name of a file, without slashes: " + quoted(options.index);
    }
    if (!options.fallback.empty() && !is_file_path(options.fallback, true)) {
        return "fallback: a path below the directory: " + quoted(options.fallback);
    }
    if (!http1::is_valid_field_value(options.cache_control)) {
        return "cache_control: no value of a field";
    }
    std::string fault = rules_fault(options.cache_rules);
    return !fault.empty() ? fault : types_fault(options.types);
}

Pairs keep(std::span<const url::Param> items) {
    Pairs kept;
    for (const url::Param& item : items) {
        kept.emplace_back(std::string_view(item.name), std::string_view(item.value));
    }
    return kept;
}

}  // namespace

std::string_view FileMount::cache_control_of(std::string_view path) const noexcept {
    for (const auto& [pattern, value] : cache_rules) {
        if (matches_file_pattern(pattern, path)) {
            return value;
        }
    }
    return cache_control;
}

std::string_view FileMount::type_of(std::string_view path) const noexcept {
    const std::string_view extension = file_extension(path);
    for (const auto& [name, type] : types) {
        if (equal_ignoring_case(name, extension)) {
            return type;
        }
    }
    const std::string_view known = type_of_extension(extension);
    return known.empty() ? kUnknownFileType : known;
}

std::expected<FileMount, std::string> make_file_mount(const FileMountOptions& options) {
    if (std::string fault = fault_of(options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    auto directory = find_directory(options.directory);
    if (!directory) {
        return std::unexpected(std::move(directory.error()));
    }
    return FileMount{.directory = std::move(*directory),
                     .index = std::string(options.index),
                     .fallback = std::string(options.fallback),
                     .cache_control = std::string(options.cache_control),
                     .cache_rules = keep(options.cache_rules),
                     .types = keep(options.types),
                     .has_dot_files = options.has_dot_files,
                     .follows_symlinks = options.follows_symlinks,
                     .has_variants = options.has_variants};
}

}  // namespace trivet::http
