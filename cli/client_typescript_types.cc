#include <algorithm>

#include "client_text.h"
#include "client_typescript.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kCommentWidth = 76;

// What the client's own code, or a type, means by these names.
constexpr std::string_view kKnownNames[] = {"AbortController",
                                            "AbortSignal",
                                            "Array",
                                            "ArrayBuffer",
                                            "AsyncGenerator",
                                            "Blob",
                                            "Boolean",
                                            "Call",
                                            "CallOptions",
                                            "ClientOptions",
                                            "DOMException",
                                            "Error",
                                            "EventParser",
                                            "FormData",
                                            "Generator",
                                            "Headers",
                                            "JSON",
                                            "Limit",
                                            "Map",
                                            "Number",
                                            "Object",
                                            "Promise",
                                            "ProblemError",
                                            "Readonly",
                                            "Record",
                                            "RequestInit",
                                            "Response",
                                            "ReturnType",
                                            "Scalar",
                                            "ServerEvent",
                                            "Set",
                                            "String",
                                            "Symbol",
                                            "TextDecoder",
                                            "Transport",
                                            "TypeError",
                                            "Uint8Array",
                                            "URLSearchParams",
                                            "ValueProblem",
                                            "Values"};

std::string safe_comment(std::string text) {
    for (const std::string_view end : {"*/", "@ts-"}) {
        for (std::size_t at = text.find(end); at != std::string::npos;
             at = text.find(end, at + 2)) {
            text.insert(at + 1, " ");
        }
    }
    return text;
}

std::string literal_text(const Json& value) {
    if (value.kind == Json::Kind::string) return string_literal(value.text, kTypescriptEscapes);
    return value.kind == Json::Kind::boolean ? (value.is_true ? "true" : "false") : value.text;
}

// What prettier takes out of its quotes: letters of other scripts count.
bool is_property_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    while (!name.empty()) {
        const std::uint32_t code = take_character(name);
        if (code < 0x80) {
            const char byte = static_cast<char>(code);
            if (!is_identifier(std::string("_") + byte, true)) return false;
            continue;
        }
        const bool is_letter =
            (code >= 0xc0 && code < 0x250 && code != 0xd7 && code != 0xf7) ||
            (code >= 0x391 && code < 0x3ce && code != 0x3a2) || (code >= 0x410 && code < 0x450) ||
            (code >= 0x4e00 && code < 0x9fa6) || (code >= 0xac00 && code < 0xd7a4);
        if (!is_letter) return false;
    }
    return true;
}

// One word, which no formatter can break.
bool is_simple(std::string_view expression) {
    return !expression.contains(' ') && !expression.ends_with("]");
}

}  // namespace

std::span<const std::string_view> typescript_known_names() { return kKnownNames; }

TypescriptTypes::TypescriptTypes(const std::vector<Model>& models, const std::string& client)
    : models_(models), scope_(kKnownNames, "Model") {
    scope_.take(client);
    for (const Model& model : models) names_.push_back(scope_.take(pascal_name(model.name)));
}

std::string TypescriptTypes::expression(const Type& type) const {
    std::string text;
    switch (type.kind) {
        case Type::Kind::any:
            return "unknown";
        case Type::Kind::null:
            return "null";
        case Type::Kind::boolean:
            text = "boolean";
            break;
        case Type::Kind::int32:
        case Type::Kind::int64:
        case Type::Kind::number:
            text = "number";
            break;
        case Type::Kind::text:
        case Type::Kind::date_time:
        case Type::Kind::base64:
            text = "string";
            break;
        case Type::Kind::file:
            text = "Blob";
            break;
        case Type::Kind::literal:
            text = literal_text(type.literal);
            break;
        case Type::Kind::list: {
            const std::string item = expression(type.items[0]);
            text =
                (type.items[0].is_nullable && item != "unknown" ? "(" + item + ")" : item) + "[]";
            break;
        }
        case Type::Kind::map:
            text = "{ [key: string]: " + expression(type.items[0]) + " }";
            break;
        case Type::Kind::model:
            text = names_[type.model];
            break;
    }
    return type.is_nullable ? text + " | null" : text;
}

std::string TypescriptTypes::within(const Type& type, std::size_t width, const std::string& name) {
    std::string text = expression(type);
    if (characters_in(text) <= width || is_simple(text)) return text;
    const std::string alias = scope_.take(pascal_name(name));
    waiting_.push_back({alias, type});
    return alias;
}

