/// Keys for X: Windows virtual-key codes and characters become key codes of the layout in force.
#pragma once

#include "agent/desktop/screen.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

#include <map>
#include <set>
#include <vector>

namespace trellis::device::desktop {

class XKeyboard {
public:
    XKeyboard(const XApi& api, ::Display* display);
    /// Gives borrowed key codes back.
    ~XKeyboard();
    XKeyboard(const XKeyboard&) = delete;
    XKeyboard& operator=(const XKeyboard&) = delete;

    void key(const KeyCommand& key, KeyMeaning meaning, bool hasNumLock);
    /// Presses and releases what makes this character, whatever modifiers are down.
    void type(char32_t character);
    /// Presses and releases it. A hint for the person if no program seems to wait for it, else "".
    std::string ctrlAltDel();
    /// The server's map has changed.
    void onMapping();

private:
    struct Place {
        KeyCode code = 0;
        int level = 0;  ///< 1 Shift, 2 AltGr, 3 both
    };
    void readMap();
    /// Does another program hold Ctrl-Alt and this key in the way of the core protocol?
    bool isGrabbed(KeyCode code);
    XkbStateRec state() const;
    bool isBorrowed(int code) const;
    KeySym at(int code, int group, int level) const;
    /// The key with this symbol in the layout in force, none that is borrowed; code 0 if there is none.
    Place find(KeySym symbol, bool isAnyLevel);
    Place findIn(KeySym symbol, int group, bool isAnyLevel) const;
    KeyCode codeOf(const KeyCommand& key);
    /// The letter or digit that has to be written because no key here does that when it is pressed; 0 where
    /// one does, or where a shortcut is meant.
    char32_t signToWrite(std::uint8_t key, bool isPad);
    KeyCode borrow(KeySym symbol);
    void press(KeyCode code, bool isDown);
    /// Presses or lifts Shift and AltGr so that `level` is in force; returns what must be undone.
    std::vector<std::pair<KeyCode, bool>> makeLevel(int level);

    const XApi& x_;
    ::Display* display_;
    int low_ = 8;
    int high_ = 255;
    bool isMapKnown_ = false;
    std::vector<KeyCode> spare_;
    std::size_t nextSpare_ = 0;
    std::map<KeySym, KeyCode> borrowed_;
    std::set<KeyCode> down_;
    std::map<std::pair<std::uint8_t, bool>, KeyCode> pressed_;  // what the up of a key belongs to
};

}  // namespace trellis::device::desktop
