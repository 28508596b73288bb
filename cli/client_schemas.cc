#include "client_schemas.h"

#include <algorithm>

#include "client_shapes.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

using Kind = Json::Kind;

// Schemas and parts of allOf that are read in all. One that is joined twice counts twice.
constexpr std::size_t kPartsMax = 200'000;
constexpr int kAllOfDepthMax = 32;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kTextBytesMax = 1000;
// A longer constant is a type with a name.
constexpr std::size_t kLiteralBytesMax = 40;

Type type(Type::Kind kind) {
    Type made;
    made.kind = kind;
    return made;
}

Type container(Type::Kind kind, Type item) {
    Type made = type(kind);
    made.items.push_back(std::move(item));
    return made;
}

Type text_type(const Node& schema) {
    const std::string format = schema.string_at("format");
    const std::string encoding = schema.string_at("contentEncoding");
    const std::string media = schema.string_at("contentMediaType");
    if (encoding == "base64" || format == "byte") return type(Type::Kind::base64);
    if (format == "binary" || media == "application/octet-stream") return type(Type::Kind::file);
    return type(format == "date-time" ? Type::Kind::date_time : Type::Kind::text);
}

bool is_same(const Type& one, const Type& other) {
    return one.kind == other.kind && one.is_nullable == other.is_nullable &&
           one.model == other.model && one.literal.text == other.literal.text &&
           one.literal.kind == other.literal.kind &&
           std::ranges::equal(one.items, other.items, is_same);
}

std::string last_token(const std::string& place) {
    return place.substr(place.find_last_of('/') + 1);
}

std::string longer_name(const std::string& name, std::string_view more) {
    std::string longer = name + " " + std::string(more);
    longer.resize(std::min(longer.size(), kNameBytesMax));
    return longer;
}

std::string text_of(const Node& schema) {
    return plain_line(schema.string_at("description"), kTextBytesMax);
}

}  // namespace

void SchemaReader::count(const Node& schema) {
    if (++parts_ > kPartsMax) {
        schema.fail("there are more than " + std::to_string(kPartsMax) + " schemas");
    }
}

void SchemaReader::read_components() {
    const auto components = document_.root().find("components");
    const auto schemas = components ? components->find("schemas") : std::nullopt;
    if (!schemas) return;
    for (const JsonMember& member : schemas->json->members) {
        const Node schema = schemas->member(member);
        if (!schema.is(Kind::object)) continue;
        model_type(schema, member.name);
    }
}

Type SchemaReader::model_type(const Node& schema, const std::string& name) {
    const auto [at, is_new] = known_.try_emplace(schema.json, models_.size());
    if (is_new) {
        Model model;
        model.name = name;
        model.place = schema.place;
        model.text = text_of(schema);
        models_.push_back(std::move(model));
        queue_.push_back({schema, at->second});
    }
    Type made = type(Type::Kind::model);
    made.model = at->second;
    made.is_nullable = allows_null(schema);
    return made;
}

// Behind a reference stands a model, even where it is only another name of text.
Type SchemaReader::target_type(const Node& schema) {
    const Node target = document_.target_of(schema);
    if (!target.is(Kind::object)) return type(Type::Kind::any);
    return model_type(target, last_token(target.place));
}

Type SchemaReader::type_of(const Node& schema, const std::string& name) {
    count(schema);
    Type made;
    switch (shape_of(schema)) {
        case SchemaShape::any:
            break;
        case SchemaShape::reference:
            return target_type(schema);
        case SchemaShape::part:
            made = type_of(shape_part(schema), name);
            break;
        case SchemaShape::literal:
            made = type(Type::Kind::literal);
            made.literal = values_of(schema)[0];
            if (made.literal.text.size() > kLiteralBytesMax) return model_type(schema, name);
            break;
        case SchemaShape::values:
        case SchemaShape::choice:
        case SchemaShape::object:
            return model_type(schema, name);
        case SchemaShape::plain: {
            const std::vector<std::string> types = types_of(schema);
            made = plain_type(schema, types.empty() ? "" : types[0], name);
            break;
        }
    }
    made.is_nullable = made.is_nullable || allows_null(schema);
    return made;
}

Type SchemaReader::plain_type(const Node& schema, std::string_view name_of_type,
                              const std::string& name) {
    std::string_view kind = name_of_type;
    if (kind.empty() && schema.find("items")) kind = "array";
    if (kind.empty() && schema.find("additionalProperties")) kind = "object";
    if (kind == "string") return text_type(schema);
    if (kind == "boolean") return type(Type::Kind::boolean);
    if (kind == "number") return type(Type::Kind::number);
    if (kind == "integer") {
        const bool is_short = schema.string_at("format") == "int32";
        return type(is_short ? Type::Kind::int32 : Type::Kind::int64);
    }
    if (kind == "array") {
        const auto items = schema.find("items");
        return container(Type::Kind::list,
                         items ? type_of(*items, longer_name(name, "item")) : Type());
    }
    if (kind == "object") {
        const auto values = schema.find("additionalProperties");
        return container(Type::Kind::map,
                         values ? type_of(*values, longer_name(name, "value")) : Type());
    }
    return type(allows_null(schema) ? Type::Kind::null : Type::Kind::any);
}

