/// A server in a process of its own, for sins that end it.
#pragma once

#include <string>

namespace trellis::tests {

/// In the child: starts `id` and the healthy plugin with <folder>/journal, then runs `command`, or
/// stops in order if it is "stop". Returns the exit status if it lives that long.
int runChild(const std::string& folder, const std::string& id, const std::string& command);

/// In the parent: runs the child and waits. Returns the wait status.
int spawnChild(const std::string& folder, const std::string& id, const std::string& command);

}  // namespace trellis::tests
