/// The handler of one desktop session: keeps its viewer to what he may do.
#include <string_view>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sessions.hpp"

namespace desktop {
namespace {

using namespace trellis::sdk;

std::string_view textOf(const Frame& frame) {
    return {reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size()};
}

class Watch final : public TunnelHandler {
public:
    Watch(std::shared_ptr<Sessions> sessions, const TunnelInfo& info)
        : sessions_(std::move(sessions)), viewer_(sessions_->enter(info)) {}
    ~Watch() override { sessions_->leave(viewer_); }

    void onOpen(const std::shared_ptr<TunnelControl>& control) override {
        control_ = control;
        viewer_->control.with([&](auto& one) { one = control; });
    }

    void onStart(std::string_view text) override {
        boost::system::error_code error;
        const auto message = json::parse(text, error);
        if (error || !message.is_object()) return;
        const auto* desktop = message.get_object().if_contains("desktop");
        if (!desktop || !desktop->is_object()) return;
        viewer_->isOurPage = true;
        const auto* starts = desktop->get_object().if_contains("startVirtual");
        const bool isWanted = starts && starts->is_bool() && starts->get_bool();
        if (!isWanted) return;
        // Closing comes behind the protocol's number, so the device starts nothing before it is told to.
        if (sessions_->limits().isVirtualDisplayAllowed && viewer_->mayStartVirtual) {
            allowVirtual();
        } else {
            end("Virtual displays may not be started here.");
        }
    }

    Verdict onFrame(Side from, Frame& frame) override {
        if (from == Side::Device) {
            const bool mayPass = !frame.isText ||
                                 mayReachViewer(textOf(frame), viewer_->input(), sessions_->limits().clipboard);
            return mayPass ? Verdict::Forward : Verdict::Drop;
        }
        return frame.isText ? onViewerText(frame) : onViewerCommands(frame);
    }

    void onClose(std::string_view) override { sessions_->leave(viewer_); }

private:
    Verdict onViewerText(const Frame& frame) {
        const auto verdict = judgeViewerText(textOf(frame), viewer_->input(), sessions_->limits().clipboard);
        if (verdict.isInput) sessions_->touched(*viewer_);
        if (verdict.viewOnly) sessions_->chooseViewOnly(*viewer_, *verdict.viewOnly);
        return verdict.mayPass ? Verdict::Forward : Verdict::Drop;
    }

    Verdict onViewerCommands(Frame& frame) {
        auto filtered = filterViewer(frame.bytes, viewer_->input());
        if (filtered.isInput) sessions_->touched(*viewer_);
        switch (filtered.outcome) {
        case Filtered::Outcome::Whole: return Verdict::Forward;
        case Filtered::Outcome::Nothing: return Verdict::Drop;
        case Filtered::Outcome::Malformed: end("A desktop command could not be read."); return Verdict::Close;
        case Filtered::Outcome::Part: break;
        }
        replaced_ = std::move(filtered.bytes);
        frame.bytes = std::as_bytes(std::span(replaced_));
        return Verdict::Replaced;
    }

    void allowVirtual() {
        if (!control_) return;
        control_->write(Side::Device, json::serialize(json::object{{"ctrlChannel", "102938"}, {"type", kStartVirtual}}), true);
    }

    void end(const char* reason) {
        if (control_) control_->close(reason);
    }

    std::shared_ptr<Sessions> sessions_;
    ViewerPtr viewer_;
    std::shared_ptr<TunnelControl> control_;
    std::string replaced_;
};

}  // namespace

std::unique_ptr<TunnelHandler> watch(std::shared_ptr<Sessions> sessions, const TunnelInfo& info) {
    return std::make_unique<Watch>(std::move(sessions), info);
}

}  // namespace desktop
