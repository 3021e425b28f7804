/// A desktop session: one screen, shown to several viewers, each at his own pace. One thread.
#pragma once

#include "agent/desktop/link.hpp"
#include "agent/desktop/screen.hpp"
#include "agent/desktop/stream.hpp"

#include <map>

namespace trellis::device::desktop {

class Session : private Screen::Events {
public:
    /// The way to the agent; never fails (a full pipe waits in memory, bounded by the viewers' credit).
    using Send = std::function<void(ViewerId viewer, LinkKind kind, wire::ByteView payload)>;

    /// `screen` tells its events to events(); both outlive this object.
    Session(Loop& loop, Send send);
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Screen::Events& events() noexcept { return *this; }
    /// Once, before anything else.
    void begin(Screen& screen);
    void take(const LinkFrame& frame);
    /// Everybody goes: keys come up, screens are locked where that was asked for.
    void end();

private:
    void onDamage() override;
    void onDisplays() override;
    void onCursor() override;
    void onLockKeys() override;
    void onClipboard(std::string_view text) override;
    void onBlank(bool isBlank, const std::string& problem) override;

    void open(ViewerId id, const ViewerOptions& options);
    void close(ViewerId id);
    void chooseCodecFor(Viewer& viewer);
    /// Tells those who watch it when their codec can't do its size.
    void replaceCodec(const Stream& stream);
    void greet(Viewer& viewer);
    void announce(Viewer& viewer);
    void showDisplays(Viewer& viewer);
    void showCursor(Viewer& viewer);
    void shareClipboard(Viewer& viewer, std::string_view text);
    void select(Viewer& viewer, int display);
    /// Gives those who watch it the best of what each of them wants. True if that is another size: all of them
    /// begin anew.
    bool agree(Stream& stream);
    /// He has nothing of his stream's picture and gets everything, its size first.
    void startAnew(Viewer& viewer);
    /// What he was not told while he could not hear.
    void catchUp(Viewer& viewer);
    void catchUp();
    /// He watches this display from now on; returns what he watched.
    StreamPtr assign(Viewer& viewer, int display);
    StreamPtr streamFor(int display);
    void releaseInput(Viewer& viewer);
    void setClipboard(ViewerId id, std::string_view text);
    void lockScreen(Viewer& viewer);
    void blankScreen(Viewer& viewer, bool isWanted);
    void showBlank(Viewer& viewer);

    void onCommand(Viewer& viewer, const ViewerCommand& command);
    void act(Viewer& viewer, const KeyCommand& key);
    void act(Viewer& viewer, const UnicodeCommand& key);
    void act(Viewer& viewer, const MouseCommand& mouse);
    void act(Viewer& viewer, const CompressionCommand& command);
    void act(Viewer& viewer, const RefreshCommand&);
    void act(Viewer& viewer, const PauseCommand& command);
    void act(Viewer& viewer, const CtrlAltDelCommand&);
    void act(Viewer& viewer, const DisplayListCommand&);
    void act(Viewer& viewer, const SelectDisplayCommand& command);
    void act(Viewer& viewer, const InputLockCommand& command);
    void act(Viewer& viewer, const TouchCommand&);
    void act(Viewer& viewer, const FrameDoneCommand& command);
    void act(Viewer& viewer, const KeyFrameCommand&);
    void act(Viewer& viewer, const ChoiceCommand& command);

    /// Plans the next turn for the moment at which somebody can take a picture.
    void plan();
    void turn();
    void capture();
    std::set<StreamPtr> streamsInUse() const;

    Loop& loop_;
    Send send_;
    Screen* screen_ = nullptr;
    std::map<ViewerId, std::unique_ptr<Viewer>> viewers_;
    std::map<int, std::weak_ptr<Stream>> streams_;
    TileHashes hashes_;
    Timer turn_;
    Timer rest_;
    Clock::time_point turnAt_{};
    std::uint32_t frames_ = 0;
    ViewerId blankFor_ = 0;  // who wants dark monitors; 0 nobody
    bool isBlank_ = false;
    std::string clipboard_;  // what was set or shared last
};

}  // namespace trellis::device::desktop
