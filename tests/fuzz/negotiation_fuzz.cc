// The first byte chooses what a server offers, the second how the rest is cut into lines: the
// values of Accept-Encoding. What is chosen agrees with the plainest reader, whatever the order.

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "proto/negotiation/content_coding.h"
#include "proto/negotiation/weight.h"

namespace trivet::negotiation {
namespace {

using fuzz::check;
using Names = std::vector<std::string_view>;

std::string trim(std::string text) {
    text.erase(0, text.find_first_not_of(" \t"));
    text.erase(text.find_last_not_of(" \t") + 1);
    return text;
}

std::vector<std::string> split(std::string_view text, char byte) {
    std::vector<std::string> parts(1);
    for (const char each : text) {
        if (each == byte) {
            parts.emplace_back();
        } else {
            parts.back() += each;
        }
    }
    return parts;
}

// In thousandths; nullopt when malformed.
std::optional<int> plain_weight(const std::string& text) {
    const std::size_t dot = text.find('.');
    const std::string whole = text.substr(0, dot);
    std::string part = dot == std::string::npos ? "" : text.substr(dot + 1);
    if ((whole != "0" && whole != "1") || part.size() > 3 ||
        part.find_first_not_of("0123456789") != std::string::npos) {
        return std::nullopt;
    }
    part.resize(3, '0');
    const int weight = std::stoi(whole) * 1000 + std::stoi(part);
    return weight > 1000 ? std::nullopt : std::optional(weight);
}

std::map<std::string, int> plain_weights(const Names& lines) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    std::map<std::string, int> weights;
    for (const std::string_view line : lines) {
        for (const std::string& element : split(line, ',')) {
            const auto parts = split(element, ';');
            std::string name = trim(parts[0]);
            for (char& byte : name)
                byte = static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
            const bool is_token = std::ranges::all_of(name, [&](char byte) {
                return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
                       kMarks.contains(byte);
            });
            int weight = 1000;
            if (parts.size() > 1) {
                const std::string parameter = trim(parts[1]);
                const bool is_weight = parameter.starts_with("q=") || parameter.starts_with("Q=");
                weight = is_weight ? plain_weight(parameter.substr(2)).value_or(-1) : -1;
            }
            if (name.empty() || !is_token || parts.size() > 2 || weight < 0) continue;
            if (name == "x-gzip") name = "gzip";
            const auto known = weights.find(name);
            weights[name] = known == weights.end() ? weight : std::min(known->second, weight);
        }
    }
    return weights;
}

std::optional<std::size_t> plain_choice(const Names& lines, const Names& offered) {
    const auto weights = plain_weights(lines);
    std::optional<std::size_t> best;
    double best_weight = 0;
    for (std::size_t index = 0; index < offered.size(); ++index) {
        double weight = offered[index] == "identity" ? 0.5 : 0;
        if (weights.contains("*")) weight = weights.at("*");
        const auto named = weights.find(std::string(offered[index]));
        if (named != weights.end()) weight = named->second;
        if (weight > best_weight) {
            best = index;
            best_weight = weight;
        }
    }
    return best;
}

void check_choice(const Names& lines, const Names& offered) {
    const auto chosen = choose_coding(lines, offered);
    check(!chosen || *chosen < offered.size(), "what is chosen is on offer");
    check(chosen == plain_choice(lines, offered), "the plainest reader chooses the same");
    std::string joined;
    std::vector<std::string> elements;
    for (const std::string_view line : lines) {
        for (std::string& element : split(line, ',')) elements.push_back(std::move(element));
    }
    std::ranges::reverse(elements);
    for (const std::string& element : elements) joined += element + ",";
    check(choose_coding(Names{joined}, offered) == chosen, "order and lines do not matter");
    const std::string refusing = joined + "identity;q=0,*;q=0";
    const auto named = choose_coding(Names{refusing}, offered);
    check(!named || offered[*named] != "identity", "who refuses to have it plain does not get it");
}

}  // namespace
}  // namespace trivet::negotiation

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 2048) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    std::vector<std::string_view> offered;
    constexpr std::string_view kCodings[] = {"br", "zstd", "gzip", "identity"};
    for (unsigned index = 0; index < 4; ++index) {
        if ((data[0] >> index & 1) == 0) offered.push_back(kCodings[index]);
    }
    std::rotate(offered.begin(),
                offered.begin() + (offered.empty() ? 0 : data[0] / 16 % offered.size()),
                offered.end());
    const std::size_t middle = data[1] % (text.size() + 1);
    trivet::negotiation::check_choice({text.substr(0, middle), text.substr(middle)}, offered);
    return 0;
}
