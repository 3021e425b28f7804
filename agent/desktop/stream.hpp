/// One display on its way to those who watch it: scaled and encoded once for all of them.
#pragma once

#include "agent/desktop/codec.hpp"
#include "agent/desktop/image.hpp"
#include "agent/desktop/viewer.hpp"

namespace trellis::device::desktop {

using Viewers = std::vector<Viewer*>;

/// What viewers see of so many pixels: both sides by the same factor, `scaling` of 1024 or what kMaxShown allows.
Size shownSize(Size whole, int scaling);

class Stream {
public:
    /// `frames` counts frames and marks of all streams.
    Stream(const Display& display, std::uint32_t& frames);

    const Display& display() const noexcept { return display_; }
    /// What viewers see: the display's size, scaled.
    Size size() const noexcept { return size_; }
    /// What those who watch want together. True if the size changed: they begin anew.
    bool setWish(const PictureWish& wish);

    /// `area` of the screen has changed.
    void changed(const Picture& screen, const Rect& area, const Viewers& viewers,
                 Clock::time_point now);
    /// Sends what they lack to those who can take it. `viewers`: all who watch this stream.
    void send(const Picture& screen, const Viewers& viewers, Clock::time_point now);
    /// He watches from now on and has nothing yet.
    void join(Viewer& viewer) const;
    /// Gives back what a coded picture needs when none was wanted for a while.
    void rest(Clock::time_point now);
    /// Can't this codec do the stream's size?
    bool refuses(const std::string& codec) const { return refused_.contains(codec); }
    /// When there is something for him, if he can take it; max() for nothing.
    Clock::time_point dueAt(const Viewer& viewer) const noexcept;
    /// A point of the scaled picture, as one of the screen.
    void toScreen(int& x, int& y) const noexcept;

private:
    bool setScaling(int scaling);
    Rect toShown(const Rect& area) const noexcept;
    Picture shown(const Picture& screen) const noexcept;
    void scale(const Picture& screen, const Rect& shownArea);

    /// Tiles of what they lack, exact where few colours make that cheap.
    void sendTiles(const Picture& picture, const Viewers& viewers);
    /// Rectangles of `tiles`: those with few colours at rest, as large as they come (one picture costs less
    /// than its parts), and small ones of all else.
    struct Pieces {
        std::vector<Rect> text;
        std::vector<Rect> mixed;
    };
    Pieces split(const Picture& picture, const TileMap& tiles) const;
    /// One picture for all of them; old viewers and ours don't come together.
    void sendTile(const Picture& picture, const Rect& area, bool isExact, const Viewers& takers);
    /// Small changes as tiles, the rest as a coded frame.
    void sendCoded(const Picture& picture, const Viewers& viewers, const Viewers& all,
                   Clock::time_point now);
    /// What has to be coded; what need not is sent.
    TileMap sendExact(const Picture& picture, const TileMap& lacking, const Viewers& viewers);
    bool codeFrame(const Picture& picture, const TileMap& areas, const Viewers& viewers,
                   const Viewers& all, Clock::time_point now);
    bool prepareEncoder(const Viewers& viewers);
    void refuse(const std::string& codec);
    /// By how much each side is smaller when it is coded.
    int shrink() const noexcept;
    void noteMotion(const TileMap& areas);
    void adaptBitrate(const Viewers& viewers, Clock::time_point now);
    /// Exact tiles where nothing has changed for a while.
    void sharpen(const Picture& picture, const Viewers& viewers, Clock::time_point now);
    bool isCalm(const Rect& tile, Clock::time_point now) const noexcept;
    /// Something moves there: worth coding even where tiles would do.
    bool isMoving(const Rect& area) const noexcept;
    void noteChange(const Rect& area, Clock::time_point now);
    void mark(const Viewers& viewers);

    Display display_;
    std::uint32_t& frames_;
    int scaling_ = 0;  // of 1024
    int quality_ = kQuality;
    bool isLossless_ = false;
    Size size_;
    std::vector<std::uint8_t> scaledPixels_;  // empty where nothing is scaled
    struct Change {
        Clock::time_point at;
        std::uint8_t heat = 0;  // changes that followed one another quickly
    };
    std::vector<Change> changes_;  // per tile
    JpegEncoder jpeg_;

    std::string codec_;
    std::set<std::string> refused_;  // at this size
    std::unique_ptr<VideoEncoder> encoder_;
    std::unique_ptr<Planes> planes_;
    TileMap stale_;  // of planes_
    int bitrate_ = 0;
    double movingPixels_ = 0;  // of a coded frame, lately
    Clock::time_point bitrateAt_{};
    Clock::time_point keyAt_{};
    Clock::time_point codedAt_{};
    Clock::time_point begun_ = Clock::now();
};

}  // namespace trellis::device::desktop
