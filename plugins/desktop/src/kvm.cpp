#include "kvm.hpp"

namespace desktop {
namespace {

/// Viewer's commands.
namespace command {
constexpr std::uint16_t kKey = 1;
constexpr std::uint16_t kMouse = 2;
constexpr std::uint16_t kCompression = 5;
constexpr std::uint16_t kRefresh = 6;
constexpr std::uint16_t kPause = 8;
constexpr std::uint16_t kCtrlAltDel = 10;
constexpr std::uint16_t kListDisplays = 11;
constexpr std::uint16_t kSelectDisplay = 12;
constexpr std::uint16_t kFrameTimer = 13;
constexpr std::uint16_t kStartTouch = 14;
constexpr std::uint16_t kTouch = 15;
constexpr std::uint16_t kUnicodeKey = 85;
constexpr std::uint16_t kInputLock = 87;
constexpr std::uint16_t kDrawn = 202;
constexpr std::uint16_t kWantKeyFrame = 204;
constexpr std::uint16_t kWish = 206;
constexpr std::uint16_t kSideWheel = 208;
}  // namespace command

constexpr std::size_t kHeader = 4;

std::uint16_t readU16(std::span<const std::byte> bytes, std::size_t at) {
    return static_cast<std::uint16_t>((std::to_integer<unsigned>(bytes[at]) << 8U) |
                                      std::to_integer<unsigned>(bytes[at + 1]));
}

bool isSizeRight(std::uint16_t type, std::size_t size) {
    switch (type) {
    case command::kKey:
    case command::kSelectDisplay:
    case command::kFrameTimer: return size == 6;
    case command::kMouse: return size == 10 || size == 12;
    case command::kSideWheel: return size == 10;
    case command::kCompression: return size == 6 || size == 8 || size == 10;
    case command::kRefresh:
    case command::kCtrlAltDel:
    case command::kListDisplays:
    case command::kStartTouch:
    case command::kWantKeyFrame: return size == 4;
    case command::kPause:
    case command::kInputLock: return size == 5;
    case command::kTouch: return size == 14 || (size >= 5 && (size - 5) % 9 == 0);
    case command::kUnicodeKey: return size == 7;
    case command::kDrawn: return size == 12;
    case command::kWish: return size == 9;
    default: return true;
    }
}

/// Of the picture, not of the device: who looks on may send it too.
bool isAboutPicture(std::uint16_t type) {
    switch (type) {
    case command::kCompression:
    case command::kRefresh:
    case command::kPause:
    case command::kListDisplays:
    case command::kSelectDisplay:
    case command::kFrameTimer:
    case command::kDrawn:
    case command::kWantKeyFrame:
    case command::kWish: return true;
    default: return false;
    }
}

bool isInput(std::uint16_t type) {
    return type == command::kKey || type == command::kMouse || type == command::kSideWheel ||
           type == command::kCtrlAltDel || type == command::kTouch || type == command::kUnicodeKey ||
           type == command::kInputLock;
}

/// Windows virtual-key codes that write or move in a text.
bool isTextKey(unsigned key) {
    constexpr unsigned kBackspace = 0x08, kEnter = 0x0D, kShift = 0x10, kSpace = 0x20, kLetterZ = 0x5A;
    constexpr unsigned kNumpad0 = 0x60, kDivide = 0x6F, kLeftShift = 0xA0, kRightShift = 0xA1;
    constexpr unsigned kOem1 = 0xBA, kOem8 = 0xDF, kOem102 = 0xE2;
    return key == kBackspace || key == kEnter || key == kShift || key == kLeftShift || key == kRightShift ||
           (key >= kSpace && key <= kLetterZ && key != 0x2C) || (key >= kNumpad0 && key <= kDivide) ||
           (key >= kOem1 && key <= kOem8) || key == kOem102;
}

/// Control characters are the keys by which a terminal takes shortcuts (3 is Ctrl+C).
bool isTextCharacter(unsigned unit) {
    return unit == '\b' || unit == '\n' || unit == '\r' || (unit >= 0x20 && unit != 0x7F);
}

bool mayPassLimited(std::uint16_t type, std::span<const std::byte> whole) {
    if (type == command::kKey) return isTextKey(std::to_integer<unsigned>(whole[5]));
    if (type == command::kUnicodeKey) return isTextCharacter(readU16(whole, 5));
    return type == command::kMouse || type == command::kSideWheel || type == command::kTouch || type == command::kStartTouch;
}

bool mayPass(std::uint16_t type, std::span<const std::byte> whole, Input input) {
    if (!isSizeRight(type, whole.size())) return false;
    if (isAboutPicture(type) || input == Input::Full) return true;
    return input == Input::Limited && mayPassLimited(type, whole);
}

}  // namespace

Filtered filterViewer(std::span<const std::byte> message, Input input) {
    using Outcome = Filtered::Outcome;
    Filtered out;
    if (message.size() > kMaxMessage) return {Outcome::Malformed, {}, false};
    std::size_t count = 0;
    for (auto rest = message; !rest.empty();) {
        if (rest.size() < kHeader || ++count > kMaxCommands) return {Outcome::Malformed, {}, false};
        const auto type = readU16(rest, 0);
        const std::size_t size = readU16(rest, 2);
        if (size < kHeader || size > rest.size()) return {Outcome::Malformed, {}, false};
        const auto whole = rest.first(size);
        out.isInput = out.isInput || isInput(type);
        if (mayPass(type, whole, input)) {
            out.bytes.append(reinterpret_cast<const char*>(whole.data()), whole.size());
        }
        rest = rest.subspan(size);
    }
    if (out.bytes.size() == message.size()) {
        out.outcome = Outcome::Whole;
    } else if (!out.bytes.empty()) {
        out.outcome = Outcome::Part;
    }
    return out;
}

}  // namespace desktop
