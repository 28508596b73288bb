#include "middleware/compile.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using CompileTest = ChainTest;

TEST_F(CompileTest, routes_with_the_same_middleware_share_a_chain) {
    const Made one = make_of("request_id", {});
    const Made other = make_of("security_headers", {});
    const std::vector<const Middleware*> both{one->get(), other->get()};
    const std::vector<const Middleware*> first{one->get()};
    Chains compiled;
    const Chain* chain = compiled.compile({both});
    EXPECT_EQ(compiled.compile({first, std::span(both).subspan(1)}), chain);
    EXPECT_NE(compiled.compile({first}), chain);
    EXPECT_EQ(compiled.compile({}), nullptr);
}

}  // namespace
}  // namespace trivet::middleware
