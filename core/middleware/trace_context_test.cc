#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using TraceContextTest = ChainTest;

TEST_F(TraceContextTest, a_list_of_vendors_that_is_too_long_is_left_out) {
    asked = {"trace_state"};
    mount(0, "trace_context");
    serve();
    const std::string parent =
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    get(parent + "tracestate: " + std::string(4000, 'a') +
        "\r\ntracestate: " + std::string(4000, 'b') + "\r\n");
    EXPECT_EQ(seen[0], std::string(4000, 'a') + "," + std::string(4000, 'b'));
    get(parent + "tracestate: " + std::string(4100, 'a') +
        "\r\ntracestate: " + std::string(4100, 'b') + "\r\n");
    EXPECT_EQ(seen[0], "-");
}

TEST_F(TraceContextTest, spans_differ_within_a_trace) {
    asked = {"trace_id", "span_id"};
    mount(0, "trace_context", {{"response", "true"}});
    serve();
    const std::string parent =
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n";
    const std::string answer = get(parent);
    const std::string span = seen[1];
    EXPECT_NE(answer.find("traceresponse: 00-" + seen[0] + "-" + span + "-00\r\n"),
              std::string::npos);
    get(parent);
    EXPECT_EQ(seen[0], "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_NE(seen[1], span);
}

}  // namespace
}  // namespace trivet::middleware
