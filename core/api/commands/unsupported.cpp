// Actions of the wire that need a part which is not here: answered, because meshctrl has no timeout
// and would wait for ever (control-protocol 11, 53). A part that brings one takes its line out.
#include "core/api/commands/support.hpp"

namespace trellis::api {

namespace {

struct Refusal {
    const char* action;
    const char* summary;
    const char* text;
};

constexpr Refusal kRefusals[] = {
    {"inviteAgent", "Would invite by e-mail; this server sends none.", "Unsupported feature"},
    {"webrelay", "Would open a device's web page; there is no web relay.", "WebRelay Disabled"},
    {"createDeviceShareLink", "Would make a guest link; there is no guest page.",
     "Unsupported feature"},
    {"removeDeviceShare", "Would remove a guest link; there are none.",
     "Invalid device share identifier."},
    {"sendmqttmsg", "Would send over MQTT.", "MQTT not supported on this server"},
    {"getmqttlogin", "Would give a login for MQTT.", "MQTT not supported on this server"},
};

} // namespace

void addUnsupportedCommands(CommandSet& set) {
    for (const auto& refusal : kRefusals) {
        WireSpec spec;
        spec.command.name = refusal.action;
        spec.command.summary = refusal.summary;
        spec.command.args = wireArgs();
        set.wire(std::move(spec), [text = refusal.text](const WireCall&) {
            throw Error(ErrorCode::Unavailable, text);
        });
    }
}

} // namespace trellis::api
