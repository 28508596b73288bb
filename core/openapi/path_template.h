#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trivet::openapi {

struct PathParameter {
    std::string name;
    std::string schema;  // what its constraint says, as JSON
};

// A route's pattern as OpenAPI writes paths: "/users/{id:int}" is "/users/{id}".
struct PathTemplate {
    std::string text;
    std::string shape;  // without the names: paths of one shape are the same to OpenAPI
    std::vector<PathParameter> parameters;
};

// Of a pattern that was compiled before.
PathTemplate path_template(std::string_view pattern);

// A host pattern as the server that answers for it, as JSON: "{tenant}.example.com" is one with a
// variable.
std::string server_of_host(std::string_view host);

}  // namespace trivet::openapi
