#include "client_typescript.h"

#include <algorithm>

#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kCommentWidth = 74;
constexpr std::string_view kKnownMembers[] = {"constructor"};

std::string typescript_string(std::string_view text) {
    return string_literal(text, kTypescriptEscapes);
}

// A member of an object; a long value stands below its name.
void write_member(Code& code, std::size_t indent, const std::string& name,
                  const std::string& value) {
    const std::string line = name + ": " + value + ",";
    if (indent + characters_in(line) <= kColumns) {
        code.line(indent, line);
        return;
    }
    code.line(indent, name + ":");
    code.line(indent + 2, value + ",");
}

class Writer {
public:
    Writer(const Api& api, const CodeNames& names)
        : api_(api),
          names_(names),
          types_(api.models, names.client),
          methods_(kKnownMembers, "_") {}

    std::string write() {
        code_.line(0, "// " + generated_line(api_));
        types_.write_models(code_);
        for (const Operation& operation : api_.operations) {
            methods_of_.push_back(methods_.take(camel_name(operation.id)));
        }
        Code methods;
        for (std::size_t index = 0; index < api_.operations.size(); ++index) {
            const std::string input = write_input(api_.operations[index]);
            methods.gap();
            write_method(methods, api_.operations[index], methods_of_[index], input);
            types_.write_waiting(code_);
        }
        write_class(methods.take());
        code_.gap();
        code_.raw(shared_part("typescript", ""));
        const bool has_events = std::ranges::any_of(api_.operations, [](const Operation& one) {
            return one.answer.kind == Answer::Kind::events;
        });
        if (has_events) code_.raw(shared_part("typescript", "events"));
        return code_.take();
    }

private:
    static bool has_input(const Operation& operation) {
        return !operation.parameters.empty() || operation.body.kind != Body::Kind::none;
    }

    void write_class(const std::string& methods) {
        code_.gap();
        TypescriptTypes::comment(
            code_, 0,
            {"Calls the operations of " + (api_.title.empty() ? "the app" : api_.title) + "."});
        code_.line(0, "export class " + names_.client + " {");
        code_.line(2, "readonly #transport: Transport;");
        code_.gap();
        code_.line(2, "constructor(baseUrl: string, options: ClientOptions = {}) {");
        code_.line(4, "this.#transport = new Transport(baseUrl, options);");
        code_.line(2, "}");
        code_.raw(methods);
        code_.line(0, "}");
    }

    std::string body_type(const Operation& operation, std::size_t width) {
        const Body& body = operation.body;
        if (body.kind == Body::Kind::text) return "string";
        if (body.kind == Body::Kind::bytes) return "NonNullable<RequestInit[\"body\"]>";
        return types_.within(body.type, width, operation.id + " body");
    }

    // The interface of what an operation is given; its members are remembered for the call.
    std::string write_input(const Operation& operation) {
        keys_.clear();
        if (!has_input(operation)) return {};
        const std::string name = types_.take(pascal_name(operation.id + " input"));
        const Body& body = operation.body;
        NameScope scope({}, "");
        if (body.kind != Body::Kind::none) scope.take("body");
        std::string members;
        Code code;
        for (const Parameter& parameter : operation.parameters) {
            const bool is_plain =
                is_identifier(parameter.name, true) && !parameter.name.starts_with("__");
            keys_.push_back(scope.take(is_plain ? parameter.name : camel_name(parameter.name)));
            TypescriptTypes::comment(code, 2, wrapped(parameter.text, kCommentWidth));
            const std::string begin = keys_.back() + (parameter.is_required ? ": " : "?: ");
            const std::size_t taken = std::min(characters_in(begin) + 3, kColumns);
            code.line(2, begin +
                             types_.within(parameter.type, kColumns - taken,
                                           operation.id + " " + parameter.name) +
                             ";");
        }
        if (body.kind != Body::Kind::none) {
            code.line(2, std::string(body.is_required ? "body: " : "body?: ") +
                             body_type(operation, kColumns - 10) + ";");
        }
        code_.gap();
        code_.line(0, "export interface " + name + " {");
        code_.raw(code.take());
        code_.line(0, "}");
        return name;
    }

    std::string answer_type(const Operation& operation, bool is_short) {
        switch (operation.answer.kind) {
            case Answer::Kind::none:
                return "Promise<void>";
            case Answer::Kind::text:
                return "Promise<string>";
            case Answer::Kind::bytes:
                return "Promise<Uint8Array>";
            case Answer::Kind::events:
                return "AsyncGenerator<ServerEvent, void, undefined>";
            case Answer::Kind::json:
                break;
        }
        if (!is_short) return "Promise<" + types_.expression(operation.answer.type) + ">";
        const std::string type =
            types_.within(operation.answer.type, kColumns - 16, operation.id + " result");
        return "Promise<" + type + ">";
    }

