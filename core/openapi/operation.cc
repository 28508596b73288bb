#include "openapi/operation.h"

#include <algorithm>
#include <functional>
#include <span>

#include "base/json_text.h"
#include "openapi/json_reader.h"

namespace trivet::openapi {
namespace {

using schema::Kind;
using Member = JsonReader::Member;
using Node = JsonReader::Node;

std::string too_long(std::size_t most) { return "longer than " + std::to_string(most) + " bytes"; }

// Of a parameter object that is written out, its place; empty for a reference.
std::string place_of(const JsonReader& json, Node parameter) {
    const Node place = json.find(parameter, "in");
    return place == 0 ? std::string() : json.text(place);
}

std::string name_of(const JsonReader& json, Node parameter) {
    const Node name = json.find(parameter, "name");
    return name == 0 ? std::string() : json.text(name);
}

bool is_component_name(std::string_view name) {
    return !name.empty() && name.size() <= kSchemaNameBytesMax &&
           std::ranges::all_of(name, [](char byte) {
               return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
           });
}

// A path parameter that the program has described, under the name of the path it is listed under.
void copy_parameter(std::string& out, const JsonReader& json, Node parameter,
                    const std::string& name) {
    JsonParts object = JsonParts::object(out);
    object.member("name", name);
    object.member("in", "path");
    object.name("required") += "true";
    for (const Member& member : json.members(parameter)) {
        if (member.name != "name" && member.name != "in" && member.name != "required") {
            json.copy(object.name(member.name), member.value);
        }
    }
}

void add_parameter(std::string& out, const PathParameter& parameter, const std::string& name) {
    JsonParts object = JsonParts::object(out);
    object.member("name", name);
    object.member("in", "path");
    object.name("required") += "true";
    object.name("schema") += parameter.schema;
}

// False when there are none.
bool write_parameters(std::string& out, const OperationSource& source, const JsonReader& json,
                      Node given) {
    const std::vector<Node> items = given == 0 ? std::vector<Node>() : json.items(given);
    const auto is_path = [&](Node item) { return place_of(json, item) == "path"; };
    const auto others = std::ranges::count_if(items, std::not_fn(is_path));
    if (source.path.parameters.empty() && others == 0) {
        return false;
    }
    JsonParts list = JsonParts::list(out);
    for (std::size_t index = 0; index < source.path.parameters.size(); ++index) {
        const PathParameter& parameter = source.path.parameters[index];
        const std::string& name = source.item.parameters[index].name;
        const auto described = std::ranges::find_if(items, [&](Node item) {
            return is_path(item) && name_of(json, item) == parameter.name;
        });
        if (described != items.end()) {
            copy_parameter(list.next(), json, *described, name);
        } else {
            add_parameter(list.next(), parameter, name);
        }
    }
    for (const Node item : items) {
        if (!is_path(item)) json.copy(list.next(), item);
    }
    return true;
}

struct Refusal {
    std::string_view status;
    Answer answer;
};

void write_responses(std::string& out, const JsonReader& json, Node given,
                     std::span<const Refusal> refusals, std::set<Answer>& used) {
    const std::vector<Member> members = given == 0 ? std::vector<Member>() : json.members(given);
    const auto has = [&](std::string_view status) {
        return std::ranges::find(members, status, &Member::name) != members.end();
    };
    JsonParts object = JsonParts::object(out);
    for (const Member& member : members) {
        if (member.name != "default") json.copy(object.name(member.name), member.value);
    }
    if (std::ranges::none_of(members, [](const Member& member) {
            return member.name.starts_with('2') || member.name.starts_with('3');
        })) {
        object.name("2XX") += R"({"description":"Success"})";
    }
    for (const Refusal& refusal : refusals) {
        if (has(refusal.status)) continue;
        used.insert(refusal.answer);
        const std::string place =
            "#/components/responses/" + std::string(component_of(refusal.answer));
        JsonParts::object(object.name(refusal.status)).member("$ref", place);
    }
    if (has("default")) {
        json.copy(object.name("default"), json.find(given, "default"));
    }
}

std::string unique_id(const std::string& wanted, std::set<std::string>& ids) {
    std::string id = wanted;
    for (int number = 2; !ids.insert(id).second; ++number) {
        id = wanted + std::to_string(number);
    }
    return id;
}

}  // namespace

std::string operation_fault(std::string_view json) {
    if (json.size() > kOperationBytesMax) {
        return too_long(kOperationBytesMax);
    }
    const JsonReader read(json);
    if (!read.fault().empty()) {
        return read.fault();
    }
    if (!read.is_object(0)) {
        return "no object";
    }
    if (const Node parameters = read.find(0, "parameters"); parameters != 0) {
        const auto items = read.items(parameters);
        if (read.kind(parameters) != Kind::array ||
            !std::ranges::all_of(items, [&](Node item) { return read.is_object(item); })) {
            return "its parameters are no list of objects";
        }
    }
    for (const std::string_view name : {"responses", "requestBody"}) {
        if (const Node node = read.find(0, name); node != 0 && !read.is_object(node)) {
            return "its " + std::string(name) + " is no object";
        }
    }
    if (const Node id = read.find(0, "operationId"); id != 0 && read.text(id).empty()) {
        return "its operationId is no text, or empty";
    }
    return {};
}

std::string schema_fault(std::string_view name, std::string_view json) {
    if (!is_component_name(name)) {
        return "a name has letters, digits, '.', '_' and '-', at most " +
               std::to_string(kSchemaNameBytesMax);
    }
    if (name == "Problem") {
        return "Problem is the name of the engine's own problem details";
    }
    if (json.size() > kSchemaBytesMax) {
        return too_long(kSchemaBytesMax);
    }
    const JsonReader read(json);
    if (!read.fault().empty()) {
        return read.fault();
    }
    return read.is_object(0) || read.kind(0) == Kind::boolean ? "" : "neither object nor boolean";
}

std::string_view component_of(Answer answer) noexcept {
    switch (answer) {
        case Answer::bad_request:
            return "BadRequest";
        case Answer::not_found:
            return "NotFound";
        case Answer::content_too_large:
            return "ContentTooLarge";
        case Answer::unsupported_media_type:
            return "UnsupportedMediaType";
        case Answer::unprocessable_content:
            return "UnprocessableContent";
        case Answer::internal_server_error:
            return "InternalServerError";
        case Answer::other:
            break;
    }
    return "Other";
}

std::string write_operation(const OperationSource& source, std::set<std::string>& ids,
                            std::set<Answer>& used) {
    const JsonReader json(source.json.empty() ? std::string_view("{}") : source.json);
    const std::vector<Member> members = json.members(0);
    const auto find = [&](std::string_view name) { return json.find(0, name); };
    std::string out;
    {
        JsonParts object = JsonParts::object(out);
        const Node id = find("operationId");
        object.member("operationId",
                      unique_id(id != 0 ? json.text(id) : std::string(source.operation_id), ids));
        if (find("tags") == 0 && !source.tag.empty()) {
            JsonParts::list(object.name("tags")).text(source.tag);
        }
        for (const Member& member : members) {
            if (member.name != "operationId" && member.name != "parameters" &&
                member.name != "responses") {
                json.copy(object.name(member.name), member.value);
            }
        }
        if (find("servers") == 0 && !source.server.empty()) {
            JsonParts::list(object.name("servers")).next() += source.server;
        }
        std::string parameters;
        const bool is_checked = write_parameters(parameters, source, json, find("parameters"));
        if (is_checked) {
            object.name("parameters") += parameters;
        }
        const bool has_content = find("requestBody") != 0;
        std::vector<Refusal> refusals{{"400", Answer::bad_request}};
        if (!source.path.parameters.empty()) {
            refusals.push_back({"404", Answer::not_found});
        }
        if (has_content) {
            refusals.push_back({"413", Answer::content_too_large});
            refusals.push_back({"415", Answer::unsupported_media_type});
        }
        if (has_content || is_checked) {
            refusals.push_back({"422", Answer::unprocessable_content});
        }
        refusals.push_back({"500", Answer::internal_server_error});
        refusals.push_back({"default", Answer::other});
        write_responses(object.name("responses"), json, find("responses"), refusals, used);
    }
    return out;
}

}  // namespace trivet::openapi
