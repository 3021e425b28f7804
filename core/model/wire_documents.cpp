#include "core/model/wire_documents.hpp"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace trellis::model {

namespace {

void putText(json::object& doc, std::string_view key, const std::string& text) {
    if (!text.empty())
        doc[key] = text;
}

template <class Number> void putNumber(json::object& doc, std::string_view key, Number number) {
    if (number != 0)
        doc[key] = number;
}

void putList(json::object& doc, std::string_view key, const std::vector<std::string>& list) {
    if (!list.empty())
        doc[key] = json::array(list.begin(), list.end());
}

/// Members of `extra` do not replace those of the record.
void putExtra(json::object& doc, const json::object& extra) {
    for (const auto& member : extra)
        doc.emplace(member.key(), member.value());
}

/// Devices show people by their real names, groups by their login names (control-protocol 3.6, 5.3).
enum class Names : std::uint8_t { Login = 1, Real };

std::string nameOf(const std::string& id, const Directory& directory, Names names) {
    if (const auto user = directory.user(id))
        return names == Names::Login || user->realName.empty() ? user->name : user->realName;
    if (const auto group = directory.userGroup(id))
        return group->name;
    return {};
}

/// `{<user or ugrp id>: {name?, rights}}` as groups and devices have it.
json::object holderLinks(const LinkMap& links, const Directory& directory, Names names) {
    json::object result;
    for (const auto& [id, rights] : links) {
        json::object link;
        putText(link, "name", nameOf(id, directory, names));
        link["rights"] = rights;
        result[id] = std::move(link);
    }
    return result;
}

/// `{<mesh, node or ugrp id>: {rights}}` as users and user groups have it.
json::object targetLinks(const LinkMap& links) {
    json::object result;
    for (const auto& [id, rights] : links)
        result[id] = json::object{{"rights", rights}};
    return result;
}

/// `links[id].notify`, where clients look first; the rest is in `notify` (section 5.2).
void putNotices(json::object& doc, const User& user) {
    const auto* notices = user.extra.if_contains("notify");
    if (!notices || !notices->is_object())
        return;
    for (const auto& entry : notices->get_object())
        if (user.links.contains(std::string_view(entry.key())))
            doc["links"].as_object()[entry.key()].as_object()["notify"] = entry.value();
}

void putAgent(json::object& doc, const AgentInfo& agent) {
    if (agent.id == 0 && agent.version == 0)
        return;
    json::object result{{"ver", agent.version}, {"id", agent.id}, {"caps", agent.caps}};
    putText(result, "core", agent.core);
    putText(result, "tag", agent.tag);
    if (agent.isRoot)
        result["root"] = true;
    doc["agent"] = std::move(result);
}

void putPresence(json::object& doc, const Presence& presence) {
    if (!presence.isConnected())
        return; // `conn` and `pwr` are absent then (section 3.6)
    doc["conn"] = presence.connection;
    doc["pwr"] = presence.power;
    putNumber(doc, "agct", presence.agentSinceMs);
    putNumber(doc, "cict", presence.ciraSinceMs);
    if (!presence.sessions.empty())
        doc["sessions"] = presence.sessions;
}

void putDeviceTexts(json::object& doc, const Device& device) {
    putText(doc, "rname", device.rname);
    putText(doc, "host", device.host);
    putText(doc, "ip", device.ip);
    putText(doc, "osdesc", device.osDesc);
    putText(doc, "desc", device.desc);
    putNumber(doc, "consent", device.consent);
    putList(doc, "tags", device.tags);
    putList(doc, "users", device.users);
    putList(doc, "lusers", device.lockedUsers);
    putNumber(doc, "firstconnect", device.createdMs);
    putNumber(doc, "lastbootuptime", device.lastBootMs);
}

} // namespace

json::object userDocument(const User& user) {
    json::object doc{{"_id", user.id}, {"name", user.name}};
    putText(doc, "email", user.email);
    if (!user.email.empty())
        doc["emailVerified"] = user.isEmailVerified;
    putNumber(doc, "siteadmin", user.siteRights);
    putNumber(doc, "creation", user.createdS);
    putNumber(doc, "login", user.loginS);
    putNumber(doc, "pastlogin", user.pastLoginS);
    putNumber(doc, "access", user.accessS);
    putNumber(doc, "passchange", user.passwordChangedS);
    if (!user.links.empty())
        doc["links"] = targetLinks(user.links);
    putNotices(doc, user);
    putList(doc, "groups", user.realms);
    putText(doc, "realname", user.realName);
    putText(doc, "phone", user.phone);
    putText(doc, "lang", user.lang);
    putNumber(doc, "flags", user.flags);
    putNumber(doc, "consent", user.consent);
    putNumber(doc, "removeRights", user.removeRights);
    for (const auto& [name, note] : user.factors)
        if (note.shown >= 0)
            doc[name] = note.shown; // section 2.3: never the secret
    putExtra(doc, user.extra);
    return doc;
}

json::object groupDocument(const Group& group, const Directory& directory) {
    json::object doc{{"type", "mesh"},
                     {"_id", group.id},
                     {"name", group.name},
                     {"mtype", group.type},
                     {"desc", group.desc},
                     {"domain", group.domain},
                     {"links", holderLinks(group.links, directory, Names::Login)},
                     {"creation", group.createdMs}};
    putText(doc, "creatorid", group.creatorId);
    putText(doc, "creatorname", group.creatorName);
    putNumber(doc, "flags", group.flags);
    putNumber(doc, "consent", group.consent);
    putExtra(doc, group.extra);
    return doc;
}

json::object userGroupDocument(const UserGroup& group, const Directory& directory) {
    json::object links = targetLinks(group.links);
    for (const auto& id : group.users)
        links[id] = json::object{{"userid", id}, {"name", nameOf(id, directory, Names::Login)}, {"rights", 1}};
    json::object doc{{"type", "ugrp"}, {"_id", group.id}, {"name", group.name}};
    putText(doc, "desc", group.desc);
    doc["domain"] = group.domain;
    doc["links"] = std::move(links);
    putNumber(doc, "flags", group.flags);
    putNumber(doc, "consent", group.consent);
    putText(doc, "membershipType", group.membershipType);
    return doc;
}

json::object deviceListEntry(const Device& device, const Directory& directory) {
    json::object doc{{"type", "node"},       {"_id", device.id},        {"name", device.name},
                     {"mtype", device.type}, {"domain", device.domain}, {"icon", device.icon}};
    putDeviceTexts(doc, device);
    putAgent(doc, device.agent);
    if (!device.links.empty())
        doc["links"] = holderLinks(device.links, directory, Names::Real);
    putPresence(doc, directory.presence(device.id));
    putExtra(doc, device.extra);
    return doc;
}

json::object deviceDocument(const Device& device, const Directory& directory) {
    auto doc = deviceListEntry(device, directory);
    doc["meshid"] = device.groupId;
    return doc;
}

json::object eventDocument(const Event& event) {
    json::object doc;
    putText(doc, "etype", event.etype);
    doc["action"] = event.action;
    doc["time"] = isoTime(event.timeMs);
    putText(doc, "userid", event.userId);
    putText(doc, "username", event.userName);
    putText(doc, "nodeid", event.deviceId);
    putText(doc, "meshid", event.groupId);
    putText(doc, "msg", event.msg);
    doc["domain"] = event.domain;
    putExtra(doc, event.extra);
    return doc;
}

std::string isoTime(std::int64_t ms) {
    return Poco::DateTimeFormatter::format(Poco::Timestamp(ms * 1000), "%Y-%m-%dT%H:%M:%S.%iZ");
}

} // namespace trellis::model