    void write_signature(Code& code, const Operation& operation, const std::string& name,
                         const std::string& input) {
        std::vector<std::string> parameters;
        const bool needs_input = operation.body.is_required ||
                                 std::ranges::any_of(operation.parameters, &Parameter::is_required);
        if (!input.empty()) {
            parameters.push_back("input: " + input + (needs_input ? "" : " = {}"));
        }
        parameters.emplace_back("options: CallOptions = {}");
        const std::string begin = name + "(" + joined_lines(parameters, ", ") + "): ";
        std::string line = begin + answer_type(operation, false) + " {";
        if (characters_in(line) + 2 > kColumns) line = begin + answer_type(operation, true) + " {";
        if (characters_in(line) + 2 <= kColumns) {
            code.line(2, line);
            return;
        }
        code.line(2, name + "(");
        for (const std::string& parameter : parameters) code.line(4, parameter + ",");
        code.line(2, line.substr(begin.size() - 3));
    }

    void write_method(Code& code, const Operation& operation, const std::string& name,
                      const std::string& input) {
        std::vector<std::string> lines = operation_lines(operation, kCommentWidth);
        if (operation.is_deprecated) {
            lines.insert(lines.end(), {"", "@deprecated The server says so."});
        }
        TypescriptTypes::comment(code, 2, lines);
        write_signature(code, operation, name, input);
        constexpr const char* kReads[] = {"readNothing", "readJson", "readText", "readBytes"};
        const auto kind = static_cast<std::size_t>(operation.answer.kind);
        code.line(4, operation.answer.kind == Answer::Kind::events
                         ? "return eventsOf(this.#transport, {"
                         : "return this.#transport." + std::string(kReads[kind]) + "({");
        write_member(code, 6, "method", typescript_string(operation.method));
        write_path(code, operation);
        write_member(code, 6, "accept", typescript_string(operation.answer.accept));
        write_values(code, operation, "query", Parameter::In::query, false);
        write_values(code, operation, "commaQuery", Parameter::In::query, true);
        write_values(code, operation, "headers", Parameter::In::header, false);
        write_values(code, operation, "cookies", Parameter::In::cookie, false);
        write_body(code, operation.body);
        code.line(6, "options,");
        code.line(4, "});");
        code.line(2, "}");
    }

    void write_path(Code& code, const Operation& operation) const {
        std::vector<std::string> parts;
        for (std::size_t at = 0; at < operation.parts.size(); ++at) {
            if (at % 2 == 0) {
                parts.push_back(typescript_string(operation.parts[at]));
                continue;
            }
            for (std::size_t index = 0; index < keys_.size(); ++index) {
                const Parameter& parameter = operation.parameters[index];
                if (parameter.in == Parameter::In::path && parameter.name == operation.parts[at]) {
                    const bool is_list = parameter.type.is(Type::Kind::list);
                    parts.push_back("input." + keys_[index] + (is_list ? ".join()" : ""));
                }
            }
        }
        const std::string line = "path: [" + joined_lines(parts, ", ") + "],";
        if (6 + characters_in(line) <= kColumns) {
            code.line(6, line);
            return;
        }
        code.line(6, "path: [");
        for (const std::string& part : parts) code.line(8, part + ",");
        code.line(6, "],");
    }

    void write_values(Code& code, const Operation& operation, const char* group, Parameter::In in,
                      bool has_commas) const {
        bool has_any = false;
        for (std::size_t index = 0; index < keys_.size(); ++index) {
            const Parameter& parameter = operation.parameters[index];
            if (parameter.in != in || parameter.has_commas != has_commas) continue;
            if (!has_any) code.line(6, std::string(group) + ": {");
            has_any = true;
            // As a plain name it would set the object's prototype.
            const std::string key = parameter.name == "__proto__"
                                        ? "[\"__proto__\"]"
                                        : TypescriptTypes::key(parameter.name);
            write_member(code, 8, key, "input." + keys_[index]);
        }
        if (has_any) code.line(6, "},");
    }

    static void write_body(Code& code, const Body& body) {
        switch (body.kind) {
            case Body::Kind::none:
                return;
            case Body::Kind::json:
                code.line(6, "json: input.body,");
                if (body.media == "application/json") return;
                break;
            case Body::Kind::form:
                code.line(6, "form: input.body,");
                return;
            case Body::Kind::multipart:
                code.line(6, "multipart: input.body,");
                return;
            case Body::Kind::text:
            case Body::Kind::bytes:
                code.line(6, "content: input.body,");
                break;
        }
        write_member(code, 6, "contentType", typescript_string(body.media));
    }

    const Api& api_;
    const CodeNames& names_;
    TypescriptTypes types_;
    NameScope methods_;
    std::vector<std::string> methods_of_;
    std::vector<std::string> keys_;  // of the operation under way, one for each parameter
    Code code_;
};

}  // namespace

std::string typescript_client(const Api& api, const CodeNames& names) {
    return Writer(api, names).write();
}

}  // namespace trivet::cli
