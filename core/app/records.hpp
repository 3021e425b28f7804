/// The server's memory: database, records, accounts and everything that decides about them.
#pragma once

#include <filesystem>
#include <memory>

#include "core/auth/account_service.hpp"
#include "core/auth/factors.hpp"
#include "core/auth/api_tokens.hpp"
#include "core/auth/login_service.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/setup_token.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/config/server_config.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
#include "core/model/power_log.hpp"
#include "core/model/side_documents.hpp"
#include "core/store/database.hpp"
#include "core/store/settings.hpp"

namespace trellis::app {

/// Opens, migrates and loads on construction; members are built in this order and go in reverse.
/// Throws sdk::Error (see store::Database and store::migrate).
struct Records {
    Records(const std::filesystem::path& data, const config::ServerConfig& config);

    std::unique_ptr<store::Database> database;
    store::Settings settings;
    model::Directory directory;
    model::EventLog events;
    model::PowerLog power;
    model::SideDocuments sideDocuments;
    auth::Sessions sessions;
    auth::LoginTokens loginTokens;
    auth::ApiTokens apiTokens;
    auth::Throttle throttle;
    auth::RightsDecider rights;
    auth::LoginService logins;
    auth::AccountService accounts;
    auth::Factors factors;
    auth::SetupToken setupToken;
    auth::UrlTokens urlTokens;
};

}  // namespace trellis::app
