/// Arguments of the wire's sharing actions (control-protocol 3.9).
#pragma once

#include <string>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/json.hpp>
#include <trellis/sdk/schema.hpp>

#include "share.hpp"

namespace sharing {

/// Longest name that a guest may give himself, characters.
inline constexpr std::int64_t kMaxGuestName = 64;

trellis::sdk::Schema listArguments();
trellis::sdk::Schema groupArguments();
trellis::sdk::Schema createArguments();
trellis::sdk::Schema removeArguments();

/// "node/<domain>/<id>" for a full or short id. Throws Error with the wire's text, "Invalid domain",
/// for an id of another tenant or another kind.
std::string deviceIdOf(const json::object& args, const std::string& domain);
std::string groupIdOf(const json::object& args, const std::string& domain);

/// What the arguments of createDeviceShareLink ask for; they passed the schema. `maxMinutes`: longest
/// time, 0 for no limit. Throws Error with the wire's text.
Share shareOf(const json::object& args, std::int64_t nowMs, std::int64_t maxMinutes);

}  // namespace sharing
