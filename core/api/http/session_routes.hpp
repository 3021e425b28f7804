/// Signing in and out of the page: /api/setup, /api/login, /api/logout, /api/session, and the form
/// of MeshCentral's clients (`POST /`, `POST /login`).
#pragma once

#include <vector>

#include "core/api/context.hpp"
#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// Every login goes through auth::LoginService and so through its throttle; the Origin is checked
/// on each, so that no other page signs a browser in.
class SessionRoutes {
public:
    SessionRoutes(Context& context, const HttpCallers& callers)
        : context_(context), callers_(callers) {}
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    net::HttpResponse show(const net::HttpRequest& request) const;
    net::HttpResponse setUp(const net::HttpRequest& request) const;
    net::HttpResponse logIn(const net::HttpRequest& request) const;
    net::HttpResponse logOut(const net::HttpRequest& request) const;
    net::HttpResponse form(const net::HttpRequest& request) const;

    std::string titleOf(const net::HttpRequest& request) const; ///< of the tenant's login page
    auth::LoginOutcome attempt(const net::HttpRequest& request, std::string name,
                               std::string password, std::string token,
                               bool offersNewPassword = false) const;
    net::HttpResponse changeAndSignIn(const net::HttpRequest& request,
                                      const auth::LoginOutcome& outcome, const std::string& old,
                                      const std::string& fresh) const;
    net::HttpResponse signedIn(const net::HttpRequest& request, const model::User& user,
                               const auth::LoginOutcome& outcome) const;

    Context& context_;
    const HttpCallers& callers_;
};

} // namespace trellis::api
