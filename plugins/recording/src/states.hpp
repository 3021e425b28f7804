/// What a player asks for when it jumps.
#pragma once

#include "commands.hpp"

namespace recording {

/// The HTTP route of states. Runs on the worker pool.
void declareStates(trellis::sdk::Registrar& reg, const Parts& parts);

} // namespace recording
