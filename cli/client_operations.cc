#include "client_operations.h"

#include <algorithm>

#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kTextBytesMax = 2000;
constexpr std::size_t kTitleBytesMax = 120;
constexpr std::size_t kPathBytesMax = 8192;
constexpr std::size_t kParametersMax = 256;

struct Method {
    const char* name;
    const char* upper;
};
// TRACE and CONNECT are none that clients may send.
constexpr Method kMethods[] = {{"get", "GET"},       {"put", "PUT"},         {"post", "POST"},
                               {"delete", "DELETE"}, {"options", "OPTIONS"}, {"head", "HEAD"},
                               {"patch", "PATCH"}};

// Literal text of a path as it may stand in a request's target (RFC 3986).
std::string encoded_path(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/%";
    std::string path;
    for (const char byte : text) {
        if (kAllowed.contains(byte)) {
            path += byte;
        } else {
            const auto code = static_cast<unsigned char>(byte);
            path += {'%', kHex[code >> 4], kHex[code & 15]};
        }
    }
    return path;
}

std::vector<std::string> parts_of(const Node& item, const std::string& path) {
    if (!path.starts_with("/")) item.fail("a path begins with /");
    if (path.size() > kPathBytesMax) item.fail("the path is too long");
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (true) {
        const std::size_t open = path.find('{', at);
        parts.push_back(encoded_path(path.substr(at, open - at)));
        if (open == std::string::npos) break;
        const std::size_t close = path.find('}', open);
        if (close == std::string::npos) item.fail("a { of the path has no }");
        parts.push_back(path.substr(open + 1, close - open - 1));
        at = close + 1;
    }
    if (parts.back().empty()) parts.pop_back();
    return parts;
}

void check_path(const Node& node, const Operation& operation) {
    const auto is_used = [&](const std::string& name) {
        for (std::size_t at = 1; at < operation.parts.size(); at += 2) {
            if (operation.parts[at] == name) return true;
        }
        return false;
    };
    const auto is_there = [&](const std::string& name) {
        return std::ranges::any_of(operation.parameters, [&](const Parameter& one) {
            return one.in == Parameter::In::path && one.name == name;
        });
    };
    for (std::size_t at = 1; at < operation.parts.size(); at += 2) {
        const std::string& name = operation.parts[at];
        if (!is_there(name))
            node.fail("the path has {" + name + "}, but there is no such parameter");
    }
    for (const Parameter& parameter : operation.parameters) {
        if (parameter.in == Parameter::In::path && !is_used(parameter.name)) {
            node.fail("the path has no {" + parameter.name + "}");
        }
    }
}

class PathReader {
public:
    PathReader(Document& document, SchemaReader& schemas)
        : document_(document), schemas_(schemas) {}

    Operation read(const Node& item, const Node& node, const std::string& path,
                   const Method& method) {
        Operation operation;
        operation.method = method.upper;
        operation.path = path;
        operation.id = node.string_at("operationId");
        if (operation.id.empty()) operation.id = std::string(method.name) + " " + path;
        operation.text = text_of(node);
        operation.is_deprecated = node.is_true_at("deprecated");
        operation.parts = parts_of(item, path);
        add_parameters(operation, item);
        add_parameters(operation, node);
        check_path(node, operation);
        if (const auto body = node.find("requestBody")) {
            operation.body = read_body(document_, schemas_, *body, operation.id);
        }
        const auto responses = node.find("responses");
        operation.answer.accept = "*/*";
        if (responses && operation.method != "HEAD") {
            operation.answer = read_answer(document_, schemas_, *responses, operation.id);
        }
        return operation;
    }

private:
    static std::string text_of(const Node& node) {
        std::string text = plain_line(node.string_at("summary"), kTextBytesMax);
        const std::string more = plain_line(node.string_at("description"), kTextBytesMax);
        if (!text.empty() && !std::string_view(".!?").contains(text.back())) text += '.';
        if (!more.empty()) text += (text.empty() ? "" : " ") + more;
        return text;
    }

    // Those of an operation replace those of its path.
    void add_parameters(Operation& operation, const Node& node) {
        const auto list = node.find("parameters");
        if (!list) return;
        if (list->json->items.size() > kParametersMax) list->fail("there are too many parameters");
        for (std::size_t index = 0; index < list->json->items.size(); ++index) {
            const Node given = list->item(index);
            const std::string name = document_.resolved(given).string_at("name");
            // These say what content is, which the client does by itself.
            constexpr std::string_view kOwn[] = {"Accept", "Content-Type", "Authorization"};
            const bool is_header = document_.resolved(given).string_at("in") == "header";
            if (is_header && std::ranges::find(kOwn, name) != std::end(kOwn)) continue;
            Parameter parameter = read_parameter(document_, schemas_, given, operation.id);
            std::erase_if(operation.parameters, [&](const Parameter& other) {
                return other.name == parameter.name && other.in == parameter.in;
            });
            operation.parameters.push_back(std::move(parameter));
        }
    }

    Document& document_;
    SchemaReader& schemas_;
};

void check_version(const Node& root) {
    const std::string version = root.string_at("openapi");
    if (version.empty()) {
        root.fail("this is no OpenAPI document: it has no member 'openapi'");
    }
    if (!version.starts_with("3.1")) {
        root.fail("this is OpenAPI " + version + ", and 3.1 is needed");
    }
}

}  // namespace

std::vector<Operation> read_operations(Document& document, SchemaReader& schemas) {
    std::vector<Operation> operations;
    PathReader reader(document, schemas);
    const auto paths = document.root().find("paths");
    if (!paths) return operations;
    for (const JsonMember& member : paths->json->members) {
        const Node item = document.resolved(paths->member(member));
        for (const Method& method : kMethods) {
            const auto node = item.find(method.name);
            if (!node) continue;
            operations.push_back(reader.read(item, *node, member.name, method));
        }
    }
    return operations;
}

Api read_api(const Json& json) {
    Document document(json);
    const Node root = document.root();
    check_version(root);
    Api api;
    if (const auto info = root.find("info")) {
        api.title = plain_line(info->string_at("title"), kTitleBytesMax);
        const std::string version = plain_line(info->string_at("version"), kTitleBytesMax);
        if (!version.empty()) api.title += (api.title.empty() ? "" : " ") + version;
    }
    SchemaReader schemas(document);
    schemas.read_components();
    api.operations = read_operations(document, schemas);
    api.models = schemas.finish();
    settle_operations(api.operations, api.models);
    return api;
}

}  // namespace trivet::cli
