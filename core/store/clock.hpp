/// The time, injected so that tests need no waiting.
#pragma once

#include <cstdint>
#include <functional>

namespace trellis::store {

/// Milliseconds since 1970-01-01 UTC. Must be callable on any thread.
using Clock = std::function<std::int64_t()>;

/// The machine's wall clock.
Clock systemClock();

} // namespace trellis::store
