#include "app/certificates.h"

#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "app/text_file.h"
#include "base/comma_list.h"

namespace trivet::app {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::size_t kCertificatesMax = 1000;
constexpr std::chrono::seconds kLookAfter{1};
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kWarnDays = 14;

using Fault = std::unexpected<Error>;

Fault wrong(std::string detail) {
    return Fault(Error{Status::argument, "invalid TLS configuration", std::move(detail)});
}

// Paths between commas; an empty one where there is nothing between two, and behind the last.
std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> paths;
    each_of_list(list, [&](std::string_view path) {
        paths.emplace_back(path);
        return true;
    });
    if (trimmed(list).ends_with(',')) {
        paths.emplace_back();
    }
    return paths;
}

FileStamp stamp_of(const std::string& path) noexcept {
    struct stat status{};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) {
        return {};
    }
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    const auto ns = [](const timespec& time) { return time.tv_sec * kNsPerSecond + time.tv_nsec; };
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = static_cast<std::uint64_t>(status.st_size),
            .modified_ns = ns(status.st_mtim),
            .changed_ns = ns(status.st_ctim)};
}

std::expected<std::string, Error> read_file(std::string_view setting, const std::string& path) {
    auto text = read_text_file(path, kFileBytesMax);
    if (!text) {
        const int error = text.error();
        return wrong(std::string(setting) + ": '" + path + "' cannot be read: " +
                     (error == EFBIG    ? "larger than 1 MiB"
                      : error == EINVAL ? "no regular file"
                                        : std::strerror(error)));
    }
    return std::move(*text);
}

// The files as the settings name them, of each certificate and of the clients' authorities.
struct Files {
    std::vector<std::string> certificates;
    std::vector<std::string> keys;
    std::vector<std::string> staples;
};

std::expected<Files, Error> files_of(const TlsSettings& settings) {
    Files files{split(settings.certificate), split(settings.key), split(settings.staple)};
    const std::size_t count = files.certificates.size();
    if (count > kCertificatesMax) {
        return wrong("tls_certificate names more than " + std::to_string(kCertificatesMax) +
                     " files");
    }
    const std::pair<std::string_view, const std::vector<std::string>*> lists[] = {
        {"tls_key", &files.keys}, {"tls_staple", &files.staples}};
    for (const auto& [name, list] : lists) {
        if (!list->empty() && list->size() != count) {
            return wrong(std::string(name) + " names " + std::to_string(list->size()) +
                         (list->size() == 1 ? " file" : " files") + ", tls_certificate " +
                         std::to_string(count));
        }
    }
    for (const std::string& path : files.certificates) {
        if (path.empty()) {
            return wrong("tls_certificate has an empty path");
        }
    }
    return files;
}

// The first setting that needs another one.
std::expected<void, Error> check_settings(const TlsSettings& settings) {
    const std::pair<std::string_view, bool> given[] = {
        {"tls_key", !settings.key.empty()},
        {"tls_staple", !settings.staple.empty()},
        {"tls_client_ca", !settings.client_ca.empty()},
        {"tls_client_auth", settings.client_auth != 0},
    };
    for (const auto& [name, is_given] : given) {
        if (is_given && settings.certificate.empty()) {
            return wrong(std::string(name) + " is set, and tls_certificate is not");
        }
    }
    if (settings.client_auth != 0 && settings.client_ca.empty()) {
        return wrong("tls_client_auth is set, and tls_client_ca, whom to trust, is not");
    }
    if (settings.client_auth == 0 && !settings.client_ca.empty()) {
        return wrong(
            "tls_client_ca is set, and tls_client_auth is off: optional or required asks clients");
    }
    return {};
}

// Reads what the settings name.
std::expected<tls::Config, Error> load(const TlsSettings& settings, const Files& files) {
    tls::Config config;
    config.minimum = static_cast<tls::Version>(settings.min_version);
    config.client_auth = static_cast<tls::ClientAuth>(settings.client_auth);
    constexpr std::uint32_t kMsPerSecond = 1'000;
    config.session_s = settings.session_timeout_ms / kMsPerSecond;
    for (std::size_t index = 0; index < files.certificates.size(); ++index) {
        tls::Certificate certificate;
        certificate.name = files.certificates[index];
        auto chain = read_file("tls_certificate", certificate.name);
        if (!chain) return std::unexpected(chain.error());
        certificate.chain = std::move(*chain);
        certificate.key = certificate.chain;
        if (!files.keys.empty() && !files.keys[index].empty()) {
            auto key = read_file("tls_key", files.keys[index]);
            if (!key) return std::unexpected(key.error());
            certificate.key = std::move(*key);
        }
        if (!files.staples.empty() && !files.staples[index].empty()) {
            auto response = read_file("tls_staple", files.staples[index]);
            if (!response) return std::unexpected(response.error());
            certificate.response = std::move(*response);
        }
        config.certificates.push_back(std::move(certificate));
    }
    if (!settings.client_ca.empty()) {
        auto authorities = read_file("tls_client_ca", settings.client_ca);
        if (!authorities) return std::unexpected(authorities.error());
        config.client_authorities = std::move(*authorities);
    }
    return config;
}

