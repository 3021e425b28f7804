#include "agent/platform/linux/desktop/x_keyboard.hpp"

#include "agent/platform/linux/desktop/key_table.hpp"

#include <X11/keysym.h>

#include <algorithm>

namespace trellis::device::desktop {
namespace {
constexpr int kLevels = 4;
/// Several, used in turn: a program that is slow to look at a change of the map must not find the next
/// character on the key already.
constexpr std::size_t kMaxSpare = 32;

/// Latin-1 characters are their own keysyms, others have 0x01000000 added (X protocol, appendix A).
KeySym keysymFor(char32_t character) {
    switch (character) {
    case '\n':
    case '\r': return XK_Return;
    case '\t': return XK_Tab;
    case '\b': return XK_BackSpace;
    case 0x1B: return XK_Escape;
    case 0x20AC: return XK_EuroSign;
    default: break;
    }
    if (character < 0x20 || (character >= 0x7F && character < 0xA0)) return 0;
    return character < 0x100 ? character : 0x01000000 + character;
}
bool isLetter(KeySym symbol) {
    return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') ||
           (symbol >= 0xC0 && symbol <= 0xFE && symbol != 0xD7 && symbol != 0xF7);
}
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

XKeyboard::XKeyboard(const XApi& api, ::Display* display) : x_(api), display_(display) {
    x_.XDisplayKeycodes(display_, &low_, &high_);
}

XKeyboard::~XKeyboard() {
    KeySym none = 0;
    for (const auto& [symbol, code] : borrowed_) {
        x_.XChangeKeyboardMapping(display_, code, 1, &none, 1);
    }
}

void XKeyboard::onMapping() { isMapKnown_ = false; }

void XKeyboard::readMap() {
    if (isMapKnown_) return;
    isMapKnown_ = true;
    int width = 0;
    auto* all = x_.XGetKeyboardMapping(display_, static_cast<KeyCode>(low_), high_ - low_ + 1, &width);
    if (all == nullptr) return;
    const auto first = [&](int code) { return all + static_cast<std::ptrdiff_t>(code - low_) * width; };
    // Another layout takes everything away that was put on keys.
    std::erase_if(borrowed_, [&](const auto& each) { return *first(each.second) != each.first; });
    // Free are the codes without any symbol; the highest first, where no key of a real keyboard is.
    spare_.clear();
    for (int code = high_; code >= low_ && spare_.size() < kMaxSpare; --code) {
        if (isBorrowed(code) || std::all_of(first(code), first(code) + width, [](KeySym each) { return each == 0; })) {
            spare_.push_back(static_cast<KeyCode>(code));
        }
    }
    x_.XFree(all);
}

XkbStateRec XKeyboard::state() const {
    XkbStateRec state{};
    if (x_.XkbGetState(display_, XkbUseCoreKbd, &state) != 0) return {};
    return state;
}

bool XKeyboard::isBorrowed(int code) const {
    return std::any_of(borrowed_.begin(), borrowed_.end(), [&](const auto& each) { return each.second == code; });
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
            if (at(code, group, level) == symbol && !isBorrowed(code)) return {static_cast<KeyCode>(code), level};
        }
    }
    return {};
}

XKeyboard::Place XKeyboard::find(KeySym symbol, bool isAnyLevel) {
    readMap();
    return findIn(symbol, state().group, isAnyLevel);
}

KeyCode XKeyboard::borrow(KeySym symbol) {
    readMap();
    const auto found = borrowed_.find(symbol);
    if (found != borrowed_.end()) return found->second;
    if (spare_.empty()) return 0;
    const auto code = spare_[nextSpare_++ % spare_.size()];
    for (auto each = borrowed_.begin(); each != borrowed_.end();) {
        each = each->second == code ? borrowed_.erase(each) : std::next(each);
    }
    // Keys that are on their way are looked up in the map as it is.
    x_.XSync(display_, 0);
    // The same at every level, so that no modifier matters.
    KeySym symbols[] = {symbol, symbol, symbol, symbol, symbol, symbol};
    x_.XChangeKeyboardMapping(display_, code, 6, symbols, 1);
    x_.XSync(display_, 0);
    borrowed_[symbol] = code;
    return code;
}

