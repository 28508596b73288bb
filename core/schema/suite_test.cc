// The cases of the JSON Schema organisation for draft 2020-12, as far as their keywords are
// supported. cmake/setup.sh unpacks them into build/json-schema-suite.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "schema/checking_test.h"
#include "schema/equal.h"
#include "schema/wording.h"

namespace trivet::schema {
namespace {

namespace fs = std::filesystem;

// Here format asserts; there it does not unless it is asked to.
constexpr std::string_view kOther[] = {"format.json"};
// By group: what is read differently, each for a reason.
constexpr std::string_view kDifferent[] = {
    // A schema of schemas is not read.
    "schema that uses custom metaschema with with no validation vocabulary",
    // Classes are those of ASCII, as in ECMA-262 without its Unicode sets, but \s.
    "ECMA 262 \\s matches whitespace",
    "ECMA 262 \\S matches everything but whitespace",
};

fs::path suite() {
    return fs::read_symlink("/proc/self/exe").parent_path() / "../../json-schema-suite/tests" /
           "draft2020-12";
}

std::uint32_t member(const Document& document, std::uint32_t object, std::string_view name) {
    return find_member({&document, object}, {name});
}

std::string plain(const Document& document, std::uint32_t node) {
    std::string text(document.raw(node).size(), '\0');
    text.resize(decode_text(text_of(document, node), text.data()));
    return text;
}

struct Totals {
    int cases = 0;
    int groups = 0;
    int unsupported = 0;
};

void run_group(const std::string& file, const Document& document, std::uint32_t group,
               Totals& totals) {
    const std::string title = plain(document, member(document, group, "description"));
    if (std::ranges::find(kDifferent, title) != std::end(kDifferent)) {
        return;
    }
    Checking check(json_of(document, member(document, group, "schema")));
    ++totals.groups;
    if (check.fault().ends_with("(unsupported)")) {
        ++totals.unsupported;
        return;
    }
    ASSERT_EQ(check.fault(), "") << file << ": " << title;
    const std::uint32_t tests = member(document, group, "tests");
    std::uint32_t test = tests + 1;
    for (std::uint32_t left = document[tests].size; left > 0; --left) {
        const std::string data = json_of(document, member(document, test, "data"));
        const bool is_valid = document[member(document, test, "valid")].is_whole;
        const std::string result = check(data);
        EXPECT_EQ(result == "good", is_valid) << file << ": " << title << "\n"
                                              << data << "\n"
                                              << result;
        ++totals.cases;
        test = document.next(test);
    }
}

Totals run_file(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    const std::string content = text.str();
    Memory memory;
    Document document(memory);
    EXPECT_EQ(document.read(content), Read::good)
        << path << " is not there or cannot be read: run `make setup`";
    Totals totals;
    if (document.count() == 0) {
        return totals;
    }
    std::uint32_t group = 1;
    for (std::uint32_t left = document[0].size; left > 0; --left) {
        run_group(path.filename().string(), document, group, totals);
        group = document.next(group);
    }
    return totals;
}

TEST(Suite, agrees_on_every_keyword_that_is_supported) {
    int cases = 0;
    for (const char* name : {"additionalProperties",
                             "allOf",
                             "anyOf",
                             "boolean_schema",
                             "const",
                             "default",
                             "enum",
                             "exclusiveMaximum",
                             "exclusiveMinimum",
                             "infinite-loop-detection",
                             "items",
                             "maxItems",
                             "maxLength",
                             "maxProperties",
                             "maximum",
                             "minItems",
                             "minLength",
                             "minProperties",
                             "minimum",
                             "multipleOf",
                             "not",
                             "oneOf",
                             "pattern",
                             "prefixItems",
                             "properties",
                             "ref",
                             "required",
                             "type",
                             "uniqueItems"}) {
        const Totals totals = run_file(suite() / (std::string(name) + ".json"));
        EXPECT_GT(totals.cases, 0) << name;
        cases += totals.cases;
    }
    EXPECT_GT(cases, 600);
}

TEST(Suite, agrees_on_formats_numbers_and_expressions) {
    for (const char* name :
         {"format/date-time", "format/date", "format/time", "format/uuid", "format/email",
          "format/uri", "format/ipv4", "format/ipv6", "format/hostname", "bignum", "float-overflow",
          "ecmascript-regex", "non-bmp-regex"}) {
        const Totals totals = run_file(suite() / "optional" / (std::string(name) + ".json"));
        EXPECT_GT(totals.cases, 0) << name;
        // Names of properties that PCRE2 does not know, and patternProperties.
        EXPECT_EQ(totals.unsupported, std::string_view(name) == "ecmascript-regex" ? 7
                                      : std::string_view(name) == "non-bmp-regex"  ? 1
                                                                                   : 0)
            << name;
    }
}

// Of all others, whatever compiles is judged alike.
TEST(Suite, agrees_where_it_does_not_refuse) {
    Totals all;
    for (const auto& entry : fs::directory_iterator(suite())) {
        const std::string name = entry.path().filename().string();
        if (entry.is_regular_file() && std::ranges::find(kOther, name) == std::end(kOther)) {
            const Totals totals = run_file(entry.path());
            all.groups += totals.groups;
            all.unsupported += totals.unsupported;
        }
    }
    EXPECT_GT(all.groups - all.unsupported, 150);
}

}  // namespace
}  // namespace trivet::schema
