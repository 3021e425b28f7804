// Getting an agent onto a device: install command, invitation link, settings file.
#include "core/api/commands/install.hpp"

#include <trellis/wire/percent.hpp>

#include "core/api/commands/support.hpp"
#include "core/model/ids.hpp"
#include "core/model/wire_documents.hpp"
#include "core/net/http_message.hpp"

namespace trellis::api {

namespace {

using namespace sdk::device_right;

constexpr std::chrono::minutes kInstallToken{24 * 60};

void refuseIfLimited(const sdk::Caller& caller) {
    const bool isFull = caller.isLocalAdmin || caller.siteRights == sdk::site_right::kAdmin;
    if (!isFull && (caller.siteRights & sdk::site_right::kNoNewDevices) != 0)
        throw Error(ErrorCode::Forbidden, "you may not add devices");
}

/// Of the caller's tenant.
std::string serverUrl(const Context& context, const ServerFacts& facts, const std::string& domain) {
    auto url = facts.publicUrl;
    if (url.empty())
        url = "https://" + facts.name + (facts.port == 443 ? "" : ":" + std::to_string(facts.port));
    return context.config.urlOf(domain, url);
}

json::value installCommand(CommandSet& set, const sdk::Request& request) {
    refuseIfLimited(request.caller);
    const auto facts = set.context.server.facts();
    InstallCommand install;
    install.serverUrl = serverUrl(set.context, facts, request.caller.domain);
    install.keyPin = facts.webKeyPin;
    install.token = set.context.install.token(request.groupId, kInstallToken);
    install.agentId = set.context.install.linuxAgent();
    if (install.agentId == 0)
        throw Error(ErrorCode::Unavailable, "this server has no agent for Linux to hand out");
    const auto expires =
        set.context.directory.nowMs() +
        std::chrono::duration_cast<std::chrono::milliseconds>(kInstallToken).count();
    auto once = install;
    once.isTemporary = true;
    return json::value{{"linux", linuxInstallLine(install)},
                       {"linuxTemporary", linuxInstallLine(once)},
                       {"settingsUrl", settingsUrl(install)},
                       {"agentUrl", agentUrl(install)},
                       {"expires", model::isoTime(expires)}};
}

sdk::CommandSpec installSpec() {
    sdk::CommandSpec spec;
    spec.name = "device.installcommand";
    spec.summary = "Makes the command that installs an agent in a group.";
    spec.args = Schema::object().prop("meshid", idText(), "The device group.").required({"meshid"});
    spec.result = Schema::object()
                      .prop("linux", Schema::string(), "One line for a shell on Linux.")
                      .prop("linuxTemporary", Schema::string(),
                            "The same without installing: it runs until it is ended.")
                      .prop("settingsUrl", Schema::string(), "Where the settings file is.")
                      .prop("agentUrl", Schema::string(), "Where the agent is.")
                      .prop("expires", Schema::string(), "When the settings link ends, ISO 8601.");
    spec.requires_ = {sdk::Scope::Group, kManageDevices, 0, ""};
    spec.audited = true;
    return spec;
}

void inviteLink(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto& args = call.args();
    refuseIfLimited(request.caller);
    const auto group = groupByIdOrName(set.context, request, args, "meshname", "Invalid group id");
    const auto hours = numberOf(args, "expire");
    json::object body{
        {"a", 4}, {"mid", group.id}, {"f", numberOf(args, "flags")}, {"expire", hours * 60}};
    if (const auto agents = maybeNumber(args, "agents"))
        body["ag"] = *agents;
    const auto lifetime = hours == 0 ? std::chrono::hours(24 * 3650) : std::chrono::hours(hours);
    const auto cookie =
        set.context.urlTokens.make(auth::Purpose::Invite, std::move(body), lifetime);
    const auto url =
        serverUrl(set.context, set.context.server.facts(), request.caller.domain) + "/agentinvite?c=" + wire::percentEncode(cookie);
    call.sendTagged({{"meshid", group.id}, {"url", url}, {"expire", hours}, {"cookie", cookie}});
}

WireSpec inviteSpec() {
    WireSpec spec;
    spec.command.name = "createInviteLink";
    spec.command.summary = "Makes a link to a page that installs an agent in a group.";
    spec.command.audited = true;
    spec.command.args =
        wireArgs()
            .prop("meshid", idText(), "The group.")
            .prop("meshname", lineText(1, 128), "The group, by name.")
            .prop("expire", Schema::integer().range(0, 99999), "Hours, 0: for ever.")
            .prop("flags", Schema::integer().range(0, 256), "Kind of installation.")
            .prop("agents", Schema::integer().range(0, 1LL << 31), "Agents offered.")
            .required({"expire", "flags"});
    spec.each = {{sdk::Scope::Group, 0, 0, ""}};
    spec.fieldTexts = {{"meshid", "Invalid group id"},
                       {"meshname", "Invalid group id"},
                       {"expire", "Invalid expire time"},
                       {"flags", "Invalid flags"}};
    return spec;
}

} // namespace

void addInstallCommands(CommandSet& set) {
    set.named(installSpec(), [&set](const sdk::Request& request, const json::object&) {
        return installCommand(set, request);
    });
    set.wire(inviteSpec(), [&set](const WireCall& call) { inviteLink(set, call); });
}

} // namespace trellis::api