Type SchemaReader::one_of(const std::vector<Type>& types, const std::string& name,
                          const std::string& place) {
    Model model;
    model.shape = Model::Shape::choice;
    model.name = name;
    model.place = place;
    for (const Type& one : types) {
        const auto is_it = [&](const Type& other) { return is_same(one, other); };
        if (std::ranges::none_of(model.choices, is_it)) model.choices.push_back(one);
    }
    if (model.choices.size() == 1) return model.choices[0];
    model.tags.resize(model.choices.size());
    Type made = type(Type::Kind::model);
    made.model = models_.size();
    models_.push_back(std::move(model));
    return made;
}

std::vector<Model> SchemaReader::finish() {
    while (!queue_.empty()) {
        const Waiting waiting = std::move(queue_.front());
        queue_.pop_front();
        fill(waiting);
    }
    check_aliases(models_);
    link_choices(models_);
    return std::move(models_);
}

void SchemaReader::fill(const Waiting& waiting) {
    const Node& schema = waiting.schema;
    count(schema);
    // Others are added while this one is read.
    Model model = models_[waiting.model];
    switch (shape_of(schema)) {
        case SchemaShape::literal:
        case SchemaShape::values:
            model.shape = Model::Shape::values;
            model.values = values_of(schema);
            break;
        case SchemaShape::choice:
            fill_choice(model, schema);
            break;
        case SchemaShape::object:
            fill_object(model, schema);
            break;
        default:
            model.alias = type_of(schema, model.name);
            // Whether it may be null is said wherever it is used.
            model.alias.is_nullable = model.alias.is_nullable && !allows_null(schema);
            break;
    }
    models_[waiting.model] = std::move(model);
}

void SchemaReader::fill_choice(Model& model, const Node& schema) {
    model.shape = Model::Shape::choice;
    const std::vector<std::string> types = types_of(schema);
    if (types.size() > 1) {
        for (const std::string& name : types) {
            model.choices.push_back(plain_type(schema, name, longer_name(model.name, name)));
        }
        model.tags.resize(model.choices.size());
        return;
    }
    const std::vector<Node> parts = choices_of(schema);
    for (const Node& part : parts) {
        const std::string name = "choice " + std::to_string(model.choices.size() + 1);
        model.choices.push_back(type_of(part, longer_name(model.name, name)));
    }
    fill_tags(model, schema, parts);
}

void SchemaReader::fill_tags(Model& model, const Node& schema, const std::vector<Node>& parts) {
    model.tags.resize(parts.size());
    const auto discriminator = schema.find("discriminator");
    if (!discriminator) return;
    model.discriminator = discriminator->string_at("propertyName");
    const auto mapping = discriminator->find("mapping");
    if (!mapping) return;
    for (const JsonMember& member : mapping->json->members) {
        // A reference, or the name of a schema.
        const std::string& target = member.value.text;
        const bool is_name = !target.contains('/') && !target.contains('#');
        const std::string wanted = is_name ? "#/components/schemas/" + target : target;
        for (std::size_t index = 0; index < parts.size(); ++index) {
            if (parts[index].string_at("$ref") == wanted) model.tags[index].push_back(member.name);
        }
    }
}

void SchemaReader::fill_object(Model& model, const Node& schema) {
    model.shape = Model::Shape::object;
    field_at_.clear();
    required_.clear();
    add_part(model, schema, 0);
    for (Field& field : model.fields) field.is_required = required_.contains(field.name);
}

void SchemaReader::add_part(Model& model, const Node& schema, int depth) {
    count(schema);
    if (depth > kAllOfDepthMax) schema.fail("allOf goes deeper than any, or in a circle");
    const Node part = document_.resolved(schema);
    if (!part.is(Kind::object)) return;
    const std::vector<std::string> types = types_of(part);
    const bool is_object = types.empty() || (types.size() == 1 && types[0] == "object");
    const bool has_choices = part.find("oneOf") || part.find("anyOf");
    const bool is_choice = has_choices && !part.find("properties") && choices_of(part).size() > 1;
    if (!is_object || (depth > 0 && is_choice)) part.fail("allOf joins what is no plain object");
    if (const auto parts = part.find("allOf")) {
        for (std::size_t index = 0; index < parts->json->items.size(); ++index) {
            add_part(model, parts->item(index), depth + 1);
        }
    }
    add_properties(model, part);
}

void SchemaReader::add_properties(Model& model, const Node& schema) {
    for (const Json& name : schema.json->array_at("required")) required_.insert(name.text);
    if (const auto more = schema.find("additionalProperties")) {
        model.has_more = model.has_more || more->is(Kind::object) || more->json->is_true;
    }
    const auto properties = schema.find("properties");
    if (!properties) return;
    for (const JsonMember& member : properties->json->members) {
        const Node property = properties->member(member);
        const auto [at, is_new] = field_at_.try_emplace(member.name, model.fields.size());
        if (is_new) model.fields.emplace_back();
        // Types may add models, but not fields to this one.
        Type made = type_of(property, longer_name(model.name, member.name));
        Field& field = model.fields[at->second];
        field.name = member.name;
        field.type = std::move(made);
        if (const std::string text = text_of(property); !text.empty()) field.text = text;
    }
}

}  // namespace trivet::cli
