#include "core/app/plugin_ports/ports.hpp"

#include "core/model/ids.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;

bool isText(const json::object& body, std::string_view name, std::string_view text) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_string() && value->get_string() == text;
}

}  // namespace

void RecordsPort::record(const std::string& owner, const sdk::LogEvent& event) {
    model::Event line;
    line.domain = event.domain;
    line.etype = event.etype;
    line.action = event.action;
    line.userId = event.userId;
    line.userName = event.userName;
    line.deviceId = event.deviceId;
    line.groupId = event.groupId;
    line.msg = event.text;
    line.extra = event.extra;
    line.extra["plugin"] = owner;
    if (event.isKept) {
        parts_.events.record(std::move(line));
        return;
    }
    line.extra["nolog"] = 1;
    parts_.tell(line);
}

void RecordsPort::audit(const sdk::AuditEntry& entry) {
    api::AuditRecord line;
    line.time = std::chrono::system_clock::now();
    line.userId = entry.userId;
    line.address = entry.address;
    line.domain = entry.domain;
    line.command = entry.action;
    line.target = entry.target;
    line.arguments = entry.details;
    line.result = entry.result;
    parts_.audit.append(line);
}

std::string RecordsPort::publicUrl() { return parts_.server.facts().publicUrl; }

std::string RecordsPort::seal(const std::string& owner, const std::string& use,
                              const json::object& body, sdk::Seconds lifetime) {
    return parts_.tokens.make(auth::Purpose::Plugin,
                              {{"plugin", owner}, {"use", use}, {"data", body}},
                              std::chrono::ceil<std::chrono::minutes>(lifetime));
}

std::optional<json::object> RecordsPort::unseal(const std::string& owner, const std::string& use,
                                                std::string_view token) {
    auto body = parts_.tokens.read(auth::Purpose::Plugin, token);
    if (!body || !isText(*body, "plugin", owner) || !isText(*body, "use", use)) return std::nullopt;
    auto* data = body->if_contains("data");
    if (data == nullptr || !data->is_object()) return std::nullopt;
    return std::move(data->get_object());
}

sdk::GuestTicket GuestsPort::open(const std::string& owner, const sdk::GuestTunnel& wanted) {
    auto opened = relay_.openForGuest(owner, wanted);
    return {std::move(opened.id), std::move(opened.viewerPath), opened.validFor};
}

std::vector<sdk::GuestSession> GuestsPort::sessions(const std::string& owner) {
    std::vector<sdk::GuestSession> own;
    for (auto& facts : relay_.tunnels()) {
        if (!facts.info.ticket.starts_with(owner + "/")) continue;
        own.push_back({std::move(facts.info), std::move(facts.viewerAddress), facts.openedMs});
    }
    return own;
}

std::size_t GuestsPort::cut(const std::string& owner, const std::string& ticket,
                            const std::string& reason) {
    return relay_.cutGuests(owner, ticket, reason);
}

plugin::OwnTunnels::Opened OwnTunnelsPort::open(const sdk::OwnTunnel& wanted,
                                                std::unique_ptr<sdk::TunnelHandler> viewer) {
    auto opened = relay_.openOwn(wanted, std::move(viewer));
    return {std::move(opened.id), opened.validFor};
}

}  // namespace trellis::app
