/// Messages of a desktop session. Sections: agent-protocol 7.2; types from 200 docs/design/desktop-stream.md.
/// All numbers big-endian; u16 type, u16 size of the whole message, payload.
#pragma once

#include "agent/desktop/geometry.hpp"

#include <trellis/wire/bytes.hpp>

#include <functional>
#include <string_view>
#include <variant>

namespace trellis::device::desktop {

enum class Kvm : std::uint16_t {
    Key = 1,
    Mouse = 2,
    Picture = 3,
    Compression = 5,
    Refresh = 6,
    ScreenSize = 7,
    Pause = 8,
    CtrlAltDel = 10,
    DisplayList = 11,
    SelectDisplay = 12,
    FrameTimer = 13,
    Touch = 14,
    Message = 17,
    LockKeys = 18,
    Jumbo = 27,
    Error = 65,
    DisplayGeometry = 82,
    Unicode = 85,
    InputLock = 87,
    PointerShape = 88,
    CodecStart = 200,
    CodedFrame = 201,
    FrameDone = 202,
    Mark = 203,
    KeyFrame = 204,
    PointerImage = 205,
    Choice = 206,
    FrameAreas = 207,
    SideWheel = 208,
};

// ---- from the viewer ----

struct KeyCommand {
    std::uint8_t key = 0;  ///< Windows virtual-key code
    bool isUp = false;
    bool isExtended = false;
};
struct UnicodeCommand {
    char16_t unit = 0;
    bool isUp = false;
};
struct MouseCommand {
    std::uint8_t button = 0;  ///< 0 move; 02/04 left, 08/10 right, 20/40 middle (down/up), 88 double
    std::uint16_t x = 0;      ///< in scaled pixels of the display that is shown
    std::uint16_t y = 0;
    int wheel = 0;  ///< only its sign counts (viewers encode the amount in two ways)
    int side = 0;   ///< of a wheel that goes sideways; only its sign counts, positive is right
};
struct CompressionCommand {
    std::uint8_t type = 1;     ///< 1 JPEG, 2 PNG, 3 TIFF, 4 WebP
    std::uint8_t quality = 0;  ///< 1-100; 0 not given
    std::uint16_t scaling = 0;      ///< 64-4096, 1024 is 100 %; 0 not given
    std::uint16_t frameTimer = 0;   ///< 20-5000 ms; 0 not given
};
struct RefreshCommand {};
struct PauseCommand {
    bool isPaused = false;
};
struct CtrlAltDelCommand {};
struct DisplayListCommand {};
struct SelectDisplayCommand {
    std::uint16_t id = 0;
};
struct InputLockCommand {
    std::uint8_t what = 2;  ///< 0 unlock, 1 lock, 2 query
};
struct TouchCommand {};
struct FrameDoneCommand {
    std::uint32_t frame = 0;
    std::uint16_t queue = 0;
    std::uint16_t drawMs = 0;
};
struct KeyFrameCommand {};
struct ChoiceCommand {
    std::uint16_t kbit = 0;    ///< each 0: automatic
    std::uint8_t quality = 0;
    std::uint8_t rate = 0;     ///< frames per second
    bool isTilesOnly = false;
};
using ViewerCommand =
    std::variant<KeyCommand, UnicodeCommand, MouseCommand, CompressionCommand, RefreshCommand,
                 PauseCommand, CtrlAltDelCommand, DisplayListCommand, SelectDisplayCommand,
                 InputLockCommand, TouchCommand, FrameDoneCommand, KeyFrameCommand, ChoiceCommand>;

/// Input of a person, which a viewer without input rights may not send.
bool isInput(const ViewerCommand& command) noexcept;

/// Calls `take` for each known command in `message` (one or several, in order). Unknown types, and known
/// ones of a wrong size, are skipped. False if the rest is no message: cut short, or a size below 4.
bool readCommands(wire::ByteView message, const std::function<void(const ViewerCommand&)>& take);

// ---- to the viewer ----

/// Above this a message takes the jumbo form (protocol 7.2).
inline constexpr std::size_t kMaxPlain = 65'500;

wire::Bytes screenSizeMessage(Size size);
wire::Bytes displayListMessage(const std::vector<Display>& displays, int selected);
wire::Bytes displayGeometryMessage(const std::vector<Display>& displays);
wire::Bytes selectedMessage(int id);
/// An image file (JPEG, PNG or WebP) for x, y.
wire::Bytes pictureMessage(int x, int y, wire::ByteView image);
/// NumLock 1, ScrollLock 2, CapsLock 4.
wire::Bytes lockKeysMessage(std::uint8_t keys);
wire::Bytes inputLockMessage(bool isLocked);
wire::Bytes pointerShapeMessage(std::uint8_t shape);
/// `png` empty: no pointer.
wire::Bytes pointerImageMessage(int hotX, int hotY, wire::ByteView png);
/// Text for the person who watches, at most 4,000 bytes of it.
wire::Bytes errorMessage(std::string_view text);
/// `codec`: 1 H.264 Annex B, 2 VP9.
wire::Bytes codecStartMessage(std::uint8_t codec, Size size);
wire::Bytes codedFrameMessage(std::uint32_t frame, bool isKeyFrame, std::uint16_t ms,
                              wire::ByteView data);
/// Where the coded frame with this number is drawn.
wire::Bytes frameAreasMessage(std::uint32_t frame, const std::vector<Rect>& areas);
wire::Bytes markMessage(std::uint32_t frame);
/// Answer to touch initialisation: there is none here, the viewer sends mouse commands.
wire::Bytes touchMessage();

}  // namespace trellis::device::desktop
