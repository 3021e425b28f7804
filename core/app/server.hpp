/// The whole server: built in order, taken down in reverse.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/app/settings.hpp"

namespace trellis::app {

struct Parts;

/// What the start found, for the console.
struct Started {
    std::string url;                       ///< "https://host:port/"
    std::optional<std::string> setupLink;  ///< set while no account exists
};

class Server {
public:
    explicit Server(LaunchOptions options);
    ~Server();  ///< stop()
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Returns when requests are answered. Throws ConfigurationError, sdk::Error, Poco::Exception.
    Started start();
    /// Reads the configuration and the web certificate again; what is wrong is logged and leaves
    /// everything as it was.
    void reload();
    void stop();
    /// True if a plugin's thread had to be given up, so that only _exit ends the process.
    bool hasLeaked() const noexcept;

private:
    LaunchOptions options_;
    std::unique_ptr<Parts> parts_;
    bool hasLeaked_ = false;
};

/// The configuration has errors; what() is the whole report.
class ConfigurationError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace trellis::app
