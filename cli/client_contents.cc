#include <algorithm>
#include <optional>

#include "client_operations.h"
#include "client_text.h"

namespace trivet::cli {
namespace {

enum class Media : std::uint8_t { json, form, multipart, events, text, bytes };

struct Content {
    Media media = Media::bytes;
    std::string name;  // application/json
    std::optional<Node> schema;
};

std::string media_name(std::string_view text) {
    std::string name(text.substr(0, text.find(';')));
    name.erase(name.find_last_not_of(' ') + 1);
    std::ranges::transform(name, name.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    return name;
}

Media media_of(const std::string& name) {
    if (name == "application/json" || name.ends_with("+json")) return Media::json;
    if (name == "application/x-www-form-urlencoded") return Media::form;
    if (name == "multipart/form-data") return Media::multipart;
    if (name == "text/event-stream") return Media::events;
    const bool is_text = name.starts_with("text/") || name.ends_with("+xml") ||
                         name == "application/xml" || name.ends_with("ndjson");
    return is_text ? Media::text : Media::bytes;
}

// A name goes into header fields of the client.
void check_media_name(const Node& place, const std::string& name) {
    constexpr std::string_view kOthers = "!#$&-^_.+*/";
    const bool is_good = !name.empty() && name.size() < 128 &&
                         std::ranges::all_of(
                             name,
                             [&](char byte) {
                                 return (byte >= 'a' && byte <= 'z') ||
                                        (byte >= '0' && byte <= '9') || kOthers.contains(byte);
                             });
    if (!is_good) place.fail("'" + name + "' is no media type");
}

// The content that a client takes where there are several: in the order of Media.
std::optional<Content> content_of(const Node& node) {
    const auto contents = node.find("content");
    std::optional<Content> best;
    if (!contents) return best;
    for (const JsonMember& member : contents->json->members) {
        const Node here = contents->member(member);
        Content content;
        content.name = media_name(member.name);
        check_media_name(here, content.name);
        content.media = media_of(content.name);
        content.schema = here.find("schema");
        if (!best || content.media < best->media) best = std::move(content);
    }
    return best;
}

Type type_of_kind(Type::Kind kind) {
    Type type;
    type.kind = kind;
    return type;
}

bool is_success(const std::string& status) { return status.size() == 3 && status[0] == '2'; }

std::vector<Node> success_responses(Document& document, const Node& responses) {
    std::vector<Node> found;
    for (const JsonMember& member : responses.json->members) {
        if (is_success(member.name)) {
            found.push_back(document.resolved(responses.member(member)));
        }
    }
    const auto other = responses.find("default");
    if (found.empty() && other) {
        const Node response = document.resolved(*other);
        const auto content = content_of(response);
        // What only stands for problems is no success.
        if (content && content->name != "application/problem+json") found.push_back(response);
    }
    return found;
}

Answer::Kind answer_kind(Media media) {
    switch (media) {
        case Media::json:
            return Answer::Kind::json;
        case Media::events:
            return Answer::Kind::events;
        case Media::text:
            return Answer::Kind::text;
        default:
            return Answer::Kind::bytes;
    }
}

}  // namespace

Body read_body(Document& document, SchemaReader& schemas, const Node& given,
               const std::string& id) {
    const Node node = document.resolved(given);
    Body body;
    const auto content = content_of(node);
    if (!content) return body;
    body.media = content->name;
    body.place = node.place;
    body.is_required = node.is_true_at("required");
    switch (content->media) {
        case Media::json:
            body.kind = Body::Kind::json;
            break;
        case Media::form:
            body.kind = Body::Kind::form;
            break;
        case Media::multipart:
            body.kind = Body::Kind::multipart;
            break;
        case Media::events:
        case Media::text:
            body.kind = Body::Kind::text;
            body.type = type_of_kind(Type::Kind::text);
            return body;
        case Media::bytes:
            body.kind = Body::Kind::bytes;
            return body;
    }
    if (content->schema) body.type = schemas.type_of(*content->schema, id + " body");
    return body;
}

Answer read_answer(Document& document, SchemaReader& schemas, const Node& responses,
                   const std::string& id) {
    Answer answer;
    std::vector<Type> types;
    bool may_be_empty = false;
    for (const Node& response : success_responses(document, responses)) {
        const auto content = content_of(response);
        if (!content) {
            may_be_empty = true;
            continue;
        }
        const Answer::Kind kind = answer_kind(content->media);
        // A route whose result has another status than its events may name these first.
        const bool is_better = answer.kind == Answer::Kind::events && kind == Answer::Kind::json;
        if (answer.kind == Answer::Kind::none || is_better) {
            answer.kind = kind;
            answer.accept = content->name;
        }
        if (kind != Answer::Kind::json || answer.kind != kind) continue;
        types.push_back(content->schema ? schemas.type_of(*content->schema, id + " result")
                                        : Type());
    }
    if (!types.empty()) {
        answer.type = schemas.one_of(types, id + " result", responses.place);
        answer.type.is_nullable = answer.type.is_nullable || may_be_empty;
    }
    answer.accept += answer.accept.empty() ? "*/*" : ", application/problem+json";
    return answer;
}

}  // namespace trivet::cli
