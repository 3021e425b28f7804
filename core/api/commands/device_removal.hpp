/// Taking a device out, whoever wants it.
#pragma once

#include "core/api/context.hpp"

namespace trellis::api {

/// Removes the record with all that belongs to it, ends the agent's connection and announces
/// `event` (who, text) to those who could see the device. Blocks on the database.
void removeDevice(Context& context, const model::Device& device, model::Event event);

/// Devices of groups with `expireDevs` that were not connected for so many days; devices that never
/// were stay. Returns how many went.
std::size_t removeStaleDevices(Context& context);

/// Devices whose agent runs without being installed, or whose group keeps none (`flags` 1), a minute
/// after they have gone: a connection that was only lost comes back before that. Returns how many went.
std::size_t removeTemporaryDevices(Context& context);

} // namespace trellis::api
