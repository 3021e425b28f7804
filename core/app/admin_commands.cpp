#include "core/app/admin_commands.hpp"

#include <memory>

#include <trellis/sdk/error.hpp>

#include "core/api/commands/ownership.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;
using sdk::Schema;

constexpr sdk::Requirement kSiteAdmin{sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};

Schema nameSchema() {
    return Schema::string().range(1, 128).format(sdk::Format::Line);
}

/// Everything the handlers work with.
struct Console {
    Records& records;
    agent::AgentChannel& agents;
    const api::ServerPort& server;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

    std::string defaultHost() const {
        const auto facts = server.facts();
        return facts.name + ":" + std::to_string(facts.port);
    }
    model::UserPtr actor(const sdk::Request& request) const {
        return records.directory.user(request.caller.userId);
    }
    model::UserPtr userNamed(const sdk::Request& request, const json::object& args) const {
        const std::string name(args.at("name").as_string());
        auto user = records.directory.userByName(request.caller.domain, name);
        if (!user) throw Error(ErrorCode::NotFound, "no account \"" + name + "\"", "/name");
        return user;
    }
    model::GroupPtr groupNamed(const sdk::Request& request, const std::string& text) const {
        if (auto byId = records.directory.group(text)) {
            return byId->domain == request.caller.domain ? byId : nullptr;
        }
        model::GroupPtr found;
        for (const auto& group : records.directory.groups(request.caller.domain)) {
            if (group->name != text) continue;
            if (found) {
                throw Error(ErrorCode::Conflict,
                            "several groups are called \"" + text + "\"; give the id", "/group");
            }
            found = group;
        }
        return found;
    }
    model::GroupPtr addGroup(const sdk::Request& request, const std::string& name) const {
        model::Group group;
        group.domain = request.caller.domain;
        group.name = name;
        auto made = records.directory.addGroup(std::move(group), actor(request));
        // Groups made on the console belong to the administrators there are.
        for (const auto& user : records.directory.users(request.caller.domain)) {
            if (user->isFullAdmin()) {
                records.directory.setLink(user->id, made->id, sdk::device_right::kAdmin);
            }
        }
        return made;
    }
};
using ConsolePtr = std::shared_ptr<Console>;

class Adder {
public:
    Adder(api::Dispatcher& dispatcher, ConsolePtr console)
        : dispatcher_(dispatcher), console_(std::move(console)) {}

    template <class Handler>
    void add(const char* name, const char* summary, Schema args, Handler handler,
             bool isAudited = false) {
        sdk::CommandSpec spec;
        spec.name = name;
        spec.summary = summary;
        spec.args = std::move(args);
        spec.result = Schema::any();
        spec.requires_ = kSiteAdmin;
        spec.audited = isAudited;
        added.push_back(dispatcher_.add(
            std::move(spec),
            sdk::SimpleCommandHandler(
                [console = console_, handler](const sdk::Request& request, const json::object& a) {
                    return handler(*console, request, a);
                }),
            "core"));
    }
    std::vector<api::Registration> added;

private:
    api::Dispatcher& dispatcher_;
    ConsolePtr console_;
};

json::value status(Console& console, const sdk::Request&, const json::object&) {
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now() - console.started);
    return json::object{{"version", TRELLIS_VERSION},
                        {"uptimeS", uptime.count()},
                        {"devices", console.records.directory.deviceCount()},
                        {"devicesOnline", console.records.directory.connectedCount()},
                        {"users", console.records.directory.userCount("")}};
}

json::value loginKey(Console& console, const sdk::Request& request, const json::object&) {
    if (!request.caller.isLocalAdmin) {
        throw Error(ErrorCode::Forbidden, "the login key is shown on the server's console only");
    }
    return json::object{{"key", console.records.urlTokens.loginKeyHex()}};
}

void addServerCommands(Adder& adder) {
    adder.add("server.status", "Version, uptime and how many devices are known and online.",
              Schema::object(), status);
    adder.add("server.loginkey", "The key that `meshctrl --loginkey` takes; gives full access.",
              Schema::object(), loginKey, true);
}

/// A token never makes accounts or passwords (control-protocol 11, 10): what it can make, outlives it.
void refuseTokens(const sdk::Request& request) {
    if (request.caller.byLoginToken) {
        throw Error(ErrorCode::Forbidden, "not with a token; sign in with the password");
    }
}

json::value addUser(Console& console, const sdk::Request& request, const json::object& args) {
    refuseTokens(request);
    auth::NewAccount account;
    account.domain = request.caller.domain;
    account.name = args.at("name").as_string();
    account.password = args.at("password").as_string();
    if (const auto* email = args.if_contains("email")) account.email = email->as_string();
    const bool isAdmin = args.at("siteAdmin").as_bool();
    account.siteRights = isAdmin ? sdk::site_right::kAdmin : 0;
    const auto user = console.records.accounts.create(account, console.actor(request));
    if (isAdmin) api::adoptOwnerlessGroups(console.records.directory, *user);
    return json::object{{"id", user->id}};
}

