/// What a player needs to show a terminal at one moment: its state then, as bytes that make it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mcrec.hpp"

namespace recording {

/// What the viewer says of its terminal (agent-protocol specification, section 9), within what
/// vt::Screen can be; nothing when the message is another.
struct TerminalSize {
    int columns = 0, rows = 0;
};
std::optional<TerminalSize> terminalSizeIn(std::string_view text);

/// States of a terminal after every MiB of its session (less often in long ones), so that a jump
/// follows no more than that: blocks as terminalAt() answers them, with the time of the last that
/// was seen. "" for what is short. Throws Error{NotFound} for no recording.
std::string terminalStates(const mcrec::Reader::Read& read, std::uint64_t size);

/// The terminal `ms` after the first message. `states`: of terminalStates(), or "". The answer is
/// two blocks: one of type 4 with {"next": offset of the first block after that moment, "cols",
/// "rows"}, and what brings a new terminal of that size into the state. Throws Error{NotFound} for
/// no recording, {Unavailable} when the state is larger than 64 MiB.
std::string terminalAt(const mcrec::Reader::Read& read, std::uint64_t size,
                       const std::string& states, std::int64_t ms);

} // namespace recording
