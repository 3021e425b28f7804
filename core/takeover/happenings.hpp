/// Events and power states of MeshCentral as ours (control-protocol.md sections 5.9, 5.10). Pure.
#pragma once

#include "core/model/event_log.hpp"
#include "core/model/power_log.hpp"

#include <optional>

namespace trellis::takeover {

/// Throws sdk::Error{InvalidArgument} with a sentence when it can't be taken.
model::Event takeEvent(const boost::json::object& document);
/// Nothing for states that we don't keep (the end of the server).
std::optional<model::PowerEvent> takePower(const boost::json::object& document);

} // namespace trellis::takeover
