#include <algorithm>
#include <charconv>

#include "client_document.h"
#include "client_go.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kCommentWidth = 96;
constexpr int kDepthMax = 5000;
constexpr std::string_view kKnownNames[] = {
    "New", "Nullable",    "NullableOf",  "Options", "ProblemError",
    "Ptr", "RequestEdit", "ServerEvent", "File",    "ValueProblem"};

bool is_integer(const Json& value) {
    if (value.kind != Json::Kind::number) return false;
    std::int64_t number = 0;
    const char* end = value.text.data() + value.text.size();
    const auto [at, error] = std::from_chars(value.text.data(), end, number);
    return error == std::errc() && at == end;
}

std::string base_type(const Json& value) {
    if (value.kind == Json::Kind::string) return "string";
    if (value.kind == Json::Kind::boolean) return "bool";
    return is_integer(value) ? "int64" : "float64";
}

// The letters that encoding/json takes in the name of a tag.
bool is_tag_name(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&()*+-./:;<=>?@[]^_{|}~ ";
    if (name.empty()) return false;
    while (!name.empty()) {
        const std::uint32_t code = take_character(name);
        if (code < 0x80) {
            const char byte = static_cast<char>(code);
            const bool is_plain = is_identifier(std::string("_") + byte, false);
            if (!is_plain && !kOthers.contains(byte)) return false;
            continue;
        }
        const bool is_letter = (code >= 0xc0 && code < 0x250 && code != 0xd7 && code != 0xf7) ||
                               (code >= 0x391 && code < 0x482) ||
                               (code >= 0x4e00 && code < 0x9fa6) ||
                               (code >= 0xac00 && code < 0xd7a4);
        if (!is_letter) return false;
    }
    return true;
}

}  // namespace

std::span<const std::string_view> go_known_names() { return kKnownNames; }

GoTypes::GoTypes(const std::vector<Model>& models, const std::string& client)
    : models_(models), scope_(kKnownNames, "Model") {
    scope_.take(client);
    for (const Model& model : models) {
        names_.push_back(scope_.take(go_name(model.name)));
        NameScope fields({}, "");
        field_names_.emplace_back();
        for (const Field& field : model.fields) {
            field_names_.back().push_back(fields.take(go_name(field.name)));
        }
    }
    find_pointers();
}

// Whether a value of a type has one of a struct in itself, and which.
bool GoTypes::holds(const Type& given, std::size_t& model) const {
    if (given.is_nullable) return false;
    const Type& type = behind_aliases(models_, given);
    if (!type.is(Type::Kind::model) || type.is_nullable) return false;
    model = type.model;
    return models_[model].is(Model::Shape::object);
}

// A struct cannot hold itself, but by a pointer.
void GoTypes::find_pointers() {
    for (const Model& model : models_) is_pointer_.emplace_back(model.fields.size());
    std::vector<char> state(models_.size());
    for (std::size_t index = 0; index < models_.size(); ++index) visit(index, state, 0);
}

void GoTypes::visit(std::size_t index, std::vector<char>& state, int depth) {
    if (state[index] != 0) return;
    state[index] = 1;
    const Model& model = models_[index];
    for (std::size_t at = 0; at < model.fields.size(); ++at) {
        std::size_t held = 0;
        if (!model.fields[at].is_required || !holds(model.fields[at].type, held)) continue;
        if (state[held] == 1 || depth == kDepthMax) {
            is_pointer_[index][at] = true;
        } else {
            visit(held, state, depth + 1);
        }
    }
    state[index] = 2;
}

bool GoTypes::is_nilable(const Type& given) const {
    const Type& type = behind_aliases(models_, given);
    switch (type.kind) {
        case Type::Kind::any:
        case Type::Kind::null:
        case Type::Kind::list:
        case Type::Kind::map:
        case Type::Kind::base64:
            return true;
        case Type::Kind::model:
            return models_[type.model].is(Model::Shape::choice) &&
                   told_by(models_[type.model]) == Told::by_nothing;
        default:
            return false;
    }
}

std::string GoTypes::plain(const Type& type) {
    switch (type.kind) {
        case Type::Kind::any:
        case Type::Kind::null:
            return "any";
        case Type::Kind::boolean:
            return "bool";
        case Type::Kind::int32:
            return "int32";
        case Type::Kind::int64:
            return "int64";
        case Type::Kind::number:
            return "float64";
        case Type::Kind::text:
            return "string";
        case Type::Kind::date_time:
            imports.insert("time");
            return "time.Time";
        case Type::Kind::base64:
            return "[]byte";
        case Type::Kind::file:
            parts.insert("file");
            imports.insert("io");
            return "File";
        case Type::Kind::literal:
            return base_type(type.literal);
        case Type::Kind::list:
            return "[]" + expression(type.items[0]);
        case Type::Kind::map:
            return "map[string]" + expression(type.items[0]);
        case Type::Kind::model:
            break;
    }
    return names_[type.model];
}

std::string GoTypes::expression(const Type& type) {
    return (type.is_nullable && !is_nilable(type) ? "*" : "") + plain(type);
}

std::string GoTypes::optional(const Type& type) {
    if (is_nilable(type)) return plain(type);
    parts.insert("pointer");
    return "*" + plain(type);
}

