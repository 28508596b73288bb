#include "client_python.h"

#include <algorithm>

#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kColumns = 88;
constexpr std::size_t kCommentWidth = 76;

std::string python_string(std::string_view text) { return string_literal(text, kPythonEscapes); }

class Writer {
public:
    Writer(const Api& api, const CodeNames& names)
        : api_(api), names_(names), types_(api.models, names.client), methods_({}, "") {}

    std::string write() {
        types_.write_models(types_code_);
        Code methods;
        for (const Operation& operation : api_.operations) {
            methods.gap();
            write_method(methods, operation);
            types_.write_waiting(types_code_);
        }
        const bool has_events = std::ranges::any_of(api_.operations, [](const Operation& one) {
            return one.answer.kind == Answer::Kind::events;
        });
        Code code;
        write_head(code, has_events);
        std::string types = types_code_.take();
        // Two lines stand between imports and a class, one before anything else.
        if (types.starts_with("\n\n") && !types.starts_with("\n\nclass")) types.erase(0, 1);
        code.raw(types);
        write_class(code, methods.take());
        code.raw("\n\n");
        code.raw(shared_part("python", ""));
        if (has_events) code.raw(shared_part("python", "events"));
        return code.take();
    }

private:
    void write_head(Code& code, bool has_events) {
        code.line(0, "# " + generated_line(api_));
        code.gap();
        code.line(0, "from __future__ import annotations");
        code.gap();
        code.line(0, "import http.client");
        code.line(0, "import json");
        if (has_events) code.line(0, "import re");
        code.line(0, "import secrets");
        code.line(0, "import ssl");
        code.line(0, "import urllib.parse");
        code.line(0, std::string("from collections.abc import Callable, ") +
                         (has_events ? "Generator, " : "") + "Iterator, Mapping, Sequence");
        code.line(0, "from contextlib import contextmanager");
        code.line(0, "from dataclasses import dataclass");
        std::string words = "from typing import Any";
        for (const char* name : {"Literal", "NotRequired", "TypeAlias", "TypedDict", "Union"}) {
            if (types_.is_used(name)) words += std::string(", ") + name;
        }
        code.line(0, words);
    }

