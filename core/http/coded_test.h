#pragma once

// What tests of encoded answers share: a chain that encodes, and a client that decodes.

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/inflate.h"
#include "http/chain.h"

namespace trivet::http {

// What a client has of `input` so far; "error: …" when it is not encoded so.
inline std::string decoded_so_far(codec::Coding coding, std::string_view input,
                                  bool* is_whole = nullptr) {
    Memory memory;
    codec::DecoderMemory budget(memory, 9 << 20);
    codec::Inflater inflater(budget, coding,
                             {.output_bytes_max = 1 << 28, .ratio_max = UINT32_MAX});
    std::string output;
    std::vector<char> room(65536);
    for (std::size_t written = room.size(); written == room.size() || !input.empty();) {
        const auto step = inflater.next(input, room);
        if (!step) {
            return "error: " + std::string(message(step.error()));
        }
        written = *step;
        output.append(room.data(), written);
    }
    if (is_whole != nullptr) {
        *is_whole = inflater.finish().has_value();
    }
    return output;
}

inline std::string decoded_by(codec::Coding coding, std::string_view input) {
    bool is_whole = false;
    std::string output = decoded_so_far(coding, input, &is_whole);
    EXPECT_TRUE(is_whole);
    return output;
}

// Rules and nothing else.
class RulesChain final : public Chain {
public:
    explicit RulesChain(const AnswerRules& rules) { answer_rules_ = rules; }
    const ChainAnswer* on_head(Exchange&, Random&) const noexcept override { return nullptr; }
    char* write_fields(char* out, const Exchange&,
                       std::span<const http1::HeaderView>) const noexcept override {
        return out;
    }
};

// Rows of JSON, which shrink, but not to nothing.
inline std::string some_json(std::size_t size) {
    std::string text = "[";
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525u + 1013904223u;
        text += R"({"id":)" + std::to_string(state >> 20) + R"(,"name":"item","price":)" +
                std::to_string(state % 977) + "},";
    }
    text.resize(size);
    return text;
}

}  // namespace trivet::http
