#include "app/inspect.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "app/concurrency.h"
#include "app/cpus.h"
#include "base/json_text.h"
#include "route/pattern.h"

namespace trivet::app {
namespace {

constexpr int kStandardDescriptors = 3;

void append_list(std::string& out, std::string_view joined) {
    JsonParts list = JsonParts::list(out);
    while (!joined.empty()) {
        const std::size_t comma = joined.find(',');
        list.text(joined.substr(0, comma));
        joined.remove_prefix(comma == std::string_view::npos ? joined.size() : comma + 1);
    }
}

// A function of C has no name at run time unless its file exports it: then its place in the file
// must do, which addr2line knows.
std::string place_of(void* function) {
    Dl_info info{};
    if (::dladdr(function, &info) == 0) {
        return "function";
    }
    if (info.dli_sname != nullptr && info.dli_saddr == function) {
        return info.dli_sname;
    }
    const char* slash = std::strrchr(info.dli_fname, '/');
    std::array<char, 2 * sizeof(std::uintptr_t)> digits{};
    const auto offset = reinterpret_cast<std::uintptr_t>(function) -
                        reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), offset, 16).ptr;
    return std::string(slash != nullptr ? slash + 1 : info.dli_fname) + "+0x" +
           std::string(digits.data(), end);
}

template <typename Function>
void append_hooks(std::string& out, const std::vector<Callback<Function>>& hooks) {
    JsonParts list = JsonParts::list(out);
    for (const Callback<Function>& hook : hooks) {
        list.text(place_of(reinterpret_cast<void*>(hook.function)));
    }
}

std::string constraint_of(const route::Segment& segment) {
    using Kind = route::SegmentKind;
    switch (segment.kind) {
        case Kind::integer:
            return "int";
        case Kind::uuid:
            return "uuid";
        case Kind::regex:
            return "regex(" + segment.expression + ")";
        case Kind::path:
            return "path";
        case Kind::literal:
        case Kind::text:
            break;
    }
    return "text";
}

void append_constraints(std::string& out, std::string_view pattern) {
    JsonParts object = JsonParts::object(out);
    const auto compiled = route::compile_pattern(pattern);
    if (!compiled) {
        return;  // it was compiled when it was registered
    }
    for (const route::Segment& segment : compiled->segments) {
        if (segment.kind != route::SegmentKind::literal) {
            object.member(segment.text, constraint_of(segment));
        }
    }
}

// In the order it runs.
void append_middleware(std::string& out, const middleware::Chain* chain) {
    JsonParts list = JsonParts::list(out);
    if (chain == nullptr) {
        return;
    }
    for (const middleware::Middleware* const item : chain->order()) {
        JsonParts object = JsonParts::object(list.next());
        object.member("phase", middleware::name(item->phase()));
        object.member("kind", item->kind());
        object.member("options", item->summary());
    }
}

void append_route(std::string& out, const RouteDescription& route, const RouteHooks* hooks) {
    JsonParts object = JsonParts::object(out);
    append_list(object.name("methods"), route.methods);
    object.member("pattern", route.pattern);
    object.member("host", route.host);
    object.member("name", route.name);
    object.member("site", route.site);
    {
        JsonParts metadata = JsonParts::object(object.name("metadata"));
        for (const url::Param& item : route.metadata) {
            metadata.member(item.name, item.value);
        }
    }
    if (route.mount != nullptr) {
        object.member("directory", route.mount->directory);
    }
    append_constraints(object.name("constraints"), route.pattern);
    {
        JsonParts limits = JsonParts::object(object.name("limits"));
        for (const NamedLimit& limit : named_limits(route.limits, route.group)) {
            limits.name(limit.name) += std::to_string(limit.value);
        }
    }
    append_middleware(object.name("middleware"), route.chain);
    if (hooks != nullptr) {
        append_list(object.name("before"), hooks->before);
        append_list(object.name("after"), hooks->after);
    } else {
        append_hooks(object.name("before"), route.before);
        append_hooks(object.name("after"), route.after);
    }
}

void append_problems(std::string& out, const App& app) {
    JsonParts list = JsonParts::list(out);
    if (const auto checked = app.check_settings(); !checked) {
        list.text(checked.error().detail);
        return;
    }
    const auto chosen = concurrency(app.config(), true, false, usable_cpus());
    if (!chosen) {
        list.text(chosen.error());
    } else if (!chosen->warning.empty()) {
        list.text(chosen->warning);
    }
}

// The descriptor of the variable's value; -1 when it is none.
int descriptor_of(std::string_view text) {
    int fd = -1;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), fd);
    const bool is_whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return is_whole && fd >= 0 ? fd : -1;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::string describe(App& app, std::span<const RouteHooks> hooks, std::string_view version) {
    app.freeze();
    std::string out;
    {
        JsonParts document = JsonParts::object(out);
        document.member("trivet", version);
        {
            JsonParts routes = JsonParts::list(document.name("routes"));
            for (std::size_t index = 0; index < app.route_count(); ++index) {
                const auto value = static_cast<std::uint32_t>(index) + 1;
                append_route(routes.next(), app.description(value),
                             hooks.empty() ? nullptr : &hooks[index]);
            }
        }
        append_problems(document.name("problems"), app);
        document.name("openapi") += app.document();
    }
    return out += '\n';
}

std::expected<void, Error> inspect(App& app, std::span<const RouteHooks> hooks,
                                   std::string_view version) {
    const char* variable = std::getenv(kInspectVariable);
    if (variable == nullptr || *variable == '\0') {
        return std::unexpected(Error{Status::not_found, "nobody asked", {}});
    }
    const std::string named = variable;
    ::unsetenv(kInspectVariable);
    if (!hooks.empty() && hooks.size() != app.route_count()) {
        return std::unexpected(Error{Status::argument,
                                     "names of hooks for another number of routes",
                                     std::to_string(app.route_count()) + " routes"});
    }
    const int fd = descriptor_of(named);
    if (fd < 0) {
        return std::unexpected(Error{Status::argument, "TRIVET_INSPECT is no descriptor", named});
    }
    if (!write_all(fd, describe(app, hooks, version))) {
        return std::unexpected(Error{Status::system, "the app cannot be described",
                                     "descriptor " + named + ": " + std::strerror(errno)});
    }
    if (fd >= kStandardDescriptors) {
        ::close(fd);  // who reads it need not wait for the end of the program
    }
    return {};
}

}  // namespace trivet::app
