#pragma once

#include <string>
#include <vector>

#include "client_document.h"
#include "client_model.h"
#include "client_schemas.h"

namespace trivet::cli {

// The operations of a document's paths, in its order.
std::vector<Operation> read_operations(Document& document, SchemaReader& schemas);

// Checks that parameters and forms are of types that can be written as text, which shows when all
// schemas are read.
void settle_operations(std::vector<Operation>& operations, const std::vector<Model>& models);

// The pieces that read_operations() is made of.
Parameter read_parameter(Document& document, SchemaReader& schemas, const Node& given,
                         const std::string& id);
Body read_body(Document& document, SchemaReader& schemas, const Node& given, const std::string& id);
Answer read_answer(Document& document, SchemaReader& schemas, const Node& responses,
                   const std::string& id);

// The whole of a document that may be one; throws DocumentError.
Api read_api(const Json& document);

}  // namespace trivet::cli
