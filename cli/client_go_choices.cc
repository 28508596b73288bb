#include <algorithm>
#include <unordered_set>

#include "client_go.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

// How the JSON of a kind begins.
const char* beginnings(char kind) {
    switch (kind) {
        case 's':
            return "'\"'";
        case 'b':
            return "'t', 'f'";
        case 'l':
            return "'['";
        case 'o':
            return "'{'";
        default:
            return "'-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'";
    }
}

}  // namespace

// What the JSON of a type is: string, number, boolean, list or object; 0 where that is open.
char GoTypes::kind_of(const Type& given) const {
    const auto kind_of_value = [](const Json& value) {
        return value.kind == Json::Kind::string    ? 's'
               : value.kind == Json::Kind::boolean ? 'b'
                                                   : 'n';
    };
    const Type& type = behind_aliases(models_, given);
    switch (type.kind) {
        case Type::Kind::text:
        case Type::Kind::date_time:
        case Type::Kind::base64:
            return 's';
        case Type::Kind::boolean:
            return 'b';
        case Type::Kind::int32:
        case Type::Kind::int64:
        case Type::Kind::number:
            return 'n';
        case Type::Kind::literal:
            return kind_of_value(type.literal);
        case Type::Kind::list:
            return 'l';
        case Type::Kind::map:
            return 'o';
        case Type::Kind::model: {
            const Model& model = models_[type.model];
            if (model.is(Model::Shape::object)) return 'o';
            if (!model.is(Model::Shape::values)) return 0;
            const char first = kind_of_value(model.values[0]);
            const bool is_one = std::ranges::all_of(
                model.values, [&](const Json& value) { return kind_of_value(value) == first; });
            return is_one ? first : '\0';
        }
        default:
            return 0;
    }
}

GoTypes::Told GoTypes::told_by(const Model& choice) const {
    if (!choice.discriminator.empty()) return Told::by_tag;
    std::unordered_set<char> kinds = {0};
    const bool is_told = std::ranges::all_of(
        choice.choices, [&](const Type& type) { return kinds.insert(kind_of(type)).second; });
    return is_told ? Told::by_kind : Told::by_nothing;
}

std::string GoTypes::choice_name(const Type& type) const {
    if (type.is(Type::Kind::model)) return names_[type.model];
    switch (kind_of(type)) {
        case 's':
            return "Text";
        case 'b':
            return "Boolean";
        case 'l':
            return "List";
        case 'o':
            return "Map";
        default:
            return "Number";
    }
}

void GoTypes::write_choice(Code& code, const Model& model, const std::string& name) {
    imports.insert("encoding/json");
    const Told told = told_by(model);
    if (told == Told::by_nothing) {
        comment(code, "", name + ": JSON, for nothing tells its kinds apart.");
        code.line(0, "type " + name + " = json.RawMessage");
        return;
    }
    imports.insert("errors");
    std::vector<GoField> fields;
    std::vector<std::string> names;
    constexpr std::string_view kMethods[] = {"MarshalJSON", "UnmarshalJSON"};
    NameScope scope(kMethods, "Value");
    for (const Type& choice : model.choices) {
        names.push_back(scope.take(choice_name(choice)));
        fields.push_back({names.back(), "*" + plain(choice), "", ""});
    }
    comment(code, "", name + ": the field that is not nil is what it is.");
    write_struct(code, name, fields);
    code.gap();
    code.raw("// MarshalJSON implements [json.Marshaler].\n");
    code.raw("func (u " + name + ") MarshalJSON() ([]byte, error) {\n\tswitch {\n");
    for (const std::string& field : names) {
        code.raw("\tcase u." + field + " != nil:\n\t\treturn json.Marshal(u." + field + ")\n");
    }
    code.raw("\t}\n\treturn nil, errors.New(\"" + name + " is nothing yet\")\n}\n");
    write_decoder(code, model, name, names);
}

void GoTypes::write_decoder(Code& code, const Model& model, const std::string& name,
                            const std::vector<std::string>& fields) {
    code.gap();
    code.raw("// UnmarshalJSON implements [json.Unmarshaler].\n");
    code.raw("func (u *" + name + ") UnmarshalJSON(data []byte) error {\n\t*u = " + name + "{}\n");
    const bool has_tag = told_by(model) == Told::by_tag;
    if (has_tag) {
        // A tag of a struct could not hold every name.
        code.raw("\tvar members map[string]json.RawMessage\n");
        code.raw("\tif err := json.Unmarshal(data, &members); err != nil {\n\t\treturn err\n\t}\n");
        code.raw("\tvar tag string\n");
        code.raw("\tif err := json.Unmarshal(members[" + go_string(model.discriminator) +
                 "], &tag); err != nil {\n\t\treturn err\n\t}\n");
        code.raw("\tswitch tag {\n");
    } else {
        code.raw("\tif len(data) == 0 {\n\t\treturn errors.New(\"there is no JSON\")\n\t}\n");
        code.raw("\tswitch data[0] {\n\tcase 'n':\n\t\treturn nil\n");
    }
    for (std::size_t index = 0; index < fields.size(); ++index) {
        std::vector<std::string> tags;
        for (const std::string& tag : model.tags[index]) tags.push_back(go_string(tag));
        const std::string value =
            has_tag ? joined_lines(tags, ", ") : beginnings(kind_of(model.choices[index]));
        code.raw("\tcase " + value + ":\n\t\treturn json.Unmarshal(data, &u." + fields[index] +
                 ")\n");
    }
    code.raw("\t}\n\treturn errors.New(\"this is no " + name + "\")\n}\n");
}

}  // namespace trivet::cli