void TypescriptTypes::comment(Code& code, std::size_t indent,
                              const std::vector<std::string>& lines) {
    if (lines.empty() || (lines.size() == 1 && lines[0].empty())) return;
    if (lines.size() == 1 && characters_in(lines[0]) <= kCommentWidth - indent) {
        code.line(indent, "/** " + safe_comment(lines[0]) + " */");
        return;
    }
    code.line(indent, "/**");
    for (const std::string& line : lines) {
        code.line(indent, line.empty() ? " *" : " * " + safe_comment(line));
    }
    code.line(indent, " */");
}

std::string TypescriptTypes::key(const std::string& name) {
    return is_property_name(name) ? name : string_literal(name, kTypescriptEscapes);
}

void TypescriptTypes::write_models(Code& code) {
    for (std::size_t index = 0; index < models_.size(); ++index) {
        const Model& model = models_[index];
        code.gap();
        comment(code, 0, wrapped(model.text, kCommentWidth));
        if (model.is(Model::Shape::object)) {
            write_interface(code, model, names_[index]);
        } else if (model.is(Model::Shape::alias)) {
            write_alias(code, names_[index], model.alias);
        } else {
            std::vector<std::string> parts;
            for (const Json& value : model.values) parts.push_back(literal_text(value));
            add_choices(parts, model);
            write_union(code, names_[index], parts);
        }
        write_waiting(code);
    }
}

void TypescriptTypes::add_choices(std::vector<std::string>& parts, const Model& model) {
    bool has_null = false;
    for (const Type& choice : model.choices) {
        Type there = choice;
        there.is_nullable = false;
        has_null = has_null || choice.is_nullable;
        std::string part = within(there, kColumns - 5, model.name + " choice");
        if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
    }
    if (has_null) parts.emplace_back("null");
}

void TypescriptTypes::write_waiting(Code& code) {
    while (!waiting_.empty()) {
        const Waiting one = std::move(waiting_.back());
        waiting_.pop_back();
        code.gap();
        write_alias(code, one.name, one.type);
    }
}

void TypescriptTypes::write_interface(Code& code, const Model& model, const std::string& name) {
    code.line(0, "export interface " + name + " {");
    for (const Field& field : model.fields) {
        comment(code, 2, wrapped(field.text, kCommentWidth - 2));
        const std::string begin = key(field.name) + (field.is_required ? ": " : "?: ");
        const std::size_t taken = std::min(characters_in(begin) + 3, kColumns);
        code.line(2, begin + within(field.type, kColumns - taken, name + " " + field.name) + ";");
    }
    if (model.has_more) code.line(2, "[member: string]: unknown;");
    code.line(0, "}");
}

void TypescriptTypes::write_union(Code& code, const std::string& name,
                                  const std::vector<std::string>& parts) {
    const std::string begin = "export type " + name + " =";
    const std::string line = begin + " " + joined_lines(parts, " | ") + ";";
    if (characters_in(line) <= kColumns) {
        code.line(0, line);
        return;
    }
    code.line(0, begin);
    if (parts.size() == 1) {
        code.line(2, parts[0] + ";");
        return;
    }
    for (const std::string& part : parts) {
        code.line(2, "| " + part + (&part == &parts.back() ? ";" : ""));
    }
}

void TypescriptTypes::write_alias(Code& code, const std::string& name, const Type& type) {
    const std::string begin = "export type " + name + " =";
    const std::string line = begin + " " + expression(type) + ";";
    if (characters_in(line) <= kColumns && !type.is(Type::Kind::map)) {
        code.line(0, line);
    } else if (type.is_nullable && !type.is(Type::Kind::any)) {
        Type there = type;
        there.is_nullable = false;
        const std::string value = within(there, 0, name + " value");
        // Prettier keeps a name and null together.
        const bool is_name = value[0] >= 'A' && value[0] <= 'Z';
        const std::vector<std::string> both = {value + " | null"};
        write_union(code, name, is_name ? both : std::vector<std::string>{value, "null"});
    } else if (type.is(Type::Kind::map)) {
        code.line(0, begin + " {");
        const std::string value = within(type.items[0], kColumns - 18, name + " value");
        code.line(2, "[key: string]: " + value + ";");
        code.line(0, "};");
    } else if (type.is(Type::Kind::list)) {
        write_union(code, name, {within(type.items[0], 0, name + " item") + "[]"});
    } else {
        write_union(code, name, {expression(type)});
    }
}

}  // namespace trivet::cli
