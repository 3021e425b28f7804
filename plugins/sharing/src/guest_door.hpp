/// Where guests come in: the link, what is shared, and sessions. Nobody here has an account; the link
/// is the only credential, and it opens nothing else of the server.
#pragma once

#include <functional>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/plugin.hpp>

#include "share.hpp"
#include "throttle.hpp"

namespace sharing {

class Shares;

class GuestDoor {
public:
    struct Parts {
        std::function<Shares&()> shares;
        std::function<trellis::sdk::Host&()> host;
        std::function<const trellis::sdk::DeviceDirectory&()> directory;
    };
    explicit GuestDoor(Parts parts) : parts_(std::move(parts)) {}
    void declare(trellis::sdk::Registrar& reg);

private:
    using Request = trellis::sdk::Request;
    using HttpRequest = trellis::sdk::HttpRequest;
    using HttpResponse = trellis::sdk::HttpResponse;

    /// `GET /sharing?c=`: leads to the guest's page, with the link where no server sees it again.
    HttpResponse enter(const HttpRequest& http) const;
    HttpResponse state(const Request& request, const HttpRequest& http);
    HttpResponse open(const Request& request, const HttpRequest& http);
    /// The share behind the request's link, open or not yet open. Otherwise fills `answer`.
    std::optional<Share> shareOf(const Request& request, const json::object& body,
                                 HttpResponse& answer);
    json::object describe(const Share& share);
    HttpResponse openTunnel(const Request& request, const Share& share, std::uint16_t protocol,
                            const std::string& name);
    void note(const Request& request, const Share& share, std::uint16_t protocol,
              const std::string& name, const std::string& result);

    Parts parts_;
    Throttle throttle_;
};

}  // namespace sharing
