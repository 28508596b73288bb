#include "app/certificates.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tls/certificate_maker.h"

namespace trivet::app {
namespace {

constexpr std::chrono::seconds kPatience{30};  // reached only by a test that fails

class CertificatesTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "certificates-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        maker_ = std::make_unique<tls::CertificateMaker>(
            tls::CertificateRequest{.name = "one", .hosts = {"one.example"}});
        write("certificate.pem", maker_->certificate_pem());
        write("key.pem", maker_->key_pem());
        settings_.certificate = path("certificate.pem");
        settings_.key = path("key.pem");
    }
    void TearDown() override {
        certificates_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    // As people replace files: the name is never without one.
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name + ".new")) << text;
        std::filesystem::rename(path(name + ".new"), path(name));
    }
    std::string fault() const {
        auto opened = Certificates::open(settings_, log_);
        const auto checked = Certificates::check(settings_);
        EXPECT_EQ(opened.has_value(), checked.has_value());
        if (opened) return "none";
        EXPECT_EQ(opened.error().detail, checked.error().detail);
        EXPECT_EQ(opened.error().status, Status::argument);
        return opened.error().detail;
    }
    bool wait_for_version(std::uint32_t version) const {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (certificates_->version() != version) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return true;
    }

    std::string folder_;
    std::unique_ptr<tls::CertificateMaker> maker_;
    TlsSettings settings_;
    mutable Log log_{STDERR_FILENO, LogLevel::off};
    std::unique_ptr<Certificates> certificates_;
};

TEST_F(CertificatesTest, are_none_where_none_are_configured) {
    settings_ = {};
    const auto opened = Certificates::open(settings_, log_);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(*opened, nullptr);
}

TEST_F(CertificatesTest, are_read_from_two_files_or_from_one) {
    EXPECT_EQ(fault(), "none");
    write("both.pem", maker_->certificate_pem() + maker_->key_pem());
    settings_.certificate = path("both.pem");
    settings_.key = "";
    EXPECT_EQ(fault(), "none");
}

TEST_F(CertificatesTest, are_several_with_one_key_each) {
    const tls::CertificateMaker other({.name = "two", .hosts = {"two.example"}});
    write("two.pem", other.certificate_pem() + other.key_pem());
    settings_.certificate += " , " + path("two.pem");
    EXPECT_EQ(fault(), "tls_key names 1 file, tls_certificate 2");
    settings_.key += "," + path("two.pem");
    EXPECT_EQ(fault(), "none");
    settings_.certificate += ",";
    EXPECT_EQ(fault(), "tls_key names 2 files, tls_certificate 3");
    settings_.key += ",";
    EXPECT_EQ(fault(), "tls_certificate has an empty path");
}

TEST_F(CertificatesTest, faults_name_the_setting) {
    settings_.key = path("nowhere.pem");
    EXPECT_EQ(fault(),
              "tls_key: '" + path("nowhere.pem") + "' cannot be read: No such file or directory");
    settings_.key = folder_;
    EXPECT_EQ(fault(), "tls_key: '" + folder_ + "' cannot be read: no regular file");
    settings_.key = path("key.pem");
    write("other.pem", tls::CertificateMaker({}).key_pem());
    settings_.key = path("other.pem");
    EXPECT_EQ(fault(), "tls_certificate: '" + settings_.certificate +
                           "': the key is not that of the certificate");
    settings_.key = path("key.pem");
    settings_.client_auth = 1;
    EXPECT_EQ(fault(), "tls_client_auth is set, and tls_client_ca, whom to trust, is not");
    settings_.client_auth = 0;
    settings_.client_ca = path("certificate.pem");
    EXPECT_EQ(
        fault(),
        "tls_client_ca is set, and tls_client_auth is off: optional or required asks clients");
    settings_.client_auth = 2;
    EXPECT_EQ(fault(), "none");
    settings_.client_ca = path("key.pem");
    EXPECT_EQ(fault(), "tls_client_ca: '" + path("key.pem") + "': no certificate in PEM");
    settings_ = {};
    settings_.staple = "x";
    EXPECT_EQ(fault(), "tls_staple is set, and tls_certificate is not");
}

TEST_F(CertificatesTest, are_read_again_when_both_files_have_changed) {
    auto opened = Certificates::open(settings_, log_);
    ASSERT_TRUE(opened.has_value());
    certificates_ = std::move(*opened);
    const auto before = certificates_->context();
    ASSERT_NE(before, nullptr);
    EXPECT_EQ(certificates_->version(), 1u);
    const tls::CertificateMaker other(
        {.name = "one", .hosts = {"one.example"}, .valid_s = 1'000'000});
    write("certificate.pem", other.certificate_pem());
    std::this_thread::sleep_for(std::chrono::milliseconds(2'200));
    EXPECT_EQ(certificates_->version(), 1u) << "the key is the old one's";
    EXPECT_EQ(certificates_->context(), before);
    write("key.pem", other.key_pem());
    ASSERT_TRUE(wait_for_version(2));
    EXPECT_GT(certificates_->context()->not_after(), before->not_after());
}

TEST_F(CertificatesTest, those_before_hold_when_the_file_has_gone) {
    auto opened = Certificates::open(settings_, log_);
    ASSERT_TRUE(opened.has_value());
    certificates_ = std::move(*opened);
    std::filesystem::remove(path("key.pem"));
    std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
    EXPECT_EQ(certificates_->version(), 1u);
    EXPECT_NE(certificates_->context(), nullptr);
    write("key.pem", maker_->key_pem());
    EXPECT_TRUE(wait_for_version(2));
}

}  // namespace
}  // namespace trivet::app
