#pragma once

#include <span>
#include <string_view>

namespace trivet::cli {

// A file of cli/templates, embedded when the command is built.
struct TemplateFile {
    std::string_view path;  // "python/app.py"
    std::string_view text;
};

std::span<const TemplateFile> templates();

}  // namespace trivet::cli
