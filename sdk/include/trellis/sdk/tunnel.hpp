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
    Caller caller;  ///< who opened it
    std::uint32_t deviceRights = 0;
};

enum class Side : std::uint8_t { Viewer = 1, Device = 2 };
enum class Verdict : std::uint8_t { Forward = 1, Drop, Replaced, Close };

struct Frame {
    std::span<const std::byte> bytes;  ///< valid until the callback returns
    bool isText = false;               ///< a WebSocket text frame
};

/// Watches or changes the frames of one tunnel. Calls never overlap; they run on the I/O loop that
/// owns both ends and must not block. A handler that answers Replaced points `bytes` at memory of
/// its own and keeps it until the next call. Only whole messages up to 1 MiB are shown; a longer
/// one closes an intercepted tunnel. An Error thrown by the factory or onOpen refuses the tunnel and
/// its text reaches the viewer (close code 1008); anything else that is thrown is a fault (1011).
class TRELLIS_API TunnelHandler {
public:
    virtual ~TunnelHandler();
    virtual void onOpen() {}
    virtual Verdict onFrame(Side, Frame&) { return Verdict::Forward; }
    virtual void onClose(std::string_view /*reason*/) {}
};

/// Makes the handler of a tunnel; null means "nothing to watch here", which costs nothing.
using TunnelFactory = std::function<std::unique_ptr<TunnelHandler>(const TunnelInfo&)>;
/// Supplies the far end where no agent does (AMT, IP-KVM): bytes of the viewer's binary frames go to
/// the handler's onData, what it writes goes to the viewer.
using EndpointFactory = std::function<std::unique_ptr<StreamHandler>(const TunnelInfo&)>;

}  // namespace trellis::sdk
