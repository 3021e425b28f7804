/// What a desktop session needs of the machine: pixels, changes, input, pointer and clipboard.
#pragma once

#include "agent/desktop/geometry.hpp"
#include "agent/desktop/kvm_message.hpp"

#include <functional>

namespace trellis::device::desktop {

/// What the key of a letter or digit says: our page names the sign that is wanted, viewers of MeshCentral the key
/// that has it, whatever that writes here.
enum class KeyMeaning : std::uint8_t { Sign = 1, Key };

class Screen {
public:
    /// All from the loop. None may be called from within a call to the screen.
    class Events {
    public:
        virtual ~Events() = default;
        /// Something has changed; not said again until update().
        virtual void onDamage() = 0;
        /// Size or monitors are others now.
        virtual void onDisplays() = 0;
        virtual void onCursor() = 0;
        virtual void onLockKeys() = 0;
        /// The monitors are dark now, or not; `problem`: why they can't be, "" if they can.
        virtual void onBlank(bool isBlank, const std::string& problem) = 0;
        /// Somebody has copied this text (UTF-8, at most kMaxClipboard bytes).
        virtual void onClipboard(std::string_view text) = 0;
    };
    virtual ~Screen() = default;

    virtual Size size() const = 0;
    /// At least one, ids from 1.
    virtual const std::vector<Display>& displays() const = 0;
    virtual bool hasDamage() const = 0;
    /// Brings picture() up to date; the areas that may have changed.
    virtual std::vector<Rect> update() = 0;
    /// The whole screen as of the last update().
    virtual Picture picture() const = 0;
    virtual const Cursor& cursor() const = 0;

    virtual void key(const KeyCommand& key, KeyMeaning meaning) = 0;
    virtual void unicode(char32_t character) = 0;
    /// In pixels of the screen.
    virtual void moveTo(int x, int y) = 0;
    /// `number`: 1 left, 2 middle, 3 right.
    virtual void button(int number, bool isDown) = 0;
    /// Positive is up.
    virtual void wheel(int direction) = 0;
    /// Positive is to the right.
    virtual void sideWheel(int direction) = 0;
    /// NumLock 1, ScrollLock 2, CapsLock 4.
    virtual std::uint8_t lockKeys() const = 0;
    /// What has to be said of it, "" if nothing has.
    virtual std::string ctrlAltDel() = 0;
    /// `done` hears, later, why the screen could not be locked, "" if it was.
    virtual void lock(std::function<void(const std::string& problem)> done) = 0;
    /// Somebody has come to look: no screen saver, and the monitors are on.
    virtual void wake() = 0;
    /// Makes the monitors dark, for those in front of them, or lights them again. Answered by onBlank().
    virtual void blank(bool isWanted) = 0;

    virtual void setClipboard(std::string text) = 0;
    /// Answered by onClipboard(), with an empty text if there is none.
    virtual void askClipboard() = 0;
};

}  // namespace trellis::device::desktop
