#include <algorithm>
#include <unordered_set>

#include "client_schemas.h"

namespace trivet::cli {
namespace {

constexpr int kAliasDepthMax = 200;
// Of an object, that are tried as what tells it from others.
constexpr std::size_t kConstantsMax = 16;

using Models = std::vector<Model>;

// Names in its object the member that a choice is told by.
Field* field_of(Models& models, const Type& choice, const std::string& name) {
    const Model* object = object_of(models, choice);
    if (object == nullptr) return nullptr;
    auto& fields = models[static_cast<std::size_t>(object - models.data())].fields;
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

bool is_constant(const Field& field) {
    return field.is_required && field.type.is(Type::Kind::literal) &&
           field.type.literal.kind == Json::Kind::string;
}

// A member that is a constant in each choice.
std::string common_constant(Models& models, const Model& choice) {
    const Model* first = object_of(models, choice.choices[0]);
    if (first == nullptr) return {};
    std::size_t tried = 0;
    for (const Field& field : first->fields) {
        if (!is_constant(field) || ++tried > kConstantsMax) continue;
        const bool is_common = std::ranges::all_of(choice.choices, [&](const Type& one) {
            const Field* its = field_of(models, one, field.name);
            return its != nullptr && is_constant(*its);
        });
        if (is_common) return field.name;
    }
    return {};
}

std::string schema_name(const Models& models, const Type& choice) {
    return choice.is(Type::Kind::model) ? models[choice.model].name : "";
}

// The values that tell each choice; false when some have none, or two the same.
bool complete_tags(Models& models, Model& choice) {
    std::unordered_set<std::string> seen;
    for (std::size_t index = 0; index < choice.choices.size(); ++index) {
        const Field* field = field_of(models, choice.choices[index], choice.discriminator);
        if (object_of(models, choice.choices[index]) == nullptr) return false;
        std::vector<std::string>& tags = choice.tags[index];
        if (tags.empty() && field != nullptr && is_constant(*field)) {
            tags.push_back(field->type.literal.text);
        }
        if (tags.empty()) tags.push_back(schema_name(models, choice.choices[index]));
        for (const std::string& tag : tags) {
            if (!seen.insert(tag).second) return false;
        }
    }
    return true;
}

// Text that tells a choice becomes its constant, so that type checkers can tell it as well.
void narrow(Models& models, const Model& choice) {
    for (std::size_t index = 0; index < choice.choices.size(); ++index) {
        Field* field = field_of(models, choice.choices[index], choice.discriminator);
        const std::vector<std::string>& tags = choice.tags[index];
        if (field == nullptr || !field->type.is(Type::Kind::text) || tags.size() != 1) continue;
        field->type.kind = Type::Kind::literal;
        field->type.literal.kind = Json::Kind::string;
        field->type.literal.text = tags[0];
    }
}

class AliasCheck {
public:
    explicit AliasCheck(const Models& models) : models_(models), seen_(models.size()) {}

    void walk(std::size_t index, int depth) {
        if (seen_[index] == State::done) return;
        const Model& model = models_[index];
        if (seen_[index] == State::under_way || depth == kAliasDepthMax) {
            throw DocumentError{model.place, "this schema leads to nothing but itself"};
        }
        seen_[index] = State::under_way;
        if (model.is(Model::Shape::alias)) follow(model.alias, depth);
        if (model.is(Model::Shape::choice)) {
            for (const Type& choice : model.choices) follow(choice, depth);
        }
        seen_[index] = State::done;
    }

private:
    enum class State : std::uint8_t { fresh, under_way, done };

    void follow(const Type& type, int depth) {
        if (type.is(Type::Kind::model)) walk(type.model, depth + 1);
    }

    const Models& models_;
    std::vector<State> seen_;
};

}  // namespace

const Type& behind_aliases(const std::vector<Model>& models, const Type& type) {
    const Type* at = &type;
    while (at->is(Type::Kind::model) && models[at->model].is(Model::Shape::alias)) {
        at = &models[at->model].alias;
    }
    return *at;
}

const Model* object_of(const std::vector<Model>& models, const Type& type) {
    const Type& behind = behind_aliases(models, type);
    if (!behind.is(Type::Kind::model)) return nullptr;
    const Model& model = models[behind.model];
    return model.is(Model::Shape::object) ? &model : nullptr;
}

void check_aliases(const std::vector<Model>& models) {
    AliasCheck check(models);
    for (std::size_t index = 0; index < models.size(); ++index) check.walk(index, 0);
}

void link_choices(std::vector<Model>& models) {
    for (Model& choice : models) {
        if (!choice.is(Model::Shape::choice)) continue;
        if (choice.discriminator.empty()) choice.discriminator = common_constant(models, choice);
        if (!choice.discriminator.empty() && complete_tags(models, choice)) {
            narrow(models, choice);
        } else {
            choice.discriminator.clear();
        }
    }
}

}  // namespace trivet::cli
