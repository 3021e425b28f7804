#include "core/api/control/greeting.hpp"

#include <boost/json/array.hpp>

#include "core/model/wire_documents.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

// control-protocol 2.2, `features` and `features2`. What is not offered here is left out, so that
// clients do not show it.
constexpr std::uint32_t kWanOnly = 0x1;
constexpr std::uint32_t kNoCira = 0x400;
constexpr std::uint32_t kSecondFactors = 0x1000;
constexpr std::uint32_t kInviteCodes = 0x1000000;
constexpr std::uint32_t kLoginTokens = 0x80;
constexpr std::uint32_t kByLoginToken = 0x100;

std::string agentUrl(const ServerFacts& server, const std::string& name, const std::string& path) {
    return "mc://" + name + (server.port == 443 ? "" : ":" + std::to_string(server.port)) +
           (path.empty() ? "" : "/" + path);
}

} // namespace

json::object serverInfo(const ServerFacts& server, const model::User& user,
                        const GreetingFacts& facts) {
    json::object info;
    info["domain"] = user.domain;
    const auto& name = facts.tenantHost.empty() ? server.name : facts.tenantHost;
    info["name"] = name;
    info["mpsname"] = server.name;
    info["mpsport"] = 0;
    info["port"] = server.port;
    info["emailcheck"] = false;
    info["domainauth"] = false;
    info["serverTime"] = facts.nowMs;
    info["features"] = kWanOnly | kNoCira | kInviteCodes |
                       (facts.hasSecondFactors ? kSecondFactors : 0);
    info["features2"] = kLoginTokens | (facts.byLoginToken ? kByLoginToken : 0);
    info["languages"] = json::array{"en"};
    info["tlshash"] = server.webCertHash;
    info["agentCertHash"] = server.agentCertHash;
    info["https"] = true;
    info["redirport"] = server.redirectPort;
    info["magenturl"] = agentUrl(server, name, facts.tenantPath);
    info["domainsuffix"] = facts.tenantPath;
    info["logoutonidlesessiontimeout"] = true;
    if (!facts.hasGuestSharing)
        info["guestdevicesharing"] = false;
    if (user.isFullAdmin())
        info["certExpire"] = server.webCertExpiresMs;
    return {{"action", "serverinfo"}, {"serverinfo", std::move(info)}};
}

json::object userInfo(const model::User& user) {
    return {{"action", "userinfo"}, {"userinfo", model::userDocument(user)}};
}

} // namespace trellis::api
