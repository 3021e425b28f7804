// What viewers send: input and wishes.
#include "agent/desktop/session.hpp"

namespace trellis::device::desktop {

void Session::onCommand(Viewer& viewer, const ViewerCommand& command) {
    if (viewer.options.isViewOnly && isInput(command)) return;
    std::visit([&](const auto& each) { act(viewer, each); }, command);
}

void Session::act(Viewer& viewer, const KeyCommand& key) {
    const std::pair name(key.key, key.isExtended);
    if (key.isUp) {
        // Viewers send ups for modifiers that they never pressed.
        viewer.keysDown.erase(name);
    } else {
        viewer.keysDown.insert(name);
    }
    screen_->key(key, viewer.isNew() ? KeyMeaning::Sign : KeyMeaning::Key);
}

void Session::act(Viewer& viewer, const UnicodeCommand& key) {
    if (key.isUp) return;
    const char32_t unit = key.unit;
    // UTF-16 (RFC 2781 section 2.2): the first half waits for the second.
    if (unit >= 0xD800 && unit < 0xDC00) {
        viewer.highSurrogate = key.unit;
        return;
    }
    const char32_t high = std::exchange(viewer.highSurrogate, u'\0');
    if (unit >= 0xDC00 && unit < 0xE000) {
        if (high != 0) screen_->unicode(0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00));
        return;
    }
    screen_->unicode(unit);
}

void Session::act(Viewer& viewer, const MouseCommand& mouse) {
    if (!viewer.stream) return;
    int x = mouse.x;
    int y = mouse.y;
    viewer.stream->toScreen(x, y);
    screen_->moveTo(x, y);
    if (mouse.wheel != 0) return screen_->wheel(mouse.wheel);
    if (mouse.side != 0) return screen_->sideWheel(mouse.side);
    constexpr std::pair<std::uint8_t, int> kButtons[] = {{0x02, 1}, {0x08, 3}, {0x20, 2}};
    for (const auto& [down, number] : kButtons) {
        if (mouse.button == down) {
            viewer.buttonsDown.insert(number);
            screen_->button(number, true);
        } else if (mouse.button == down * 2) {
            viewer.buttonsDown.erase(number);
            screen_->button(number, false);
        }
    }
}

void Session::act(Viewer& viewer, const CompressionCommand& command) {
    if (command.quality != 0) viewer.wish.quality = command.quality;
    if (command.type != 0) viewer.wish.isLossless = command.type == 2;
    // Our page scales by itself, and a picture larger than the screen shows nothing more.
    if (command.scaling != 0 && !viewer.isNew()) viewer.wish.scaling = std::min<int>(command.scaling, kWhole);
    if (command.frameTimer != 0) viewer.interval = Milliseconds(command.frameTimer);
    if (viewer.stream) agree(*viewer.stream);
}

void Session::act(Viewer& viewer, const RefreshCommand&) {
    if (viewer.stream && viewer.canHear()) select(viewer, viewer.display);
}

void Session::act(Viewer& viewer, const PauseCommand& command) { viewer.isPaused = command.isPaused; }

void Session::act(Viewer& viewer, const CtrlAltDelCommand&) {
    const auto hint = screen_->ctrlAltDel();
    if (!hint.empty() && viewer.canHear()) viewer.send(errorMessage(hint));
}

void Session::act(Viewer& viewer, const DisplayListCommand&) {
    if (viewer.canHear()) showDisplays(viewer);
}

void Session::act(Viewer& viewer, const SelectDisplayCommand& command) {
    const auto& all = screen_->displays();
    const bool isThere = command.id == kAllDisplays ||
                         std::any_of(all.begin(), all.end(),
                                     [&](const auto& each) { return each.id == command.id; });
    if (isThere && viewer.canHear() && viewer.stream && command.id != viewer.display) select(viewer, command.id);
}

// X has no lock of the local keyboard that would let ours through, so none is ever in force.
void Session::act(Viewer& viewer, const InputLockCommand&) {
    if (viewer.canHear()) viewer.send(inputLockMessage(false));
}

void Session::act(Viewer& viewer, const TouchCommand&) {
    if (viewer.canHear()) viewer.send(touchMessage());
}

void Session::act(Viewer& viewer, const FrameDoneCommand& command) {
    viewer.flow.done(command.frame, command.queue, Milliseconds(command.drawMs), Clock::now());
}

void Session::act(Viewer& viewer, const KeyFrameCommand&) {
    viewer.needsKey = true;
    viewer.dirty.setAll();  // what he shows can't be known
}

void Session::act(Viewer& viewer, const ChoiceCommand& command) {
    viewer.wish.quality = command.quality == 0 ? kQuality : command.quality;
    if (viewer.stream) agree(*viewer.stream);
    viewer.kbit = command.kbit;
    if (viewer.isTilesOnly != command.isTilesOnly) {
        viewer.isTilesOnly = command.isTilesOnly;
        viewer.needsKey = true;
    }
    viewer.interval = command.rate == 0 ? kInterval : Milliseconds(1000 / command.rate);
}

}  // namespace trellis::device::desktop
