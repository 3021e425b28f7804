#include "agent/platform/linux/desktop/x_keyboard.hpp"

#include "agent/platform/linux/desktop/key_table.hpp"
#include "agent/platform/linux/desktop/keysym_table.hpp"

#include <X11/keysym.h>

#include <algorithm>

namespace trellis::device::desktop {
namespace {
constexpr int kGroups = 4;
constexpr int kLevels = 4;
/// Ours: signs and keys that wait for a free key code, more than a page types at once. Beyond it they are left out.
constexpr std::size_t kMaxWaiting = 32'768;

/// Ours: signs that are looked for in what waits, and those of them that get keys at once.
constexpr std::size_t kMaxLookAhead = 64;
constexpr std::size_t kMaxLacking = 32;

/// A level, as the modifiers that reach it.
unsigned modifiersOf(int level) { return ((level & 1) != 0 ? ShiftMask : 0U) | ((level & 2) != 0 ? Mod5Mask : 0U); }
/// The digit or small letter with this virtual-key code, 0 if it is another key's.
char32_t signOf(std::uint8_t key) {
    if (key >= '0' && key <= '9') return key;
    return key >= 'A' && key <= 'Z' ? static_cast<char32_t>(key - 'A' + 'a') : 0;
}
/// Keys of signs, whose names are those of an American keyboard.
bool isPunctuation(std::uint8_t key) { return key >= 0xBA && key <= 0xE2 && key != 0xE1; }
/// What a key is called where nothing has its first name by itself.
KeySym insteadOf(KeySym symbol) {
    switch (symbol) {
    case XK_ISO_Level3_Shift: return XK_Alt_R;
    case XK_equal: return XK_plus;  // Windows names this key after its plus
    default: return 0;
    }
}
}  // namespace

XKeyboard::XKeyboard(Loop& loop, const XApi& api, ::Display* display, std::function<void()> flush)
    : x_(api), display_(display), flush_(std::move(flush)), spare_(api, display), rest_(loop), soon_(loop) {
    x_.XDisplayKeycodes(display_, &low_, &high_);
}

XKeyboard::~XKeyboard() {
    // What would have lifted them may wait still.
    for (const auto& [name, code] : pressed_) press(code, false);
}

void XKeyboard::onMapping() { isMapKnown_ = false; }

void XKeyboard::readMap() {
    if (isMapKnown_) return;
    isMapKnown_ = true;
    int width = 0;
    auto* all = x_.XGetKeyboardMapping(display_, static_cast<KeyCode>(low_), high_ - low_ + 1, &width);
    if (all == nullptr) return;
    spare_.read(all, low_, high_, width);
    x_.XFree(all);
}

XkbStateRec XKeyboard::state() const {
    XkbStateRec state{};
    if (x_.XkbGetState(display_, XkbUseCoreKbd, &state) != 0) return {};
    return state;
}

KeySym XKeyboard::at(int code, int group, int level) const {
    const auto key = static_cast<KeyCode>(code);
    // Keys that are the same in every layout have one group only.
    if (group > 0 && x_.XkbKeycodeToKeysym(display_, key, group, 0) == 0) group = 0;
    return x_.XkbKeycodeToKeysym(display_, key, group, level);
}

XKeyboard::Place XKeyboard::findIn(KeySym symbol, int group, bool isAnyLevel) const {
    if (symbol == 0) return {};  // keys without any have that
    for (int level = 0; level < (isAnyLevel ? kLevels : 1); ++level) {
        for (int code = low_; code <= high_; ++code) {
            if (at(code, group, level) == symbol && !spare_.isLent(code)) {
                return {static_cast<KeyCode>(code), group, level, false};
            }
        }
    }
    return {};
}

XKeyboard::Place XKeyboard::find(KeySym symbol, bool isAnyLevel) {
    readMap();
    return findIn(symbol, state().group, isAnyLevel);
}

void XKeyboard::press(KeyCode code, bool isDown) {
    if (isDown) {
        down_.insert(code);
    } else {
        down_.erase(code);
    }
    x_.XTestFakeKeyEvent(display_, code, isDown ? 1 : 0, 0);
}

SpareKeys::Loan XKeyboard::codeOf(const KeyCommand& key) {
    auto symbol = keysymOf(key.key, key.isExtended);
    if (symbol == 0) return {};
    auto place = find(symbol, false);
    if (place.code == 0) place = find(insteadOf(symbol), false);
    // What needs Shift there is another key's: with Ctrl the German Shift+0 would be Ctrl+0 instead of Ctrl+=.
    if (place.code == 0 && !isPunctuation(key.key)) place = find(symbol, true);
    if (place.code != 0) return {place.code, {}};
    // Another layout or alphabet: the key that sits there.
    if (const auto position = positionOf(key.key); position != 0) {
        return {static_cast<KeyCode>(position), {}};
    }
    return spare_.lend({symbol});
}

char32_t XKeyboard::signToWrite(std::uint8_t key, bool isPad) {
    const auto sign = signOf(key);
    const auto mods = state().mods;
    if (sign == 0 || (mods & (ControlMask | Mod1Mask | Mod4Mask)) != 0) return 0;
    const bool isShifted = (mods & ShiftMask) != 0;
    const bool isDigit = sign <= '9';
    // Shift and a digit of the upper row are what that key has with Shift; the number pad has digits only.
    if (isDigit && isShifted && !isPad) return 0;
    if (find(sign, false).code != 0 && !(isPad && isShifted)) return 0;
    const bool isCapital = !isDigit && isShifted != ((mods & LockMask) != 0);
    return isCapital ? sign - 'a' + 'A' : sign;
}

void XKeyboard::key(const KeyCommand& key, KeyMeaning meaning, bool hasNumLock) {
    inTurn({key, meaning, hasNumLock, 0});
    pressNow();
}

void XKeyboard::type(char32_t character) {
    inTurn({{}, KeyMeaning::Sign, false, character});
    if (rest_.isActive() || soon_.isActive()) return;
    soon_.start(Milliseconds(0), [this] {
        pressNow();
        flush_();
    });
}

void XKeyboard::pressNow() {
    if (!rest_.isActive()) work();
}

void XKeyboard::inTurn(const Stroke& stroke) {
    if (waiting_.size() >= kMaxWaiting) {
        if (stroke.key.isUp) perform(stroke);  // never stays down
        return;
    }
    waiting_.push_back(stroke);
}

void XKeyboard::work() {
    while (!waiting_.empty()) {
        const auto wait = perform(waiting_.front());
        if (wait > Milliseconds(0)) {
            return rest_.start(wait, [this] {
                work();
                flush_();
            });
        }
        waiting_.pop_front();
    }
}

Milliseconds XKeyboard::perform(const Stroke& stroke) {
    if (stroke.sign != 0) return write(stroke.sign);
    if (stroke.key.isUp) {
        lift(stroke.key);
        return {};
    }
    return pressKey(stroke);
}

void XKeyboard::lift(const KeyCommand& key) {
    const auto found = pressed_.find({key.key, key.isExtended});
    if (found == pressed_.end()) return;
    press(found->second, false);
    pressed_.erase(found);
}

Milliseconds XKeyboard::pressKey(const Stroke& stroke) {
    const std::pair name(stroke.key.key, stroke.key.isExtended);
    if (pressed_.contains(name)) return {};  // the server repeats by itself
    auto wanted = stroke.key;
    // Keypad digits mean digits; without NumLock the keypad would move the cursor.
    const bool isPad = !stroke.hasNumLock && wanted.key >= 0x60 && wanted.key <= 0x69;
    if (isPad) wanted.key = wanted.key - 0x60 + '0';
    if (stroke.meaning == KeyMeaning::Sign || isPad) {
        // Repeated by the viewer, as it comes.
        if (const auto sign = signToWrite(wanted.key, isPad); sign != 0) return write(sign);
    }
    const auto [code, wait] = codeOf(wanted);
    if (code == 0) return wait;
    pressed_[name] = code;
    press(code, true);
    return {};
}

// ---- signs ----

bool XKeyboard::hasCase(KeySym symbol) const {
    KeySym lower = 0;
    KeySym upper = 0;
    x_.XConvertCase(symbol, &lower, &upper);
    return lower != upper;
}

bool XKeyboard::writes(const Place& place, KeySym symbol, bool isLocked) const {
    const auto modifiers = modifiersOf(place.level) | (isLocked ? LockMask : 0U);
    unsigned used = 0;
    KeySym found = 0;
    x_.XkbLookupKeySym(display_, place.code, XkbBuildCoreState(modifiers, static_cast<unsigned>(place.group)), &used,
                       &found);
    // Where the key itself does not look at CapsLock, programs make capitals.
    return found == symbol && (!isLocked || (used & LockMask) != 0 || !hasCase(symbol));
}

XKeyboard::Place XKeyboard::withLock(Place place, KeySym symbol) const {
    if (writes(place, symbol, true)) return place;
    auto partner = place;
    partner.level ^= 1;
    if (writes(partner, symbol, true)) return partner;
    place.takesLock = true;
    return place;
}

XKeyboard::Place XKeyboard::findSign(const std::vector<KeySym>& symbols, const XkbStateRec& now) const {
    std::vector<int> groups{now.group};
    for (int group = 0; group < kGroups; ++group) {
        if (group != now.group) groups.push_back(group);
    }
    for (const int group : groups) {
        for (const auto symbol : symbols) {
            const auto place = findIn(symbol, group, true);
            if (place.code == 0 || !writes(place, symbol, false)) continue;
            return (now.mods & LockMask) != 0 ? withLock(place, symbol) : place;
        }
    }
    return {};
}

std::vector<std::pair<KeyCode, bool>> XKeyboard::makeLevel(const Place& place, const XkbStateRec& now) {
    std::vector<std::pair<KeyCode, bool>> undo;
    const auto want = [&](bool isWanted, bool isThere, std::initializer_list<KeySym> symbols) {
        if (isWanted == isThere) return;
        for (const auto symbol : symbols) {
            const auto code = findIn(symbol, place.group, false).code;
            if (code == 0 || (!isWanted && !down_.contains(code))) continue;
            x_.XTestFakeKeyEvent(display_, code, isWanted ? 1 : 0, 0);
            undo.emplace_back(code, !isWanted);
            if (isWanted) return;
        }
    };
    want((place.level & 1) != 0, (now.mods & ShiftMask) != 0, {XK_Shift_L, XK_Shift_R});
    want((place.level & 2) != 0, (now.mods & Mod5Mask) != 0, {XK_ISO_Level3_Shift});
    return undo;
}

std::vector<KeySym> XKeyboard::lackingSigns(KeySym first, const XkbStateRec& now) const {
    std::vector<KeySym> lacking{first};
    std::set<char32_t> seen;
    for (const auto& stroke : waiting_) {
        if (lacking.size() >= kMaxLacking || seen.size() >= kMaxLookAhead) break;
        if (stroke.sign == 0 || !seen.insert(stroke.sign).second) continue;
        const auto symbols = keysymsFor(stroke.sign);
        if (symbols.empty() || symbols.front() == first || findSign(symbols, now).code != 0) continue;
        lacking.push_back(symbols.front());
    }
    return lacking;
}

Milliseconds XKeyboard::write(char32_t character) {
    const auto symbols = keysymsFor(character);
    if (symbols.empty()) return {};
    readMap();
    const auto now = state();
    auto place = findSign(symbols, now);
    if (place.code != 0) {
        strike(place, now);
        return {};
    }
    const auto symbol = symbols.front();
    const auto [code, wait] = spare_.lend(spare_.has(symbol) ? std::vector{symbol} : lackingSigns(symbol, now));
    if (code == 0) return wait;
    place = {code, now.group, 0, (now.mods & LockMask) != 0 && hasCase(symbol)};
    strike(place, now);
    return {};
}

void XKeyboard::strike(const Place& place, const XkbStateRec& now) {
    const bool isElsewhere = place.group != now.group;
    if (isElsewhere) x_.XkbLockGroup(display_, XkbUseCoreKbd, static_cast<unsigned>(place.group));
    if (place.takesLock) x_.XkbLockModifiers(display_, XkbUseCoreKbd, LockMask, 0);
    // Lent keys are the same at every level.
    const auto undo = spare_.isLent(place.code) ? decltype(makeLevel(place, now)){} : makeLevel(place, now);
    x_.XTestFakeKeyEvent(display_, place.code, 1, 0);
    x_.XTestFakeKeyEvent(display_, place.code, 0, 0);
    for (auto each = undo.rbegin(); each != undo.rend(); ++each) {
        x_.XTestFakeKeyEvent(display_, each->first, each->second ? 1 : 0, 0);
    }
    if (place.takesLock) x_.XkbLockModifiers(display_, XkbUseCoreKbd, LockMask, LockMask);
    if (isElsewhere) x_.XkbLockGroup(display_, XkbUseCoreKbd, now.locked_group);
}

bool XKeyboard::isGrabbed(KeyCode code) {
    // Only one program can hold a key on the root window.
    const auto root = x_.XDefaultRootWindow(display_);
    static bool isHeld = false;  // Xlib's error handler has no argument of ours
    isHeld = false;
    const auto before = x_.XSetErrorHandler([](::Display*, XErrorEvent* error) {
        isHeld = isHeld || error->error_code == BadAccess;
        return 0;
    });
    x_.XGrabKey(display_, code, ControlMask | Mod1Mask, root, 1, GrabModeAsync, GrabModeAsync);
    x_.XSync(display_, 0);
    if (!isHeld) x_.XUngrabKey(display_, code, ControlMask | Mod1Mask, root);
    x_.XSync(display_, 0);
    x_.XSetErrorHandler(before);
    return isHeld;
}

std::string XKeyboard::ctrlAltDel() {
    const auto control = find(XK_Control_L, false).code;
    const auto alt = find(XK_Alt_L, false).code;
    const auto del = find(XK_Delete, false).code;
    if (control == 0 || alt == 0 || del == 0) return "this screen's keyboard has no Ctrl-Alt-Del";
    const bool isAwaited = isGrabbed(del);
    for (const auto code : {control, alt, del}) x_.XTestFakeKeyEvent(display_, code, 1, 0);
    for (const auto code : {del, alt, control}) x_.XTestFakeKeyEvent(display_, code, 0, 0);
    // GNOME and Cinnamon hold it in the way of XInput, which can't be seen here.
    return isAwaited ? "" : "Ctrl-Alt-Del was pressed; if nothing happens, no program of this screen waits for it";
}

}  // namespace trellis::device::desktop
