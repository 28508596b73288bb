#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "openapi/path_template.h"

namespace trivet::openapi {

inline constexpr std::size_t kOperationBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kSchemaBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kSchemaNameBytesMax = 256;

// What is wrong with the JSON of an operation object, or of a schema and its name, in words; empty
// when nothing is.
std::string operation_fault(std::string_view json);
std::string schema_fault(std::string_view name, std::string_view json);

// An operation of the document before it is written.
struct OperationSource {
    std::string_view json;          // as the program gave it; empty for none
    const PathTemplate& path;       // of its route
    const PathTemplate& item;       // of the path it is listed under, of the same shape
    std::string_view tag;           // unless the program gives tags; empty for none
    std::string_view server;        // JSON, unless the program gives servers; empty for none
    std::string_view operation_id;  // unless the program gives one
};

// Problems that the engine and the SDKs answer with, as components/responses has them.
enum class Answer : std::uint8_t {
    bad_request,
    not_found,
    content_too_large,
    unsupported_media_type,
    unprocessable_content,
    internal_server_error,
    other,
};
std::string_view component_of(Answer answer) noexcept;

// Writes an operation object: with the path's parameters, in its order and with the item's names,
// whether the program has told of them or not; with the problems it may answer with; and with an
// operationId that is not in `ids`, where it is added. Those problems are added to `used`.
std::string write_operation(const OperationSource& source, std::set<std::string>& ids,
                            std::set<Answer>& used);

}  // namespace trivet::openapi