json::value listUsers(Console& console, const sdk::Request& request, const json::object&) {
    json::array users;
    for (const auto& user : console.records.directory.users(request.caller.domain)) {
        users.push_back(json::object{{"id", user->id},
                                     {"name", user->name},
                                     {"siteAdmin", user->isFullAdmin()},
                                     {"locked", user->isLocked()}});
    }
    return json::object{{"users", std::move(users)}};
}

void addUserCommands(Adder& adder) {
    adder.add("user.add", "Makes an account.",
              Schema::object()
                  .prop("name", nameSchema(), "The account's name.")
                  .prop("password", Schema::string().range(1, 256).secret(), "Its password.")
                  .prop("email", Schema::string().range(0, 256), "Mail address, or empty.")
                  .prop("siteAdmin", Schema::boolean().byDefault(false), "With full site rights.")
                  .required({"name", "password"}),
              addUser, true);
    adder.add("user.list", "All accounts of the tenant.", Schema::object(), listUsers);
    const auto named =
        Schema::object().prop("name", nameSchema(), "The account's name.").required({"name"});
    adder.add("user.remove", "Removes an account with its sessions and links.", named,
              [](Console& console, const sdk::Request& request, const json::object& args) {
                  refuseTokens(request);
                  console.records.accounts.remove(console.userNamed(request, args)->id,
                                                  console.actor(request));
                  return json::value(json::object());
              },
              true);
    adder.add("user.clearfactors",
              "Removes the second factors of an account: its password alone then signs in.", named,
              [](Console& console, const sdk::Request& request, const json::object& args) {
                  const auto count = console.records.factors.clear(
                      console.userNamed(request, args)->id, console.actor(request));
                  return json::value(json::object{{"removed", count}});
              },
              true);
    auto withPassword = named;
    withPassword.prop("password", Schema::string().range(1, 256).secret(), "The new password.")
        .required({"name", "password"});
    adder.add("user.password", "Sets a password and ends the account's sessions.", withPassword,
              [](Console& console, const sdk::Request& request, const json::object& args) {
                  refuseTokens(request);
                  console.records.accounts.setPassword(console.userNamed(request, args)->id,
                                                       std::string(args.at("password").as_string()),
                                                       console.actor(request));
                  return json::value(json::object());
              },
              true);
}

json::value groupSettings(Console& console, const sdk::Request& request, const json::object& args) {
    const std::string name(args.at("group").as_string());
    auto group = console.groupNamed(request, name);
    if (!group && args.at("create").as_bool()) group = console.addGroup(request, name);
    if (!group) throw Error(ErrorCode::NotFound, "no device group \"" + name + "\"", "/group");
    const auto* host = args.if_contains("host");
    const auto text = console.agents.settingsFile(
        *group, host ? std::string(host->as_string()) : console.defaultHost());
    return json::object{{"id", group->id}, {"settings", text}};
}

json::value listGroups(Console& console, const sdk::Request& request, const json::object&) {
    json::array groups;
    for (const auto& group : console.records.directory.groups(request.caller.domain)) {
        groups.push_back(
            json::object{{"id", group->id},
                         {"name", group->name},
                         {"devices", console.records.directory.devicesOf(group->id).size()}});
    }
    return json::object{{"groups", std::move(groups)}};
}

void addGroupCommands(Adder& adder) {
    adder.add("group.add", "Makes a device group.",
              Schema::object().prop("name", nameSchema(), "The group's name.").required({"name"}),
              [](Console& console, const sdk::Request& request, const json::object& args) {
                  const auto group =
                      console.addGroup(request, std::string(args.at("name").as_string()));
                  return json::value(json::object{{"id", group->id}});
              },
              true);
    adder.add("group.list", "All device groups of the tenant.", Schema::object(), listGroups);
    adder.add("group.settings", "The agent settings file of a device group.",
              Schema::object()
                  .prop("group", nameSchema(), "The group's name or id.")
                  .prop("create", Schema::boolean().byDefault(false), "Make it if it isn't there.")
                  .prop("host", Schema::string().range(1, 300).format(sdk::Format::Line),
                        "Name and port that agents connect to.")
                  .required({"group"}),
              groupSettings, true);
}

json::value listDevices(Console& console, const sdk::Request& request, const json::object&) {
    auto& directory = console.records.directory;
    json::array devices;
    for (const auto& group : directory.groups(request.caller.domain)) {
        for (const auto& device : directory.devicesOf(group->id)) {
            devices.push_back(json::object{{"id", device->id},
                                           {"name", device->name},
                                           {"group", group->name},
                                           {"online", directory.presence(device->id).isConnected()}});
        }
    }
    return json::object{{"devices", std::move(devices)}};
}

}  // namespace

std::vector<api::Registration> addAdminCommands(api::Dispatcher& dispatcher, Records& records,
                                                agent::AgentChannel& agents,
                                                const api::ServerPort& server) {
    Adder adder(dispatcher, std::make_shared<Console>(Console{records, agents, server}));
    addServerCommands(adder);
    addUserCommands(adder);
    addGroupCommands(adder);
    adder.add("device.list", "All devices of the tenant.", Schema::object(), listDevices);
    return std::move(adder.added);
}

}  // namespace trellis::app
