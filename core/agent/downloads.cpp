#include "core/agent/downloads.hpp"

#include "core/agent/agent_package.hpp"
#include "core/agent/embedded.hpp"
#include "core/model/ids.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace trellis::agent {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse notFound(std::string_view what) {
    return HttpResponse::text(404, std::string(what) + "\n");
}

HttpResponse file(std::string_view name, std::string_view type) {
    HttpResponse out;
    out.headers.set("Content-Type", std::string(type));
    out.headers.set("Content-Disposition", "attachment; filename=\"" + std::string(name) + "\"");
    out.headers.set("Cache-Control", "no-store");
    return out;
}

/// RFC 9110 section 5.6.7.
std::string httpDate(std::int64_t ns) {
    const std::time_t seconds = ns / 1'000'000'000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char out[64];
    const auto size = std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {out, size};
}

HttpResponse executable(const AgentBinary& binary) {
    auto out = file(binary.name, "application/octet-stream");
    out.headers.set("Last-Modified", httpDate(binary.modifiedNs));
    out.headers.set("X-Content-SHA384", wire::encodeHex(binary.hash, wire::HexCase::Lower));
    out.body = net::FileBody{binary.fd, 0, binary.size};
    return out;
}

HttpResponse list(const AgentContext& context) {
    json::array out;
    for (const auto& binary : context.binaries.all()) {
        out.push_back(json::object{
            {"id", binary.archId},
            {"name", binary.name},
            {"description", binary.description},
            {"size", binary.size},
            {"sha384", wire::encodeHex(binary.hash, wire::HexCase::Lower)},
            {"agent", binary.family == AgentFamily::Trellis ? "trellis" : "meshcentral"},
        });
    }
    return HttpResponse::json(200, json::serialize(out));
}

/// The signed-in user of a browser; null without one.
model::UserPtr userOf(const AgentContext& context, const HttpRequest& request) {
    const auto secret = auth::secretFromCookies(request.header("Cookie"), request.tenant);
    if (!secret) return nullptr;
    const auto session = context.services.sessions.find(*secret);
    auto user = session ? context.services.directory.user(session->userId) : nullptr;
    return user && user->domain == request.tenant ? user : nullptr;
}

/// A group that the request may have the settings of: by a token made for it, or by a signed-in user
/// who sees it. Null for all others; which groups exist is told to nobody.
model::GroupPtr groupFor(AgentContext& context, const HttpRequest& request, std::string_view id) {
    if (id.size() > auth::kMaxTokenBytes) return nullptr;
    const auto full = model::completeId(model::IdKind::Group, request.tenant, id);
    if (full) {
        const auto user = userOf(context, request);
        const auto group = user ? context.services.directory.group(*full) : nullptr;
        if (!group || !context.services.rights.rightsOf(*user, *group).isVisible) return nullptr;
        return group;
    }
    const auto body = context.services.tokens.read(auth::Purpose::Invite, id);
    const auto* named = body ? body->if_contains("meshid") : nullptr;
    if (named == nullptr || !named->is_string()) return nullptr;
    const auto group = context.services.directory.group(std::string_view(named->get_string()));
    return group && group->domain == request.tenant ? group : nullptr;
}

/// Tag of the query: letters and digits only (section 2.1).
bool isTag(std::string_view tag) {
    return tag.size() <= 64 && std::all_of(tag.begin(), tag.end(), [](unsigned char c) {
        return std::isalnum(c) != 0;
    });
}

wire::Settings settingsOf(const AgentContext& context, const model::Group& group,
                          std::string_view host);
bool takeInstallFlags(const HttpRequest& request, wire::Settings& settings);

HttpResponse settings(AgentContext& context, const HttpRequest& request) {
    const auto id = request.query.get("id");
    if (id.empty()) return notFound("id is missing");
    const auto group = groupFor(context, request, id);
    if (!group) return HttpResponse::text(401, "not signed in, or no such group or token\n");
    auto out = settingsOf(context, *group, request.host());
    const auto tag = request.query.get("tag");
    if (!isTag(tag)) return HttpResponse::text(400, "tag: letters and digits only\n");
    out.tag = tag;
    if (!takeInstallFlags(request, out)) {
        return HttpResponse::text(400, "installflags: expected 0 to 3\n");
    }
    auto response = file("meshagent.msh", "application/octet-stream");
    response.body = wire::buildSettings(out);
    return response;
}

/// A group named by its whole id: 48 random bytes that only its members are told, and all that
/// `meshctrl agentdownload` brings along (control-protocol.md section 6.2).
model::GroupPtr groupByFullId(const AgentContext& context, std::string_view id,
                              std::string_view tenant) {
    const auto full = model::completeId(model::IdKind::Group, tenant, id);
    return full && model::domainOf(*full) == tenant ? context.services.directory.group(*full)
                                                    : nullptr;
}

