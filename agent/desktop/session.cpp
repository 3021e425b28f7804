#include "agent/desktop/session.hpp"

#include "agent/desktop/pointer.hpp"
#include "agent/script/json.hpp"

#include <malloc.h>

namespace trellis::device::desktop {
namespace {
/// What is drawn in one go arrives in several reports; a little patience makes one picture of them.
constexpr Milliseconds kPatience{2};
/// Without any picture for so long, memory is given back.
constexpr Milliseconds kRest{11'000};

std::vector<Viewer*> watching(const std::map<ViewerId, std::unique_ptr<Viewer>>& all,
                              const Stream* stream) {
    std::vector<Viewer*> found;
    for (const auto& [id, viewer] : all) {
        if (viewer->stream.get() == stream) found.push_back(viewer.get());
    }
    return found;
}
}  // namespace

Session::Session(Loop& loop, Send send) : loop_(loop), send_(std::move(send)), turn_(loop), rest_(loop) {}
Session::~Session() = default;

void Session::begin(Screen& screen) {
    screen_ = &screen;
    hashes_ = TileHashes(screen.size());
}

// ---- viewers ----

void Session::take(const LinkFrame& frame) {
    if (frame.kind == LinkKind::Open) return open(frame.viewer, readOptions(frame.payload));
    const auto found = viewers_.find(frame.viewer);
    if (found == viewers_.end()) return;
    auto& viewer = *found->second;
    switch (frame.kind) {
    case LinkKind::Close: close(frame.viewer); break;
    case LinkKind::Commands:
        readCommands(frame.payload, [&](const ViewerCommand& command) { onCommand(viewer, command); });
        break;
    case LinkKind::Credit:
        if (frame.payload.size() == 4) {
            viewer.outstanding -= std::min<std::size_t>(viewer.outstanding, wire::readU32(frame.payload));
        }
        catchUp(viewer);
        break;
    case LinkKind::Clipboard: setClipboard(frame.viewer, wire::textOf(frame.payload)); break;
    case LinkKind::GetClipboard:
        viewer.asksClipboard = true;
        screen_->askClipboard();
        break;
    case LinkKind::Lock: lockScreen(viewer); break;
    case LinkKind::Blank:
        blankScreen(viewer, !frame.payload.empty() && frame.payload[0] != std::byte{0});
        break;
    case LinkKind::AutoLock:
        viewer.locksAtEnd = !viewer.options.isViewOnly && !frame.payload.empty() && frame.payload[0] != std::byte{0};
        break;
    default: break;
    }
    plan();
}

void Session::open(ViewerId id, const ViewerOptions& options) {
    auto& viewer = viewers_[id] = std::make_unique<Viewer>(id, options, send_);
    if (options.isQuiet) return;
    screen_->wake();
    viewer->interval = viewer->isNew() ? kInterval : kOldInterval;
    if (viewer->isNew()) {
        viewer->wish = {false, kQuality, kWhole};
        assign(*viewer, kAllDisplays);
        chooseCodecFor(*viewer);
        announce(*viewer);
        if (isBlank_) showBlank(*viewer);
    }
    select(*viewer, kAllDisplays);
    viewer->send(lockKeysMessage(screen_->lockKeys()));
    showDisplays(*viewer);
    showCursor(*viewer);
    plan();
}

/// One encoder serves all who watch a stream, so who comes later uses what is in use or gets tiles.
void Session::chooseCodecFor(Viewer& viewer) {
    auto wanted = viewer.options.codecs;
    std::erase_if(wanted, [&](const auto& each) { return viewer.stream->refuses(each); });
    viewer.codec.clear();
    for (const auto* each : watching(viewers_, viewer.stream.get())) {
        if (each->codec.empty() || viewer.stream->refuses(each->codec)) continue;
        if (std::find(wanted.begin(), wanted.end(), each->codec) != wanted.end()) viewer.codec = each->codec;
        return;
    }
    viewer.codec = chooseCodec(wanted);
}

void Session::replaceCodec(const Stream& stream) {
    for (auto* viewer : watching(viewers_, &stream)) {
        if (viewer->codec.empty() || !stream.refuses(viewer->codec)) continue;
        chooseCodecFor(*viewer);
        viewer->needsKey = true;
        announce(*viewer);
    }
}

void Session::close(ViewerId id) {
    const auto found = viewers_.find(id);
    if (found == viewers_.end()) return;
    releaseInput(*found->second);
    if (found->second->locksAtEnd) screen_->lock([](const std::string&) {});
    const auto stream = found->second->stream;
    viewers_.erase(found);
    if (stream) agree(*stream);
    if (blankFor_ == id) {
        blankFor_ = 0;
        screen_->blank(false);
    }
}

void Session::end() {
    while (!viewers_.empty()) close(viewers_.begin()->first);
}

void Session::announce(Viewer& viewer) {
    std::string list;
    for (const auto& each : screen_->displays()) {
        JsonObject display;
        display.number("id", each.id).number("x", each.area.x).number("y", each.area.y);
        display.number("w", each.area.w).number("h", each.area.h);
        display.boolean("primary", each.isPrimary);
        list += (list.empty() ? "" : ",") + display.end();
    }
    JsonObject message;
    message.text("type", "desktop").number("version", 1).text("codec", viewer.codec);
    message.raw("displays", '[' + list + ']');
    message.raw("features", R"(["cursor","clipboard","unicode","lossless","blank","sidewheel"])");
    viewer.send(LinkKind::Control, wire::bytesOf(message.end()));
}

void Session::showDisplays(Viewer& viewer) {
    const auto& displays = screen_->displays();
    viewer.send(displayGeometryMessage(displays));
    viewer.send(displayListMessage(displays, viewer.display));
}

void Session::showCursor(Viewer& viewer) {
    const auto& cursor = screen_->cursor();
    if (viewer.isNew()) {
        viewer.send(pointerImageMessage(cursor.hotX, cursor.hotY, encodePng(cursor)));
    } else {
        viewer.send(pointerShapeMessage(pointerShape(cursor)));
    }
}

StreamPtr Session::assign(Viewer& viewer, int display) {
    const auto& all = screen_->displays();
    if (all.size() == 1 && display == kAllDisplays) display = all.front().id;
    viewer.display = display;
    return std::exchange(viewer.stream, streamFor(display));
}

void Session::select(Viewer& viewer, int display) {
    const auto left = assign(viewer, display);
    if (viewer.isNew() && left != viewer.stream) {
        const auto before = viewer.codec;
        chooseCodecFor(viewer);
        if (viewer.codec != before) announce(viewer);
    }
    if (!agree(*viewer.stream)) startAnew(viewer);
    if (left && left != viewer.stream) agree(*left);
}

bool Session::agree(Stream& stream) {
    const auto viewers = watching(viewers_, &stream);
    if (viewers.empty()) return false;
    PictureWish best;
    for (const auto* viewer : viewers) {
        best.isLossless = best.isLossless || viewer->wish.isLossless;
        best.quality = std::max(best.quality, viewer->wish.quality);
        best.scaling = std::max(best.scaling, viewer->wish.scaling);
    }
    if (!stream.setWish(best)) return false;
    for (auto* viewer : viewers) startAnew(*viewer);
    stream.changed(screen_->picture(), stream.display().area, {}, Clock::now());
    return true;
}

void Session::startAnew(Viewer& viewer) {
    viewer.stream->join(viewer);
    viewer.owesSize = true;
    catchUp(viewer);
}

StreamPtr Session::streamFor(int display) {
    if (auto there = streams_[display].lock()) return there;
    Display shown{kAllDisplays, {0, 0, screen_->size().w, screen_->size().h}, true};
    for (const auto& each : screen_->displays()) {
        if (each.id == display) shown = each;
    }
    auto stream = std::make_shared<Stream>(shown, frames_);
    streams_[display] = stream;
    return stream;
}

void Session::releaseInput(Viewer& viewer) {
    for (const auto& [key, isExtended] : viewer.keysDown) screen_->key({key, true, isExtended}, KeyMeaning::Key);
    for (const int number : viewer.buttonsDown) screen_->button(number, false);
    viewer.keysDown.clear();
    viewer.buttonsDown.clear();
}

void Session::lockScreen(Viewer& viewer) {
    if (viewer.options.isViewOnly) return;
    screen_->lock([this, id = viewer.id](const std::string& problem) {
        const auto found = viewers_.find(id);
        if (!problem.empty() && found != viewers_.end()) found->second->send(errorMessage(problem));
    });
}

// ---- dark monitors ----

void Session::blankScreen(Viewer& viewer, bool isWanted) {
    if (viewer.options.isViewOnly) return;
    blankFor_ = isWanted ? viewer.id : 0;
    screen_->blank(isWanted);
}

void Session::showBlank(Viewer& viewer) {
    JsonObject message;
    message.text("type", "blank").boolean("value", isBlank_);
    viewer.send(LinkKind::Control, wire::bytesOf(message.end()));
}

void Session::onBlank(bool isBlank, const std::string& problem) {
    isBlank_ = isBlank;
    for (auto& [id, viewer] : viewers_) {
        if (!viewer->isNew() || viewer->options.isQuiet) continue;
        showBlank(*viewer);
        if (id == blankFor_ && !problem.empty()) viewer->send(errorMessage(problem));
    }
    if (!isBlank) blankFor_ = 0;
}

// ---- clipboard ----

void Session::setClipboard(ViewerId id, std::string_view text) {
    if (viewers_[id]->options.isViewOnly || text.size() > kMaxClipboard) return;
    const bool isNews = clipboard_ != text;
    clipboard_ = std::string(text);
    screen_->setClipboard(clipboard_);
    if (!isNews) return;
    for (auto& [other, viewer] : viewers_) {
        if (other != id) shareClipboard(*viewer, text);
    }
}

void Session::onClipboard(std::string_view text) {
    // A picture was copied, say: viewers keep what they have, only a question is answered.
    const bool isNews = !text.empty() && clipboard_ != text;
    if (!text.empty()) clipboard_ = std::string(text);
    for (auto& [id, viewer] : viewers_) {
        const bool isAsked = std::exchange(viewer->asksClipboard, false);
        if (isNews || isAsked || viewer->options.isQuiet) shareClipboard(*viewer, text);
    }
}

void Session::shareClipboard(Viewer& viewer, std::string_view text) {
    if (viewer.options.isViewOnly || (!viewer.isNew() && !viewer.options.isQuiet)) return;
    viewer.send(LinkKind::Clipboard, wire::bytesOf(text));
}

// ---- the screen's events ----

void Session::onDamage() { plan(); }

void Session::onDisplays() {
    hashes_ = TileHashes(screen_->size());
    streams_.clear();
    for (auto& [id, viewer] : viewers_) {
        // The old stream reads where no pixels may be any more.
        viewer->stream.reset();
        viewer->codec.clear();
        viewer->dirty = viewer->lossy = TileMap();
        viewer->owesDisplays = true;
    }
    catchUp();
    plan();
}

void Session::catchUp() {
    for (auto& [id, viewer] : viewers_) catchUp(*viewer);
}

void Session::catchUp(Viewer& viewer) {
    if (viewer.options.isQuiet || !viewer.canHear()) return;
    if (std::exchange(viewer.owesDisplays, false)) {
        const auto& all = screen_->displays();
        const bool isThere = std::any_of(all.begin(), all.end(),
                                         [&](const auto& each) { return each.id == viewer.display; });
        const int display = isThere ? viewer.display : kAllDisplays;
        if (viewer.isNew()) {
            assign(viewer, display);
            chooseCodecFor(viewer);
            announce(viewer);
        }
        select(viewer, display);
        showDisplays(viewer);
    }
    if (std::exchange(viewer.owesSize, false)) {
        viewer.send(screenSizeMessage(viewer.stream->size()));
        viewer.send(selectedMessage(viewer.display));
    }
    if (std::exchange(viewer.owesCursor, false)) showCursor(viewer);
    if (std::exchange(viewer.owesLockKeys, false)) viewer.send(lockKeysMessage(screen_->lockKeys()));
}

void Session::onCursor() {
    for (auto& [id, viewer] : viewers_) viewer->owesCursor = true;
    catchUp();
}

void Session::onLockKeys() {
    for (auto& [id, viewer] : viewers_) viewer->owesLockKeys = true;
    catchUp();
}

// ---- pictures ----

void Session::plan() {
    auto soonest = Clock::time_point::max();
    for (const auto& [id, viewer] : viewers_) {
        if (!viewer->stream || viewer->isSilent()) continue;
        if (!viewer->canTake()) {
            soonest = std::min(soonest, viewer->flow.givesUpAt(Clock::now()));
            continue;
        }
        auto due = viewer->stream->dueAt(*viewer);
        if (viewer->dirty.isEmpty() && due != Clock::time_point::max() && !viewer->canSharpen()) {
            due = Clock::time_point::max();  // an acknowledgement comes first
        }
        if (screen_->hasDamage()) due = std::min(due, viewer->nextAt);
        soonest = std::min(soonest, due);
    }
    if (soonest == Clock::time_point::max()) return turn_.stop();
    const auto now = Clock::now();
    const auto at = std::max(soonest, now + kPatience);
    if (turn_.isActive() && turnAt_ <= at) return;
    turnAt_ = at;
    turn_.start(std::chrono::ceil<Milliseconds>(at - now), [this] { turn(); });
}

std::set<StreamPtr> Session::streamsInUse() const {
    std::set<StreamPtr> streams;
    for (const auto& [id, viewer] : viewers_) {
        if (viewer->stream) streams.insert(viewer->stream);
    }
    return streams;
}

void Session::turn() {
    if (screen_->hasDamage()) capture();
    const auto now = Clock::now();
    rest_.start(kRest, [this] {
        for (const auto& stream : streamsInUse()) stream->rest(Clock::now());
        ::malloc_trim(0);
    });
    for (const auto& stream : streamsInUse()) {
        stream->send(screen_->picture(), watching(viewers_, stream.get()), now);
        replaceCodec(*stream);
    }
    plan();
}

void Session::capture() {
    std::vector<std::pair<StreamPtr, Viewers>> streams;
    for (const auto& stream : streamsInUse()) streams.emplace_back(stream, watching(viewers_, stream.get()));
    const auto areas = screen_->update();
    const auto picture = screen_->picture();
    const auto now = Clock::now();
    for (const auto& area : areas) {
        hashes_.compare(picture, area, [&](const Rect& tile) {
            for (const auto& [stream, viewers] : streams) stream->changed(picture, tile, viewers, now);
        });
    }
}

}  // namespace trellis::device::desktop
