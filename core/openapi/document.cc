#include "openapi/document.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "base/json_text.h"
#include "openapi/json_reader.h"
#include "openapi/operation.h"
#include "openapi/path_template.h"

namespace trivet::openapi {
namespace {

// In the order in which those of a route for all methods are described; the first five.
constexpr std::array<std::string_view, 8> kMethods = {"GET",    "POST", "PUT",     "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS", "TRACE"};
constexpr std::size_t kUsualMethods = 5;

// RFC 9457, with the list that a 422 has.
constexpr std::string_view kProblem =
    R"({"type":"object","description":"Problem details (RFC 9457).","properties":{)"
    R"("type":{"type":"string","default":"about:blank"},"title":{"type":"string"},)"
    R"("status":{"type":"integer"},"detail":{"type":"string"},"errors":{"type":"array",)"
    R"("items":{"type":"object","properties":{)"
    R"("in":{"enum":["path","query","header","cookie","body","form"]},)"
    R"("pointer":{"type":"string","description":"JSON pointer, RFC 6901"},)"
    R"("code":{"type":"string"},"detail":{"type":"string"}},)"
    R"("required":["in","pointer","code","detail"]}}},)"
    R"("required":["type","title","status"]})";

constexpr std::string_view kProblemContent =
    R"({"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}})";

std::string_view description_of(Answer answer) {
    switch (answer) {
        case Answer::bad_request:
            return "The request is malformed";
        case Answer::not_found:
            return "There is no such thing";
        case Answer::content_too_large:
            return "The content is too large";
        case Answer::unsupported_media_type:
            return "The content is of another media type or coding";
        case Answer::unprocessable_content:
            return "Values are wrong; errors names each";
        case Answer::internal_server_error:
            return "The handler failed";
        case Answer::other:
            break;
    }
    return "Another problem";
}

struct PathItem {
    PathTemplate path;
    std::map<std::string, std::string> operations;  // by method, in lower case
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    return out;
}

std::vector<std::string_view> methods_of(std::string_view joined) {
    if (joined == "*") {
        return {kMethods.begin(), kMethods.begin() + kUsualMethods};
    }
    std::vector<std::string_view> found;
    while (!joined.empty()) {
        const std::size_t comma = joined.find(',');
        found.push_back(joined.substr(0, comma));
        joined.remove_prefix(comma == std::string_view::npos ? joined.size() : comma + 1);
    }
    return found;
}

// The last literal segment of a group's prefix.
std::string tag_of(std::string_view prefix) {
    while (!prefix.empty()) {
        const std::size_t slash = prefix.rfind('/');
        const std::string_view segment =
            prefix.substr(slash == std::string_view::npos ? 0 : slash + 1);
        if (!segment.empty() && !segment.contains('{') && !segment.contains('}')) {
            return std::string(segment);
        }
        prefix = prefix.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
    return {};
}

// The route's name, else its method and the words of its path: get_users_id.
std::string id_of(const RouteSource& route, std::string_view method) {
    if (!route.name.empty()) {
        return std::string(route.name);
    }
    std::string id = lower(method);
    bool is_between = true;
    for (const char byte : path_template(route.pattern).text) {
        const bool is_word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                             (byte >= '0' && byte <= '9') || byte == '_';
        if (is_word && is_between) id += '_';
        if (is_word) id += byte;
        is_between = !is_word;
    }
    return id;
}

class Assembly {
public:
    void add(const RouteSource& route) {
        const PathTemplate path = path_template(route.pattern);
        const auto [known, is_new] = places_.try_emplace(path.shape, items_.size());
        if (is_new) {
            items_.push_back({path, {}});
        }
        PathItem& item = items_[known->second];
        const std::string tag = tag_of(route.prefix);
        const std::string server = route.host.empty() ? std::string() : server_of_host(route.host);
        for (const std::string_view method : methods_of(route.methods)) {
            const bool is_known = std::ranges::find(kMethods, method) != kMethods.end();
            std::string key = lower(method);
            if (!is_known || item.operations.contains(key)) {
                omitted_.push_back(std::string(method) + ' ' + std::string(route.pattern) +
                                   (is_known
                                        ? ": another route of this method and path is described"
                                        : ": OpenAPI knows no such method"));
                continue;
            }
            const std::string id = id_of(route, method);
            const OperationSource source{.json = route.operation,
                                         .path = path,
                                         .item = item.path,
                                         .tag = tag,
                                         .server = server,
                                         .operation_id = id};
            item.operations.emplace(std::move(key), write_operation(source, ids_, answers_));
        }
    }

    void write_paths(std::string& out) const {
        JsonParts paths = JsonParts::object(out);
        for (const PathItem& item : items_) {
            if (item.operations.empty()) continue;
            JsonParts methods = JsonParts::object(paths.name(item.path.text));
            for (const std::string_view method : kMethods) {
                const auto found = item.operations.find(lower(method));
                if (found != item.operations.end()) methods.name(found->first) += found->second;
            }
        }
    }

    void write_responses(std::string& out) const {
        JsonParts responses = JsonParts::object(out);
        for (const Answer answer : answers_) {
            JsonParts response = JsonParts::object(responses.name(component_of(answer)));
            response.member("description", description_of(answer));
            response.name("content") += kProblemContent;
        }
    }

    std::vector<std::string>& omitted() { return omitted_; }

private:
    std::vector<PathItem> items_;
    std::unordered_map<std::string, std::size_t> places_;  // by shape
    std::set<std::string> ids_;
    std::set<Answer> answers_;
    std::vector<std::string> omitted_;
};

void write_info(JsonParts& document, const Info& info) {
    {
        JsonParts object = JsonParts::object(document.name("info"));
        object.member("title", info.title);
        if (!info.description.empty()) object.member("description", info.description);
        object.member("version", info.version);
    }
    if (info.servers.empty()) {
        return;
    }
    JsonParts servers = JsonParts::list(document.name("servers"));
    for (const auto& [url, description] : info.servers) {
        JsonParts server = JsonParts::object(servers.next());
        server.member("url", url);
        if (!description.empty()) server.member("description", description);
    }
}

void write_schemas(std::string& out, std::span<const SchemaSource> schemas) {
    std::map<std::string_view, std::string_view> sorted{{"Problem", kProblem}};
    for (const SchemaSource& schema : schemas) {
        sorted.emplace(schema.name, schema.json);
    }
    JsonParts object = JsonParts::object(out);
    for (const auto& [name, json] : sorted) {
        const JsonReader read(json);
        read.copy(object.name(name), 0);
    }
}

}  // namespace

Document assemble(const Info& info, std::span<const RouteSource> routes,
                  std::span<const SchemaSource> schemas) {
    Assembly assembly;
    for (const RouteSource& route : routes) {
        assembly.add(route);
    }
    Document document;
    {
        JsonParts object = JsonParts::object(document.json);
        object.member("openapi", "3.1.0");
        write_info(object, info);
        assembly.write_paths(object.name("paths"));
        JsonParts components = JsonParts::object(object.name("components"));
        write_schemas(components.name("schemas"), schemas);
        assembly.write_responses(components.name("responses"));
    }
    document.omitted = std::move(assembly.omitted());
    return document;
}

}  // namespace trivet::openapi
