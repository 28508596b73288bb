#include "schema/schema.h"

#include "schema/compiler.h"

namespace trivet::schema {

std::expected<Schema, SchemaError> Schema::compile(std::string_view text) {
    Schema schema;
    Source& source = *schema.source_;
    source.text = text;
    switch (source.document.read(source.text, kSchemaDepthMax)) {
        case Read::good:
            break;
        case Read::malformed:
            return std::unexpected(SchemaError{
                .pointer = "",
                .message = "malformed JSON at byte " + std::to_string(source.document.offset())});
        case Read::deep:
            return std::unexpected(SchemaError{
                .pointer = "", .message = "nested deeper than " + std::to_string(kSchemaDepthMax)});
        case Read::memory:
            return std::unexpected(SchemaError{.pointer = "", .message = "out of memory"});
    }
    Compiler compiler(schema);
    if (!compiler.run()) {
        return std::unexpected(compiler.error());
    }
    return schema;
}

}  // namespace trivet::schema
