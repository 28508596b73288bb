#include "app/banner.h"

#include "io/unix_socket.h"

namespace trivet::app {
namespace {

void append_part(std::string& line, std::string_view part) {
    if (!part.empty()) {
        line += " \xC2\xB7 ";
        line += part;
    }
}

std::string count_of(std::uint32_t count, std::string_view noun) {
    if (count == 0) {
        return {};
    }
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

std::string format_url(std::string_view host, std::uint32_t port, bool is_secured) {
    if (io::is_unix_host(host)) {
        return std::string(host);
    }
    const bool is_bare_v6 = host.find(':') != std::string_view::npos && host.front() != '[';
    std::string url = is_secured ? "https://" : "http://";
    url += is_bare_v6 ? "[" + std::string(host) + "]" : std::string(host);
    return url + ":" + std::to_string(port);
}

std::string format_banner(const Banner& banner) {
    std::string line = "trivet";
    if (!banner.version.empty()) {
        line += " ";
        line += banner.version;
    }
    append_part(line, banner.runtime);
    append_part(line, banner.host.empty()
                          ? std::string()
                          : format_url(banner.host, banner.port, banner.is_secured));
    append_part(line, banner.is_activated ? "inherited listener" : "");
    append_part(line, count_of(banner.workers, "worker"));
    append_part(line, count_of(banner.threads, "thread"));
    append_part(line, banner.engine);
    line += "\n";
    return line;
}

}  // namespace trivet::app
