/// Everything that the core's commands and doors work with. Made by core/app; outlives all of them.
#pragma once

#include <filesystem>

#include "core/api/access.hpp"
#include "core/api/dispatcher.hpp"
#include "core/api/ports.hpp"
#include "core/auth/account_service.hpp"
#include "core/auth/api_tokens.hpp"
#include "core/auth/factors.hpp"
#include "core/auth/login_service.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/setup_token.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/timers.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/config/server_config.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
#include "core/model/power_log.hpp"
#include "core/model/side_documents.hpp"
#include "core/net/loop.hpp"

namespace trellis::api {

struct Context {
    const config::ServerConfig& config;
    net::Loops& loops;
    bus::WorkerPool& pool;
    bus::Timers& timers;
    bus::EventBus& bus;
    const bus::Decisions& decisions;
    model::Directory& directory;
    model::EventLog& events;
    model::SideDocuments& sideDocuments;
    const auth::RightsDecider& rights;
    auth::AccountService& accounts;
    auth::Factors& factors;
    auth::LoginService& logins;
    auth::LoginTokens& loginTokens;
    auth::ApiTokens& apiTokens;
    auth::Sessions& sessions;
    auth::SetupToken& setupToken;
    auth::UrlTokens& urlTokens;
    const AccessCheck& access;
    Dispatcher& dispatcher;
    DevicePort& devices;
    TunnelPort& tunnels;
    InstallPort& install;
    ServerPort& server;
    model::PowerLog& power;
    std::filesystem::path files; ///< folder of the users' and groups' files; made when needed
};

} // namespace trellis::api