/// False if the flags are not 0 to 3.
bool takeInstallFlags(const HttpRequest& request, wire::Settings& settings) {
    if (!request.query.has("installflags")) return true;
    const auto flags = request.query.integer("installflags");
    if (!flags || *flags < 0 || *flags > 3) return false;
    settings.installFlags = static_cast<int>(*flags);
    return true;
}

HttpResponse packaged(AgentContext& context, const HttpRequest& request, const AgentBinary& binary) {
    const auto id = request.query.get("meshid");
    auto group = groupByFullId(context, id, request.tenant);
    if (!group) group = groupFor(context, request, id);
    if (!group) return HttpResponse::text(401, "no such group or token\n");
    auto wanted = settingsOf(context, *group, request.host());
    wanted.tag = request.query.get("tag");
    if (!isTag(wanted.tag)) return HttpResponse::text(400, "tag: letters and digits only\n");
    if (!takeInstallFlags(request, wanted)) {
        return HttpResponse::text(400, "installflags: expected 0 to 3\n");
    }
    return packageOf(binary, wire::buildSettings(wanted));
}

HttpResponse agents(AgentContext& context, const HttpRequest& request) {
    if (request.query.has("script")) {
        if (request.query.get("script") != "1") return notFound("no such script");
        auto out = file("trellis-install.sh", "text/x-shellscript; charset=utf-8");
        out.body = std::string(embedded::kInstallScript);
        return out;
    }
    if (!request.query.has("id")) return list(context);
    const auto id = request.query.integer("id");
    if (!id || *id < 0 || *id > 0xFFFF) return notFound("no such agent");
    const auto archId = static_cast<std::uint32_t>(*id);
    const auto binary = request.query.get("agent") == "trellis"
                            ? context.binaries.find(AgentFamily::Trellis, archId)
                            : context.binaries.find(archId);
    if (!binary) return notFound("no such agent");
    if (!request.query.get("meshid").empty()) return packaged(context, request, *binary);
    return executable(*binary);
}

/// "https://host:port" of the default tenant: as configured, or as the caller reached us.
std::string publicUrl(const AgentContext& context, std::string_view host) {
    const auto& server = context.services.server;
    std::string base = server.publicUrl;
    if (base.starts_with("https://")) return base;
    if (host.empty()) {
        const bool isV6 = server.name.find(':') != std::string::npos;
        base = (isV6 ? "[" + server.name + "]" : server.name) + ":" + std::to_string(server.port);
    } else {
        base = host;
        const auto bracket = base.rfind(']');
        if (base.find(':', bracket == std::string::npos ? 0 : bracket) == std::string::npos) {
            base += ":443";
        }
    }
    return "https://" + base;
}

/// "wss://host:port[/<tenant>]/agent.ashx" (section 2.1).
std::string agentUrl(const AgentContext& context, std::string_view host, std::string_view tenant) {
    auto url = publicUrl(context, host);
    if (context.services.urlOf) url = context.services.urlOf(tenant, url);
    return "wss" + url.substr(5) + "/agent.ashx";
}

wire::Settings settingsOf(const AgentContext& context, const model::Group& group,
                          std::string_view host) {
    wire::Settings out;
    out.groupName = group.name;
    const auto last = group.id.substr(group.id.rfind('/') + 1);
    if (const auto bytes = wire::decodeId64(last); bytes && bytes->size() == wire::kHashSize) {
        out.groupId = wire::hashAt(*bytes);
    }
    out.serverId = context.services.certificates.serverId();
    out.server = agentUrl(context, host, group.domain);
    return out;
}

} // namespace

std::string settingsFile(const AgentContext& context, const model::Group& group,
                         std::string_view host) {
    return wire::buildSettings(settingsOf(context, group, host));
}

std::string installToken(const AgentContext& context, std::string_view groupId,
                         std::chrono::minutes lifetime) {
    return context.services.tokens.make(auth::Purpose::Invite,
                                        json::object{{"meshid", std::string(groupId)}}, lifetime);
}

std::vector<net::Registration> addDownloads(AgentContext& context, net::Router& router) {
    std::vector<net::Registration> out;
    out.push_back(router.addSimple(
        {.path = "/meshsettings"},
        [&context](const HttpRequest& request) { return settings(context, request); }));
    out.push_back(router.addSimple(
        {.path = "/meshagents"},
        [&context](const HttpRequest& request) { return agents(context, request); }));
    return out;
}

} // namespace trellis::agent
