#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "command.h"
#include "doctor_findings.h"
#include "engine.h"
#include "exit_codes.h"
#include "json.h"
#include "server_flags.h"
#include "style.h"

namespace trivet::cli {
namespace {

constexpr const char* kDoctorFooter =
    "\n"
    "Looks at the kernel, the limits of this process, the settings, the address and the "
    "languages,\n"
    "and says what to type where something is not as it should be.\n"
    "\n"
    "Examples:\n"
    "  trivet doctor\n"
    "  trivet doctor --port 80\n"
    "  trivet doctor --json\n";

constexpr ExitCode kDoctorExitCodes[] = {
    {0, "nothing keeps an app from serving; there may be warnings"},
    {1, "something does"},
    {2, "wrong arguments"}};

struct Look {
    const char* word;
    const char* name;
};

Look look_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::fail:
            return {"fail", "fail"};
        case Verdict::warn:
            return {"warn", "warn"};
        case Verdict::ok:
            break;
    }
    return {"ok  ", "ok"};
}

std::string coloured(Verdict verdict, const Style& style) {
    const char* word = look_of(verdict).word;
    return verdict == Verdict::fail   ? style.bad(word)
           : verdict == Verdict::warn ? style.odd(word)
                                      : style.good(word);
}

void print_text(const std::vector<Finding>& findings, const Style& style) {
    std::size_t width = 0;
    for (const Finding& finding : findings) width = std::max(width, finding.topic.size());
    for (const Finding& finding : findings) {
        std::string topic = finding.topic;
        topic.resize(width, ' ');
        std::printf("%s  %s  %s\n", coloured(finding.verdict, style).c_str(),
                    style.name(topic).c_str(), finding.what.c_str());
        if (!finding.fix.empty()) {
            std::printf("      %s  %s\n", std::string(width, ' ').c_str(),
                        style.aside("fix: " + finding.fix).c_str());
        }
    }
}

void print_json(const std::vector<Finding>& findings, bool is_well) {
    std::printf("{\"ok\": %s, \"findings\": [", is_well ? "true" : "false");
    const char* comma = "";
    for (const Finding& finding : findings) {
        std::printf("%s\n  {\"topic\": %s, \"verdict\": \"%s\", \"what\": %s, \"fix\": %s}", comma,
                    json_quoted(finding.topic).c_str(), look_of(finding.verdict).name,
                    json_quoted(finding.what).c_str(), json_quoted(finding.fix).c_str());
        comma = ",";
    }
    std::printf("\n]}\n");
}

int doctor(bool is_json, const ServerFlags& flags) {
    const std::vector<GivenFlag> given = flags.put_into_environment();
    settings_fault(AppOwner(trivet_app_new()).get(), given);  // a wrong flag is no illness
    const std::vector<Finding> findings = findings_of(gather_facts());
    const bool is_well = std::ranges::none_of(
        findings, [](const Finding& finding) { return finding.verdict == Verdict::fail; });
    if (is_json) {
        print_json(findings, is_well);
    } else {
        print_text(findings, style_of(STDOUT_FILENO));
    }
    return is_well ? 0 : kExitFailure;
}

}  // namespace

Command add_doctor(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("doctor", "Find out what this machine lacks");
    parser->group(kGroupLook);
    parser->footer(kDoctorFooter + exit_codes_text(kDoctorExitCodes));
    parser->allow_extras();
    const auto is_json = std::make_shared<bool>(false);
    parser->add_flag("--json", *is_json, "Print JSON");
    const auto flags = std::make_shared<ServerFlags>(*parser);
    return {parser, [is_json, flags] { return doctor(*is_json, *flags); }};
}

}  // namespace trivet::cli
