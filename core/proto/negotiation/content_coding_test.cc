#include "proto/negotiation/content_coding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::negotiation {
namespace {

using Names = std::vector<std::string_view>;

const Names kUsual{"br", "zstd", "gzip", "identity"};

std::string chosen(const Names& lines, const Names& offered = kUsual) {
    const auto index = choose_coding(lines, offered);
    return index ? std::string(offered.at(*index)) : "none";
}

TEST(ContentCoding, the_greatest_weight_is_chosen) {
    EXPECT_EQ(chosen({"gzip"}), "gzip");
    EXPECT_EQ(chosen({"gzip;q=0.5, zstd;q=0.8, br;q=0.3"}), "zstd");
    EXPECT_EQ(chosen({"gzip;q=0.001"}), "gzip");
    EXPECT_EQ(chosen({"gzip;q=0.5, identity"}), "identity");
    EXPECT_EQ(chosen({"gzip;q=0.5, identity;q=0.5"}), "gzip");
    EXPECT_EQ(chosen({"identity, gzip;q=0.999"}), "identity");
}

TEST(ContentCoding, of_the_same_weight_the_servers_first_is_chosen) {
    EXPECT_EQ(chosen({"gzip, deflate, br, zstd"}), "br");
    EXPECT_EQ(chosen({"gzip, deflate, br, zstd"}, {"gzip", "br"}), "gzip");
    EXPECT_EQ(chosen({"gzip", "br"}), "br");
    EXPECT_EQ(chosen({"*"}), "br");
    EXPECT_EQ(chosen({"identity, gzip"}), "gzip");
}

// Section 12.5.3.
TEST(ContentCoding, agrees_with_the_examples_of_rfc_9110) {
    EXPECT_EQ(chosen({"compress, gzip"}), "gzip");
    EXPECT_EQ(chosen({""}), "identity");
    EXPECT_EQ(chosen({"*"}), "br");
    EXPECT_EQ(chosen({"compress;q=0.5, gzip;q=1.0"}), "gzip");
    EXPECT_EQ(chosen({"gzip;q=1.0, identity; q=0.5, *;q=0"}), "gzip");
    EXPECT_EQ(chosen({"gzip;q=1.0, identity; q=0.5, *;q=0"}, {"br", "identity"}), "identity");
}

TEST(ContentCoding, identity_needs_no_mention) {
    EXPECT_EQ(chosen({"deflate"}), "identity");
    EXPECT_EQ(chosen({"gzip;q=0"}), "identity");
    EXPECT_EQ(chosen({"br;q=0, zstd;q=0, gzip;q=0"}), "identity");
    EXPECT_EQ(chosen({"deflate"}, {"gzip"}), "none");
    EXPECT_EQ(chosen({"gzip;q=0.001"}, {"identity", "gzip"}), "gzip");
}

TEST(ContentCoding, identity_can_be_refused) {
    EXPECT_EQ(chosen({"identity;q=0"}), "none");
    EXPECT_EQ(chosen({"*;q=0"}), "none");
    EXPECT_EQ(chosen({"deflate, *;q=0"}), "none");
    EXPECT_EQ(chosen({"gzip, *;q=0"}), "gzip");
    EXPECT_EQ(chosen({"identity, *;q=0"}), "identity");
    EXPECT_EQ(chosen({"identity;q=0.1, *;q=0"}), "identity");
    EXPECT_EQ(chosen({"*;q=0.5, identity;q=0"}), "br");
    EXPECT_EQ(chosen({"identity;q=0, *;q=0.5"}, {"identity"}), "none");
    EXPECT_EQ(chosen({"identity;q=0.000"}), "none");
}

TEST(ContentCoding, a_star_is_what_is_not_named) {
    EXPECT_EQ(chosen({"br;q=0, *"}), "zstd");
    EXPECT_EQ(chosen({"br;q=0.2, zstd;q=0.1, *;q=0.5"}), "gzip");
    EXPECT_EQ(chosen({"*;q=0.5, br;q=0.2, zstd;q=0.2, gzip;q=0.2"}), "identity");
    EXPECT_EQ(chosen({"gzip, *;q=0.1"}), "gzip");
}

TEST(ContentCoding, without_a_field_nothing_is_encoded) {
    EXPECT_EQ(chosen({}), "identity");
    EXPECT_EQ(chosen({}, {"gzip", "br"}), "gzip");
    EXPECT_EQ(chosen({}, {}), "none");
    EXPECT_EQ(chosen({"*"}, {}), "none");
}

TEST(ContentCoding, names_have_no_case_and_gzip_has_an_old_one) {
    EXPECT_EQ(chosen({"GZIP;Q=1"}), "gzip");
    EXPECT_EQ(chosen({"x-gzip"}), "gzip");
    EXPECT_EQ(chosen({"X-GZip;q=0.5, identity;q=0.4"}), "gzip");
    EXPECT_EQ(chosen({"Identity;q=0"}), "none");
    EXPECT_EQ(chosen({"x-br"}), "identity");
    EXPECT_EQ(chosen({"gzi", "gzipp"}), "identity");
}

TEST(ContentCoding, what_is_malformed_is_not_looked_at) {
    EXPECT_EQ(chosen({"gzip;q=a"}), "identity");
    EXPECT_EQ(chosen({"gzip;q=2, br;q=0.1"}), "br");
    EXPECT_EQ(chosen({"gzip;q=-1"}), "identity");
    EXPECT_EQ(chosen({"br;level=3, gzip"}), "gzip");
    EXPECT_EQ(chosen({"identity;q=0.0000, deflate"}), "identity");
    EXPECT_EQ(chosen({",, gzip ,,", ","}), "gzip");
    EXPECT_EQ(chosen({"gzip;q=0;, br"}), "br");
    EXPECT_EQ(chosen({"\"gzip\", 'br'"}), "identity");
    const std::string nul("gzip\0, br\0", 10);
    EXPECT_EQ(chosen({nul}), "identity");
    const std::string commas(100'000, ',');
    EXPECT_EQ(chosen({commas, "gzip"}), "gzip");
}

TEST(ContentCoding, of_a_name_said_twice_the_lesser_weight_counts) {
    EXPECT_EQ(chosen({"gzip, gzip;q=0"}), "identity");
    EXPECT_EQ(chosen({"gzip;q=0", "x-gzip"}), "identity");
    EXPECT_EQ(chosen({"*, *;q=0"}), "none");
    EXPECT_EQ(chosen({"br;q=0.5, gzip;q=0.4, br;q=0.3"}), "gzip");
}

TEST(ContentCoding, an_offer_is_bounded) {
    const Names many{"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    EXPECT_EQ(chosen({"h"}, many), "h");
    EXPECT_EQ(chosen({"i"}, many), "none");
}

}  // namespace
}  // namespace trivet::negotiation
