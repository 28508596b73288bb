// Up to the first line feed a route's pattern, up to the second its host, then the operation that a
// program gives. What is taken becomes a document that is JSON, has every path parameter once, and
// is written alike by whoever reads it again.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "check.h"
#include "openapi/document.h"
#include "openapi/json_reader.h"
#include "openapi/operation.h"
#include "openapi/pages.h"
#include "openapi/path_template.h"
#include "route/router.h"

namespace trivet::openapi {
namespace {

using fuzz::check;

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

void check_parameters(const JsonReader& read, JsonReader::Node operation,
                      const PathTemplate& path) {
    std::multiset<std::string> names;
    const auto parameters = read.find(operation, "parameters");
    if (parameters != 0) {
        for (const auto item : read.items(parameters)) {
            const auto place = read.find(item, "in");
            if (place != 0 && read.text(place) == "path") {
                names.insert(read.text(read.find(item, "name")));
            }
        }
    }
    check(names.size() == path.parameters.size(), "no other path parameters");
    for (const PathParameter& parameter : path.parameters) {
        check(names.count(parameter.name) == 1, "each path parameter once");
        check(path.text.contains('{' + parameter.name + '}'), "in its template");
    }
}

void look_at(std::string_view rest) {
    check(paths_fault({.document = std::string(rest), .docs = "", .reference = ""}).empty() ||
              !rest.empty(),
          "no path at all is none that is wrong");
    const std::string_view pattern = take_line(rest);
    const std::string_view host = take_line(rest);
    route::Router router;
    if (!router.add({.methods = "GET", .host = host, .pattern = pattern, .value = 1}) ||
        (!rest.empty() && !operation_fault(rest).empty())) {
        return;
    }
    const std::array<RouteSource, 2> routes{{
        {.methods = "GET", .pattern = pattern, .host = host, .operation = rest},
        {.methods = "*", .pattern = pattern, .host = host, .operation = rest},
    }};
    const Document document = assemble({.title = std::string(rest)}, routes, {});
    check(document.omitted.size() == 1, "of two alike the second is left out");
    const JsonReader read(document.json);
    // A part may be as deep as a reader goes.
    if (!read.fault().empty()) {
        check(read.fault().contains("deep"), "the document is JSON");
        return;
    }
    std::string again;
    read.copy(again, 0);
    check(again == document.json, "written alike");
    const PathTemplate path = path_template(pattern);
    const auto item = read.find(read.find(0, "paths"), path.text);
    check(item != 0, "the path is there");
    std::set<std::string> ids;
    for (const auto& method : read.members(item)) {
        check_parameters(read, method.value, path);
        check(ids.insert(read.text(read.find(method.value, "operationId"))).second, "ids differ");
        check(read.is_object(read.find(method.value, "responses")), "it has answers");
    }
    check(ids.size() == 5, "five methods stand for all");
}

}  // namespace
}  // namespace trivet::openapi

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    trivet::openapi::look_at({reinterpret_cast<const char*>(data), size});
    return 0;
}
