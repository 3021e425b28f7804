/// Tunnels: sessions between a viewer and a device that the relay carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <trellis/sdk/json.hpp>
#include <trellis/sdk/request.hpp>
#include <trellis/sdk/rights.hpp>
#include <trellis/sdk/stream.hpp>

namespace trellis::sdk {

struct TunnelSpec {
    std::string name;                      ///< "terminal"
    std::vector<std::uint16_t> protocols;  ///< wire numbers (agent-protocol specification, 6.4)
    Requirement requires_{Scope::Device, device_right::kRemoteControl, 0, ""};
    std::uint32_t notifyConsent = 0;  ///< consent:: bit of a notification, 0 if none
    std::uint32_t askConsent = 0;     ///< consent:: bit of a question, 0 if none
    bool recordable = false;
};

struct TunnelInfo {
    std::string id;  ///< the relay's id; not a secret once paired
    std::uint16_t protocol = 0;
    std::string deviceId;
    Caller caller;  ///< who opened it; for a guest's session the user in whose name it is
    std::uint32_t deviceRights = 0;
    std::string guestName{};  ///< "" unless a guest is the viewer
    std::string ticket{};     ///< of the guest: "<id of the plugin that let him in>/<its ticket>"
    std::string viewerAddress{};  ///< host and port of the viewer's end
    std::string deviceAddress{};  ///< the same of the device's
    bool isRecordable = false;    ///< as its TunnelSpec says
    bool isRecorded = false;      ///< somebody records it, and both ends were told so
};

enum class Side : std::uint8_t { Viewer = 1, Device = 2 };
enum class Verdict : std::uint8_t { Forward = 1, Drop, Replaced, Close };

struct Frame {
    std::span<const std::byte> bytes;  ///< valid until the callback returns
    bool isText = false;               ///< a WebSocket text frame
};

/// What a handler may do with its tunnel, from any thread, also after its end (then nothing happens).
class TRELLIS_API TunnelControl {
public:
    virtual ~TunnelControl();
    /// Queues a frame of the plugin's own; no handler is shown it. It is left out, and counted, when
    /// that end's queue stands above its high-water mark: what matters is repeated by its sender.
    virtual void send(Side to, std::string bytes, bool isText) = 0;
    /// Queues a frame that must arrive, for streams of a plugin's own. False: that end's queue stands above
    /// its high-water mark, or somebody holds the end that the plugin is; stop until
    /// TunnelHandler::onWritable(to). Whoever goes on for more than 1 MiB loses the tunnel.
    virtual bool write(Side to, std::string bytes, bool isText) = 0;
    /// Reads nothing more from this end until resume(): whoever can't keep up with what comes from it. Each
    /// handler holds for itself: the end is read when none does.
    virtual void pause(Side from) = 0;
    virtual void resume(Side from) = 0;
    /// Ends the tunnel; both ends get close code 1008 with `reason` (the first 120 bytes).
    virtual void close(std::string reason) = 0;
};

/// Watches or changes the frames of one tunnel. Calls never overlap; they run on the I/O loop that
/// owns both ends and must not block. A handler that answers Replaced points `bytes` at memory of
/// its own and keeps it until the next call. Whole messages below 1 MiB are shown. A longer binary one of
/// a device is shown in parts of 1 MiB, the last one shorter, perhaps empty; dropping or changing a part
/// closes the tunnel, as anything else that is longer does. An Error thrown by the factory or onOpen refuses the tunnel and
/// its text reaches the viewer (close code 1008); anything else that is thrown is a fault (1011).
class TRELLIS_API TunnelHandler {
public:
    virtual ~TunnelHandler();
    virtual void onOpen(const std::shared_ptr<TunnelControl>&) {}
    /// The text messages by which the viewer began, in order, after onOpen: `options` and other control
    /// messages, last the protocol number. They can't be changed, the agent is told them as they are.
    virtual void onStart(std::string_view /*text*/) {}
    virtual Verdict onFrame(Side, Frame&) { return Verdict::Forward; }
    /// There is room again after TunnelControl::write() has answered false.
    virtual void onWritable(Side /*to*/) {}
    virtual void onClose(std::string_view /*reason*/) {}
};

/// A session whose viewer is the plugin itself, in a user's name: a file that is fetched by HTTP, say.
struct OwnTunnel {
    Caller caller;               ///< whose rights count, now and as long as it runs
    std::string deviceId;        ///< full id
    std::uint16_t protocol = 0;  ///< wire number
    /// Id of a session of this user that runs on this device: with its consent, which is not asked for
    /// again. "" or anything else: the person at the device is asked and told as ever.
    std::string accompanies{};
    /// Members of the `options` message by which viewers begin (agent-protocol specification, 6.5).
    json::object options{};
};

/// Makes the handler of a tunnel; null means "nothing to watch here", which costs nothing.
using TunnelFactory = std::function<std::unique_ptr<TunnelHandler>(const TunnelInfo&)>;
/// Supplies the far end where no agent does (AMT, IP-KVM): bytes of the viewer's binary frames go to
/// the handler's onData, what it writes goes to the viewer.
using EndpointFactory = std::function<std::unique_ptr<StreamHandler>(const TunnelInfo&)>;

}  // namespace trellis::sdk
