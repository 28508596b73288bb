#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "client_document.h"
#include "client_model.h"

namespace trivet::cli {

// Makes types and models of the schemas of a document (JSON Schema 2020-12). A schema that is an
// object, a choice or a list of values becomes a model wherever it stands, once; what it holds is
// read later, from a queue, so that references may go in circles and be as many as they like.
class SchemaReader {
public:
    explicit SchemaReader(Document& document) : document_(document) {}

    // All of components/schemas.
    void read_components();
    // The type of a schema; `name` is for a model that has none of its own.
    Type type_of(const Node& schema, const std::string& name);
    // One of several types; the type itself where all are one.
    Type one_of(const std::vector<Type>& types, const std::string& name, const std::string& place);
    // Reads what is still in the queue, and settles what only shows when all is read.
    std::vector<Model> finish();

private:
    struct Waiting {
        Node schema;
        std::size_t model;
    };

    Type plain_type(const Node& schema, std::string_view type, const std::string& name);
    Type target_type(const Node& schema);
    Type model_type(const Node& schema, const std::string& name);

    void fill(const Waiting& waiting);
    void fill_choice(Model& model, const Node& schema);
    void fill_tags(Model& model, const Node& schema, const std::vector<Node>& parts);
    void fill_object(Model& model, const Node& schema);
    void add_part(Model& model, const Node& schema, int depth);
    void add_properties(Model& model, const Node& schema);
    void count(const Node& schema);

    Document& document_;
    std::vector<Model> models_;
    std::unordered_map<const Json*, std::size_t> known_;
    std::deque<Waiting> queue_;
    std::size_t parts_ = 0;
    // Of the object under way.
    std::unordered_map<std::string, std::size_t> field_at_;
    std::unordered_set<std::string> required_;
};

// Settles how choices are told apart: by their discriminator, else by a member that is another
// constant in each of them.
void link_choices(std::vector<Model>& models);
// Fails for an alias or a choice that leads to itself through nothing but those.
void check_aliases(const std::vector<Model>& models);

}  // namespace trivet::cli
