#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json.h"

// What an OpenAPI document says, as far as a client needs it, the same for each language.
namespace trivet::cli {

// The type of a value.
struct Type {
    enum class Kind : std::uint8_t {
        any,
        null,
        boolean,
        int32,
        int64,
        number,
        text,
        date_time,
        base64,
        file,
        literal,
        list,
        map,
        model
    };
    Kind kind = Kind::any;
    bool is_nullable = false;
    std::size_t model = 0;
    Json literal;             // a string, number or boolean
    std::vector<Type> items;  // the one of a list or map

    bool is(Kind wanted) const { return kind == wanted; }
};

struct Field {
    std::string name;
    Type type;
    bool is_required = false;
    std::string text;  // what it is, in one line
};

// A type with a name.
struct Model {
    enum class Shape : std::uint8_t { object, values, alias, choice };
    Shape shape = Shape::alias;
    std::string name;  // as the document has it, or made of where it stands
    std::string place;
    std::string text;
    std::vector<Field> fields;  // of an object
    bool has_more = false;      // it may have other members
    std::vector<Json> values;   // strings, numbers and booleans
    Type alias;
    std::vector<Type> choices;
    std::string discriminator;                   // empty: none
    std::vector<std::vector<std::string>> tags;  // those of each choice

    bool is(Shape wanted) const { return shape == wanted; }
};

struct Parameter {
    enum class In : std::uint8_t { path, query, header, cookie };
    std::string name;
    In in = In::query;
    Type type;
    bool is_required = false;
    bool has_commas = false;  // a list is one value
    std::string text;
    std::string place;
};

struct Body {
    enum class Kind : std::uint8_t { none, json, form, multipart, text, bytes };
    Kind kind = Kind::none;
    std::string media;
    Type type;
    bool is_required = false;
    std::string place;
};

struct Answer {
    enum class Kind : std::uint8_t { none, json, text, bytes, events };
    Kind kind = Kind::none;
    std::string accept;
    Type type;
};

struct Operation {
    std::string id;
    std::string method;              // upper case
    std::string path;                // /tasks/{task_id}
    std::vector<std::string> parts;  // literal text and names of parameters in turns
    std::string text;
    bool is_deprecated = false;
    std::vector<Parameter> parameters;
    Body body;
    Answer answer;
};

struct Api {
    std::string title;
    std::vector<Model> models;
    std::vector<Operation> operations;
};

// The type behind aliases.
const Type& behind_aliases(const std::vector<Model>& models, const Type& type);
// The object a type is; nullptr when it is none.
const Model* object_of(const std::vector<Model>& models, const Type& type);

}  // namespace trivet::cli
