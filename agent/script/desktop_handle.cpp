#include "agent/script/desktop_handle.hpp"

#include "agent/script/text.hpp"

namespace trellis::device {
namespace {
using desktop::LinkKind;

class DesktopHandle : public Handle, private desktop::Spectator {
public:
    DesktopHandle(ScriptHost& host, HandleId id, const desktop::DesktopWish& wish,
                  const desktop::ViewerOptions& options)
        : host_(host), id_(id), viewer_(host.desktops().open(*this, wish, options)) {}
    ~DesktopHandle() override {
        if (!hasEnded_) host_.desktops().close(viewer_);
    }
    DesktopHandle(const DesktopHandle&) = delete;
    DesktopHandle& operator=(const DesktopHandle&) = delete;

    void send(bool isText, std::string_view data) override {
        if (!isText) host_.desktops().send(viewer_, LinkKind::Commands, wire::bytesOf(data));
    }
    std::size_t queued() const override { return host_.desktops().queued(viewer_); }
    void pause(bool isPaused) override { host_.desktops().pause(viewer_, isPaused); }
    void end() override { onEnd({}); }
    void control(std::string_view kind, std::string_view text) override {
        const auto pass = [&](LinkKind what, std::string_view value) {
            host_.desktops().send(viewer_, what, wire::bytesOf(value));
        };
        if (kind == "clipboard") pass(LinkKind::Clipboard, fromScript(text));
        if (kind == "getclip") pass(LinkKind::GetClipboard, {});
        if (kind == "lock") pass(LinkKind::Lock, {});
        const auto flag = text == "1" ? "\1" : std::string_view("\0", 1);
        if (kind == "autolock") pass(LinkKind::AutoLock, flag);
        if (kind == "blank") pass(LinkKind::Blank, flag);
    }

private:
    void onMessage(wire::ByteView message) override {
        host_.emit(id_, "data", EventArg::ofBytes(wire::textOf(message)));
    }
    void onControl(std::string_view json) override {
        const auto text = toScript(json);
        host_.emit(id_, "control", EventArg::ofJson(text));
    }
    void onClipboard(std::string_view text) override {
        const auto converted = toScript(text);
        host_.emit(id_, "clipboard", EventArg::ofText(converted));
    }
    void onEnd(const std::string& reason) override {
        if (hasEnded_) return;
        hasEnded_ = true;
        host_.desktops().close(viewer_);
        const auto text = toScript(reason);
        host_.emit(id_, "end", EventArg::ofText(text));
        host_.removeHandle(id_);
    }

    ScriptHost& host_;
    HandleId id_;
    bool hasEnded_ = false;
    desktop::ViewerId viewer_;
};
}  // namespace

std::unique_ptr<Handle> openDesktop(ScriptHost& host, HandleId id, const desktop::DesktopWish& wish,
                                    const desktop::ViewerOptions& options) {
    return std::make_unique<DesktopHandle>(host, id, wish, options);
}

}  // namespace trellis::device
