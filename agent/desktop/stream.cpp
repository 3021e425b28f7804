#include "agent/desktop/stream.hpp"

#include "agent/desktop/kvm_message.hpp"

#include <cmath>

namespace trellis::device::desktop {
namespace {
// Old viewers decode one picture after the other: few large ones. With ours small ones, so that text
// and photographs each get what suits them.
constexpr int kOldColumns = 64;
constexpr int kOldRows = 8;
constexpr int kColumns = 8;
constexpr int kRows = 4;
/// Above this palettes stop being smaller than JPEG.
constexpr std::size_t kTextColours = 256;
// Design: sharp within a second of rest.
constexpr Milliseconds kCalm{300};
/// So many changes with less than this between them are movement; typing is slower.
constexpr Milliseconds kQuick{90};
constexpr std::uint8_t kMoving = 5;
/// Tiles that are sharpened in one turn: about 5 ms of work, 15 where there are many colours.
constexpr int kSharpenTiles = 96;

/// Old viewers know PNG.
wire::Bytes encodeExact(const Picture& picture, bool isOld) {
    if (!isOld && !coloursOf(picture, kTextColours)) {
        auto image = encodeWebp(picture);
        if (!image.empty()) return image;
    }
    return encodePng(picture);
}
}  // namespace

Size shownSize(Size whole, int scaling) {
    const double pixels = static_cast<double>(whole.w) * whole.h;
    const double most = pixels > kMaxShown ? std::sqrt(kMaxShown / pixels) : 1;
    const double factor = std::min(static_cast<double>(scaling) / kWhole, most);
    const auto side = [&](int length) { return std::max(1, static_cast<int>(length * factor)); };
    return {side(whole.w), side(whole.h)};
}

Stream::Stream(const Display& display, std::uint32_t& frames) : display_(display), frames_(frames) {
    setScaling(kWhole);
}

bool Stream::setWish(const PictureWish& wish) {
    isLossless_ = wish.isLossless;
    quality_ = wish.quality == 0 ? kQuality : wish.quality;
    return setScaling(wish.scaling == 0 ? kWhole : wish.scaling);
}

bool Stream::setScaling(int scaling) {
    if (scaling == scaling_) return false;
    scaling_ = scaling;
    const Size whole{display_.area.w, display_.area.h};
    size_ = shownSize(whole, scaling);
    scaledPixels_.clear();
    if (size_ != whole) {
        scaledPixels_.resize(static_cast<std::size_t>(size_.w) * static_cast<std::size_t>(size_.h) * 4);
    }
    stale_ = TileMap(size_);
    changes_.assign(static_cast<std::size_t>(stale_.columns()) * static_cast<std::size_t>(stale_.rows()),
                    Change{});
    encoder_.reset();
    planes_.reset();
    refused_.clear();
    return true;
}

void Stream::toScreen(int& x, int& y) const noexcept {
    const auto place = [](int at, int shown, int whole) {
        return std::clamp(static_cast<int>(static_cast<long>(at) * whole / shown), 0, whole - 1);
    };
    x = display_.area.x + place(x, size_.w, display_.area.w);
    y = display_.area.y + place(y, size_.h, display_.area.h);
}

Rect Stream::toShown(const Rect& area) const noexcept {
    auto part = intersect(area, display_.area);
    if (part.isEmpty()) return {};
    part.x -= display_.area.x;
    part.y -= display_.area.y;
    if (scaledPixels_.empty()) return part;
    const auto low = [](int at, int shown, int whole) {
        return static_cast<int>(static_cast<long>(at) * shown / whole);
    };
    const auto high = [](int at, int shown, int whole) {
        return static_cast<int>((static_cast<long>(at) * shown + whole - 1) / whole);
    };
    const int x = std::max(0, low(part.x, size_.w, display_.area.w) - 1);
    const int y = std::max(0, low(part.y, size_.h, display_.area.h) - 1);
    return intersect({x, y, high(part.right(), size_.w, display_.area.w) + 1 - x,
                      high(part.bottom(), size_.h, display_.area.h) + 1 - y},
                     {0, 0, size_.w, size_.h});
}

Picture Stream::shown(const Picture& screen) const noexcept {
    if (scaledPixels_.empty()) return screen.part(display_.area);
    return {scaledPixels_.data(), size_.w * 4, size_};
}

void Stream::scale(const Picture& screen, const Rect& shownArea) {
    if (scaledPixels_.empty()) return;
    scaleArea(screen.part(display_.area), size_, shownArea, scaledPixels_.data());
}

void Stream::join(Viewer& viewer) const {
    viewer.dirty = TileMap(size_);
    viewer.dirty.setAll();
    viewer.lossy = TileMap(size_);
    viewer.needsKey = true;
}

void Stream::changed(const Picture& screen, const Rect& area, const Viewers& viewers,
                     Clock::time_point now) {
    const auto part = toShown(area);
    if (part.isEmpty()) return;
    scale(screen, part);
    stale_.set(part);
    noteChange(part, now);
    for (auto* viewer : viewers) viewer->dirty.set(part);
}

void Stream::noteChange(const Rect& area, Clock::time_point now) {
    for (int row = area.y / kTile; row <= (area.bottom() - 1) / kTile; ++row) {
        for (int column = area.x / kTile; column <= (area.right() - 1) / kTile; ++column) {
            auto& change = changes_[static_cast<std::size_t>(row * stale_.columns() + column)];
            const bool isQuick = now - change.at < kQuick;
            change.heat = isQuick ? std::min<std::uint8_t>(change.heat + 1, kMoving) : std::uint8_t{0};
            change.at = now;
        }
    }
}

bool Stream::isMoving(const Rect& area) const noexcept {
    for (int row = area.y / kTile; row <= (area.bottom() - 1) / kTile; ++row) {
        for (int column = area.x / kTile; column <= (area.right() - 1) / kTile; ++column) {
            if (changes_[static_cast<std::size_t>(row * stale_.columns() + column)].heat >= kMoving) {
                return true;
            }
        }
    }
    return false;
}

bool Stream::isCalm(const Rect& tile, Clock::time_point now) const noexcept {
    const int place = tile.y / kTile * stale_.columns() + tile.x / kTile;
    return now - changes_[static_cast<std::size_t>(place)].at >= kCalm;
}

Clock::time_point Stream::dueAt(const Viewer& viewer) const noexcept {
    if (!viewer.dirty.isEmpty()) return viewer.nextAt;
    auto soonest = Clock::time_point::max();
    if (viewer.lossy.isEmpty()) return soonest;
    for (int row = 0; row < viewer.lossy.rows(); ++row) {
        for (int column = 0; column < viewer.lossy.columns(); ++column) {
            if (!viewer.lossy.test(column, row)) continue;
            const auto place = static_cast<std::size_t>(row * viewer.lossy.columns() + column);
            soonest = std::min(soonest, changes_[place].at + kCalm);
        }
    }
    return soonest;
}

void Stream::send(const Picture& screen, const Viewers& viewers, Clock::time_point now) {
    Viewers old;
    Viewers tiles;
    Viewers coded;
    Viewers resting;
    for (auto* viewer : viewers) {
        if (viewer->isSilent() || !viewer->canTake()) continue;
        if (viewer->dirty.isEmpty()) {
            if (!viewer->lossy.isEmpty() && viewer->canSharpen()) resting.push_back(viewer);
            continue;
        }
        if (viewer->nextAt > now) continue;
        viewer->nextAt = now + viewer->interval;
        (!viewer->isNew() ? old : viewer->isCoded() ? coded : tiles).push_back(viewer);
    }
    const auto picture = shown(screen);
    if (!old.empty()) sendTiles(picture, old);
    if (!tiles.empty()) sendTiles(picture, tiles);
    if (!coded.empty()) sendCoded(picture, coded, viewers, now);
    if (!resting.empty()) sharpen(picture, resting, now);
}

void Stream::sendTiles(const Picture& picture, const Viewers& viewers) {
    const bool isOld = !viewers.front()->isNew();
    TileMap all(size_);
    for (const auto* viewer : viewers) all.add(viewer->dirty);
    for (const auto& rect : all.rects(isOld ? kOldColumns : kColumns, isOld ? kOldRows : kRows)) {
        Viewers takers;
        for (auto* viewer : viewers) {
            if (viewer->canTake() && viewer->dirty.touches(rect)) takers.push_back(viewer);
        }
        if (takers.empty()) continue;
        const bool isExact =
            isOld ? isLossless_ : coloursOf(picture.part(rect), kTextColours).has_value();
        sendTile(picture, rect, isExact, takers);
    }
    mark(viewers);
}

Stream::Pieces Stream::split(const Picture& picture, const TileMap& tiles) const {
    const auto isText = [&](const Rect& rect) {
        return !isMoving(rect) && coloursOf(picture.part(rect), kTextColours).has_value();
    };
    Pieces pieces;
    for (const auto& whole : tiles.rects(kAnySize, kAnySize)) {
        if (isText(whole)) {
            pieces.text.push_back(whole);
            continue;
        }
        TileMap parts(size_);
        parts.set(whole);
        for (const auto& part : parts.rects(kColumns, kRows)) {
            (isText(part) ? pieces.text : pieces.mixed).push_back(part);
        }
    }
    return pieces;
}

void Stream::sendTile(const Picture& picture, const Rect& area, bool isExact, const Viewers& takers) {
    const auto part = picture.part(area);
    const auto message = isExact ? pictureMessage(area.x, area.y, encodeExact(part, !takers.front()->isNew()))
                                 : pictureMessage(area.x, area.y, jpeg_.encode(part, quality_));
    for (auto* viewer : takers) {
        viewer->send(message);
        viewer->dirty.clear(area);
        if (isExact) {
            viewer->lossy.clear(area);
        } else if (viewer->isNew()) {
            viewer->lossy.set(area);
        }
    }
}

void Stream::sharpen(const Picture& picture, const Viewers& viewers, Clock::time_point now) {
    TileMap calm(size_);
    for (const auto* viewer : viewers) calm.add(viewer->lossy);
    int left = kSharpenTiles;
    for (int row = 0; row < calm.rows(); ++row) {
        for (int column = 0; column < calm.columns(); ++column) {
            if (!calm.test(column, row)) continue;
            if (left > 0 && isCalm(calm.areaOf(column, row), now)) {
                --left;
            } else {
                calm.clear(column, row);
            }
        }
    }
    auto [rects, mixed] = split(picture, calm);
    rects.insert(rects.end(), mixed.begin(), mixed.end());
    for (const auto& rect : rects) {
        Viewers takers;
        for (auto* viewer : viewers) {
            if (viewer->canTake() && viewer->lossy.touches(rect)) takers.push_back(viewer);
        }
        if (!takers.empty()) sendTile(picture, rect, true, takers);
    }
    if (!calm.isEmpty()) mark(viewers);
}

void Stream::mark(const Viewers& viewers) {
    const auto message = markMessage(++frames_);
    for (auto* viewer : viewers) {
        if (!viewer->isNew()) continue;
        viewer->send(message);
        viewer->flow.mark(frames_, Clock::now());
    }
}

}  // namespace trellis::device::desktop
