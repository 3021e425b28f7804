/// Text messages of a desktop session (agent-protocol specification, section 6.7; clipboard:
/// docs/design/desktop-stream.md).
#pragma once

#include <optional>
#include <string_view>

#include "kvm.hpp"

namespace desktop {

/// Type of the message by which this server lets the device start a virtual screen; of nobody else.
inline constexpr std::string_view kStartVirtual = "startVirtual";

/// What the configuration lets clipboards do.
struct ClipboardRules {
    bool isToDeviceAllowed = true;
    bool isFromDeviceAllowed = true;
};

struct TextVerdict {
    bool mayPass = true;
    bool isInput = false;            ///< counts as something done at the device
    std::optional<bool> viewOnly{};  ///< the viewer's own choice; such a message ends here
};

/// A text of the viewer. Whoever may not do everything passes only what is known to do nothing at the
/// device, and no offer of a direct connection, which would lead around this server.
TextVerdict judgeViewerText(std::string_view text, Input input, const ClipboardRules& rules);

/// A text of the device: clipboards go to nobody who only looks on.
bool mayReachViewer(std::string_view text, Input input, const ClipboardRules& rules);

}  // namespace desktop
