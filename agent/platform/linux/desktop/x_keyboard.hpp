/// Keys for X: Windows virtual-key codes and characters become key codes of the layout in force.
#pragma once

#include "agent/desktop/screen.hpp"
#include "agent/platform/linux/desktop/spare_keys.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace trellis::device::desktop {

class XKeyboard {
public:
    /// `flush`: sends what had to wait.
    XKeyboard(Loop& loop, const XApi& api, ::Display* display, std::function<void()> flush);
    /// Lifts what is down.
    ~XKeyboard();
    XKeyboard(const XKeyboard&) = delete;
    XKeyboard& operator=(const XKeyboard&) = delete;

    /// Keys and signs in the order in which they come; a sign that the layout lacks may have to wait for a free
    /// key code, and what follows waits with it.
    void key(const KeyCommand& key, KeyMeaning meaning, bool hasNumLock);
    /// Presses and releases what makes this character, whatever modifiers are down, in the loop's next round: then
    /// those that come with it are known.
    void type(char32_t character);
    /// What need not wait longer, before something else happens.
    void pressNow();
    /// Presses and releases it. A hint for the person if no program seems to wait for it, else "".
    std::string ctrlAltDel();
    /// The server's map has changed.
    void onMapping();

private:
    struct Place {
        KeyCode code = 0;
        int group = 0;
        int level = 0;           ///< 1 Shift, 2 AltGr, 3 both
        bool takesLock = false;  ///< CapsLock must not be in force while it is pressed
    };
    struct Stroke {
        KeyCommand key;
        KeyMeaning meaning = KeyMeaning::Key;
        bool hasNumLock = false;
        char32_t sign = 0;  ///< instead of a key
    };
    void inTurn(const Stroke& stroke);
    void work();
    /// How long it has to wait; zero if it is done. So do those that follow.
    Milliseconds perform(const Stroke& stroke);
    Milliseconds pressKey(const Stroke& stroke);
    Milliseconds write(char32_t character);
    void lift(const KeyCommand& key);
    void readMap();
    /// Does another program hold Ctrl-Alt and this key in the way of the core protocol?
    bool isGrabbed(KeyCode code);
    XkbStateRec state() const;
    KeySym at(int code, int group, int level) const;
    /// The key with this symbol in the layout in force, none that is lent; code 0 if there is none.
    Place find(KeySym symbol, bool isAnyLevel);
    Place findIn(KeySym symbol, int group, bool isAnyLevel) const;
    /// Where a sign is, in the group in force or else in another one; code 0 if it is nowhere.
    Place findSign(const std::vector<KeySym>& symbols, const XkbStateRec& now) const;
    /// The same with CapsLock in force.
    Place withLock(Place place, KeySym symbol) const;
    /// Is `symbol` what programs get of this key, its group and level?
    bool writes(const Place& place, KeySym symbol, bool isLocked) const;
    bool hasCase(KeySym symbol) const;
    /// `first` and what the layout lacks of the signs that wait.
    std::vector<KeySym> lackingSigns(KeySym first, const XkbStateRec& now) const;
    SpareKeys::Loan codeOf(const KeyCommand& key);
    /// The letter or digit that has to be written because no key here does that when it is pressed; 0 where
    /// one does, or where a shortcut is meant.
    char32_t signToWrite(std::uint8_t key, bool isPad);
    void press(KeyCode code, bool isDown);
    /// Presses and releases it, and leaves everything else as it was.
    void strike(const Place& place, const XkbStateRec& now);
    /// Presses or lifts Shift and AltGr so that its level is in force; returns what must be undone.
    std::vector<std::pair<KeyCode, bool>> makeLevel(const Place& place, const XkbStateRec& now);

    const XApi& x_;
    ::Display* display_;
    std::function<void()> flush_;
    int low_ = 8;
    int high_ = 255;
    bool isMapKnown_ = false;
    SpareKeys spare_;
    std::deque<Stroke> waiting_;
    Timer rest_;  // of a key code
    Timer soon_;
    std::set<KeyCode> down_;
    std::map<std::pair<std::uint8_t, bool>, KeyCode> pressed_;  // what the up of a key belongs to
};

}  // namespace trellis::device::desktop
