// A schema, a newline and a text. Both are read or refused; the same is told of a text that is
// written down again, and by a schema that is; bounds hold; and nothing is left.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/memory.h"
#include "check.h"
#include "schema/checker.h"
#include "schema/decimal.h"
#include "schema/document.h"
#include "schema/schema.h"
#include "schema/text.h"
#include "schema/wording.h"

namespace trivet::schema {
namespace {

using fuzz::check;

// What was found, in one text.
std::string told(Checker& checker, const Schema& schema, std::string_view text) {
    const Verdict verdict = checker.check(schema, text);
    check(checker.mistakes().size() <= kMistakesMax, "the list is bounded");
    check(checker.found() <= kMistakesMax + 1, "counting ends");
    check(checker.mistakes().empty() == (verdict != Verdict::wrong), "mistakes are told");
    check(verdict != Verdict::memory, "there is memory");
    std::string all = std::to_string(static_cast<int>(verdict));
    for (const Mistake& mistake : checker.mistakes()) {
        check(mistake.pointer.size() <= kPointerBytesMax, "pointers are bounded");
        check(mistake.pointer.empty() || mistake.pointer[0] == '/', "a pointer is one");
        check(!mistake.code.empty() && !mistake.detail.empty(), "a mistake has its words");
        all += "\n" + std::string(mistake.pointer) + " " + std::string(mistake.code) + " " +
               std::string(mistake.detail);
    }
    return all;
}

void check_document(std::string_view text) {
    Memory memory;
    {
        Document document(memory);
        const Read read = document.read(text);
        check(document.offset() <= text.size(), "the offset is within");
        if (read != Read::good) {
            return;
        }
        check(document.next(0) == document.count(), "the whole is one value");
        for (std::uint32_t node = 0; node < document.count(); ++node) {
            check(document.next(node) > node && document.next(node) <= document.count(),
                  "values go on");
            if (document[node].kind == Kind::number) {
                const Decimal number = decimal_of(document.raw(node));
                check(compare(number, number) == 0, "a number is itself");
                const bool is_far = number.exponent > 1'000'000 || number.exponent < -1'000'000;
                check(number.is_cut || is_far || compare(decimal_of(text_of(number)), number) == 0,
                      "a number is written as itself");
            }
        }
        const std::string again = json_of(document, 0);
        Document second(memory);
        check(second.read(again) == Read::good, "what is written is read");
        check(second.count() == document.count(), "as much is read");
        check(json_of(second, 0) == again, "the same is written");
    }
    check(memory.bytes_in_use() == 0, "nothing is left");
}

void check_pair(std::string_view schema_text, std::string_view text) {
    check_document(schema_text);
    check_document(text);
    auto schema = Schema::compile(schema_text);
    if (!schema) {
        check(!schema.error().message.empty(), "a refusal has its words");
        return;
    }
    const auto again = Schema::compile(json_of(schema->document(), 0));
    Memory memory;
    {
        Checker checker(memory);
        check(checker.prepare_patterns(), "there is memory");
        const std::string first = told(checker, *schema, text);
        check(told(checker, *schema, text) == first, "the same is told again");
        check(again.has_value(), "a schema is written as itself");
        check(told(checker, *again, text) == first, "by the schema written again");
        Document document(memory);
        if (document.read(text) == Read::good) {
            const std::string compact = json_of(document, 0);
            check(told(checker, *schema, compact) == first, "of the text written again");
        }
    }
    check(memory.bytes_in_use() == 0, "nothing is left");
}

}  // namespace
}  // namespace trivet::schema

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = input.find('\n');
    if (size > 4096 || line == std::string_view::npos) {
        return 0;
    }
    trivet::schema::check_pair(input.substr(0, line), input.substr(line + 1));
    return 0;
}
