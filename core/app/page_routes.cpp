#include "core/app/page_routes.hpp"

#include "core/api/access.hpp"
#include "core/plugin/ui.hpp"

namespace trellis::app {
namespace {

net::RouteSpec get(std::string path, net::RunOn runOn) {
    net::RouteSpec spec;
    spec.path = std::move(path);
    spec.runOn = runOn;
    return spec;
}

}  // namespace

PageRoutes::PageRoutes(net::Router& router, const std::filesystem::path& page,
                       const plugin::PluginHost& plugins, const api::HttpCallers& callers)
    : plugins_(plugins), callers_(callers) {
    if (!page.empty()) page_ = std::make_unique<net::StaticFiles>(page.string());
    routes_.push_back(router.addSimple(get("/api/ui", net::RunOn::Workers), [this](const auto& request) {
        return contributions(request);
    }));
    routes_.push_back(router.addSimple(get("/plugins/{id}/{rest...}", net::RunOn::Workers),
                                       [this](const auto& request) { return pluginFile(request); }));
    if (!page_) {
        routes_.push_back(router.addSimple(get("/", net::RunOn::Loop), [](const auto&) {
            return net::HttpResponse::text(404, "This server was built without its page.\n");
        }));
        return;
    }
    routes_.push_back(router.addSimple(get("/", net::RunOn::Workers), [this](const auto& request) {
        return page_->serve(request, "index.html");
    }));
    routes_.push_back(router.addSimple(get("/{rest...}", net::RunOn::Workers), [this](const auto& request) {
        return page_->serve(request, request.params.get("rest"));
    }));
}

net::HttpResponse PageRoutes::contributions(const net::HttpRequest& request) const {
    const auto caller = callers_.resolve(request, api::HttpCallers::Change::No);
    const auto answer = plugin::uiFor(plugins_, [&](const sdk::Requirement& requirement) {
        return requirement.scope != sdk::Scope::Site || caller.isLocalAdmin ||
               auth::RightsDecider::judgeSite(caller.siteRights, caller.domain, requirement.right,
                                              requirement.forbidden);
    });
    return api::jsonResponse(200, answer);
}

net::HttpResponse PageRoutes::pluginFile(const net::HttpRequest& request) {
    const std::string id(request.params.get("id"));
    const auto rest = request.params.get("rest");
    const auto folder = plugins_.activeFolder(id);
    if (!folder || !plugin::staticFile(plugins_, id, rest)) {
        return net::HttpResponse::text(404, "Not found\n");
    }
    std::shared_ptr<const net::StaticFiles> files;
    {
        const std::scoped_lock lock(mutex_);
        auto& entry = folders_[folder->string()];
        if (!entry) entry = std::make_shared<const net::StaticFiles>(folder->string());
        files = entry;
    }
    return files->serve(request, rest);
}

}  // namespace trellis::app
