#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client_code.h"
#include "client_model.h"
#include "client_names.h"
#include "client_text.h"

namespace trivet::cli {

// A Go string literal.
inline std::string go_string(std::string_view text) { return string_literal(text, kGoEscapes); }

// A struct's field as Go writes it.
struct GoField {
    std::string name;
    std::string type;
    std::string tag;   // with its backquotes; empty: none
    std::string text;  // in one line
};

// The types of a Go client. What may be left out or null is a pointer, or nil where the type has
// it.
class GoTypes {
public:
    GoTypes(const std::vector<Model>& models, const std::string& client);

    std::string take(const std::string& name) { return scope_.take(name); }
    std::string expression(const Type& type);
    // The type of something that may be left out.
    std::string optional(const Type& type);
    // The fields of an object, by their place in it.
    const std::string& field_name(const Model& model, std::size_t field) const;
    bool is_nullable_struct(const Field& field) const;
    bool is_nilable(const Type& type) const;
    void write_models(Code& code);
    static void write_struct(Code& code, const std::string& name,
                             const std::vector<GoField>& fields);
    static void comment(Code& code, const std::string& indent, const std::string& text);

    // Packages and shared parts that are needed.
    std::set<std::string> imports;
    std::set<std::string> parts;

private:
    enum class Told : std::uint8_t { by_tag, by_kind, by_nothing };

    std::string plain(const Type& type);
    GoField field_of(const Model& model, std::size_t index);
    void find_pointers();
    void visit(std::size_t index, std::vector<char>& state, int depth);
    bool holds(const Type& type, std::size_t& model) const;
    Told told_by(const Model& choice) const;
    char kind_of(const Type& type) const;
    void write_values(Code& code, const Model& model, const std::string& name);
    void write_choice(Code& code, const Model& model, const std::string& name);
    void write_decoder(Code& code, const Model& model, const std::string& name,
                       const std::vector<std::string>& fields);
    std::string choice_name(const Type& type) const;

    const std::vector<Model>& models_;
    NameScope scope_;
    std::vector<std::string> names_;
    std::vector<std::vector<std::string>> field_names_;
    std::vector<std::vector<bool>> is_pointer_;  // fields that would hold their own struct
};

}  // namespace trivet::cli
