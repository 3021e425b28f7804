/// The page and the plugins' contributions to it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"
#include "core/net/static_files.hpp"
#include "core/plugin/plugin_host.hpp"

namespace trellis::app {

/// `/`, the page's files, `/api/ui`, `/plugins/<id>/ui/...` and `/plugins/<id>/i18n/...` while it
/// lives. Plugin files are served while the plugin runs.
class PageRoutes {
public:
    /// `page`: folder with the built page; empty answers `/` with a sentence.
    PageRoutes(net::Router& router, const std::filesystem::path& page,
               const plugin::PluginHost& plugins, const api::HttpCallers& callers);

private:
    net::HttpResponse contributions(const net::HttpRequest& request) const;
    net::HttpResponse pluginFile(const net::HttpRequest& request);

    std::unique_ptr<net::StaticFiles> page_;
    const plugin::PluginHost& plugins_;
    const api::HttpCallers& callers_;
    std::mutex mutex_;  // guards folders_
    std::map<std::string, std::shared_ptr<const net::StaticFiles>> folders_;  // by plugin folder
    std::vector<net::Registration> routes_;
};

}  // namespace trellis::app
