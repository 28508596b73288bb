// Folders that an app serves.
#include <algorithm>
#include <tuple>
#include <utility>

#include "app/app.h"
#include "app/folder_list.h"
#include "route/pattern.h"

namespace trivet::app {
namespace {

constexpr std::string_view kRest = "/{path:path}";

std::size_t names_of(std::string_view prefix) {
    const auto compiled = route::compile_pattern(prefix);
    return compiled && !prefix.empty() ? compiled->segments.size() : 0;
}

}  // namespace

std::expected<void, Error> App::add_static(const RouteOptions& options,
                                           const http::FileMountOptions& files,
                                           const Route& route) {
    std::string_view prefix = options.pattern;
    if (prefix.ends_with('/')) {
        prefix.remove_suffix(1);
    }
    auto mount = http::make_file_mount(files);
    if (!mount) {
        if (route.drop != nullptr) {
            route.drop(route.user_data);
        }
        return std::unexpected(
            Error{Status::argument, "invalid static files", std::move(mount.error())});
    }
    const std::string pattern = std::string(prefix) + std::string(kRest);
    RouteOptions whole = options;
    whole.methods = "GET";
    whole.pattern = pattern;
    if (auto added = add_route(whole, route); !added) {
        return added;
    }
    RouteDescription& description = descriptions_.back();
    description.mount_prefix =
        description.pattern.substr(0, description.pattern.size() - kRest.size());
    mount->prefix_names = names_of(description.mount_prefix);
    description.mount = std::make_unique<const http::FileMount>(std::move(*mount));
    routes_.back().mount = description.mount.get();
    const auto number = static_cast<std::uint32_t>(routes_.size() - 1);
    return documentation_.set_operation(number, {});  // files are no operations
}

Status App::deliver_static(std::size_t index, bool is_delivered) {
    if (index >= route_count() || routes_[index + 1].mount == nullptr) {
        return Status::not_found;
    }
    if (is_frozen_) {
        return Status::state;
    }
    routes_[index + 1].is_delivered = is_delivered;
    return Status::ok;
}

// Behind the routes of the program, whose numbers these do not change, and without its hooks.
void App::add_folders() {
    const auto folders = parse_folder_list(config_.static_folders);
    if (!folders) {
        folders_error_ = Error{Status::argument, "static_folders", folders.error()};
        return;
    }
    for (const ServedFolder& folder : *folders) {
        const auto added = add_static({.pattern = folder.prefix, .site = "static_folders"},
                                      {.directory = folder.directory}, Route{});
        if (!added) {
            folders_error_ = added.error();
            folders_error_->detail = "static_folders: " + folders_error_->detail;
            return;
        }
        ++own_routes_;
    }
}

std::expected<void, Error> App::check_folders() const {
    if (folders_error_) {
        return std::unexpected(*folders_error_);
    }
    return {};
}

// A route for any method is one for GET, too, but no conflict, for the router prefers those that
// name it.
bool App::has_route_for_all(std::string_view host, std::string_view pattern) const noexcept {
    return std::ranges::any_of(descriptions_, [&](const RouteDescription& description) {
        return description.mount == nullptr && description.host == host &&
               description.pattern == pattern && description.methods == "*";
    });
}

// Not before all routes are known: those of the program come first.
void App::add_mount_roots() {
    for (std::uint32_t value = 1; value < routes_.size(); ++value) {
        const RouteDescription& description = descriptions_[value];
        if (description.mount == nullptr) {
            continue;
        }
        for (const std::string& pattern :
             {description.mount_prefix + "/", description.mount_prefix}) {
            if (pattern.empty() || has_route_for_all(description.host, pattern)) {
                continue;
            }
            // A conflict is the program's choice.
            std::ignore = router_.add({.methods = "GET",
                                       .host = description.host,
                                       .pattern = pattern,
                                       .site = description.site,
                                       .name = {},
                                       .value = value});
        }
    }
}

}  // namespace trivet::app
