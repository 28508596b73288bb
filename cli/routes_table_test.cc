#include "routes_table.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

std::string table_of(const char* text, bool is_verbose = false) {
    const auto document = parse_json(text);
    EXPECT_TRUE(document) << document.error();
    return document ? routes_table(*document, is_verbose) : "";
}

constexpr const char* kShop = R"({"routes": [
  {"methods": ["GET"], "pattern": "/", "host": "", "name": "", "site": "app.py:3", "metadata": {},
   "constraints": {}, "before": [], "after": []},
  {"methods": ["GET", "PUT"], "pattern": "/ü/{id:int}/{x}", "host": "", "name": "item",
   "site": "app.py:10", "metadata": {"team": "core", "a": "b"},
   "constraints": {"id": "int", "x": "text"}, "limits": {"requests_max": 2, "body_bytes_max": 0},
   "middleware": [{"phase": "trace", "kind": "request_id", "options": "header=X-Id"},
                  {"phase": "trace", "kind": "trace_context", "options": ""},
                  {"phase": "auth", "kind": "bearer", "options": "2 credentials"}],
   "before": ["auth", "limit"], "after": ["log"]}]})";

TEST(RoutesTable, aligns_columns_and_leaves_out_empty_ones) {
    EXPECT_EQ(table_of(kShop),
              "METHODS  PATTERN          NAME\n"
              "GET      /\n"
              "GET,PUT  /ü/{id:int}/{x}  item\n");
}

TEST(RoutesTable, tells_more_when_asked) {
    EXPECT_EQ(table_of(kShop, true),
              "METHODS  PATTERN          NAME  SITE\n"
              "GET      /                      app.py:3\n"
              "GET,PUT  /ü/{id:int}/{x}  item  app.py:10\n"
              "    constraints  id: int, x: text\n"
              "    limits       requests_max=2, body_bytes_max=0\n"
              "    trace        request_id (header=X-Id), trace_context\n"
              "    auth         bearer (2 credentials)\n"
              "    before       auth, limit\n"
              "    after        log\n"
              "    metadata     team=core, a=b\n");
}

TEST(RoutesTable, shows_hosts_where_there_are_any) {
    EXPECT_EQ(table_of(R"({"routes": [{"methods": ["*"], "pattern": "/", "host": "a.example"}]})"),
              "METHODS  HOST       PATTERN\n*        a.example  /\n");
}

TEST(RoutesTable, is_empty_without_routes) {
    EXPECT_EQ(table_of(R"({"routes": []})"), "");
    EXPECT_EQ(table_of("{}"), "");
}

}  // namespace
}  // namespace trivet::cli
