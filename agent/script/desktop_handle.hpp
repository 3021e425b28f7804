/// A script's view of a desktop session. Events: data(message), control(json), clipboard(text), drain,
/// end(reason).
#pragma once

#include "agent/desktop/hub.hpp"
#include "agent/script/host.hpp"

namespace trellis::device {

/// Throws what Hub::open throws.
std::unique_ptr<Handle> openDesktop(ScriptHost& host, HandleId id, const desktop::DesktopWish& wish,
                                    const desktop::ViewerOptions& options);

}  // namespace trellis::device
