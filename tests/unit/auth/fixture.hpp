#pragma once

#include "../model/fixture.hpp"

#include "core/auth/account_service.hpp"
#include "core/auth/login_service.hpp"

namespace trellis::test {

struct AuthFixture : DirectoryFixture {
    model::EventLog events{*database, time.clock()};
    auth::Sessions sessions{*database, {}, time.clock()};
    auth::LoginTokens tokens{*database, time.clock()};
    auth::Throttle throttle{{}, time.clock()};
    auth::AccountService accounts{*directory, events, sessions, tokens};
    auth::LoginService logins{*directory, events, throttle, tokens};

    AuthFixture() { sessions.load(); }

    model::UserPtr account(std::string name, model::SiteRights rights = 0,
                           std::string password = "correct horse") {
        auth::NewAccount wanted;
        wanted.name = std::move(name);
        wanted.password = std::move(password);
        wanted.siteRights = rights;
        return accounts.create(wanted, nullptr);
    }
    std::vector<model::Event> recorded(std::string action) {
        model::EventFilter filter;
        filter.action = std::move(action);
        return events.query(filter);
    }
};

} // namespace trellis::test
