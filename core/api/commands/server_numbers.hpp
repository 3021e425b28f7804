/// What the server knows of itself in numbers (control-protocol 3.11).
#pragma once

#include <boost/json/object.hpp>

#include "core/api/context.hpp"
#include "core/api/control/hub.hpp"

namespace trellis::api {

/// Members of `serverstats` without `action`: memory in bytes, load of the last 1, 5 and 15 minutes,
/// and counts of the caller's tenant.
boost::json::object serverNumbers(const Context& context, const ControlHub& hub,
                                  const std::string& domain);

/// The answer to one line of the server console; "" for an empty line. `caller` is a full
/// administrator.
std::string consoleAnswer(const Context& context, ControlHub& hub, const sdk::Caller& caller,
                          std::string_view line);

} // namespace trellis::api
