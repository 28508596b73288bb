#pragma once

#include <string>
#include <vector>

#include "client_code.h"
#include "client_model.h"
#include "client_names.h"

namespace trivet::cli {

// The types of a TypeScript client. What the document calls a type is an interface or a type alias;
// values are as JSON has them.
class TypescriptTypes {
public:
    TypescriptTypes(const std::vector<Model>& models, const std::string& client);

    // A name that no other type has.
    std::string take(const std::string& name) { return scope_.take(name); }
    std::string expression(const Type& type) const;
    // An expression that takes at most `width` columns: else a name that is written later.
    std::string within(const Type& type, std::size_t width, const std::string& name);
    void write_models(Code& code);
    void write_waiting(Code& code);

    static void comment(Code& code, std::size_t indent, const std::vector<std::string>& lines);
    static std::string key(const std::string& name);

private:
    struct Waiting {
        std::string name;
        Type type;
    };

    void write_interface(Code& code, const Model& model, const std::string& name);
    void add_choices(std::vector<std::string>& parts, const Model& model);
    void write_union(Code& code, const std::string& name, const std::vector<std::string>& parts);
    void write_alias(Code& code, const std::string& name, const Type& type);

    const std::vector<Model>& models_;
    NameScope scope_;
    std::vector<std::string> names_;
    std::vector<Waiting> waiting_;
};

}  // namespace trivet::cli
