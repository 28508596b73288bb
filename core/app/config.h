#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "http/client.h"
#include "http/limits.h"
#include "io/engine.h"

namespace trivet::app {

enum class Profile : std::uint32_t { standard = 0, low_memory = 1, high_throughput = 2 };

// TLS as it is configured: see fields().
struct TlsSettings {
    std::string certificate;        // paths between commas; empty: connections are not secured
    std::string key;                // as many paths, or empty: the keys are with the certificates
    std::string staple;             // as many paths, or empty
    std::string client_ca;          // a path
    std::uint32_t client_auth = 0;  // a tls::ClientAuth
    std::uint32_t min_version = 0;  // a tls::Version
    std::uint32_t session_timeout_ms = 86'400'000;
};

// Configuration of an app.
struct Config {
    io::Engine engine = io::Engine::automatic;
    std::uint32_t log_level = 0;  // a LogLevel; 0: info
    http::Limits limits;
    std::uint32_t backlog = 4096;
    io::LoopConfig loop{0, 0};  // 0: as the profile says; loop_config() gives what holds
    Profile profile = Profile::standard;
    std::string host = "127.0.0.1";
    std::uint32_t port = 8000;
    std::uint32_t workers = 0;  // 0: see concurrency()
    std::uint32_t threads = 0;  // 0: see concurrency()
    std::uint32_t start_timeout_ms = 30'000;
    TlsSettings tls;
    std::string trusted_proxies;  // blocks of addresses between commas, and "unix"
    std::uint32_t forwarded = 0;  // a forwarded::Kind
    std::uint32_t forwarded_host = 0;
    std::uint32_t proxy_protocol = 0;  // at host and port
    std::string also_listen;           // see parse_listen_list()
    std::uint32_t compress = 0;        // around all routes, where the program mounts no other
    std::uint32_t compress_min_bytes = 1024;
    std::uint32_t etag = 0;      // the same
    std::string static_folders;  // see parse_folder_list()
};

// What a field's value is, and so how it is written in trivet.toml and in the environment.
enum class FieldKind : std::uint8_t {
    number,
    power_of_two,
    automatic,  // a number, or auto, which is 0
    bytes,      // a number, or text like 64KiB
    duration,   // milliseconds, or text like 30s
    name,       // one of the field's names
    text,
};

// One field of the configuration: all that is known of it, once. Its name is its key in trivet.toml
// as well and, behind TRIVET_ and in capitals, its variable in the environment.
struct Field {
    std::string_view name;
    FieldKind kind = FieldKind::number;
    bool may_be_empty = false;  // of a text
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::string_view zero;                    // what 0 means where it is below `low`
    std::span<const std::string_view> names;  // of the values from `low` on
    std::string_view variable;                // where it differs from the rule
    std::string_view words;                   // what a text may be
    bool (*accepts)(std::string_view text);   // nullptr: any text that is not too long
    std::string_view help;
    std::uint64_t (*get)(const Config& config);  // nullptr for text, and in project_fields()
    void (*set)(Config& config, std::uint64_t value);
    std::string& (*text)(Config& config);  // nullptr but for text that is not of project_fields()

    const std::string& text_in(const Config& config) const {
        return text(const_cast<Config&>(config));
    }
};

inline constexpr std::size_t kFieldCount = 46;
std::span<const Field, kFieldCount> fields();

// The table [app]: how the `trivet` command finds, builds and starts the program. All are text.
inline constexpr std::size_t kProjectFieldCount = 4;
std::span<const Field, kProjectFieldCount> project_fields();

// The name of a field's variable in the environment.
std::string variable_of(const Field& field);
bool is_allowed(const Field& field, std::uint64_t value);
bool is_allowed_text(const Field& field, std::string_view text);
// What a field may be, in words.
std::string allowed_values(const Field& field);
// The same of a field as a number.
std::string allowed_numbers(const Field& field);

// The first field that is out of range and why; empty when all is well.
std::string find_fault(const Config& config);
// The first field that does not go with another one, and why; empty when all is well.
std::string find_conflict(const Config& config);

// Whom requests are believed by who has sent them, of a configuration without a fault.
http::Trust trust_of(const Config& config);

// The receive buffers that hold: those configured, else those of the profile.
io::LoopConfig loop_config(const Config& config);

inline LogLevel log_level(const Config& config) {
    return config.log_level == 0 ? LogLevel::info : static_cast<LogLevel>(config.log_level);
}

}  // namespace trivet::app
