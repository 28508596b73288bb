#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "client_code.h"
#include "client_model.h"
#include "client_names.h"

namespace trivet::cli {

// The types of a Python client: a TypedDict for an object, so that values are what json makes and
// takes, members may be left out, and those that nobody knew of stay.
class PythonTypes {
public:
    PythonTypes(const std::vector<Model>& models, const std::string& client);

    // `is_quoted`: for a place where names must already be there, unless they are in strings.
    std::string expression(const Type& type, bool is_quoted = false);
    // An expression that takes at most `width` columns: else a name that is written later.
    std::string within(const Type& type, std::size_t width, const std::string& name);
    void write_models(Code& code);
    void write_waiting(Code& code);
    // Something of the module typing that the client needs.
    void uses(const std::string& name) { used_.insert(name); }
    bool is_used(const std::string& name) const { return used_.contains(name); }

    static void docstring(Code& code, std::size_t indent, const std::vector<std::string>& lines);

private:
    struct Waiting {
        std::string name;
        Type type;
    };

    void write_class(Code& code, const Model& model, const std::string& name);
    void write_call(Code& code, const Model& model, const std::string& name);
    void write_union(Code& code, const std::string& name, const std::vector<Type>& choices);
    void write_values(Code& code, const Model& model, const std::string& name);
    void write_alias(Code& code, const std::string& name, const Type& type);
    void write_word(Code& code, const std::string& begin, const std::string& word);
    void write_parts(Code& code, const std::string& begin, const std::vector<std::string>& parts);
    std::string literal(const Json& value) const;

    const std::vector<Model>& models_;
    NameScope scope_;
    std::vector<std::string> names_;
    std::vector<Waiting> waiting_;
    std::unordered_set<std::string> used_;
};

// A name of a parameter or method that Python does not know otherwise.
std::string python_name(const std::string& name);

}  // namespace trivet::cli
