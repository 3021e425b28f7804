/// Talks to the server that runs on a data directory, as its local administrator.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace trellis::app {

/// Blocking; one call at a time.
class LocalClient {
public:
    explicit LocalClient(std::filesystem::path data) : data_(std::move(data)) {}

    /// Whether a server answers on the socket.
    bool isServerRunning() const;

    /// Runs a command (`POST /api/v1/<name>`) and returns its result. Throws what the server
    /// answered as sdk::Error, and sdk::Error{Unavailable} if no server runs or it doesn't answer
    /// within `limit`.
    boost::json::value call(const std::string& command, const boost::json::object& arguments,
                            std::chrono::seconds limit = std::chrono::seconds(30)) const;

private:
    std::filesystem::path data_;
};

}  // namespace trellis::app
