// The first byte chooses a method, the rest is a request target, but for a newline at the end. What
// it splits into is part of it; decoding agrees with the plainest decoder that can be written.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/memory.h"
#include "check.h"
#include "proto/url/percent.h"
#include "proto/url/query.h"
#include "proto/url/target.h"

namespace trivet::url {
namespace {

using fuzz::check;

bool is_within(std::string_view part, std::string_view whole) {
    return part.empty() || part == "/" || part == "*" ||
           (part.data() >= whole.data() &&
            part.data() + part.size() <= whole.data() + whole.size());
}

// nullopt for a malformed escape.
std::optional<std::string> decoded_plainly(std::string_view raw, bool is_form) {
    constexpr std::string_view kDigits = "0123456789abcdef0123456789ABCDEF";
    std::string text;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (is_form && raw[at] == '+') {
            text += ' ';
            continue;
        }
        const std::size_t high =
            at + 1 < raw.size() ? kDigits.find(raw[at + 1]) : std::string::npos;
        const std::size_t low =
            at + 2 < raw.size() ? kDigits.rfind(raw[at + 2]) : std::string::npos;
        if (raw[at] == '%' && high != std::string::npos && low != std::string::npos) {
            text += static_cast<char>((high % 16) * 16 + low % 16);
            at += 2;
        } else if (raw[at] == '%' && !is_form) {
            return std::nullopt;
        } else {
            text += raw[at];
        }
    }
    return text;
}

void check_decoding(std::string_view raw, Arena& arena) {
    const auto path = path_decode(raw, arena);
    const auto plain_path = decoded_plainly(raw, false);
    const bool has_nul = raw.find("%00") != std::string_view::npos;
    check(path.has_value() == (plain_path.has_value() && !has_nul), "escapes are judged alike");
    check(!path || *path == *plain_path, "a path decodes plainly");
    const auto form = form_decode(raw, arena);
    check(form.has_value() && *form == *decoded_plainly(raw, true), "a form decodes plainly");
    check(form_equal(raw, *form), "raw equals decoded");
    check(!form_equal(raw, std::string(*form) + "x"), "raw does not equal more");
}

void check_query(std::string_view query, Arena& arena) {
    const auto list = parse_query(query, arena);
    check(list.has_value(), "a query is listed");
    for (const Param& param : list->items) {
        const auto found = find_query(query, param.name, arena);
        check(found.has_value() && found->has_value(), "what is listed is found");
        for (const Param& first : list->items) {
            if (std::string_view(first.name) == std::string_view(param.name)) {
                check(std::string_view(first.value) == **found, "the first one is found");
                break;
            }
        }
    }
}

void check_target(std::string_view method, std::string_view text) {
    Memory memory;
    Arena arena(memory);
    check_decoding(text, arena);
    check_query(text, arena);
    const auto target = parse_target(text, method);
    if (!target) {
        return;
    }
    check(is_within(target->path, text), "the path is within");
    check(is_within(target->query, text), "the query is within");
    check(is_within(target->authority, text), "the authority is within");
    check(target->path.find_first_of("?# ") == std::string_view::npos, "a path is only a path");
    const bool has_path =
        target->form == TargetForm::origin || target->form == TargetForm::absolute;
    check(has_path == target->path.starts_with('/'), "a path begins with a slash");
    check((target->form == TargetForm::authority) == (method == "CONNECT"), "CONNECT has a host");
    check(target->has_query || target->query.empty(), "no query, no text");
    if (target->form == TargetForm::origin) {
        check(std::string(target->path) + (target->has_query ? "?" : "") +
                      std::string(target->query) ==
                  text,
              "path and query make up the target");
    }
}

}  // namespace
}  // namespace trivet::url

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 512) {
        return 0;
    }
    constexpr std::string_view kMethods[] = {"GET", "OPTIONS", "CONNECT"};
    std::string_view target(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (target.ends_with('\n')) {
        target.remove_suffix(1);
    }
    trivet::url::check_target(kMethods[data[0] % 3], target);
    return 0;
}
