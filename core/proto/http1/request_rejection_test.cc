#include <gtest/gtest.h>

#include <string>

#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

// The status of a request, which must be the same however its bytes are cut; 0 when it is fine.
int status_of(const std::string& input, const HeadLimits& limits = kTestLimits) {
    const Reading whole = read_messages(input, {}, limits);
    EXPECT_EQ(read_bytewise(input, limits), whole) << input;
    for (std::size_t cut = 1; cut < input.size(); ++cut) {
        EXPECT_EQ(read_messages(input, {cut}, limits), whole)
            << "cut at " << cut << " of " << input;
    }
    EXPECT_EQ(whole.status == 0, whole.reason.empty());
    return whole.status;
}

int status_of_line(const std::string& line) { return status_of(line + "\r\nHost: a\r\n\r\n"); }

int status_of_fields(const std::string& fields) {
    return status_of("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n0\r\n\r\n");
}

TEST(RequestRejection, rejects_what_is_no_method) {
    for (const char* line :
         {" / HTTP/1.1", "GET\t/ HTTP/1.1", "GET", "G\x80T / HTTP/1.1", "G(T / HTTP/1.1",
          "HTTP/1.1 200 OK", "GE:T / HTTP/1.1", "\x16\x03\x01"}) {
        EXPECT_EQ(status_of_line(line), 400) << line;
    }
    EXPECT_EQ(status_of(std::string("G\0T / HTTP/1.1\r\n\r\n", 18)), 400);
}

TEST(RequestRejection, does_not_implement_unknown_methods) {
    for (const char* method :
         {"PROPFOO", "GETX", "get", "G", "GE", "A", "BREW", "!#$%&'*+-.^_`|~"}) {
        EXPECT_EQ(status_of_line(std::string(method) + " / HTTP/1.1"), 501) << method;
    }
    EXPECT_EQ(status_of_line(std::string(65, 'A') + " / HTTP/1.1"), 501);
}

TEST(RequestRejection, does_not_implement_methods_of_other_protocols) {
    for (const char* method :
         {"CONNECT", "DESCRIBE", "ANNOUNCE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER",
          "SET_PARAMETER", "REDIRECT", "RECORD", "FLUSH", "SOURCE"}) {
        const std::string target = std::string(method) == "CONNECT" ? "a:80" : "/";
        EXPECT_EQ(status_of_line(std::string(method) + " " + target + " HTTP/1.1"), 501) << method;
        EXPECT_EQ(status_of_line(std::string(method) + " " + target + " RTSP/1.0"), 501) << method;
    }
}

TEST(RequestRejection, rejects_other_protocols) {
    EXPECT_EQ(status_of_line("GET / RTSP/1.0"), 400);
    EXPECT_EQ(status_of_line("GET / ICE/1.0"), 400);
    EXPECT_EQ(status_of_line("GET / http/1.1"), 400);
    EXPECT_EQ(status_of_line("GET / HTTPS/1.1"), 400);
}

TEST(RequestRejection, rejects_malformed_request_lines) {
    for (const char* line :
         {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/1.1\r", "GET /",
          "GET / ", "GET /\tHTTP/1.1", "GET / HTTP/", "GET / HTTP/1", "GET / HTTP/1.",
          "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP/x.1", "GET / HTTP/1.x",
          "GET / HTTP/1,1", "GET / / HTTP/1.1", "GET HTTP/1.1", "GET  HTTP/1.1"}) {
        EXPECT_EQ(status_of_line(line), 400) << line;
    }
}

// A usual line in one piece does not go through llhttp; the cuts of status_of() do.
TEST(RequestRejection, reads_usual_lines_as_llhttp_does) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        const bool is_graphic = byte > ' ' && byte < 0x7f;
        EXPECT_EQ(status_of_line("GET /a" + one + "b HTTP/1.1"),
                  is_graphic && byte != '#' ? 0 : 400)
            << byte;
        status_of_line("GET " + one + "a HTTP/1.1");
        status_of_line("GET" + one + "/ HTTP/1.1");
        status_of_line("GET /" + one + "HTTP/1.1");
        status_of_line("GET / HTTP/1.1" + one);
        status_of("GET / HTTP/1.1\r" + one + "Host: a\r\n\r\n");
        status_of("GET / HTTP/1.1\r\n" + one + ": a\r\nHost: a\r\n\r\n");
    }
    for (const char* method : {"GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"}) {
        EXPECT_EQ(status_of_line(std::string(method) + " /a?b=%20 HTTP/1.1"), 0) << method;
    }
}

TEST(RequestRejection, supports_versions_1_0_and_1_1_only) {
    for (const char* version : {"0.9", "1.2", "1.9", "2.0", "3.0", "9.9", "0.0"}) {
        EXPECT_EQ(status_of_line("GET / HTTP/" + std::string(version)), 505) << version;
    }
    EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    EXPECT_EQ(status_of_line("PRI / HTTP/1.1"), 505);
}

TEST(RequestRejection, rejects_malformed_targets) {
    for (const char* target : {"a", "?a", "/a#b", "#", "/\x01", "/\x7f", "/\x80", "/a\tb", "/a\fb",
                               "1:b", "/a\\\r", "ht!tp://a/"}) {
        EXPECT_EQ(status_of_line("GET " + std::string(target) + " HTTP/1.1"), 400) << target;
    }
    EXPECT_EQ(status_of(std::string("GET /\0 HTTP/1.0\r\n\r\n", 19)), 400);
}

