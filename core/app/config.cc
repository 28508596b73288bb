#include "app/config.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "app/folder_list.h"
#include "app/listen_list.h"
#include "base/comma_list.h"
#include "io/unix_socket.h"

namespace trivet::app {
namespace {

constexpr std::uint64_t kMinuteMs = 60'000;
constexpr std::uint64_t kDayMs = 1440 * kMinuteMs;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::size_t kTextBytesMax = 4096;

constexpr std::string_view kEngines[] = {"auto", "uring", "epoll"};
constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error", "off"};
constexpr std::string_view kProfiles[] = {"default", "low-memory", "high-throughput"};
constexpr std::string_view kSwitch[] = {"off", "on"};
constexpr std::string_view kForwarded[] = {"x-forwarded", "forwarded", "either"};
constexpr std::string_view kLanguages[] = {"python", "node", "go", "c"};
constexpr std::string_view kClientAuth[] = {"off", "optional", "required"};
constexpr std::string_view kVersions[] = {"1.2", "1.3"};
constexpr std::string_view kPaths = "paths between commas, from the working directory";
constexpr std::string_view kAsProfile = "as the profile says";

// Whether an address can be listened on shows when it is.
bool is_host(std::string_view text) {
    return !io::is_unix_host(text) || io::find_unix_fault(text).empty();
}

constexpr std::string_view kUnixPeers = "unix";

bool add_proxy(http::Trust& trust, std::string_view word) {
    if (word == kUnixPeers) {
        trust.policy.trusts_unaddressed = true;
        return true;
    }
    return trust.proxies.add(word).has_value();
}

bool is_proxy_list(std::string_view text) {
    http::Trust trust;
    return each_of_list(text, [&](std::string_view word) { return add_proxy(trust, word); });
}

bool is_listen_list(std::string_view text) { return parse_listen_list(text).has_value(); }

bool is_folder_list(std::string_view text) { return parse_folder_list(text).has_value(); }

// The member a chain of pointers to members leads to.
template <auto Member, auto... Rest>
constexpr auto& member_of(auto& object) {
    if constexpr (sizeof...(Rest) == 0) {
        return object.*Member;
    } else {
        return member_of<Rest...>(object.*Member);
    }
}

template <auto... Path>
constexpr Field field(std::string_view name, FieldKind kind, std::uint64_t low, std::uint64_t high,
                      std::string_view help, std::string_view zero = {}) {
    return {.name = name,
            .kind = kind,
            .low = low,
            .high = high,
            .zero = zero,
            .help = help,
            .get =
                [](const Config& config) {
                    return static_cast<std::uint64_t>(member_of<Path...>(config));
                },
            .set =
                [](Config& config, std::uint64_t value) {
                    auto& member = member_of<Path...>(config);
                    member = static_cast<std::remove_reference_t<decltype(member)>>(value);
                }};
}

template <auto... Path>
constexpr Field named(std::string_view name, std::span<const std::string_view> names,
                      std::string_view help, std::uint64_t low = 0, std::string_view zero = {},
                      std::string_view variable = {}) {
    Field result = field<Path...>(name, FieldKind::name, low, low + names.size() - 1, help, zero);
    result.names = names;
    result.variable = variable;
    return result;
}

constexpr Field project_field(std::string_view name, std::string_view words, std::string_view help,
                              std::string_view variable) {
    return {.name = name,
            .kind = FieldKind::text,
            .high = kTextBytesMax,
            .variable = variable,
            .words = words,
            .accepts = nullptr,
            .help = help,
            .get = nullptr,
            .set = nullptr,
            .text = nullptr};
}

template <auto... Path>
constexpr Field text_field(std::string_view name, std::size_t bytes_max, std::string_view words,
                           std::string_view help, bool (*accepts)(std::string_view) = nullptr) {
    return {.name = name,
            .kind = FieldKind::text,
            .may_be_empty = accepts != is_host,
            .high = bytes_max,
            .words = words,
            .accepts = accepts,
            .help = help,
            .get = nullptr,
            .set = nullptr,
            .text = [](Config& config) -> std::string& { return member_of<Path...>(config); }};
}

constexpr auto kLimits = &Config::limits;
constexpr auto kTls = &Config::tls;
constexpr auto kHead = &http::Limits::head;

using enum FieldKind;
using http::Limits;
using http1::HeadLimits;

constexpr Field kFields[kFieldCount] = {
    named<&Config::engine>(
        "engine", kEngines,
        "How the kernel is talked to; auto: io_uring where it is allowed, else epoll"),
    named<&Config::log_level>("log_level", kLevels, "What the log on standard error says", 1,
                              "default", "TRIVET_LOG"),
    field<kLimits, kHead, &HeadLimits::target_bytes_max>("target_bytes_max", bytes, 1, kMiB,
                                                         "Longest request target; beyond it 414"),
    field<kLimits, kHead, &HeadLimits::head_bytes_max>(
        "head_bytes_max", bytes, 64, kMiB,
        "Longest request line and header block together; beyond it 431"),
    field<kLimits, kHead, &HeadLimits::header_count_max>("header_count_max", number, 1, 1000,
                                                         "Most header fields; beyond it 431"),
    field<kLimits, &Limits::connections_max>(
        "connections_max", number, 1, 262'144,
        "Open connections of one loop; beyond it new ones are closed at once"),
    field<kLimits, &Limits::body_bytes_max>("body_bytes_max", bytes, 0, kMiB* kMiB,
                                            "Largest request content; beyond it 413"),
    field<kLimits, &Limits::head_timeout_ms>(
        "head_timeout_ms", duration, 1, kDayMs,
        "To the end of a request's header block; beyond it 408"),
    field<kLimits, &Limits::body_timeout_ms>(
        "body_timeout_ms", duration, 1, kDayMs,
        "Longest silence while content is awaited; beyond it 408"),
    field<kLimits, &Limits::idle_timeout_ms>(
        "idle_timeout_ms", duration, 1, kDayMs,
        "Longest silence between requests; beyond it the connection is closed"),
    field<kLimits, &Limits::send_timeout_ms>(
        "send_timeout_ms", duration, 1, kDayMs,
        "Longest time a client may take nothing; beyond it the connection is closed"),
    field<kLimits, &Limits::shutdown_timeout_ms>("shutdown_timeout_ms", duration, 1, kDayMs,
                                                 "From the drain to the forced end"),
    field<&Config::backlog>("backlog", number, 1, 65'535,
                            "Queue of connections not yet accepted, of each listener"),
    field<&Config::loop, &io::LoopConfig::buffer_count>("buffer_count", power_of_two, 1, 32'768,
                                                        "Receive buffers of one loop", kAsProfile),
    field<&Config::loop, &io::LoopConfig::buffer_bytes>("buffer_bytes", bytes, 1024, 65'536,
                                                        "Size of one receive buffer", kAsProfile),
    named<&Config::profile>("profile", kProfiles, "How much memory a loop takes for speed"),
    text_field<&Config::host>(
        "host", 255,
        "IPv4 and IPv6 addresses, localhost, and unix: with a path or @name of at most 107 bytes",
        "Address or Unix socket to listen on", is_host),
    field<&Config::port>("port", number, 0, 65'535, "Port to listen on; 0 lets the kernel choose"),
    field<&Config::workers>(
        "workers", automatic, 1, 1024,
        "Processes; auto: as many as CPUs, or 1 where threads are set or the language has them",
        "auto"),
    field<&Config::threads>(
        "threads", automatic, 1, 64,
        "Loops in each process, in Go and C; auto: as many as CPUs, or 1 where workers are set",
        "auto"),
    field<&Config::start_timeout_ms>(
        "start_timeout_ms", duration, 1, kDayMs,
        "From a worker's start to its readiness; beyond it the worker is started anew"),
    field<kLimits, &Limits::connections_per_address_max>(
        "connections_per_address_max", number, 1, 262144,
        "Open connections of one loop from one IPv4 address or IPv6 /64; beyond it new ones are "
        "closed at once",
        "any number"),
    field<kLimits, &Limits::requests_max>(
        "requests_max", number, 1, 1048576,
        "Unanswered requests of one loop; beyond it 503 with Retry-After"),
    field<kLimits, &Limits::requests_per_connection_max>(
        "requests_per_connection_max", number, 1, 4294967295,
        "Requests of one connection; the answer to the last one closes it"),
    field<kLimits, &Limits::request_timeout_ms>(
        "request_timeout_ms", duration, 1, 86400000,
        "From a request to the beginning of its answer; beyond it 503", "none"),
    field<kLimits, &Limits::keep_alive_timeout_ms>(
        "keep_alive_timeout_ms", duration, 1, 86400000,
        "Longest silence after an answer; beyond it the connection is closed",
        "as idle_timeout_ms"),
    field<kLimits, &Limits::body_rate_min>(
        "body_rate_min", bytes, 1, 1048576,
        "Bytes a second of content on average, after body_timeout_ms; below it 408", "any"),
    field<kLimits, &Limits::send_rate_min>("send_rate_min", bytes, 1, 1048576,
                                           "Bytes a second a client must take, looked at each "
                                           "send_timeout_ms; below it the connection is closed",
                                           "any"),
    named<kLimits, &Limits::body_decompress>(
        "body_decompress", kSwitch,
        "Whether content in gzip, deflate, br or zstd is decoded, where a route says nothing else"),
    field<kLimits, &Limits::body_ratio_max>(
        "body_ratio_max", number, 1, 100'000,
        "Decoded content to what came of it, above 64 KiB; beyond it 413"),
    text_field<kTls, &TlsSettings::certificate>(
        "tls_certificate", kTextBytesMax, kPaths,
        "PEM files of certificates with their chains, one for each host; with any, TLS is spoken"),
    text_field<kTls, &TlsSettings::key>(
        "tls_key", kTextBytesMax, kPaths,
        "PEM files of the certificates' keys; none: they are in the certificates' files"),
    text_field<kTls, &TlsSettings::staple>(
        "tls_staple", kTextBytesMax, kPaths,
        "DER files of OCSP responses for the certificates, to be stapled"),
    text_field<kTls, &TlsSettings::client_ca>(
        "tls_client_ca", kTextBytesMax, "a path",
        "PEM file of the authorities that clients' certificates are signed by"),
    named<kTls, &TlsSettings::client_auth>(
        "tls_client_auth", kClientAuth,
        "Whether clients are asked for a certificate, and refused without one"),
    named<kTls, &TlsSettings::min_version>("tls_min_version", kVersions,
                                           "The oldest version of TLS that is spoken"),
    field<kTls, &TlsSettings::session_timeout_ms>(
        "tls_session_timeout_ms", duration, 1'000, 7 * kDayMs,
        "How long a client may take a TLS session up again", "never"),
    text_field<&Config::trusted_proxies>(
        "trusted_proxies", kTextBytesMax,
        "addresses and blocks like 10.0.0.0/8 between commas, at most 256, and unix for the peers "
        "of Unix sockets",
        "Proxies that are believed who has sent a request", is_proxy_list),
    named<&Config::forwarded>(
        "forwarded", kForwarded,
        "Which fields the trusted proxies write: X-Forwarded-…, Forwarded (RFC 7239), or either"),
    named<&Config::forwarded_host>(
        "forwarded_host", kSwitch,
        "Whether they write X-Forwarded-Host, too, so that it is not the client's"),
    named<&Config::proxy_protocol>(
        "proxy_protocol", kSwitch,
        "Whether connections to host and port begin with a PROXY protocol header"),
    text_field<&Config::also_listen>(
        "also_listen", kTextBytesMax,
        "addresses like 0.0.0.0:80, [::]:80 and Unix sockets between commas, at most 16, each with "
        "the words plain (no TLS) and proxy (PROXY protocol) behind it",
        "Further addresses to listen on, besides host and port", is_listen_list),
    named<&Config::compress>("compress", kSwitch,
                             "Whether answers are compressed, where the program says nothing else"),
    field<&Config::compress_min_bytes>("compress_min_bytes", bytes, 0, 8 * kMiB,
                                       "With compress: shorter answers leave as they are"),
    named<&Config::etag>("etag", kSwitch,
                         "Whether answers have an ETag, where the program says nothing else"),
    text_field<&Config::static_folders>(
        "static_folders", kTextBytesMax,
        "prefixes and folders like /assets=public/assets between commas, at most 16",
        "Folders to serve below prefixes", is_folder_list),
};

constexpr Field kProjectFields[kProjectFieldCount] = {
    {.name = "language",
     .kind = name,
     .names = kLanguages,
     .variable = "TRIVET_APP_LANGUAGE",
     .help = "What the program is written in",
     .get = nullptr,
     .set = nullptr,
     .text = nullptr},
    project_field("entry", "paths from the folder of trivet.toml", "File or package to run",
                  "TRIVET_APP_ENTRY"),
    project_field("command", "command lines of the shell",
                  "What starts the program, in place of language and entry", "TRIVET_APP_COMMAND"),
    project_field("build", "command lines of the shell",
                  "What is run before the program is started", "TRIVET_APP_BUILD"),
};

std::string joined(std::span<const std::string_view> names) {
    std::string list;
    for (const std::string_view name : names) {
        list += list.empty() ? "" : ", ";
        list += name;
    }
    return list;
}

}  // namespace

std::span<const Field, kFieldCount> fields() { return kFields; }

std::span<const Field, kProjectFieldCount> project_fields() { return kProjectFields; }

std::string variable_of(const Field& field) {
    if (!field.variable.empty()) return std::string(field.variable);
    std::string name = "TRIVET_";
    for (const char letter : field.name) {
        name += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
    return name;
}

bool is_allowed(const Field& field, std::uint64_t value) {
    if (value == 0 && !field.zero.empty()) return true;
    return value >= field.low && value <= field.high &&
           (field.kind != power_of_two || std::has_single_bit(value));
}

bool is_allowed_text(const Field& field, std::string_view text) {
    return field.kind == name
               ? std::ranges::find(field.names, text) != field.names.end()
               : (field.may_be_empty || !text.empty()) && text.size() <= field.high &&
                     text.find('\0') == std::string_view::npos &&
                     (field.accepts == nullptr || field.accepts(text));
}

std::string allowed_numbers(const Field& field) {
    std::string words = field.zero.empty() ? "" : "0 (" + std::string(field.zero) + ") and ";
    if (field.kind == power_of_two) {
        return words + "powers of two up to " + std::to_string(field.high);
    }
    words += std::to_string(field.low) + " to " + std::to_string(field.high);
    return field.kind == bytes ? words + " bytes" : field.kind == duration ? words + " ms" : words;
}

std::string allowed_values(const Field& field) {
    switch (field.kind) {
        case name:
            return joined(field.names);
        case automatic:
            return std::to_string(field.low) + " to " + std::to_string(field.high) + " and auto";
        case text:
            return std::string(field.words);
        case bytes:
            return allowed_numbers(field) + ", also as text like 64KiB";
        case duration:
            return allowed_numbers(field) + ", also as text like 30s";
        case number:
        case power_of_two:
            break;
    }
    return allowed_numbers(field);
}

std::string find_fault(const Config& config) {
    for (const Field& field : kFields) {
        if (field.kind == text) {
            const std::string& value = field.text_in(config);
            if (!is_allowed_text(field, value)) {
                return std::string(field.name) + " is '" + value + "', allowed are " +
                       allowed_values(field);
            }
        } else if (const std::uint64_t value = field.get(config); !is_allowed(field, value)) {
            return std::string(field.name) + " is " + std::to_string(value) + ", allowed are " +
                   allowed_numbers(field);
        }
    }
    return {};
}

std::string find_conflict(const Config& config) {
    const auto addresses = parse_listen_list(config.also_listen);
    if (!addresses) {
        return "also_listen has " + addresses.error();
    }
    const bool is_also = std::ranges::any_of(
        *addresses, [](const ListenAddress& address) { return address.is_proxied; });
    if ((config.proxy_protocol != 0 || is_also) && trust_of(config).is_empty()) {
        return std::string(config.proxy_protocol != 0 ? "proxy_protocol is on"
                                                      : "also_listen has an address with proxy") +
               ", and trusted_proxies names nobody who may send a PROXY protocol header";
    }
    return {};
}

http::Trust trust_of(const Config& config) {
    http::Trust trust;
    trust.policy.kind = static_cast<forwarded::Kind>(config.forwarded);
    trust.policy.takes_x_host = config.forwarded_host != 0;
    each_of_list(config.trusted_proxies,
                 [&](std::string_view word) { return add_proxy(trust, word); });
    return trust;
}

io::LoopConfig loop_config(const Config& config) {
    io::LoopConfig loop{256, 8192};
    if (config.profile == Profile::low_memory) {
        loop = {32, 4096};
    } else if (config.profile == Profile::high_throughput) {
        loop = {1024, 16'384};
    }
    if (config.loop.buffer_count != 0) loop.buffer_count = config.loop.buffer_count;
    if (config.loop.buffer_bytes != 0) loop.buffer_bytes = config.loop.buffer_bytes;
    return loop;
}

}  // namespace trivet::app
