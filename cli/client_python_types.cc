#include <algorithm>

#include "client_python.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kColumns = 88;
constexpr std::size_t kCommentWidth = 84;

// What the client's own code means by these names, and the builtin exceptions it may raise.
constexpr std::string_view kKnownNames[] = {
    "Any",      "Callable",    "Exception",   "File",        "Generator",    "Iterator",
    "Literal",  "Mapping",     "None",        "NotRequired", "ProblemError", "RecursionError",
    "Sequence", "ServerEvent", "True",        "False",       "TypeAlias",    "TypedDict",
    "Union",    "ValueError",  "ValueProblem"};

constexpr std::string_view kKeywords[] = {
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    // Types that the annotations of a class must still find.
    "str", "int", "float", "bool", "bytes", "list", "dict", "object"};

// What the code of a method means by these.
constexpr std::string_view kLocals[] = {"self", "call", "answer", "timeout", "headers"};

template <typename Names>
bool is_among(const Names& names, const std::string& name) {
    return std::ranges::find(names, name) != std::end(names);
}

// Whether a class may have the member: no keyword, no name that __ makes private, and none that
// could hide a type, which begin with capitals.
bool is_member(const std::string& name) {
    return is_identifier(name, false) && name[0] >= 'a' && name[0] <= 'z' &&
           !is_among(kKeywords, name);
}

void separate(Code& code) {
    code.gap();
    code.gap();
}

// In a docstring no backslash and no quotes that could end it.
std::string safe_docstring(std::string text) {
    std::ranges::replace(text, '\\', '/');
    std::ranges::replace(text, '"', '\'');
    return text;
}

}  // namespace

std::span<const std::string_view> python_known_names() { return kKnownNames; }

std::string python_name(const std::string& name) {
    const std::string snake = snake_name(name);
    return is_among(kKeywords, snake) || is_among(kLocals, snake) ? snake + "_" : snake;
}

PythonTypes::PythonTypes(const std::vector<Model>& models, const std::string& client)
    : models_(models), scope_(kKnownNames, "Model") {
    scope_.take(client);
    for (const Model& model : models) names_.push_back(scope_.take(pascal_name(model.name)));
}

std::string PythonTypes::literal(const Json& value) const {
    if (value.kind == Json::Kind::string) return string_literal(value.text, kPythonEscapes);
    return value.kind == Json::Kind::boolean ? (value.is_true ? "True" : "False") : value.text;
}

std::string PythonTypes::expression(const Type& type, bool is_quoted) {
    std::string text;
    switch (type.kind) {
        case Type::Kind::any:
            uses("Any");
            return "Any";
        case Type::Kind::null:
            return "None";
        case Type::Kind::boolean:
            text = "bool";
            break;
        case Type::Kind::int32:
        case Type::Kind::int64:
            text = "int";
            break;
        case Type::Kind::number:
            text = "float";
            break;
        case Type::Kind::text:
        case Type::Kind::date_time:
        case Type::Kind::base64:
            text = "str";
            break;
        case Type::Kind::file:
            text = is_quoted ? "\"File\"" : "File";
            break;
        case Type::Kind::literal:
            // There is no literal of a number with a fraction.
            if (type.literal.kind == Json::Kind::number &&
                type.literal.text.find_first_of(".eE") != std::string::npos) {
                text = "float";
                break;
            }
            uses("Literal");
            text = "Literal[" + literal(type.literal) + "]";
            break;
        case Type::Kind::list:
            text = "list[" + expression(type.items[0], is_quoted) + "]";
            break;
        case Type::Kind::map:
            text = "dict[str, " + expression(type.items[0], is_quoted) + "]";
            break;
        case Type::Kind::model:
            text = is_quoted ? "\"" + names_[type.model] + "\"" : names_[type.model];
            break;
    }
    if (!type.is_nullable) return text;
    if (!is_quoted) return text + " | None";
    uses("Union");
    return "Union[" + text + ", None]";
}

