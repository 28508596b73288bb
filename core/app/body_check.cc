#include "app/body_check.h"

#include <charconv>
#include <span>
#include <string_view>

#include "base/ascii.h"
#include "base/buffer.h"
#include "http/exchange.h"
#include "http/problem.h"
#include "proto/http1/media_type.h"

namespace trivet::app {
namespace {

constexpr std::size_t kDetailBytesMax = 200;  // of a Content-Type that is told back

// A sentence in memory of its own size; what does not fit is left out.
class Sentence {
public:
    Sentence& operator<<(std::string_view text) noexcept {
        const std::size_t fits =
            text.size() < sizeof text_ - size_ ? text.size() : sizeof text_ - size_;
        text.copy(text_ + size_, fits);
        size_ += fits;
        return *this;
    }
    Sentence& operator<<(std::size_t number) noexcept {
        char digits[20];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
    }
    std::string_view view() const noexcept { return {text_, size_}; }

private:
    char text_[kDetailBytesMax + 100];
    std::size_t size_ = 0;
};

// application/json, or a type with the suffix +json, RFC 6839.
bool is_json(std::string_view content_type) noexcept {
    if (http1::is_media_type(content_type, "application/json")) {
        return true;
    }
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    constexpr std::string_view kTree = "application/";
    constexpr std::string_view kSuffix = "+json";
    return type.size() > kTree.size() + kSuffix.size() &&
           equal_ignoring_case(type.substr(0, kTree.size()), kTree) &&
           equal_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix);
}

bool append_error(Buffer& out, const schema::Mistake& mistake) noexcept {
    return out.append(R"({"in":"body","pointer":")") &&
           http::append_json_text(out, mistake.pointer) && out.append(R"(","code":")") &&
           http::append_json_text(out, mistake.code) && out.append(R"(","detail":")") &&
           http::append_json_text(out, mistake.detail) && out.append(R"("})");
}

void refuse(http::Server& server, http::Exchange& exchange,
            std::span<const schema::Mistake> mistakes, std::size_t found) noexcept {
    Sentence detail;
    if (found > mistakes.size()) {
        detail << "more than " << mistakes.size() << " values are wrong";
    } else if (found == 1) {
        detail << "1 value is wrong";
    } else {
        detail << found << " values are wrong";
    }
    Buffer members(server.pool());
    bool is_good = members.append(R"(,"errors":[)");
    for (std::size_t index = 0; index < mistakes.size() && is_good; ++index) {
        is_good = (index == 0 || members.append(",")) && append_error(members, mistakes[index]);
    }
    if (!is_good || !members.append("]")) {
        server.reply_problem(exchange, 503, "out of memory");
        return;
    }
    server.reply_problem(exchange, 422, detail.view(), members.view());
}

}  // namespace

bool BodyCheck::passes(http::Server& server, http::Exchange& exchange,
                       const schema::Schema& schema) noexcept {
    const std::string_view body = exchange.view.body;
    if (body.empty()) {
        const schema::Mistake missing{"", "required", "is missing"};
        refuse(server, exchange, {&missing, 1}, 1);
        return false;
    }
    const http1::HeaderView* type = exchange.find_header("content-type");
    if (type == nullptr || !is_json(type->value)) {
        Sentence detail;
        detail << "the content must be application/json, ";
        if (type == nullptr) {
            detail << "it has no Content-Type";
        } else {
            detail << "not " << std::string_view(type->value).substr(0, kDetailBytesMax);
        }
        server.reply_problem(exchange, 415, detail.view());
        return false;
    }
    if (schema.has_patterns() && !checker_.prepare_patterns()) {
        server.reply_problem(exchange, 503, "out of memory");
        return false;
    }
    Sentence detail;
    const schema::Verdict verdict = checker_.check(schema, body);
    switch (verdict) {
        case schema::Verdict::good:
            break;
        case schema::Verdict::wrong:
            refuse(server, exchange, checker_.mistakes(), checker_.found());
            break;
        case schema::Verdict::malformed:
            detail << "malformed JSON at byte " << checker_.offset();
            server.reply_problem(exchange, 400, detail.view());
            break;
        case schema::Verdict::deep:
            detail << "the JSON is nested too deeply at byte " << checker_.offset();
            server.reply_problem(exchange, 400, detail.view());
            break;
        case schema::Verdict::memory:
            server.reply_problem(exchange, 503, "out of memory");
            break;
    }
    checker_.clear();
    return verdict == schema::Verdict::good;
}

}  // namespace trivet::app
