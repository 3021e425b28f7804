/// One who watches: what he may do, what he has, and how much he can take.
#pragma once

#include "agent/desktop/flow.hpp"
#include "agent/desktop/link.hpp"
#include "agent/desktop/tiles.hpp"

#include <memory>
#include <set>

namespace trellis::device::desktop {

class Stream;
using StreamPtr = std::shared_ptr<Stream>;

/// Where a picture of the screen is in time: milliseconds between pictures.
inline constexpr Milliseconds kOldInterval{50};
inline constexpr Milliseconds kInterval{33};

/// How somebody wants pictures (protocol 7.2, command 5); 0 where he has not said it.
struct PictureWish {
    bool isLossless = false;  ///< tiles of viewers without acknowledgements
    int quality = 0;          ///< 1-100
    int scaling = 0;          ///< 64-1024
};
inline constexpr int kQuality = 50;
/// 100 %.
inline constexpr int kWhole = 1024;

struct Viewer {
    using Send = std::function<void(ViewerId viewer, LinkKind kind, wire::ByteView payload)>;
    Viewer(ViewerId number, ViewerOptions wanted, const Send& out)
        : id(number), options(std::move(wanted)), send_(out) {}

    void send(LinkKind kind, wire::ByteView payload) { send_(id, kind, payload); }
    /// A KVM message; counts against what may be under way.
    void send(const wire::Bytes& message) {
        outstanding += message.size();
        flow.sent(message.size());
        send_(id, LinkKind::Message, message);
    }
    /// Of tiles and coded frames: may another go out now?
    bool canTake() const noexcept;
    /// The same for tiles that only make sharp what he has.
    bool canSharpen() const noexcept;
    bool isNew() const noexcept { return options.version >= 1; }
    bool isCoded() const noexcept { return !codec.empty() && !isTilesOnly; }
    /// Small messages that replace one another (pointer, lock keys, displays) wait for this, too: nobody
    /// makes the pipe grow by moving a pointer.
    bool canHear() const noexcept { return outstanding < kViewerCredit; }
    bool isSilent() const noexcept { return isPaused || options.isQuiet; }

    ViewerId id;
    ViewerOptions options;
    bool isPaused = false;
    bool locksAtEnd = false;
    bool asksClipboard = false;  ///< and has no answer yet
    int display = 0;  ///< what he chose; 0 nothing yet
    StreamPtr stream;
    PictureWish wish;

    bool owesDisplays = false;  ///< what has changed and he has not been told
    bool owesSize = false;
    bool owesCursor = false;
    bool owesLockKeys = false;

    std::size_t outstanding = 0;  ///< bytes that the agent has not passed on
    FlowWindow flow;
    std::string codec;      ///< that he and this machine have, "" for tiles only
    bool isTilesOnly = false;  ///< he chose so
    bool needsKey = true;   ///< he can't follow the coded frames before one
    int kbit = 0;           ///< what he allows, 0: as measured
    Milliseconds interval = kOldInterval;
    Clock::time_point nextAt{};

    TileMap dirty;  ///< what he has not been sent
    TileMap lossy;  ///< what he has, but not exactly

    std::set<std::pair<std::uint8_t, bool>> keysDown;  ///< virtual key, extended
    std::set<int> buttonsDown;
    char16_t highSurrogate = 0;

private:
    Send send_;
};

}  // namespace trellis::device::desktop
