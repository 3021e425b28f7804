/// What the agent and its desktop program say to each other over pipes: frames of u32 size of the payload,
/// u16 viewer, u8 kind, u8 0. Many viewers share one pair of pipes, so each has its own credit: the program
/// sends a viewer no more than kViewerCredit bytes beyond what the agent has passed on for him.
#pragma once

#include <trellis/wire/bytes.hpp>

#include <functional>
#include <string>

namespace trellis::device::desktop {

using ViewerId = std::uint16_t;

enum class LinkKind : std::uint8_t {
    // agent -> program
    Open = 1,   ///< ViewerOptions
    Close,
    Commands,   ///< one message of a viewer
    Credit,     ///< u32 bytes that were passed on
    // both ways
    Clipboard,  ///< UTF-8
    // agent -> program
    GetClipboard,
    Lock,       ///< lock the session
    AutoLock,   ///< u8 1: lock it when this viewer goes
    // program -> agent
    Message,    ///< one KVM message
    Control,    ///< a JSON object for the viewer
    Name,       ///< of the display and user that it shows, as Hub knows it; viewer 0
    Failed,     ///< text: this viewer can't be served; he is closed
    // agent -> program
    Blank,      ///< u8 1: the monitors show nothing; 0: they show the screen
};

inline constexpr std::size_t kLinkHead = 8;
/// Exit status of the desktop program when its X server has gone.
inline constexpr int kServerLost = 3;
/// Ours: a picture of 8K by 8K stays below.
inline constexpr std::size_t kMaxLinkPayload = 32 * 1024 * 1024;
inline constexpr std::size_t kViewerCredit = 256 * 1024;
/// Both directions (design/desktop-stream.md).
inline constexpr std::size_t kMaxClipboard = 1'000'000;

struct LinkFrame {
    ViewerId viewer = 0;
    LinkKind kind{};
    wire::ByteView payload;
};

/// Appends a frame.
void writeFrame(std::string& to, ViewerId viewer, LinkKind kind, wire::ByteView payload = {});

/// Puts frames together from pieces.
class LinkReader {
public:
    /// Calls `take` for each whole frame. False at a size above the limit: the far end has gone mad.
    bool read(std::string_view bytes, const std::function<void(const LinkFrame&)>& take);

private:
    std::string rest_;
};

struct ViewerOptions {
    std::uint8_t version = 0;  ///< 0: the protocol without acknowledgements
    bool isViewOnly = false;
    bool isQuiet = false;      ///< no picture: for the clipboard alone
    std::vector<std::string> codecs;  ///< best first, at most 8
};
wire::Bytes writeOptions(const ViewerOptions& options);
ViewerOptions readOptions(wire::ByteView payload);

}  // namespace trellis::device::desktop
