#include "core/plugin/claims.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>
#include <typeinfo>

namespace trellis::plugin {
namespace {

/// Paths that differ only in the names of their {segments} are the same route.
std::string routeShape(const sdk::RouteSpec& spec) {
    std::string shape = spec.method + " ";
    bool isName = false;
    for (const char c : spec.path) {
        if (!isName) shape += c;
        if (c == '{') isName = true;
        if (c == '}') {
            isName = false;
            shape += c;
        }
    }
    return shape;
}

struct Claim {
    std::string key;
    std::function<std::string()> ownerOutside;  ///< who has it in the core, "" if nobody
};

bool coreOffers(const Ports& ports, const std::type_info& type) {
    return std::any_of(ports.services.begin(), ports.services.end(), [&](const auto& service) {
        return std::string_view(service.type->name()) == type.name();
    });
}

std::vector<Claim> claimsOf(const std::string& id, const sdk::Declarations& declared,
                            const Ports& ports) {
    std::vector<Claim> claims;
    for (const auto& [spec, handler] : declared.commands) {
        claims.push_back({"command " + spec.name,
                          [&ports, name = spec.name] { return ports.commands->ownerOf(name); }});
    }
    for (const auto& route : declared.routes) {
        claims.push_back({"route " + routeShape(route.spec),
                          [&ports, spec = route.spec] { return ports.routes->ownerOf(spec); }});
    }
    for (const auto& [spec, handler] : declared.agentMessages) {
        claims.push_back({"agent message " + spec.action, [&ports, action = spec.action] {
                              return ports.agents->ownerOfMessage(action);
                          }});
    }
    for (const auto& [spec, factory] : declared.tunnels) {
        for (const auto protocol : spec.protocols) {
            claims.push_back({"tunnel protocol " + std::to_string(protocol),
                              [&ports, protocol] { return ports.tunnels->ownerOf(protocol); }});
        }
    }
    for (const auto& [spec, factory] : declared.endpoints) {
        for (const auto protocol : spec.protocols) {
            claims.push_back({"far end of tunnel protocol " + std::to_string(protocol), {}});
        }
    }
    for (const auto& [spec, factory] : declared.listeners) {
        claims.push_back({"port " + std::to_string(spec.port), {}});
    }
    for (const auto& spec : declared.ui) claims.push_back({"page contribution " + id + "/" + spec.id, {}});
    for (const auto& service : declared.services) {
        claims.push_back({std::string("service ") + service.type->name(), [&ports, &service] {
                              return coreOffers(ports, *service.type) ? "core" : std::string();
                          }});
    }
    return claims;
}

template <class T, class Types> void claimTopic(Types& topics, const sdk::Topic<T>& topic) {
    auto& entry = topics[std::string(topic.name)];
    entry.type = typeid(T).name();
    entry.users["the core"] = 1;
}

}  // namespace

/// The core's own topics first: a plugin that takes one with another type would cut off the others.
Claims::Claims(const Ports& ports) : ports_(ports) {
    for (const auto& topic : {sdk::kDeviceConnected, sdk::kDeviceDisconnected, sdk::kDeviceChanged,
                              sdk::kDeviceRemoved}) {
        claimTopic(topics_, topic);
    }
    for (const auto& topic : {sdk::kUserLoggedIn, sdk::kUserLoginFailed}) claimTopic(topics_, topic);
    for (const auto& topic : {sdk::kTunnelOpened, sdk::kTunnelClosed}) claimTopic(topics_, topic);
    claimTopic(topics_, sdk::kPluginStateChanged);
}

std::vector<std::string> Claims::take(const std::string& id, const sdk::Declarations& declared) {
    std::vector<std::string> clashes;
    std::vector<std::string> taken;
    for (const auto& claim : claimsOf(id, declared, ports_)) {
        auto owner = claim.ownerOutside ? claim.ownerOutside() : std::string();
        if (const auto found = owners_.find(claim.key); found != owners_.end()) owner = found->second;
        if (!owner.empty()) {
            clashes.push_back(owner == id ? "declares " + claim.key + " twice"
                                          : claim.key + " already belongs to " + owner);
            continue;
        }
        owners_[claim.key] = id;
        taken.push_back(claim.key);
    }
    for (const auto& subscription : declared.subscriptions) {
        const auto found = topics_.find(subscription.topic);
        if (found != topics_.end() && found->second.type != subscription.type->name()) {
            clashes.push_back("topic " + subscription.topic + " has another payload type in " +
                              found->second.users.begin()->first);
        }
    }
    if (!clashes.empty()) {
        for (const auto& key : taken) owners_.erase(key);
        return clashes;
    }
    for (const auto& subscription : declared.subscriptions) {
        auto& topic = topics_[subscription.topic];
        topic.type = subscription.type->name();
        ++topic.users[id];
    }
    return {};
}

void Claims::release(const std::string& id) {
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == id; });
    for (auto topic = topics_.begin(); topic != topics_.end();) {
        topic->second.users.erase(id);
        topic = topic->second.users.empty() ? topics_.erase(topic) : std::next(topic);
    }
}

}  // namespace trellis::plugin
