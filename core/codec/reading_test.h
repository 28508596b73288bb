#pragma once

// What unit tests and the fuzz target share: a whole multipart body read with a MultipartParser.

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/multipart.h"

namespace trivet::codec {

struct ReadPart {
    std::string name;
    std::optional<std::string> filename;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string data;
    bool is_complete = false;

    bool operator==(const ReadPart&) const = default;
};

struct ReadBody {
    std::vector<ReadPart> parts;
    bool has_end = false;
    std::optional<MultipartError> error;

    bool operator==(const ReadBody&) const = default;
};

// Reads a body as its pieces arrive. Each piece lies in memory of its own, so that the address
// sanitizer catches a look beyond it.
class BodyReader {
public:
    BodyReader(std::string_view boundary, const MultipartLimits& limits)
        : parser_(memory_, boundary, limits) {}

    // False once there was an error.
    bool feed(std::string_view bytes) {
        const auto room = std::make_unique<char[]>(bytes.size());
        if (!bytes.empty()) {
            std::memcpy(room.get(), bytes.data(), bytes.size());
        }
        std::string_view piece(room.get(), bytes.size());
        for (;;) {
            const auto step = parser_.next(piece);
            if (!step) {
                body_.error = step.error();
                return false;
            }
            if (step->event == MultipartEvent::need_more) {
                return true;
            }
            take(*step);
        }
    }
    void finish() {
        if (const auto finished = parser_.finish(); !finished) {
            body_.error = finished.error();
        }
    }

    const ReadBody& body() const { return body_; }
    Memory& memory() { return memory_; }

private:
    void take(const MultipartStep& step) {
        if (step.event == MultipartEvent::data) {
            body_.parts.back().data += step.data;
        } else if (step.event == MultipartEvent::part_end) {
            body_.parts.back().is_complete = true;
        } else if (step.event == MultipartEvent::end) {
            body_.has_end = true;
        } else {
            const Part& part = parser_.part();
            ReadPart read{.name = std::string(part.name),
                          .content_type = std::string(part.content_type)};
            if (part.is_file) {
                read.filename = part.filename;
            }
            for (const PartField& field : part.fields) {
                read.fields.emplace_back(std::string_view(field.name),
                                         std::string_view(field.value));
            }
            body_.parts.push_back(std::move(read));
        }
    }

    Memory memory_;
    MultipartParser parser_;
    ReadBody body_;
};

// Reads `input` in pieces that end at the offsets `cuts`, which ascend.
inline ReadBody read_body(std::string_view boundary, std::string_view input,
                          const std::vector<std::size_t>& cuts = {},
                          const MultipartLimits& limits = {}) {
    BodyReader reader(boundary, limits);
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        if (!reader.feed(input.substr(begin, cut - begin))) {
            return reader.body();
        }
        begin = cut;
    }
    if (reader.feed(input.substr(begin))) {
        reader.finish();
    }
    return reader.body();
}

inline ReadBody read_bytewise(std::string_view boundary, std::string_view input,
                              const MultipartLimits& limits = {}) {
    BodyReader reader(boundary, limits);
    for (std::size_t at = 0; at < input.size(); ++at) {
        if (!reader.feed(input.substr(at, 1))) {
            return reader.body();
        }
    }
    reader.finish();
    return reader.body();
}

}  // namespace trivet::codec