void XKeyboard::press(KeyCode code, bool isDown) {
    if (isDown) {
        down_.insert(code);
    } else {
        down_.erase(code);
    }
    x_.XTestFakeKeyEvent(display_, code, isDown ? 1 : 0, 0);
}

KeyCode XKeyboard::codeOf(const KeyCommand& key) {
    auto symbol = keysymOf(key.key, key.isExtended);
    if (symbol == 0) return 0;
    auto place = find(symbol, false);
    if (place.code == 0) place = find(insteadOf(symbol), false);
    // What needs Shift there is another key's: with Ctrl the German Shift+0 would be Ctrl+0 instead of Ctrl+=.
    if (place.code == 0 && !isPunctuation(key.key)) place = find(symbol, true);
    if (place.code != 0) return place.code;
    // Another layout or alphabet: the key that sits there.
    if (const auto position = positionOf(key.key); position != 0) return static_cast<KeyCode>(position);
    return borrow(symbol);
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
    const std::pair name(key.key, key.isExtended);
    if (key.isUp) {
        const auto found = pressed_.find(name);
        if (found == pressed_.end()) return;
        press(found->second, false);
        pressed_.erase(found);
        return;
    }
    if (pressed_.contains(name)) return;  // the server repeats by itself
    auto wanted = key;
    // Keypad digits mean digits; without NumLock the keypad would move the cursor.
    const bool isPad = !hasNumLock && key.key >= 0x60 && key.key <= 0x69;
    if (isPad) wanted.key = key.key - 0x60 + '0';
    if (meaning == KeyMeaning::Sign || isPad) {
        // Repeated by the viewer, as it comes.
        if (const auto sign = signToWrite(wanted.key, isPad); sign != 0) return type(sign);
    }
    const auto code = codeOf(wanted);
    if (code == 0) return;
    pressed_[name] = code;
    press(code, true);
}

std::vector<std::pair<KeyCode, bool>> XKeyboard::makeLevel(int level) {
    const auto now = state();
    std::vector<std::pair<KeyCode, bool>> undo;
    const auto want = [&](bool isWanted, bool isThere, std::initializer_list<KeySym> symbols) {
        if (isWanted == isThere) return;
        for (const auto symbol : symbols) {
            const auto code = findIn(symbol, now.group, false).code;
            if (code == 0 || (!isWanted && !down_.contains(code))) continue;
            x_.XTestFakeKeyEvent(display_, code, isWanted ? 1 : 0, 0);
            undo.emplace_back(code, !isWanted);
            if (isWanted) return;
        }
    };
    want((level & 1) != 0, (now.mods & ShiftMask) != 0, {XK_Shift_L, XK_Shift_R});
    want((level & 2) != 0, (now.mods & Mod5Mask) != 0, {XK_ISO_Level3_Shift});
    return undo;
}

void XKeyboard::type(char32_t character) {
    const auto symbol = keysymFor(character);
    if (symbol == 0) return;
    auto place = find(symbol, true);
    if (place.code == 0 && symbol == XK_EuroSign) place = find(0x01000000 + 0x20AC, true);
    if (place.code == 0) {
        const auto code = borrow(symbol);
        if (code == 0) return;
        x_.XTestFakeKeyEvent(display_, code, 1, 0);
        x_.XTestFakeKeyEvent(display_, code, 0, 0);
        return;
    }
    if ((state().locked_mods & LockMask) != 0 && isLetter(symbol)) place.level ^= 1;
    const auto undo = makeLevel(place.level);
    x_.XTestFakeKeyEvent(display_, place.code, 1, 0);
    x_.XTestFakeKeyEvent(display_, place.code, 0, 0);
    for (auto each = undo.rbegin(); each != undo.rend(); ++each) {
        x_.XTestFakeKeyEvent(display_, each->first, each->second ? 1 : 0, 0);
    }
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
