#include "core/agent/core_messages.hpp"

#include <trellis/wire/protocol.hpp>

#include <boost/json/serialize.hpp>

#include <array>

namespace trellis::agent {
namespace {

using sdk::Schema;
constexpr std::size_t kLarge = 1024 * 1024;
constexpr std::int64_t kLongText = 1024 * 1024;

Schema text(std::int64_t limit) { return Schema::string().range(0, limit); }

/// An object that tolerates members of agents newer than we know.
Schema open() { return Schema::object().allowUnknown().prop("action", text(64), "Name."); }

std::string textAt(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::vector<std::string> textsAt(const json::object& from, std::string_view name) {
    std::vector<std::string> out;
    const auto* found = from.if_contains(name);
    if (found == nullptr || !found->is_array()) return out;
    for (const auto& each : found->get_array()) {
        if (each.is_string()) out.emplace_back(each.get_string());
    }
    return out;
}

std::int64_t integerAt(const json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    if (found == nullptr || !found->is_number()) return 0;
    json::error_code error;
    const auto out = found->to_number<std::int64_t>(error);
    return error ? 0 : out;
}

// ---- coreinfo -----------------------------------------------------------------------------------

Schema coreInfoSchema() {
    return open()
        .prop("value", text(256), "Name of the script.")
        .prop("caps", Schema::integer().range(0, 0xFFFFFFFF), "Capabilities.")
        .prop("osdesc", text(256), "Operating system.")
        .prop("root", Schema::boolean(), "Runs with all rights.")
        .prop("name", text(256), "Name of the computer.")
        .prop("users", Schema::array(text(256)).range(0, 200), "Users signed in.")
        .prop("lusers", Schema::array(text(256)).range(0, 200), "Those with a locked screen.")
        .prop("lastbootuptime", Schema::number(), "Start of the system, ms.");
}

/// Facts of the security centre and the like, which clients show as they are.
void copyExtras(model::Device& device, const json::object& message) {
    constexpr std::array<std::string_view, 4> kShown{"av", "wsc", "defender", "intelamt"};
    for (const auto name : kShown) {
        const auto* value = message.if_contains(name);
        if (value != nullptr && json::serialize(*value).size() <= 8 * 1024) {
            device.extra[name] = *value;
        }
    }
}

void onCoreInfo(AgentContext& context, const MessageSender& sender, const json::object& message) {
    // Section 4.7: every bit but those that the native part owns. That it runs for once is one of
    // them: by it the server knows later that there is nothing to keep.
    constexpr std::uint32_t kFixed = wire::capability::kConsole | wire::capability::kJavaScript |
                                     wire::capability::kTemporary;
    const auto caps = static_cast<std::uint32_t>(integerAt(message, "caps"));
    context.services.directory.touchDevice(sender.deviceId, [&](model::Device& device) {
        device.agent.core = textAt(message, "value");
        if (message.contains("caps")) {
            device.agent.caps = (device.agent.caps & kFixed) | (caps & ~kFixed);
        }
        if (const auto os = textAt(message, "osdesc"); !os.empty()) device.osDesc = os;
        if (const auto* root = message.if_contains("root")) device.agent.isRoot = root->get_bool();
        if (message.contains("users")) device.users = textsAt(message, "users");
        if (message.contains("lusers")) device.lockedUsers = textsAt(message, "lusers");
        if (const auto boot = integerAt(message, "lastbootuptime"); boot > 0) device.lastBootMs = boot;
        copyExtras(device, message);
    });
}

// ---- replies and notices for people -------------------------------------------------------------

Schema messageSchema() {
    return open()
        .prop("type", Schema::string().range(1, 64), "Kind of message.")
        .prop("sessionid", text(512), "Control connection that it is for.")
        .prop("userid", text(400), "User that it is for.")
        .prop("value", Schema::anyOf({text(kLongText), Schema::any()}), "What is told.")
        .prop("result", Schema::anyOf({text(kLongText), Schema::any()}), "Output of a command.")
        .prop("data", Schema::anyOf({text(kLongText), Schema::any()}), "What was asked for.")
        .required({"type"});
}

/// "user/<domain>/<name>/<random>" without its last part (agent-protocol.md section 2.5).
std::string userOf(const std::string& sessionId) { return sessionId.substr(0, sessionId.rfind('/')); }

void onMessage(AgentContext& context, const MessageSender& sender, const json::object& message) {
    if (context.router == nullptr) return;
    json::object out = message;
    const auto session = textAt(message, "sessionid");
    const auto user = textAt(message, "userid");
    out.erase("sessionid");
    out.erase("userid");
    out["nodeid"] = sender.deviceId; // whatever the agent says
    // An agent reaches only people who have rights on it, however it addresses them.
    const auto mayReach = [&](const std::string& userId) {
        return context.services.rights.rightsOf(userId, sender.deviceId).isVisible;
    };
    if (!session.empty()) {
        if (mayReach(userOf(session))) context.router->toSession(session, out);
    } else if (!user.empty()) {
        if (mayReach(user)) context.router->toUser(user, out);
    } else {
        context.router->toWatchers(sender.deviceId, out);
    }
}

// ---- facts that are kept ------------------------------------------------------------------------

void onNetwork(AgentContext& context, const MessageSender& sender, const json::object& message) {
    json::object kept;
    for (const std::string_view name : {"netif", "netif2"}) {
        if (const auto* value = message.if_contains(name)) kept[name] = *value;
    }
    if (kept.empty()) return;
    context.services.sideDocuments.put(sender.deviceId, model::SideKind::Network,
                                       json::serialize(kept));
}

void onSystem(AgentContext& context, const MessageSender& sender, const json::object& message) {
    const auto& data = message.at("data").as_object();
    context.services.sideDocuments.put(sender.deviceId, model::SideKind::Hardware,
                                       json::serialize(data), textAt(data, "hash"));
}

void onSmbios(AgentContext& context, const MessageSender& sender, const json::object& message) {
    context.services.sideDocuments.put(sender.deviceId, model::SideKind::Smbios,
                                       json::serialize(message.at("value")));
}

void onSystemCheck(AgentContext& context, const MessageSender& sender, const json::object&) {
    const auto stored = context.services.sideDocuments.get(sender.deviceId,
                                                           model::SideKind::Hardware);
    json::object out{{"action", "sysinfo"}};
    if (stored && !stored->hash.empty()) out["hash"] = stored->hash;
    sender.agent.send(out);
}

void onSessions(AgentContext& context, const MessageSender& sender, const json::object& message) {
    const auto type = textAt(message, "type");
    const auto& value = message.at("value").as_object();
    context.services.directory.updatePresence(sender.deviceId, [&](model::Presence& presence) {
        if (value.empty()) {
            presence.sessions.erase(type);
        } else {
            presence.sessions[type] = value;
        }
    });
}

void onLog(AgentContext& context, const MessageSender& sender, const json::object& message) {
    const auto device = context.services.directory.device(sender.deviceId);
    if (!device) return;
    model::Event event;
    event.etype = "node";
    event.action = "agentlog";
    event.domain = device->domain;
    event.deviceId = sender.deviceId;
    event.groupId = device->groupId;
    event.msg = textAt(message, "msg");
    // Named as the agent says, but only if that user may use the device: no blaming of strangers.
    const auto user = textAt(message, "userid");
    if (!user.empty() && context.services.rights.rightsOf(user, sender.deviceId).isVisible) {
        event.userId = user;
    }
    for (const std::string_view name : {"msgid", "msgArgs", "remoteaddr", "guestname"}) {
        if (const auto* value = message.if_contains(name)) event.extra[name] = *value;
    }
    context.services.events.record(event);
}

struct Core {
    const char* action;
    Schema schema;
    std::size_t limit;
    void (*handler)(AgentContext&, const MessageSender&, const json::object&);
};

std::vector<Core> all() {
    const auto facts = Schema::object().allowUnknown();
    const auto nothing = [](AgentContext&, const MessageSender&, const json::object&) {};
    const auto pong = [](AgentContext&, const MessageSender& sender, const json::object&) {
        sender.agent.send({{"action", "pong"}});
    };
    const auto kinds = Schema::oneOf(
        std::vector<std::string>(std::begin(wire::kSessionKinds), std::end(wire::kSessionKinds)));
    const auto args = Schema::array(Schema::any()).range(0, 20);
    return {
        {"ping", open(), 1024, pong},
        {"pong", open(), 1024, nothing},
        {"coreinfo", coreInfoSchema(), 256 * 1024, &onCoreInfo},
        {"msg", messageSchema(), kLarge, &onMessage},
        {"netinfo", open().prop("netif2", facts, "Interfaces."), 256 * 1024, &onNetwork},
        {"sysinfo", open().prop("data", facts, "Hardware and system.").required({"data"}),
         512 * 1024, &onSystem},
        {"sysinfocheck", open(), 1024, &onSystemCheck},
        {"smbios", open().prop("value", Schema::any(), "Tables.").required({"value"}), 256 * 1024,
         &onSmbios},
        {"sessions",
         open().prop("type", kinds, "Kind.").prop("value", facts, "Users.").required(
             {"type", "value"}),
         64 * 1024, &onSessions},
        {"log",
         open()
             .prop("msg", text(4095), "Text.")
             .prop("msgid", Schema::integer(), "Number of the text.")
             .prop("msgArgs", args, "What the text holds.")
             .prop("userid", text(400), "Who did it.")
             .prop("remoteaddr", text(64), "From where.")
             .prop("guestname", text(256), "Guest.")
             .required({"msg"}),
         16 * 1024, &onLog},
    };
}

} // namespace

std::vector<AgentMessages::Registration> addCoreMessages(AgentContext& context) {
    std::vector<AgentMessages::Registration> out;
    for (auto& each : all()) {
        out.push_back(context.messages.add(
            {each.action, each.schema, each.limit},
            [&context, handler = each.handler](const MessageSender& sender,
                                               const json::object& message) {
                handler(context, sender, message);
            },
            "core"));
    }
    return out;
}

std::vector<sdk::AgentMessageSpec> coreMessageSpecs() {
    std::vector<sdk::AgentMessageSpec> out;
    for (auto& each : all()) out.push_back({each.action, each.schema, each.limit});
    return out;
}

} // namespace trellis::agent
