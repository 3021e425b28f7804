/// A script's process. Events: stdout(bytes), stderr(bytes), drain, exit(code, signal).
#pragma once

#include "agent/script/host.hpp"
#include "agent/service/process.hpp"

namespace trellis::device {

/// Throws what Process throws.
std::unique_ptr<Handle> openProcess(ScriptHost& host, HandleId id, const ProgramOptions& options);

}  // namespace trellis::device
