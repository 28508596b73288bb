#include "tls/context.h"

#include <gtest/gtest.h>

#include <ctime>

#include "tls/certificate_maker.h"

namespace trivet::tls {
namespace {

Config with(std::vector<Certificate> certificates) {
    Config config;
    config.certificates = std::move(certificates);
    return config;
}

TEST(Context, says_what_is_wrong_with_it) {
    const CertificateMaker authority({.name = "authority"});
    const CertificateMaker site({.name = "site"});
    const auto fault = [](const Config& config) {
        auto made = Context::make(config);
        return made ? std::string("fine") : made.error().where + ": " + made.error().detail;
    };
    const Certificate good = site.as_server();
    EXPECT_EQ(fault(Config{}), "certificates: there is none");
    EXPECT_EQ(fault(with({{"a.pem", "", good.key, ""}})), "a.pem: no certificate in PEM");
    EXPECT_EQ(fault(with({{"a.pem", good.chain, authority.key_pem(), ""}})),
              "a.pem: the key is not that of the certificate");
    EXPECT_TRUE(fault(with({{"a.pem", good.chain, "", ""}}))
                    .starts_with("a.pem: no key in PEM without a password: "));
    std::string broken = good.chain;
    broken[broken.size() / 4] = '!';
    EXPECT_TRUE(fault(with({{"a.pem", broken, good.key, ""}}))
                    .starts_with("a.pem: malformed certificate: "));
    std::string many;
    for (int count = 0; count < 17; ++count) {
        many += authority.certificate_pem();
    }
    EXPECT_EQ(fault(with({{"a.pem", many, good.key, ""}})), "a.pem: more than 16 certificates");
    Config config = with({good});
    config.client_auth = ClientAuth::required;
    EXPECT_EQ(fault(config), "client_authorities: no certificate in PEM");
}

TEST(Context, knows_when_the_first_certificate_ends) {
    const CertificateMaker site({.name = "site"});
    const CertificateMaker sooner({.name = "sooner", .valid_s = 600});
    const auto context = Context::make(with({site.as_server(), sooner.as_server()}));
    ASSERT_TRUE(context.has_value());
    EXPECT_NEAR(static_cast<double>((*context)->not_after()),
                static_cast<double>(time(nullptr) + 600), 60.0);
}

}  // namespace
}  // namespace trivet::tls