    void write_class(Code& code, const std::string& methods) const {
        code.raw("\n\n");
        code.line(0, "class " + names_.client + ":");
        PythonTypes::docstring(
            code, 4,
            {"Calls the operations of " + (api_.title.empty() ? "the app" : api_.title) + "."});
        code.raw(R"(
    def __init__(
        self,
        base_url: str,
        *,
        headers: Callable[[], Mapping[str, str]] | None = None,
        timeout: float = 30.0,
        bytes_max: int = 64 * 1024 * 1024,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """headers gives header fields of each request, asked for anew each time: the
        place for a token. timeout is in seconds, for each wait. bytes_max is the length
        of the longest answer that is read, and of the longest event of a stream.
        """
        self._transport = _Transport(base_url, headers, timeout, bytes_max, ssl_context)
)");
        code.raw(methods);
    }

    std::string body_type(const Operation& operation) {
        const Body& body = operation.body;
        if (body.kind == Body::Kind::text) return "str";
        if (body.kind == Body::Kind::bytes) return "bytes";
        return types_.within(body.type, kColumns - 32, operation.id + " body");
    }

    std::string answer_type(const Operation& operation) {
        switch (operation.answer.kind) {
            case Answer::Kind::none:
                return "None";
            case Answer::Kind::text:
                return "str";
            case Answer::Kind::bytes:
                return "bytes";
            case Answer::Kind::events:
                return "Generator[ServerEvent, None, None]";
            case Answer::Kind::json:
                break;
        }
        return types_.within(operation.answer.type, kColumns - 16, operation.id + " result");
    }

    // One name for each parameter of the operation under way.
    void take_names(const Operation& operation) {
        arguments_.clear();
        NameScope scope({}, "");
        if (operation.body.kind != Body::Kind::none) scope.take("body");
        for (const Parameter& parameter : operation.parameters) {
            arguments_.push_back(scope.take(python_name(parameter.name)));
        }
    }

    static bool is_positional(const Parameter& parameter) {
        return parameter.in == Parameter::In::path;
    }

    void write_optional(Code& code, const std::string& name, const std::string& type) {
        const bool has_none = type.ends_with("None") || type == "Any";
        const std::string line = name + ": " + type + (has_none ? "" : " | None") + " = None,";
        if (!has_none && characters_in(line) + 8 > kColumns) {
            code.line(8, name + ": " + type);
            code.line(8, "| None = None,");
            return;
        }
        code.line(8, line);
    }

    void write_signature(Code& code, const Operation& operation, const std::string& answer) {
        code.line(4, "def " + methods_.take(python_name(operation.id)) + "(");
        code.line(8, "self,");
        const auto write = [&](bool is_in_path, bool is_required) {
            for (std::size_t at = 0; at < arguments_.size(); ++at) {
                const Parameter& parameter = operation.parameters[at];
                if (is_positional(parameter) != is_in_path) continue;
                if (parameter.is_required != is_required) continue;
                const std::size_t taken = std::min(arguments_[at].size() + 28, kColumns);
                const std::string type = types_.within(parameter.type, kColumns - taken,
                                                       operation.id + " " + parameter.name);
                if (is_required) {
                    code.line(8, arguments_[at] + ": " + type + ",");
                } else {
                    write_optional(code, arguments_[at], type);
                }
            }
        };
        write(true, true);
        const bool has_body = operation.body.kind != Body::Kind::none;
        if (has_body && operation.body.is_required) {
            code.line(8, "body: " + body_type(operation) + ",");
        }
        code.line(8, "*,");
        write(false, true);
        if (has_body && !operation.body.is_required) {
            write_optional(code, "body", body_type(operation));
        }
        write(false, false);
        code.line(8, "timeout: float | None = None,");
        code.line(8, "headers: Mapping[str, str] | None = None,");
        code.line(4, ") -> " + answer + ":");
    }

    void write_method(Code& code, const Operation& operation) {
        take_names(operation);
        const std::string answer = answer_type(operation);
        write_signature(code, operation, answer);
        std::vector<std::string> lines = operation_lines(operation, kCommentWidth);
        if (operation.is_deprecated) lines.insert(lines.end(), {"", "Deprecated by the server."});
        add_parameter_lines(lines, operation);
        PythonTypes::docstring(code, 8, lines);
        code.line(8, "call = _Call(");
        code.line(12, python_string(operation.method) + ",");
        write_path(code, operation);
        code.line(12, python_string(operation.answer.accept) + ",");
        write_values(code, operation, "query", Parameter::In::query, false);
        write_values(code, operation, "comma_query", Parameter::In::query, true);
        write_values(code, operation, "headers", Parameter::In::header, false);
        write_values(code, operation, "cookies", Parameter::In::cookie, false);
        write_body(code, operation.body);
        code.line(12, "timeout=timeout,");
        code.line(12, "extra_headers=headers,");
        code.line(8, ")");
        write_return(code, operation.answer.kind, answer);
    }

    void add_parameter_lines(std::vector<std::string>& lines, const Operation& operation) const {
        for (std::size_t at = 0; at < arguments_.size(); ++at) {
            const std::string& text = operation.parameters[at].text;
            if (text.empty()) continue;
            lines.emplace_back();
            for (std::string& line : wrapped(arguments_[at] + ": " + text, kCommentWidth)) {
                lines.push_back(std::move(line));
            }
        }
    }

    static void write_return(Code& code, Answer::Kind kind, const std::string& answer) {
        switch (kind) {
            case Answer::Kind::none:
                code.line(8, "self._transport.read_nothing(call)");
                return;
            case Answer::Kind::text:
                code.line(8, "return self._transport.read_text(call)");
                return;
            case Answer::Kind::bytes:
                code.line(8, "return self._transport.read_bytes(call)");
                return;
            case Answer::Kind::events:
                code.line(8, "return _events(self._transport, call)");
                return;
            case Answer::Kind::json:
                break;
        }
        const std::string line = "answer: " + answer + " = self._transport.read_json(call)";
        if (characters_in(line) + 8 <= kColumns) {
            code.line(8, line);
        } else {
            code.line(8, "answer: " + answer);
            code.line(8, "answer = self._transport.read_json(call)");
        }
        code.line(8, "return answer");
    }

    void write_path(Code& code, const Operation& operation) const {
        std::vector<std::string> parts;
        for (std::size_t at = 0; at < operation.parts.size(); ++at) {
            if (at % 2 == 0) {
                parts.push_back(python_string(operation.parts[at]));
                continue;
            }
            for (std::size_t index = 0; index < arguments_.size(); ++index) {
                const Parameter& parameter = operation.parameters[index];
                if (parameter.in == Parameter::In::path && parameter.name == operation.parts[at]) {
                    parts.push_back(arguments_[index]);
                }
            }
        }
        const std::string line = "[" + joined_lines(parts, ", ") + "],";
        if (12 + characters_in(line) <= kColumns) {
            code.line(12, line);
            return;
        }
        code.line(12, "[");
        for (const std::string& part : parts) {
            code.line(16, part + (parts.size() > 1 ? "," : ""));
        }
        code.line(12, "],");
    }

    void write_values(Code& code, const Operation& operation, const char* group, Parameter::In in,
                      bool has_commas) const {
        bool has_any = false;
        for (std::size_t index = 0; index < arguments_.size(); ++index) {
            const Parameter& parameter = operation.parameters[index];
            if (parameter.in != in || parameter.has_commas != has_commas) continue;
            if (!has_any) code.line(12, std::string(group) + "=[");
            has_any = true;
            const std::string name = python_string(parameter.name);
            const std::string line = "(" + name + ", " + arguments_[index] + "),";
            if (16 + characters_in(line) <= kColumns) {
                code.line(16, line);
                continue;
            }
            code.line(16, "(");
            code.line(20, name + ",");
            code.line(20, arguments_[index] + ",");
            code.line(16, "),");
        }
        if (has_any) code.line(12, "],");
    }

    static void write_body(Code& code, const Body& body) {
        switch (body.kind) {
            case Body::Kind::none:
                return;
            case Body::Kind::json:
                code.line(12, "json=body,");
                if (body.media == "application/json") return;
                break;
            case Body::Kind::form:
                code.line(12, "form=body,");
                return;
            case Body::Kind::multipart:
                code.line(12, "multipart=body,");
                return;
            case Body::Kind::text:
            case Body::Kind::bytes:
                code.line(12, "content=body,");
                break;
        }
        code.line(12, "content_type=" + python_string(body.media) + ",");
    }

    const Api& api_;
    const CodeNames& names_;
    PythonTypes types_;
    NameScope methods_;
    std::vector<std::string> arguments_;
    Code types_code_;
};

}  // namespace

std::string python_client(const Api& api, const CodeNames& names) {
    return Writer(api, names).write();
}

}  // namespace trivet::cli
