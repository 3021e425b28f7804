/// `--watch`: a listing that follows what happens.
#pragma once

#include <functional>

#include "core/app/ctl/ctl.hpp"

namespace trellis::app::ctl {

/// Runs `command` every 2 s with the same arguments, and writes its output when it differs from the
/// last: on a terminal in place of it, with --json as one more line. Ends with kOk on SIGINT or
/// SIGTERM. What `command` throws at first is thrown; later it is written to standard error once, and
/// tried again.
int watch(Context& context, const std::function<int(Context&)>& command);

} // namespace trellis::app::ctl
