#include "inspect_app.h"

namespace trivet::cli {
namespace {

constexpr std::chrono::seconds kInspectTime(60);

}  // namespace

std::string build_project(const Project& project) {
    if (project.build.empty()) return {};
    const auto code = run_program({project.build, project.root});
    if (!code) return code.error();
    if (*code == 0) return {};
    // The script of a C project is not what anybody has typed.
    const bool is_script = project.build[0] == "/bin/sh" && project.build.size() > 3;
    return (is_script ? "the build" : "`" + command_text(project.build) + "`") +
           " ended with exit code " + std::to_string(*code);
}

std::expected<ProgramCall, std::string> find_call(char** behind) {
    if (behind != nullptr && *behind != nullptr) {
        ProgramCall call{{}, "."};
        for (char** word = behind; *word != nullptr; ++word) call.command.emplace_back(*word);
        return call;
    }
    const auto project = find_project(".", Purpose::inspect);
    if (!project) return std::unexpected(project.error());
    if (std::string fault = build_project(*project); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return ProgramCall{project->command, project->root};
}

std::expected<Json, std::string> inspect_app(const ProgramCall& call) {
    const auto text = read_program(call, "TRIVET_INSPECT", kInspectTime);
    if (!text) return std::unexpected(text.error());
    if (text->empty()) {
        return std::unexpected("`" + command_text(call.command) +
                               "` has ended without serving an app");
    }
    auto document = parse_json(*text);
    if (!document || document->kind != Json::Kind::object) {
        return std::unexpected("`" + command_text(call.command) +
                               "` has described its app in a way that cannot be read" +
                               (document ? "" : ": " + document.error()));
    }
    return document;
}

}  // namespace trivet::cli
