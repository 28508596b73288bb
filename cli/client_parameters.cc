#include <algorithm>

#include "client_operations.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kTextBytesMax = 1000;

Parameter::In place_of(const Node& parameter) {
    const std::string in = parameter.string_at("in");
    if (in == "path") return Parameter::In::path;
    if (in == "query") return Parameter::In::query;
    if (in == "header") return Parameter::In::header;
    if (in == "cookie") return Parameter::In::cookie;
    parameter.fail("a parameter is in path, query, header or cookie, not in '" + in + "'");
}

void check_style(const Node& parameter, Parameter::In in) {
    const bool is_form = in == Parameter::In::query || in == Parameter::In::cookie;
    const std::string style = parameter.string_at("style");
    if (!style.empty() && style != (is_form ? "form" : "simple")) {
        parameter.fail("the style '" + style + "' of a parameter is not supported");
    }
    if (parameter.find("content")) {
        parameter.fail("a parameter with 'content' in place of 'schema' is not supported");
    }
}

std::string default_text(const Node& schema) {
    const Json* value = schema.json->find("default");
    if (value == nullptr || value->kind == Json::Kind::null) return {};
    return "Default: " + json_text(*value) + ".";
}

bool is_scalar(const std::vector<Model>& models, const Type& given) {
    const Type& type = behind_aliases(models, given);
    switch (type.kind) {
        case Type::Kind::list:
        case Type::Kind::map:
        case Type::Kind::file:
            return false;
        case Type::Kind::model:
            return models[type.model].is(Model::Shape::values);
        default:
            return true;
    }
}

// As it is written in a request: text where it might be one thing or another.
void settle_scalar(const std::vector<Model>& models, Type& given) {
    const Type& type = behind_aliases(models, given);
    given.is_nullable = false;
    const bool is_choice =
        type.is(Type::Kind::model) && models[type.model].is(Model::Shape::choice);
    if (type.is(Type::Kind::any) || type.is(Type::Kind::null) || is_choice) {
        given = Type();
        given.kind = Type::Kind::text;
    }
}

void settle_parameter(const std::vector<Model>& models, Parameter& parameter) {
    Type& type = parameter.type;
    if (behind_aliases(models, type).is(Type::Kind::list)) {
        const Type behind = behind_aliases(models, type);
        type = behind;
        type.is_nullable = false;
        settle_scalar(models, type.items[0]);
    } else {
        settle_scalar(models, type);
    }
    if (!is_scalar(models, type.is(Type::Kind::list) ? type.items[0] : type)) {
        const Node place{nullptr, parameter.place};
        place.fail(
            "a parameter that is no text, number, boolean or list of these is not supported");
    }
}

void settle_form(const std::vector<Model>& models, const Body& body) {
    const Model* form = object_of(models, body.type);
    const Node place{nullptr, body.place};
    if (form == nullptr) place.fail("a form that is no object with properties is not supported");
    if (body.kind == Body::Kind::multipart) return;
    for (const Field& field : form->fields) {
        const Type& type = behind_aliases(models, field.type);
        if (!is_scalar(models, type.is(Type::Kind::list) ? type.items[0] : type)) {
            place.fail("the form's field '" + field.name +
                       "' is no text, number, boolean or list of these, which is not supported");
        }
    }
}

}  // namespace

Parameter read_parameter(Document& document, SchemaReader& schemas, const Node& given,
                         const std::string& id) {
    const Node node = document.resolved(given);
    Parameter parameter;
    parameter.name = node.string_at("name");
    parameter.in = place_of(node);
    parameter.place = node.place;
    if (parameter.name.empty()) node.fail("a parameter needs a name");
    check_style(node, parameter.in);
    parameter.text = plain_line(node.string_at("description"), kTextBytesMax);
    parameter.is_required = parameter.in == Parameter::In::path || node.is_true_at("required");
    const Json* explode = node.json->find("explode");
    const bool is_apart = explode == nullptr || explode->is_true;
    parameter.has_commas = parameter.in == Parameter::In::query && !is_apart;
    const auto schema = node.find("schema");
    if (!schema) return parameter;
    parameter.type = schemas.type_of(*schema, id + " " + parameter.name);
    if (const std::string text = default_text(*schema); !text.empty()) {
        parameter.text += (parameter.text.empty() ? "" : " ") + plain_line(text, kTextBytesMax);
        if (parameter.in != Parameter::In::path) parameter.is_required = false;
    }
    return parameter;
}

void settle_operations(std::vector<Operation>& operations, const std::vector<Model>& models) {
    for (Operation& operation : operations) {
        for (Parameter& parameter : operation.parameters) settle_parameter(models, parameter);
        const Body& body = operation.body;
        if (body.kind == Body::Kind::form || body.kind == Body::Kind::multipart) {
            settle_form(models, body);
        }
    }
}

}  // namespace trivet::cli
