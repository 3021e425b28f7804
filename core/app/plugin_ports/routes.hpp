/// The plugins' HTTP routes on the server's router: who may call them is decided here.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/api/access.hpp"
#include "core/api/http/caller.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/net/router.hpp"
#include "core/plugin/ports.hpp"

namespace trellis::app {

class RoutesPort final : public plugin::Routes {
public:
    RoutesPort(net::Router& router, const api::HttpCallers& callers, const api::AccessCheck& access,
               auth::UrlTokens& tokens)
        : router_(router), callers_(callers), access_(access), tokens_(tokens) {}
    std::string ownerOf(const sdk::RouteSpec& spec) const override;
    plugin::Registration add(const std::string& owner, sdk::RouteSpec spec,
                             sdk::RouteHandler handler) override;
    plugin::Registration addExchange(const std::string& owner, sdk::RouteSpec spec,
                                     sdk::ExchangeHandler handler) override;

private:
    struct Owned;
    plugin::Registration mount(const std::string& owner, const sdk::RouteSpec& spec,
                               net::BodyMode mode, net::HttpHandler handler);
    sdk::Request admit(const sdk::RouteSpec& spec, const net::HttpRequest& request) const;
    void require(const sdk::Requirement& requirement, const net::HttpRequest& http,
                 sdk::Request& request) const;

    net::Router& router_;
    const api::HttpCallers& callers_;
    const api::AccessCheck& access_;
    auth::UrlTokens& tokens_;
    mutable std::mutex mutex_;                   // guards owners_
    std::map<std::string, std::string> owners_;  // "GET /plugins/x/y" -> plugin id
};

}  // namespace trellis::app
