#include "core/app/server.hpp"

#include <trellis/sdk/error.hpp>

#include "core/app/parts.hpp"
#include "core/app/paths.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::app {
namespace {

sdk::Log& log() {
    static auto& instance = telemetry::log("app");
    return instance;
}

telemetry::LogSettings logSettings(const config::LogSection& section) {
    telemetry::LogSettings settings;
    switch (section.level) {
    case config::LogLevel::Error: settings.level = telemetry::LogLevel::Error; break;
    case config::LogLevel::Warning: settings.level = telemetry::LogLevel::Warning; break;
    case config::LogLevel::Information: settings.level = telemetry::LogLevel::Info; break;
    case config::LogLevel::Debug:
    case config::LogLevel::Trace: settings.level = telemetry::LogLevel::Debug; break;
    }
    settings.file = section.file;
    return settings;
}

/// The core's own sections; the plugins' are checked once their schemas are known.
std::shared_ptr<const config::Config> coreConfig(const config::Source& source) {
    auto checked = config::checkServer(source);
    if (!checked.config) throw ConfigurationError(checked.report.text());
    return checked.config;
}

}  // namespace

Server::Server(LaunchOptions options) : options_(std::move(options)) {}

Server::~Server() {
    stop();
}

Started Server::start() {
    ensureDataDirectory(options_.data);
    auto source = config::load(loadRequest(options_));
    const auto early = coreConfig(source);
    telemetry::openLog(logSettings(early->server().log));
    parts_ = std::make_unique<Parts>(options_, early);
    parts_->startPlugins(std::move(source));
    parts_->listen();
    log().info("serving", {{"port", parts_->port()}, {"version", TRELLIS_VERSION}});
    return {parts_->url(), parts_->setupLink()};
}

void Server::reload() {
    log().info("reloading configuration and web certificate");
    try {
        parts_->reload(config::load(loadRequest(options_)));
    } catch (const std::exception& e) {
        log().error("reload failed, everything stays as it was", {{"error", e.what()}});
    }
}

void Server::stop() {
    if (!parts_) return;
    log().info("stopping");
    parts_->stop();
    // What an abandoned plugin thread may still touch is left in place; the process ends anyway.
    if (parts_->plugins->hasLeaked()) {
        hasLeaked_ = true;
        (void)parts_.release();
        return;
    }
    parts_.reset();
}

bool Server::hasLeaked() const noexcept {
    return hasLeaked_;
}

}  // namespace trellis::app