std::string PythonTypes::within(const Type& type, std::size_t width, const std::string& name) {
    std::string text = expression(type);
    if (characters_in(text) <= width || is_identifier(text, false)) return text;
    const std::string alias = scope_.take(pascal_name(name));
    waiting_.push_back({alias, type});
    return alias;
}

void PythonTypes::docstring(Code& code, std::size_t indent, const std::vector<std::string>& lines) {
    if (lines.empty() || (lines.size() == 1 && lines[0].empty())) return;
    const std::string first = safe_docstring(lines[0]);
    if (lines.size() == 1) {
        code.line(indent, "\"\"\"" + first + "\"\"\"");
        return;
    }
    code.line(indent, "\"\"\"" + first);
    for (std::size_t at = 1; at < lines.size(); ++at) {
        code.line(indent, safe_docstring(lines[at]));
    }
    code.line(indent, "\"\"\"");
}

void PythonTypes::write_models(Code& code) {
    for (std::size_t index = 0; index < models_.size(); ++index) {
        const Model& model = models_[index];
        const std::string& name = names_[index];
        if (model.is(Model::Shape::object)) {
            const bool is_class = std::ranges::all_of(
                model.fields, [](const Field& field) { return is_member(field.name); });
            is_class ? write_class(code, model, name) : write_call(code, model, name);
        } else {
            separate(code);
            for (const std::string& line : wrapped(model.text, kCommentWidth)) {
                code.line(0, "# " + line);
            }
            if (model.is(Model::Shape::alias)) {
                write_alias(code, name, model.alias);
            } else if (model.is(Model::Shape::values)) {
                write_values(code, model, name);
            } else {
                write_union(code, name, model.choices);
            }
        }
        write_waiting(code);
    }
}

void PythonTypes::write_union(Code& code, const std::string& name,
                              const std::vector<Type>& choices) {
    std::vector<std::string> parts;
    bool has_none = false;
    for (const Type& choice : choices) {
        Type there = choice;
        there.is_nullable = false;
        has_none = has_none || choice.is_nullable;
        std::string part = expression(there, true);
        if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
    }
    if (has_none) parts.emplace_back("None");
    if (parts.size() == 1) {
        write_word(code, name + ": TypeAlias = ", parts[0]);
    } else {
        uses("Union");
        write_parts(code, name + ": TypeAlias = Union", parts);
    }
}

// One word, below its name where it does not fit behind it.
void PythonTypes::write_word(Code& code, const std::string& begin, const std::string& word) {
    uses("TypeAlias");
    if (characters_in(begin + word) <= kColumns) {
        code.line(0, begin + word);
        return;
    }
    code.line(0, begin + "(");
    code.line(4, word);
    code.line(0, ")");
}

void PythonTypes::write_values(Code& code, const Model& model, const std::string& name) {
    std::vector<std::string> parts;
    for (const Json& value : model.values) {
        const bool is_float = value.kind == Json::Kind::number &&
                              value.text.find_first_of(".eE") != std::string::npos;
        if (is_float) {
            code.line(0, name + ": TypeAlias = float");
            uses("TypeAlias");
            return;
        }
        parts.push_back(literal(value));
    }
    uses("Literal");
    write_parts(code, name + ": TypeAlias = Literal", parts);
}

void PythonTypes::write_waiting(Code& code) {
    while (!waiting_.empty()) {
        const Waiting one = std::move(waiting_.back());
        waiting_.pop_back();
        separate(code);
        write_alias(code, one.name, one.type);
    }
}

