#include "agent/desktop/kvm_message.hpp"

namespace trellis::device::desktop {
namespace {
using wire::appendU16;
using wire::appendU32;
using wire::ByteView;
using wire::Bytes;
using wire::readU16;
using wire::readU32;

constexpr std::size_t kHead = 4;
constexpr std::size_t kMaxText = 4'000;
constexpr std::size_t kMaxAreas = 4'096;

std::uint8_t at(ByteView message, std::size_t index) noexcept {
    return std::to_integer<std::uint8_t>(message[index]);
}
std::uint16_t at16(ByteView message, std::size_t index) noexcept {
    return readU16(message.subspan(index));
}
template <class T> T inRange(T value, T low, T high) noexcept {
    return value >= low && value <= high ? value : T{0};
}

using Read = std::optional<ViewerCommand>;

Read readKey(ByteView m) {
    if (m.size() != 6) return {};
    const auto up = at(m, 4);  // 0 down, 1 up, 3 extended up, 4 extended down
    if (up > 4 || up == 2) return {};
    return KeyCommand{at(m, 5), up == 1 || up == 3, up >= 3};
}

Read readMouse(ByteView m) {
    if (m.size() != 10 && m.size() != 12) return {};
    MouseCommand mouse{at(m, 5), at16(m, 6), at16(m, 8), 0, 0};
    if (m.size() == 12) {
        mouse.button = 0;
        const auto wheel = static_cast<std::int16_t>(at16(m, 10));
        mouse.wheel = wheel > 0 ? 1 : wheel < 0 ? -1 : 0;
    }
    return mouse;
}

Read readSideWheel(ByteView m) {
    if (m.size() != 10) return {};
    const auto side = static_cast<std::int16_t>(at16(m, 8));
    return MouseCommand{0, at16(m, 4), at16(m, 6), 0, side > 0 ? 1 : side < 0 ? -1 : 0};
}

Read readCompression(ByteView m) {
    if (m.size() != 6 && m.size() != 8 && m.size() != 10) return {};
    CompressionCommand command;
    command.type = at(m, 4);
    command.quality = inRange<std::uint8_t>(at(m, 5), 1, 100);
    if (m.size() >= 8) command.scaling = inRange<std::uint16_t>(at16(m, 6), 64, 4096);
    if (m.size() >= 10) command.frameTimer = inRange<std::uint16_t>(at16(m, 8), 20, 5000);
    return command;
}

Read readFrameDone(ByteView m) {
    if (m.size() != 12) return {};
    return FrameDoneCommand{readU32(m.subspan(4)), at16(m, 8), at16(m, 10)};
}

Read readChoice(ByteView m) {
    if (m.size() != 9) return {};
    return ChoiceCommand{at16(m, 4), inRange<std::uint8_t>(at(m, 6), 0, 100),
                         inRange<std::uint8_t>(at(m, 7), 0, 60), (at(m, 8) & 1U) != 0};
}

/// A command without payload.
template <class T> Read bare(ByteView m) {
    if (m.size() != kHead) return {};
    return T{};
}

Read readCommand(ByteView m) {
    switch (static_cast<Kvm>(readU16(m))) {
    case Kvm::Key: return readKey(m);
    case Kvm::Mouse: return readMouse(m);
    case Kvm::SideWheel: return readSideWheel(m);
    case Kvm::Compression: return readCompression(m);
    case Kvm::Refresh: return bare<RefreshCommand>(m);
    case Kvm::Pause: return m.size() == 5 ? Read(PauseCommand{at(m, 4) != 0}) : Read();
    case Kvm::CtrlAltDel: return bare<CtrlAltDelCommand>(m);
    case Kvm::DisplayList: return bare<DisplayListCommand>(m);
    case Kvm::SelectDisplay: return m.size() == 6 ? Read(SelectDisplayCommand{at16(m, 4)}) : Read();
    case Kvm::FrameTimer:
        if (m.size() != 6) return {};
        return CompressionCommand{0, 0, 0, inRange<std::uint16_t>(at16(m, 4), 20, 5000)};
    case Kvm::Touch: return bare<TouchCommand>(m);
    case Kvm::Unicode:
        return m.size() == 7 ? Read(UnicodeCommand{static_cast<char16_t>(at16(m, 5)), at(m, 4) != 0})
                             : Read();
    case Kvm::InputLock:
        return m.size() == 5 && at(m, 4) <= 2 ? Read(InputLockCommand{at(m, 4)}) : Read();
    case Kvm::FrameDone: return readFrameDone(m);
    case Kvm::KeyFrame: return bare<KeyFrameCommand>(m);
    case Kvm::Choice: return readChoice(m);
    default: return {};
    }
}

/// The head of a message whose payload has `size` bytes; jumbo when needed.
Bytes head(Kvm type, std::size_t size) {
    Bytes out;
    out.reserve(size + 3 * kHead);
    const auto inner = static_cast<std::uint16_t>(type);
    if (size + kHead <= kMaxPlain) {
        appendU16(out, inner);
        appendU16(out, static_cast<std::uint16_t>(size + kHead));
        return out;
    }
    appendU16(out, static_cast<std::uint16_t>(Kvm::Jumbo));
    appendU16(out, 8);
    appendU32(out, static_cast<std::uint32_t>(size + kHead));
    appendU16(out, inner);
    appendU16(out, 0);
    return out;
}

void appendU8(Bytes& to, unsigned value) { to.push_back(static_cast<std::byte>(value & 0xFFU)); }
void append16(Bytes& to, int value) { appendU16(to, static_cast<std::uint16_t>(value)); }

/// A message of 16-bit numbers.
Bytes numbers(Kvm type, std::initializer_list<int> values) {
    auto out = head(type, values.size() * 2);
    for (const int value : values) append16(out, value);
    return out;
}
Bytes octet(Kvm type, unsigned value) {
    auto out = head(type, 1);
    appendU8(out, value);
    return out;
}
}  // namespace

bool isInput(const ViewerCommand& command) noexcept {
    if (const auto* lock = std::get_if<InputLockCommand>(&command)) return lock->what != 2;
    return std::holds_alternative<KeyCommand>(command) ||
           std::holds_alternative<UnicodeCommand>(command) ||
           std::holds_alternative<MouseCommand>(command) ||
           std::holds_alternative<CtrlAltDelCommand>(command);
}

bool readCommands(ByteView message, const std::function<void(const ViewerCommand&)>& take) {
    while (message.size() >= kHead) {
        const std::size_t size = readU16(message.subspan(2));
        if (size < kHead || size > message.size()) return false;
        if (const auto command = readCommand(message.first(size))) take(*command);
        message = message.subspan(size);
    }
    return message.empty();
}

Bytes screenSizeMessage(Size size) { return numbers(Kvm::ScreenSize, {size.w, size.h}); }

Bytes displayListMessage(const std::vector<Display>& displays, int selected) {
    // With one display there is nothing to choose; with more, "all" is one of the choices.
    const auto count = displays.size() > 1 ? displays.size() + 1 : displays.size();
    auto out = head(Kvm::DisplayList, 4 + 2 * count);
    append16(out, static_cast<int>(count));
    for (const auto& each : displays) append16(out, each.id);
    if (displays.size() > 1) append16(out, kAllDisplays);
    append16(out, selected);
    return out;
}

Bytes displayGeometryMessage(const std::vector<Display>& displays) {
    auto out = head(Kvm::DisplayGeometry, 10 * displays.size());
    for (const auto& each : displays) {
        append16(out, each.id);
        for (const int value : {each.area.x, each.area.y, each.area.w, each.area.h}) {
            append16(out, value);
        }
    }
    return out;
}

Bytes selectedMessage(int id) { return numbers(Kvm::SelectDisplay, {id}); }

Bytes pictureMessage(int x, int y, ByteView image) {
    auto out = head(Kvm::Picture, image.size() + 4);
    append16(out, x);
    append16(out, y);
    wire::append(out, image);
    return out;
}

Bytes lockKeysMessage(std::uint8_t keys) { return octet(Kvm::LockKeys, keys); }
Bytes inputLockMessage(bool isLocked) { return octet(Kvm::InputLock, isLocked ? 1 : 0); }
Bytes pointerShapeMessage(std::uint8_t shape) { return octet(Kvm::PointerShape, shape); }

Bytes pointerImageMessage(int hotX, int hotY, ByteView png) {
    auto out = head(Kvm::PointerImage, png.size() + 4);
    append16(out, hotX);
    append16(out, hotY);
    wire::append(out, png);
    return out;
}

Bytes errorMessage(std::string_view text) {
    text = text.substr(0, kMaxText);
    auto out = head(Kvm::Error, text.size());
    wire::append(out, text);
    return out;
}

Bytes codecStartMessage(std::uint8_t codec, Size size) {
    auto out = head(Kvm::CodecStart, 6);
    appendU8(out, codec);
    appendU8(out, 0);
    append16(out, size.w);
    append16(out, size.h);
    return out;
}

Bytes codedFrameMessage(std::uint32_t frame, bool isKeyFrame, std::uint16_t ms, ByteView data) {
    auto out = head(Kvm::CodedFrame, data.size() + 8);
    appendU32(out, frame);
    appendU8(out, isKeyFrame ? 1 : 0);
    appendU8(out, 0);
    appendU16(out, ms);
    wire::append(out, data);
    return out;
}

Bytes frameAreasMessage(std::uint32_t frame, const std::vector<Rect>& areas) {
    const auto count = std::min(areas.size(), kMaxAreas);
    auto out = head(Kvm::FrameAreas, 4 + 8 * count);
    appendU32(out, frame);
    for (std::size_t i = 0; i < count; ++i) {
        for (const int v : {areas[i].x, areas[i].y, areas[i].w, areas[i].h}) append16(out, v);
    }
    return out;
}

Bytes markMessage(std::uint32_t frame) {
    auto out = head(Kvm::Mark, 4);
    appendU32(out, frame);
    return out;
}

Bytes touchMessage() { return numbers(Kvm::Touch, {2}); }

}  // namespace trellis::device::desktop
