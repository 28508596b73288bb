#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/error.h"
#include "base/log.h"
#include "base/thread.h"
#include "tls/context.h"

namespace trivet::app {

// What tells whether a file is still the one that was read.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;

    bool operator==(const FileStamp&) const noexcept = default;
};

// The certificates that the loops of an app serve with. Their files are looked at each second, and
// read again when one has changed; what is wrong then is logged, and what held before holds on. Any
// thread.
class Certificates {
public:
    // The error names the setting. nullptr when TLS is not configured.
    static std::expected<std::unique_ptr<Certificates>, Error> open(const TlsSettings& settings,
                                                                    Log& log);
    // What open() would find wrong.
    static std::expected<void, Error> check(const TlsSettings& settings);
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    // Changes with the context.
    std::uint32_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    std::shared_ptr<const tls::Context> context() const;

    // In place of keys of its own, so that clients take sessions up again with any worker. False:
    // they are not of this time.
    bool adopt_ticket_keys(const tls::TicketKeys::State& state);

private:
    Certificates(const TlsSettings& settings, Log& log);

    // Reads all files.
    std::expected<void, Error> read();
    void watch() noexcept;
    void look() noexcept;
    void warn_of_end(const tls::Context& context);

    const TlsSettings settings_;
    // Outlives the contexts, so that sessions do as well.
    const std::shared_ptr<tls::TicketKeys> ticket_keys_;
    Log& log_;
    std::vector<std::string> files_;
    std::vector<FileStamp> stamps_;  // of the files as they were read
    int failures_ = 0;               // looks in a row that found what cannot be used
    std::atomic<std::uint32_t> version_{0};
    mutable std::mutex mutex_;
    std::condition_variable ending_;
    std::shared_ptr<const tls::Context> context_;
    bool is_ending_ = false;
    Thread thread_;
};

}  // namespace trivet::app