void PythonTypes::write_class(Code& code, const Model& model, const std::string& name) {
    uses("TypedDict");
    separate(code);
    code.line(0, "class " + name + "(TypedDict):");
    docstring(code, 4, wrapped(model.text, kCommentWidth - 8));
    if (!model.text.empty() && !model.fields.empty()) code.gap();
    if (model.fields.empty() && model.text.empty()) code.line(4, "pass");
    for (const Field& field : model.fields) {
        for (const std::string& line : wrapped(field.text, kCommentWidth - 4)) {
            code.line(4, "# " + line);
        }
        const std::size_t taken = std::min(characters_in(field.name) + 6, kColumns);
        const std::string made_name = name + " " + field.name;
        if (field.is_required) {
            const std::string type = within(field.type, kColumns - taken, made_name);
            // A name that takes the whole line gains nothing by a second one.
            const bool is_hopeless = characters_in(field.name) + 7 > kColumns;
            if (is_hopeless || characters_in(field.name + type) + 6 <= kColumns) {
                code.line(4, field.name + ": " + type);
                continue;
            }
            code.line(4, field.name + ": (");
            code.line(8, type);
            code.line(4, ")");
            continue;
        }
        uses("NotRequired");
        const std::size_t more = std::min(taken + 13, kColumns);
        const std::string type = within(field.type, kColumns - more, made_name);
        const std::string line = field.name + ": NotRequired[" + type + "]";
        if (characters_in(line) + 4 <= kColumns) {
            code.line(4, line);
            continue;
        }
        code.line(4, field.name + ": NotRequired[");
        code.line(8, type);
        code.line(4, "]");
    }
}

// The form for names of members that no class could have.
void PythonTypes::write_call(Code& code, const Model& model, const std::string& name) {
    uses("TypedDict");
    separate(code);
    for (const std::string& line : wrapped(model.text, kCommentWidth)) code.line(0, "# " + line);
    code.line(0, name + " = TypedDict(");
    code.line(4, "\"" + name + "\",");
    code.line(4, "{");
    for (const Field& field : model.fields) {
        for (const std::string& line : wrapped(field.text, kCommentWidth - 8)) {
            code.line(8, "# " + line);
        }
        const std::string key = string_literal(field.name, kPythonEscapes);
        const std::size_t taken = std::min(characters_in(key) + 11, kColumns);
        const std::size_t more = field.is_required ? taken : std::min(taken + 13, kColumns);
        // A name in quotes is one word.
        std::string type = expression(field.type, true);
        if (characters_in(type) > kColumns - more) {
            Type alias = field.type;
            const std::string word = within(alias, 0, name + " " + field.name);
            type =
                is_identifier(word, false) && word != expression(alias) ? "\"" + word + "\"" : type;
        }
        if (!field.is_required) {
            uses("NotRequired");
            const std::string line = key + ": NotRequired[" + type + "],";
            if (characters_in(line) + 8 > kColumns) {
                code.line(8, key + ": NotRequired[");
                code.line(12, type);
                code.line(8, "],");
                continue;
            }
            code.line(8, line);
            continue;
        }
        code.line(8, key + ": " + type + ",");
    }
    code.line(4, "},");
    code.line(0, ")");
}

// begin[parts], on a line of its own each where there is more than one.
void PythonTypes::write_parts(Code& code, const std::string& begin,
                              const std::vector<std::string>& parts) {
    uses("TypeAlias");
    const std::string line = begin + "[" + joined_lines(parts, ", ") + "]";
    if (characters_in(line) <= kColumns) {
        code.line(0, line);
        return;
    }
    code.line(0, begin + "[");
    for (const std::string& part : parts) code.line(4, part + (parts.size() > 1 ? "," : ""));
    code.line(0, "]");
}

void PythonTypes::write_alias(Code& code, const std::string& name, const Type& type) {
    const std::string begin = name + ": TypeAlias = ";
    if (type.is_nullable && !type.is(Type::Kind::any) && !type.is(Type::Kind::null)) {
        Type there = type;
        there.is_nullable = false;
        uses("Union");
        write_parts(code, begin + "Union", {expression(there, true), "None"});
    } else if (type.is(Type::Kind::list)) {
        write_parts(code, begin + "list", {expression(type.items[0], true)});
    } else if (type.is(Type::Kind::map)) {
        write_parts(code, begin + "dict", {"str", expression(type.items[0], true)});
    } else {
        const std::string text = expression(type, true);
        if (text.starts_with("Literal[")) {
            write_parts(code, begin + "Literal", {literal(type.literal)});
        } else {
            write_word(code, begin, text);
        }
    }
}

}  // namespace trivet::cli
