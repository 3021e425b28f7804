// Coded frames of a stream (docs/design/desktop-stream.md).
#include "agent/desktop/kvm_message.hpp"
#include "agent/desktop/stream.hpp"

namespace trellis::device::desktop {
namespace {
/// Up to this many tiles are looked at one by one before the encoder gets them.
constexpr int kSmallChange = 256;
/// Exact pictures beside a coded frame: a word that is typed while something plays, not a window that moves.
constexpr std::size_t kBesideFrame = 2;
/// Areas of one frame; beyond that it is drawn whole.
constexpr std::size_t kMaxAreas = 512;
/// Larger pictures are coded at half of each side: encoders hold 20 bytes for each pixel, and what rests becomes
/// exact anyway.
constexpr long kMostCoded = 1920L * 1200;
constexpr int kFirstBitrate = 4'000'000;
constexpr int kLowest = 150'000;
constexpr int kHighest = 8'000'000;
/// What a moving pixel gets of the bitrate; enough for pictures of a camera at this size.
constexpr double kBitsPerPixel = 0.13;
constexpr int kLeastMoving = 500'000;
constexpr int kChosen = 40'000'000;
/// The encoder holds tens of megabytes; beginning anew costs a key frame.
constexpr std::chrono::seconds kEncoderRests{10};
/// A key frame for one who lags costs all others: not more often than this.
constexpr Milliseconds kKeyEvery{1'000};
}  // namespace

void Stream::sendCoded(const Picture& picture, const Viewers& viewers, const Viewers& all,
                       Clock::time_point now) {
    Viewers ready;
    for (auto* viewer : viewers) {
        if (!viewer->needsKey || !encoder_ || now - keyAt_ >= kKeyEvery) ready.push_back(viewer);
    }
    if (ready.empty()) {
        for (auto* viewer : viewers) viewer->nextAt = std::max(viewer->nextAt, keyAt_ + kKeyEvery);
        return;
    }
    TileMap lacking(size_);
    bool wantsKey = false;
    for (const auto* viewer : ready) {
        lacking.add(viewer->dirty);
        wantsKey = wantsKey || viewer->needsKey;
    }
    if (!wantsKey && lacking.count() <= kSmallChange) lacking = sendExact(picture, lacking, ready);
    if (lacking.isEmpty()) return mark(ready);
    // Sizes that the codec can't do get tiles.
    if (!codeFrame(picture, lacking, ready, all, now)) sendTiles(picture, ready);
}

TileMap Stream::sendExact(const Picture& picture, const TileMap& lacking, const Viewers& viewers) {
    const auto [exact, mixed] = split(picture, lacking);
    TileMap rest(size_);
    for (const auto& rect : mixed) rest.set(rect);
    if (!rest.isEmpty() && exact.size() > kBesideFrame) return lacking;
    for (const auto& rect : exact) {
        Viewers takers;
        for (auto* viewer : viewers) {
            if (viewer->dirty.touches(rect)) takers.push_back(viewer);
        }
        sendTile(picture, rect, true, takers);
    }
    return rest;
}

bool Stream::prepareEncoder(const Viewers& viewers) {
    const auto& codec = viewers.front()->codec;
    if (encoder_ && codec == codec_) return true;
    if (refuses(codec)) return false;
    bitrate_ = kFirstBitrate;
    planes_ = std::make_unique<Planes>(size_, shrink());
    encoder_ = makeEncoder(codec, planes_->size(), bitrate_);
    codec_ = codec;
    stale_.setAll();
    if (!encoder_) refuse(codec);
    return encoder_ != nullptr;
}

void Stream::refuse(const std::string& codec) {
    refused_.insert(codec);
    encoder_.reset();
    planes_.reset();
}

int Stream::shrink() const noexcept { return static_cast<long>(size_.w) * size_.h > kMostCoded ? 2 : 1; }

bool Stream::codeFrame(const Picture& picture, const TileMap& areas, const Viewers& viewers,
                       const Viewers& all, Clock::time_point now) {
    const bool isNewEncoder = !encoder_;
    if (!prepareEncoder(viewers)) return false;
    noteMotion(areas);
    adaptBitrate(viewers, now);
    codedAt_ = now;
    bool wantsKey = isNewEncoder;
    for (const auto* viewer : viewers) wantsKey = wantsKey || viewer->needsKey;
    for (const auto& rect : stale_.rects(kAnySize, kAnySize)) planes_->update(picture, rect);
    stale_.clearAll();
    const auto age = std::chrono::duration_cast<Milliseconds>(now - begun_).count();
    const auto frame = encoder_->encode(*planes_, wantsKey, age);
    if (frame.data.empty() && wantsKey) {
        refuse(codec_);  // some sizes fail no sooner
        return false;
    }
    if (frame.data.empty()) {
        for (auto* viewer : viewers) viewer->needsKey = true;  // what they lack stays noted
        return true;
    }
    if (frame.isKey) keyAt_ = now;
    const auto spent = std::chrono::duration_cast<Milliseconds>(Clock::now() - now).count();
    ++frames_;
    const auto rects = areas.rects(kAnySize, kAnySize, kMaxAreas + 1);
    const auto where = frameAreasMessage(frames_, rects);
    const auto what = codedFrameMessage(frames_, frame.isKey,
                                        static_cast<std::uint16_t>(std::min<long>(spent, 65'535)),
                                        frame.data);
    const auto start = codecStartMessage(encoder_->id(), planes_->size());
    for (auto* viewer : all) {
        // Who is not served misses a frame that the next ones build on.
        if (viewer->isCoded() && std::find(viewers.begin(), viewers.end(), viewer) == viewers.end()) {
            viewer->needsKey = true;
        }
    }
    for (auto* viewer : viewers) {
        if (viewer->needsKey || isNewEncoder) {
            viewer->send(start);
            // With frames that he has not drawn yet he draws this one over everything.
            if (viewer->flow.waitingSince()) viewer->lossy.setAll();
        }
        viewer->needsKey = false;
        if (rects.size() <= kMaxAreas) {
            viewer->send(where);
            viewer->lossy.add(areas);
        } else {
            viewer->lossy.setAll();
        }
        viewer->send(what);
        viewer->flow.mark(frames_, Clock::now());  // coding is not the line's time
        viewer->dirty.clearAll();
    }
    return true;
}

void Stream::rest(Clock::time_point now) {
    if (!encoder_ || now - codedAt_ < kEncoderRests) return;
    encoder_.reset();
    planes_.reset();
}

/// Large at once, small after a while, so that a pause between two frames changes nothing.
void Stream::noteMotion(const TileMap& areas) {
    const double pixels = static_cast<double>(areas.count()) * kTile * kTile / (shrink() * shrink());
    constexpr double kMemory = 0.95;
    movingPixels_ = std::max(pixels, movingPixels_ * kMemory + pixels * (1 - kMemory));
}

void Stream::adaptBitrate(const Viewers& viewers, Clock::time_point now) {
    constexpr Milliseconds kEvery{500};
    if (now - bitrateAt_ < kEvery) return;
    // The slowest of those who follow decides; who is slower still falls out until the next key frame.
    const int enough = std::clamp(static_cast<int>(movingPixels_ * kFrameRate * kBitsPerPixel),
                                  kLeastMoving, kHighest);
    int wanted = kChosen;
    for (const auto* viewer : viewers) {
        const double measured = viewer->flow.throughput() * 8 * 0.7;
        const int his = viewer->kbit > 0    ? std::min(viewer->kbit * 1000, kChosen)
                        : measured > 0      ? static_cast<int>(std::min<double>(measured, enough))
                                            : std::min(kFirstBitrate, enough);
        wanted = std::min(wanted, his);
    }
    wanted = std::clamp(wanted, kLowest, kChosen);
    if (std::abs(wanted - bitrate_) * 5 < bitrate_) return;
    bitrateAt_ = now;
    bitrate_ = wanted;
    encoder_->setBitrate(wanted);
}

}  // namespace trellis::device::desktop
