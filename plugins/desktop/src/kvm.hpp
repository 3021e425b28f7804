/// Commands of the KVM protocol as a viewer sends them (agent-protocol specification, section 7.2;
/// 200 and above: docs/design/desktop-stream.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace desktop {

/// What a viewer may do at the device.
enum class Input : std::uint8_t {
    Full = 1,
    Limited,  ///< pointer and text; no Ctrl, Alt, Win, Tab, Esc, function keys or input lock
    None,     ///< looks on
};

/// Longest message of a viewer. What viewers send is far shorter: clipboards travel as text messages.
inline constexpr std::size_t kMaxMessage = 64 * 1024;
/// Most commands in one message; the standard viewer sends up to seven.
inline constexpr std::size_t kMaxCommands = 256;

struct Filtered {
    enum class Outcome : std::uint8_t {
        Whole = 1,  ///< the message may pass as it is
        Part,       ///< only `bytes` may pass
        Nothing,    ///< every command was left out
        Malformed,  ///< a size that cannot be: there is no telling where the next command begins
    };
    Outcome outcome = Outcome::Nothing;
    std::string bytes;
    bool isInput = false;  ///< somebody pressed, moved or typed, whether it may pass or not
};

/// Looks through one binary message, a row of commands `u16 type, u16 size, payload` (big-endian, the
/// size is that of the whole command). Known commands of another size than theirs are left out, as
/// agents do; unknown ones pass for Input::Full only.
Filtered filterViewer(std::span<const std::byte> message, Input input);

}  // namespace desktop
