/// An X display as a Screen. An X error of a single request is ignored (windows go away any time); a lost
/// server ends the process, which exists for that.
#pragma once

#include "agent/base/loop.hpp"
#include "agent/desktop/screen.hpp"
#include "agent/platform/linux/desktop/blank.hpp"
#include "agent/platform/linux/desktop/lock.hpp"
#include "agent/platform/linux/desktop/x_clipboard.hpp"
#include "agent/platform/linux/desktop/x_keyboard.hpp"

#include <memory>
#include <optional>

namespace trellis::device::desktop {

class XScreen : public Screen {
public:
    /// Opens `name` (":0") as openDisplay() does. Throws std::runtime_error with a sentence for the person
    /// who wants to watch.
    XScreen(Loop& loop, const XApi& api, const std::string& name, std::string key, Events& events);
    ~XScreen() override;
    XScreen(const XScreen&) = delete;
    XScreen& operator=(const XScreen&) = delete;

    Size size() const override { return size_; }
    const std::vector<Display>& displays() const override { return displays_; }
    bool hasDamage() const override { return hasDamage_; }
    std::vector<Rect> update() override;
    Picture picture() const override;
    const Cursor& cursor() const override { return cursor_; }

    void key(const KeyCommand& key, KeyMeaning meaning) override;
    void unicode(char32_t character) override;
    void moveTo(int x, int y) override;
    void button(int number, bool isDown) override;
    void wheel(int direction) override;
    void sideWheel(int direction) override;
    std::uint8_t lockKeys() const override { return lockKeys_; }
    std::string ctrlAltDel() override;
    void lock(std::function<void(const std::string& problem)> done) override;
    void wake() override;
    void blank(bool isWanted) override;
    void setClipboard(std::string text) override;
    void askClipboard() override;

    /// Waits, for kLongestLock at most, until a lock that was asked for is there.
    void finishLock();

private:
    class Pixels;

    void requireExtensions();
    void watchServer();
    bool isKeyboardGrabbed();
    void click(unsigned number);
    /// Handles what has arrived, also what other requests left in the library's queue.
    void drain();
    void onEvent(XEvent& event);
    void readDisplays();
    void readCursor();
    void readLockKeys();
    /// Sends what was asked for and looks for events that came meanwhile.
    void flush();

    Loop& loop_;
    const XApi& x_;
    Events& events_;
    ::Display* display_ = nullptr;
    Window root_ = 0;
    int damageBase_ = 0;
    int fixesBase_ = 0;
    int randrBase_ = 0;
    int xkbBase_ = 0;
    Damage damage_ = 0;
    XserverRegion region_ = 0;
    bool hasDamage_ = false;
    bool wantsDisplays_ = false;
    bool wantsCursor_ = false;
    bool wantsLockKeys_ = false;
    bool isAllNew_ = true;
    std::uint8_t lockKeys_ = 0;
    Size size_;
    std::vector<Display> displays_;
    Cursor cursor_;
    std::unique_ptr<Pixels> pixels_;
    std::unique_ptr<XKeyboard> keyboard_;
    std::unique_ptr<XClipboard> clipboard_;
    Locker locker_;
    Blank blank_;
    bool isDraining_ = false;
    bool isDrainPosted_ = false;
};

}  // namespace trellis::device::desktop
