#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "app/app.h"

namespace trivet::app {

// Names the descriptor that whoever started the program wants the app described on.
inline constexpr const char* kInspectVariable = "TRIVET_INSPECT";

// The names of a route's hooks in the order they run, joined by commas; laid out like the ABI's
// trivet_route_hooks.
struct RouteHooks {
    Str before;
    Str after;
};

// The app as one JSON document: version, routes in the order of registration, problems of the
// configuration, and the OpenAPI document. Freezes the app. Without names of hooks those of the
// engine are shown, by the functions' places in their file.
std::string describe(App& app, std::span<const RouteHooks> hooks, std::string_view version);

// Describes the app where TRIVET_INSPECT asks for it, once: the variable is removed and the
// descriptor closed. not_found when nobody asked, else the program is to end without serving.
// Changes the environment: call it before there are other threads.
std::expected<void, Error> inspect(App& app, std::span<const RouteHooks> hooks,
                                   std::string_view version);

}  // namespace trivet::app
