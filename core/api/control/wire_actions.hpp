/// The wire's actions that parts may bring which are not here (control-protocol section 3).
#pragma once

#include <string_view>

namespace trellis::api {

/// Whether `action` is one of those. While nothing serves it, who asked for an answer is told so:
/// clients without time-outs would wait for ever (control-protocol 11, 53).
bool isOptionalWireAction(std::string_view action) noexcept;

} // namespace trellis::api