TEST(RequestRejection, rejects_malformed_field_lines) {
    for (const char* field :
         {"A : b\r\n", " A: b\r\n", "A\r\n", ": b\r\n", "A b: c\r\n", "A(: b\r\n", "A\x80: b\r\n",
          "A: b\x01\r\n", "A: b\x7f\r\n", "A\t: b\r\n", "\tA: b\r\n"}) {
        EXPECT_EQ(status_of_fields(field), 400) << field;
    }
    EXPECT_EQ(status_of_fields(std::string("A: b\0c\r\n", 8)), 400);
    EXPECT_EQ(status_of_fields(std::string("A\0: c\r\n", 7)), 400);
}

TEST(RequestRejection, rejects_folded_lines) {
    EXPECT_EQ(status_of_fields("A: b\r\n c\r\n"), 400);
    EXPECT_EQ(status_of_fields("A: b\r\n\tc\r\n"), 400);
    EXPECT_EQ(status_of_fields("A: b\r\n \r\n"), 400);
    EXPECT_EQ(status_of_fields("A:\r\n c\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n A: b\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestRejection, rejects_bare_cr_and_bare_lf) {
    EXPECT_EQ(status_of_fields("A: b\rc\r\n"), 400);
    EXPECT_EQ(status_of_fields("A: b\nB: c\r\n"), 400);
    EXPECT_EQ(status_of_fields("A: b\r\r\n"), 400);
    EXPECT_EQ(status_of_fields("A:\rb\r\n"), 400);
    EXPECT_EQ(status_of_fields("A:\nB: c\r\n"), 400);
    EXPECT_EQ(status_of_fields("\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n\rX"), 400);
    EXPECT_EQ(status_of("GET /\nHost: a\n\n"), 400);
    EXPECT_EQ(status_of("\nGET / HTTP/1.0\r\n\r\n"), 400);
    EXPECT_EQ(status_of("\rGET / HTTP/1.0\r\n\r\n"), 400);
    EXPECT_EQ(status_of("\n"), 400);
    EXPECT_EQ(status_of("\n\nPOST \xff"), 400);
    EXPECT_EQ(status_of("\r\n\n"), 400);
}

TEST(RequestRejection, bounds_empty_lines_before_a_request) {
    EXPECT_EQ(status_of("\r\n\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 0);
    EXPECT_EQ(status_of("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 400);
}

TEST(RequestRejection, rejects_missing_doubled_and_malformed_hosts) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nXHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
    for (const char* host :
         {"a b", "u@a", "a/b", "a:b", "a, b", "a\\b", "[::1", "a:80:80", "http://a"}) {
        EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 400)
            << host;
    }
}

TEST(RequestRejection, knows_one_expectation) {
    EXPECT_EQ(status_of_fields("Expect: 100-continued\r\n"), 417);
    EXPECT_EQ(status_of_fields("Expect:\r\n"), 417);
    EXPECT_EQ(status_of_fields("Expect: 100-continue, x\r\n"), 417);
}

TEST(RequestRejection, bounds_the_target) {
    const std::string longest = "/" + std::string(63, 'a');
    EXPECT_EQ(status_of_line("GET " + longest + " HTTP/1.1"), 0);
    EXPECT_EQ(status_of_line("GET " + longest + "a HTTP/1.1"), 414);
    EXPECT_EQ(status_of("GET " + longest + "a"), 414);
    EXPECT_EQ(status_of_line("GET " + longest + "a\x01 HTTP/1.1"), 414);
    EXPECT_EQ(status_of_line("GET " + longest + "aa#"), 414);
    EXPECT_EQ(status_of_line("GET /#" + longest + longest + "\x01"), 400);
    EXPECT_EQ(status_of_line("GET  " + longest + longest + "\x01"), 400);
}

TEST(RequestRejection, bounds_the_head) {
    const std::string head = "GET / HTTP/1.0\r\nA: \r\n\r\n";
    const auto padded = [&head](std::size_t size) {
        std::string text = head;
        return text.insert(19, std::string(size - head.size(), 'a'));
    };
    EXPECT_EQ(status_of(padded(512)), 0);
    EXPECT_EQ(status_of(padded(513)), 431);
    EXPECT_EQ(status_of(padded(2000).substr(0, 512)), 0);
    EXPECT_EQ(status_of(padded(2000).substr(0, 513)), 431);
    EXPECT_EQ(status_of(padded(600) + "\x01"), 431);
    EXPECT_EQ(status_of("GET /" + std::string(600, 'a'), {4000, 512, 20}), 431);
    EXPECT_EQ(status_of(std::string(60, 'A'), {4000, 50, 20}), 431);
}

TEST(RequestRejection, bounds_the_number_of_fields) {
    const auto with_fields = [](int count) {
        std::string text = "GET / HTTP/1.0\r\n";
        for (int index = 0; index < count; ++index) {
            text += "A: b\r\n";
        }
        return text + "\r\n";
    };
    EXPECT_EQ(status_of(with_fields(20)), 0);
    EXPECT_EQ(status_of(with_fields(21)), 431);
    EXPECT_EQ(status_of(with_fields(20).erase(136) + "A(: b\r\n"), 400);
}

}  // namespace
}  // namespace trivet::http1
