#include "http/type_list.h"

#include <gtest/gtest.h>

namespace trivet::http {
namespace {

TEST(TypeList, usual_types_are_those_that_shrink) {
    TypeList types;
    types.add_usual();
    for (const char* type :
         {"text/html; charset=utf-8", "text/plain", "TEXT/CSV", "application/json",
          "Application/JSON ; charset=utf-8", "application/problem+json", "image/svg+xml",
          "application/atom+xml", "application/javascript", "application/wasm",
          "application/x-ndjson"}) {
        EXPECT_TRUE(types.has(type)) << type;
    }
    for (const char* type :
         {"", "image/png", "image/webp", "video/mp4", "audio/ogg", "application/zip",
          "application/gzip", "application/pdf", "font/woff2", "application/octet-stream",
          "text/event-stream", "text/event-stream; charset=utf-8", "Text/Event-Stream", "text",
          "application/jsonp", "json"}) {
        EXPECT_FALSE(types.has(type)) << type;
    }
}

TEST(TypeList, has_what_was_added) {
    TypeList types;
    for (const char* type : {"application/CBOR", "image/*", "+zip", "text/event-stream"}) {
        EXPECT_TRUE(types.add(type)) << type;
    }
    EXPECT_EQ(types.size(), 4u);
    for (const char* type : {"application/cbor", "image/bmp", "application/epub+ZIP; a=b",
                             "text/event-stream;charset=utf-8"}) {
        EXPECT_TRUE(types.has(type)) << type;
    }
    EXPECT_FALSE(types.has("text/plain"));
    EXPECT_FALSE(types.has("application/cbor-seq"));
    EXPECT_FALSE(types.has("images/bmp"));
    EXPECT_FALSE(types.has("image/" + std::string(TypeList::kTypeBytesMax, 'x')));
}

TEST(TypeList, refuses_what_is_no_type) {
    TypeList types;
    for (const char* type : {"", "json", "*/*", "*", "text/", "/html", "te xt/html", "text/ht*",
                             "text/html; charset=utf-8", "+", "+ json", "a/b/c", " text/html"}) {
        EXPECT_FALSE(types.add(type)) << type;
    }
    EXPECT_FALSE(types.add("text/" + std::string(TypeList::kTypeBytesMax, 'x')));
    EXPECT_EQ(types.size(), 0u);
}

}  // namespace
}  // namespace trivet::http
