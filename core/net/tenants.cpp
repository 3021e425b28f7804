#include "core/net/tenants.hpp"

#include <algorithm>
#include <utility>

#include "core/net/ascii.hpp"

namespace trellis::net {

namespace {

/// "Name.Example:8443" as "name.example"; a dot at the end names the same host.
std::string hostName(std::string_view host) {
    if (!host.starts_with('['))
        host = host.substr(0, host.find(':'));
    if (host.ends_with('.'))
        host.remove_suffix(1);
    std::string name(host);
    std::transform(name.begin(), name.end(), name.begin(), toLower);
    return name;
}

} // namespace

void Tenants::addPath(std::string id) {
    std::string prefix = "/" + id;
    paths_[std::move(id)] = std::move(prefix);
}

void Tenants::addHost(std::string id, std::string_view host) {
    hosts_[hostName(host)] = std::move(id);
}

void Tenants::resolve(HttpRequest& request) const {
    if (empty())
        return;
    if (const auto own = hosts_.find(hostName(request.host())); own != hosts_.end()) {
        request.tenant = own->second;
        return;
    }
    const auto found = request.segments.empty() ? paths_.end() : paths_.find(request.segments[0]);
    if (found == paths_.end())
        return;
    request.tenant = found->first;
    request.prefix = found->second;
    request.segments.erase(request.segments.begin());
    if (request.segments.empty())
        request.segments.emplace_back();
    request.path.erase(0, request.prefix.size());
    if (request.path.empty())
        request.path = "/";
}

} // namespace trellis::net
