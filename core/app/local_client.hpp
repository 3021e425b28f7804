/// Talks to the server that runs on a data directory, as its local administrator, or to one elsewhere
/// with a token.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/app/remote.hpp"

namespace trellis::app {

/// Blocking; one call at a time.
class LocalClient {
public:
    /// `tenant`: whose commands run, "" the default one's.
    explicit LocalClient(std::filesystem::path data, std::string tenant = {})
        : data_(std::move(data)), tenant_(std::move(tenant)) {}
    explicit LocalClient(RemoteTarget remote) : remote_(std::move(remote)) {}

    /// Whether a server answers on the socket; one elsewhere is taken to run.
    bool isServerRunning() const;

    /// Runs a command (`POST /api/v1/<name>`) and returns its result. Throws what the server
    /// answered as sdk::Error, and sdk::Error{Unavailable} if no server runs or it doesn't answer
    /// within `limit`.
    boost::json::value call(const std::string& command, const boost::json::object& arguments,
                            std::chrono::seconds limit = std::chrono::seconds(30)) const;

private:
    std::filesystem::path data_;
    std::optional<RemoteTarget> remote_;
    std::string tenant_;
};

}  // namespace trellis::app
