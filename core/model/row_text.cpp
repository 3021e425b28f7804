#include "core/model/row_text.hpp"

#include <trellis/sdk/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace trellis::model::rows {

namespace {

using List = std::vector<std::string>;

void putList(json::object& doc, std::string_view key, const List& list) {
    if (list.empty())
        return;
    doc[key] = json::array(list.begin(), list.end());
}

void getList(const json::object& doc, std::string_view key, List& list) {
    const auto* value = doc.if_contains(key);
    if (value == nullptr || !value->is_array())
        return;
    for (const auto& item : value->get_array())
        if (item.is_string())
            list.emplace_back(item.get_string());
}

void putFactors(json::object& doc, const User& user) {
    if (user.factors.empty())
        return;
    json::object list;
    for (const auto& [name, note] : user.factors)
        list[name] = {{"demanded", note.isDemanded}, {"shown", note.shown}};
    doc["factors"] = std::move(list);
}

/// What can't be read counts as demanded: a damaged record must not open an account.
FactorNote factorNote(const json::value& value) {
    FactorNote note;
    const auto* members = value.if_object();
    if (members == nullptr)
        return note;
    if (const auto* demanded = members->if_contains("demanded"); demanded && demanded->is_bool())
        note.isDemanded = demanded->get_bool();
    if (const auto* shown = members->if_contains("shown"); shown && shown->is_int64())
        note.shown = shown->get_int64();
    return note;
}

void getFactors(const json::object& doc, User& user) {
    const auto* list = doc.if_contains("factors");
    if (list == nullptr || !list->is_object())
        return;
    for (const auto& item : list->get_object())
        user.factors.emplace(item.key(), factorNote(item.value()));
}

void putText(json::object& doc, std::string_view key, const std::string& text) {
    if (!text.empty())
        doc[key] = text;
}

void getText(const json::object& doc, std::string_view key, std::string& text) {
    const auto* value = doc.if_contains(key);
    if (value != nullptr && value->is_string())
        text = value->get_string();
}

std::uint32_t getNumber(const json::object& doc, std::string_view key) {
    const auto* value = doc.if_contains(key);
    return value == nullptr || !value->is_int64() ? 0
                                                  : static_cast<std::uint32_t>(value->get_int64());
}

void putExtra(json::object& doc, const json::object& extra) {
    if (!extra.empty())
        doc["extra"] = extra;
}

void getExtra(const json::object& doc, json::object& extra) {
    const auto* value = doc.if_contains("extra");
    if (value != nullptr && value->is_object())
        extra = value->get_object();
}

json::object agentDoc(const AgentInfo& agent) {
    json::object doc;
    if (agent.version != 0)
        doc["ver"] = agent.version;
    if (agent.id != 0)
        doc["id"] = agent.id;
    if (agent.caps != 0)
        doc["caps"] = agent.caps;
    putText(doc, "core", agent.core);
    putText(doc, "date", agent.commitDate);
    putText(doc, "tag", agent.tag);
    if (agent.isRoot)
        doc["root"] = true;
    return doc;
}

AgentInfo readAgent(const json::object& doc) {
    AgentInfo agent;
    agent.version = getNumber(doc, "ver");
    agent.id = getNumber(doc, "id");
    agent.caps = getNumber(doc, "caps");
    getText(doc, "core", agent.core);
    getText(doc, "date", agent.commitDate);
    getText(doc, "tag", agent.tag);
    agent.isRoot = doc.contains("root");
    return agent;
}

} // namespace

std::string objectText(const json::object& object) {
    return object.empty() ? std::string() : json::serialize(object);
}

json::object readObject(std::string_view text) {
    if (text.empty())
        return {};
    boost::system::error_code problem;
    json::parse_options options;
    options.max_depth = 64; // limits.cpp lets in much less
    auto value = json::parse(text, problem, {}, options);
    if (problem || !value.is_object())
        throw sdk::Error(sdk::ErrorCode::Internal, "a record in the database is damaged");
    return std::move(value.get_object());
}

std::string docOf(const User& user) {
    json::object doc;
    putList(doc, "realms", user.realms);
    putFactors(doc, user);
    putExtra(doc, user.extra);
    return objectText(doc);
}

void readDoc(std::string_view text, User& user) {
    const auto doc = readObject(text);
    getList(doc, "realms", user.realms);
    getFactors(doc, user);
    getExtra(doc, user.extra);
}

std::string docOf(const Device& device) {
    json::object doc;
    putList(doc, "tags", device.tags);
    putList(doc, "users", device.users);
    putList(doc, "lusers", device.lockedUsers);
    auto agent = agentDoc(device.agent);
    if (!agent.empty())
        doc["agent"] = std::move(agent);
    putExtra(doc, device.extra);
    return objectText(doc);
}

void readDoc(std::string_view text, Device& device) {
    const auto doc = readObject(text);
    getList(doc, "tags", device.tags);
    getList(doc, "users", device.users);
    getList(doc, "lusers", device.lockedUsers);
    if (const auto* agent = doc.if_contains("agent"); agent != nullptr && agent->is_object())
        device.agent = readAgent(agent->get_object());
    getExtra(doc, device.extra);
}

} // namespace trellis::model::rows
