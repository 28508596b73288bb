#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "middleware/middleware.h"
#include "proto/url/query.h"

namespace trivet::middleware {

using Made = std::expected<std::unique_ptr<Middleware>, std::string>;

// Makes middleware of a kind. The error says which option is wrong and what is allowed.
Made make(std::string_view kind, std::span<const url::Param> options);

// One function a kind, each in the file of its name.
Made make_request_id(std::span<const url::Param> options);
Made make_trace_context(std::span<const url::Param> options);
Made make_cors(std::span<const url::Param> options);
Made make_security_headers(std::span<const url::Param> options);
Made make_bearer(std::span<const url::Param> options);
Made make_api_key(std::span<const url::Param> options);
Made make_basic(std::span<const url::Param> options);
Made make_require(std::span<const url::Param> options);
Made make_body_limit(std::span<const url::Param> options);
Made make_timeout(std::span<const url::Param> options);
Made make_compress(std::span<const url::Param> options);
Made make_etag(std::span<const url::Param> options);

}  // namespace trivet::middleware