const std::string& GoTypes::field_name(const Model& model, std::size_t field) const {
    return field_names_[static_cast<std::size_t>(&model - models_.data())][field];
}

bool GoTypes::is_nullable_struct(const Field& field) const {
    return !field.is_required && field.type.is_nullable && !field.type.is(Type::Kind::any);
}

GoField GoTypes::field_of(const Model& model, std::size_t index) {
    const Field& field = model.fields[index];
    const auto number = static_cast<std::size_t>(&model - models_.data());
    if (!is_tag_name(field.name)) {
        throw DocumentError{plain_line(model.place, 400), "Go has no way to write the member '" +
                                                              plain_line(field.name, 100) + "'"};
    }
    GoField made{field_names_[number][index], "", "", field.text};
    std::string options;
    if (is_nullable_struct(field)) {
        parts.insert("nullable");
        imports.insert("encoding/json");
        Type there = field.type;
        there.is_nullable = false;
        made.type = "Nullable[" + expression(there) + "]";
        options = ",omitzero";
    } else if (!field.is_required) {
        made.type = optional(field.type);
        options = ",omitzero";
    } else {
        made.type = (is_pointer_[number][index] ? "*" : "") + expression(field.type);
    }
    if (field.name == "-" && options.empty()) options = ",";
    made.tag = "`json:\"" + field.name + options + "\"`";
    return made;
}

// Two quotes side by side would become others.
void GoTypes::comment(Code& code, const std::string& indent, const std::string& text) {
    std::string safe;
    for (const char byte : text) {
        const bool is_quote = byte == '\'' || byte == '`';
        if (is_quote && !safe.empty() && safe.back() == byte) safe += ' ';
        safe += byte;
    }
    for (const std::string& line : wrapped(safe, kCommentWidth)) {
        code.raw(indent + "// " + line + "\n");
    }
}

void GoTypes::write_struct(Code& code, const std::string& name,
                           const std::vector<GoField>& fields) {
    if (fields.empty()) {
        code.line(0, "type " + name + " struct{}");
        return;
    }
    const bool has_texts =
        std::ranges::any_of(fields, [](const GoField& field) { return !field.text.empty(); });
    std::size_t name_width = 0;
    std::size_t type_width = 0;
    for (const GoField& field : fields) {
        name_width = std::max(name_width, field.name.size());
        type_width = std::max(type_width, field.type.size());
    }
    code.line(0, "type " + name + " struct {");
    for (const GoField& field : fields) {
        std::string line = field.name;
        // Fields with comments stand apart, so that nothing has to be aligned.
        if (!has_texts) line.resize(name_width, ' ');
        line += " " + field.type;
        if (!field.tag.empty()) {
            if (!has_texts) line.resize(name_width + 1 + type_width, ' ');
            line += " " + field.tag;
        }
        if (has_texts && &field != fields.data()) code.gap();
        // A comment that begins with no letter might be taken for a list or a directive.
        if (!field.text.empty()) comment(code, "\t", field.name + ": " + field.text);
        code.raw("\t" + line + "\n");
    }
    code.line(0, "}");
}

void GoTypes::write_models(Code& code) {
    for (std::size_t index = 0; index < models_.size(); ++index) {
        const Model& model = models_[index];
        const std::string& name = names_[index];
        code.gap();
        if (!model.text.empty()) comment(code, "", name + ": " + model.text);
        switch (model.shape) {
            case Model::Shape::object: {
                std::vector<GoField> fields;
                for (std::size_t at = 0; at < model.fields.size(); ++at) {
                    fields.push_back(field_of(model, at));
                }
                write_struct(code, name, fields);
                break;
            }
            case Model::Shape::values:
                write_values(code, model, name);
                break;
            case Model::Shape::choice:
                write_choice(code, model, name);
                break;
            case Model::Shape::alias: {
                const bool is_new =
                    model.alias.is(Type::Kind::list) || model.alias.is(Type::Kind::map);
                code.line(0, "type " + name + (is_new ? " " : " = ") + expression(model.alias));
                break;
            }
        }
    }
}

void GoTypes::write_values(Code& code, const Model& model, const std::string& name) {
    const std::string base = base_type(model.values[0]);
    const bool is_one = std::ranges::all_of(
        model.values, [&](const Json& value) { return base_type(value) == base; });
    if (!is_one) {
        code.line(0, "type " + name + " = any");
        return;
    }
    code.line(0, "type " + name + " " + base);
    code.gap();
    std::vector<std::string> constants;
    std::size_t width = 0;
    for (const Json& value : model.values) {
        const std::string word =
            value.kind == Json::Kind::boolean ? (value.is_true ? "true" : "false") : value.text;
        constants.push_back(scope_.take(go_name(model.name + " " + word)));
        width = std::max(width, constants.back().size());
    }
    code.line(0, "const (");
    for (std::size_t index = 0; index < constants.size(); ++index) {
        const Json& value = model.values[index];
        std::string line = constants[index];
        line.resize(width, ' ');
        std::string text = value.kind == Json::Kind::string   ? go_string(value.text)
                           : value.kind == Json::Kind::number ? value.text
                           : value.is_true                    ? "true"
                                                              : "false";
        code.raw("\t" + line + " " + name + " = " + text + "\n");
    }
    code.line(0, ")");
}

}  // namespace trivet::cli