std::expected<std::shared_ptr<const tls::Context>, Error> make_context(
    const TlsSettings& settings, std::shared_ptr<tls::TicketKeys> ticket_keys) {
    const auto files = files_of(settings);
    if (!files) return std::unexpected(files.error());
    auto config = load(settings, *files);
    if (!config) return std::unexpected(config.error());
    config->ticket_keys = std::move(ticket_keys);
    auto context = tls::Context::make(*config);
    if (!context) {
        const tls::ConfigError& error = context.error();
        return wrong(error.where == "client_authorities"
                         ? "tls_client_ca: '" + settings.client_ca + "': " + error.detail
                         : "tls_certificate: '" + error.where + "': " + error.detail);
    }
    return std::move(*context);
}

std::vector<FileStamp> stamps_of(const std::vector<std::string>& files) {
    std::vector<FileStamp> stamps;
    stamps.reserve(files.size());
    for (const std::string& file : files) {
        stamps.push_back(stamp_of(file));
    }
    return stamps;
}

}  // namespace

std::expected<void, Error> Certificates::check(const TlsSettings& settings) {
    if (auto checked = check_settings(settings); !checked) {
        return checked;
    }
    if (!settings.certificate.empty()) {
        if (auto context = make_context(settings, nullptr); !context) {
            return std::unexpected(context.error());
        }
    }
    return {};
}

std::expected<std::unique_ptr<Certificates>, Error> Certificates::open(const TlsSettings& settings,
                                                                       Log& log) {
    if (auto checked = check_settings(settings); !checked) {
        return std::unexpected(checked.error());
    }
    if (settings.certificate.empty()) {
        return nullptr;
    }
    std::unique_ptr<Certificates> certificates(new Certificates(settings, log));
    const auto files = files_of(settings);
    if (!files) return std::unexpected(files.error());
    for (const auto* list : {&files->certificates, &files->keys, &files->staples}) {
        certificates->files_.insert(certificates->files_.end(), list->begin(), list->end());
    }
    certificates->files_.push_back(settings.client_ca);
    if (auto read = certificates->read(); !read) {
        return std::unexpected(read.error());
    }
    const auto body = [](void* self) { static_cast<Certificates*>(self)->watch(); };
    if (!certificates->thread_.start(body, certificates.get())) {
        log.write(LogLevel::warn,
                  "no thread for the certificates: they are not read again when they change");
    }
    return certificates;
}

Certificates::Certificates(const TlsSettings& settings, Log& log)
    : settings_(settings),
      ticket_keys_(std::make_shared<tls::TicketKeys>(tls::TicketKeys::now_s())),
      log_(log) {}

Certificates::~Certificates() {
    {
        const std::lock_guard guard(mutex_);
        is_ending_ = true;
    }
    ending_.notify_one();
    thread_.join();
}

std::shared_ptr<const tls::Context> Certificates::context() const {
    const std::lock_guard guard(mutex_);
    return context_;
}

bool Certificates::adopt_ticket_keys(const tls::TicketKeys::State& state) {
    return ticket_keys_->adopt(state, tls::TicketKeys::now_s());
}

std::expected<void, Error> Certificates::read() {
    // Before the files are read: what changes meanwhile is read again.
    std::vector<FileStamp> stamps = stamps_of(files_);
    auto context = make_context(settings_, ticket_keys_);
    if (!context) {
        return std::unexpected(context.error());
    }
    warn_of_end(**context);
    {
        const std::lock_guard guard(mutex_);
        context_ = std::move(*context);
    }
    version_.fetch_add(1, std::memory_order_release);
    stamps_ = std::move(stamps);
    return {};
}

void Certificates::warn_of_end(const tls::Context& context) {
    const std::int64_t left = context.not_after() - ::time(nullptr);
    if (left <= 0) {
        log_.write(LogLevel::warn, "a certificate of tls_certificate has expired");
    } else if (left < kWarnDays * kDaySeconds) {
        log_.write(LogLevel::warn, "a certificate of tls_certificate expires in " +
                                       std::to_string(left / kDaySeconds) + " days");
    }
}

void Certificates::watch() noexcept {
    std::unique_lock lock(mutex_);
    while (!ending_.wait_for(lock, kLookAfter, [this] { return is_ending_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

// A certificate and its key are two files: between the first and the second change they do not
// match, which is no news unless it lasts.
void Certificates::look() noexcept {
    if (stamps_of(files_) == stamps_) {
        return;
    }
    if (auto changed = read(); !changed) {
        constexpr int kLasting = 2;
        if (++failures_ == kLasting) {
            log_.write(LogLevel::error,
                       "certificates have changed and cannot be used, those before hold: " +
                           changed.error().detail);
        }
        return;
    }
    failures_ = 0;
    log_.write(LogLevel::info, "certificates read again: new connections are served with them");
}

}  // namespace trivet::app
