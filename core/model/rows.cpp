#include "core/model/rows.hpp"

#include "core/model/row_text.hpp"

namespace trellis::model::rows {

namespace {

std::int64_t number(std::uint32_t value) {
    return std::int64_t{value};
}

void removeRow(store::Session& session, const std::string& table, std::string_view id) {
    removeBelongings(session, id);
    session.run("DELETE FROM " + table + " WHERE id=?", {std::string(id)});
}

/// "INSERT INTO <table> (a, b) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET b=excluded.b";
/// `columns` starts with id.
std::string upsert(const std::string& table, const std::vector<std::string>& columns) {
    std::string names, marks, changes;
    for (const auto& column : columns) {
        names += (names.empty() ? "" : ", ") + column;
        marks += marks.empty() ? "?" : ", ?";
        if (column != "id")
            changes += (changes.empty() ? "" : ", ") + column + "=excluded." + column;
    }
    return "INSERT INTO " + table + " (" + names + ") VALUES (" + marks +
           ") ON CONFLICT (id) DO UPDATE SET " + changes;
}

std::string select(const std::string& table, const std::vector<std::string>& columns) {
    std::string names;
    for (const auto& column : columns)
        names += (names.empty() ? "" : ", ") + column;
    return "SELECT " + names + " FROM " + table;
}

const std::vector<std::string> kUserColumns = {
    "id",      "domain",         "name",      "password_hash", "site_rights", "remove_rights",
    "email",   "email_verified", "real_name", "phone",         "lang",        "flags",
    "consent", "created_s",      "login_s",   "past_login_s",  "access_s",    "password_changed_s",
    "doc"};
const std::vector<std::string> kGroupColumns = {
    "id",      "domain",     "name",       "descr",        "type",       "flags",
    "consent", "created_ms", "creator_id", "creator_name", "deleted_ms", "doc"};
const std::vector<std::string> kUserGroupColumns = {"id",    "domain",  "name",           "descr",
                                                    "flags", "consent", "membership_type"};
const std::vector<std::string> kDeviceColumns = {
    "id",         "group_id",     "domain",          "type",         "name",         "rname",
    "host",       "ip",           "os_desc",         "descr",        "icon",         "consent",
    "created_ms", "last_boot_ms", "last_connect_ms", "last_seen_ms", "last_address", "doc"};

} // namespace

void readUsers(store::Session& session, const std::function<void(User)>& each) {
    session.query(select("users", kUserColumns), {}, [&](const store::Row& row) {
        User user;
        user.id = row.text(0);
        user.domain = row.text(1);
        user.name = row.text(2);
        user.passwordHash = row.text(3);
        user.siteRights = row.number32(4);
        user.removeRights = row.number32(5);
        user.email = row.text(6);
        user.isEmailVerified = row.flag(7);
        user.realName = row.text(8);
        user.phone = row.text(9);
        user.lang = row.text(10);
        user.flags = row.number32(11);
        user.consent = row.number32(12);
        user.createdS = row.integer(13);
        user.loginS = row.integer(14);
        user.pastLoginS = row.integer(15);
        user.accessS = row.integer(16);
        user.passwordChangedS = row.integer(17);
        readDoc(row.text(18), user);
        each(std::move(user));
    });
}

void write(store::Session& session, const User& user) {
    static const auto kSql = upsert("users", kUserColumns);
    session.run(kSql, {user.id, user.domain, user.name, user.passwordHash, number(user.siteRights),
                       number(user.removeRights), user.email, std::int64_t{user.isEmailVerified},
                       user.realName, user.phone, user.lang, number(user.flags),
                       number(user.consent), user.createdS, user.loginS, user.pastLoginS,
                       user.accessS, user.passwordChangedS, docOf(user)});
}

void readGroups(store::Session& session, const std::function<void(Group)>& each) {
    session.query(select("device_groups", kGroupColumns), {}, [&](const store::Row& row) {
        Group group;
        group.id = row.text(0);
        group.domain = row.text(1);
        group.name = row.text(2);
        group.desc = row.text(3);
        group.type = row.number32(4);
        group.flags = row.number32(5);
        group.consent = row.number32(6);
        group.createdMs = row.integer(7);
        group.creatorId = row.text(8);
        group.creatorName = row.text(9);
        group.deletedMs = row.integer(10);
        group.extra = readObject(row.text(11));
        each(std::move(group));
    });
}

void write(store::Session& session, const Group& group) {
    static const auto kSql = upsert("device_groups", kGroupColumns);
    session.run(kSql, {group.id, group.domain, group.name, group.desc, number(group.type),
                       number(group.flags), number(group.consent), group.createdMs, group.creatorId,
                       group.creatorName, group.deletedMs, objectText(group.extra)});
}

void readUserGroups(store::Session& session, const std::function<void(UserGroup)>& each) {
    session.query(select("user_groups", kUserGroupColumns), {}, [&](const store::Row& row) {
        UserGroup group;
        group.id = row.text(0);
        group.domain = row.text(1);
        group.name = row.text(2);
        group.desc = row.text(3);
        group.flags = row.number32(4);
        group.consent = row.number32(5);
        group.membershipType = row.text(6);
        each(std::move(group));
    });
}

void write(store::Session& session, const UserGroup& group) {
    static const auto kSql = upsert("user_groups", kUserGroupColumns);
    session.run(kSql, {group.id, group.domain, group.name, group.desc, number(group.flags),
                       number(group.consent), group.membershipType});
}

void readDevices(store::Session& session, const std::function<void(Device)>& each) {
    session.query(select("devices", kDeviceColumns), {}, [&](const store::Row& row) {
        Device device;
        device.id = row.text(0);
        device.groupId = row.text(1);
        device.domain = row.text(2);
        device.type = row.number32(3);
        device.name = row.text(4);
        device.rname = row.text(5);
        device.host = row.text(6);
        device.ip = row.text(7);
        device.osDesc = row.text(8);
        device.desc = row.text(9);
        device.icon = row.number32(10);
        device.consent = row.number32(11);
        device.createdMs = row.integer(12);
        device.lastBootMs = row.integer(13);
        device.lastConnectMs = row.integer(14);
        device.lastSeenMs = row.integer(15);
        device.lastAddress = row.text(16);
        readDoc(row.text(17), device);
        each(std::move(device));
    });
}

void write(store::Session& session, const Device& device) {
    static const auto kSql = upsert("devices", kDeviceColumns);
    session.run(kSql,
                {device.id, device.groupId, device.domain, number(device.type), device.name,
                 device.rname, device.host, device.ip, device.osDesc, device.desc,
                 number(device.icon), number(device.consent), device.createdMs, device.lastBootMs,
                 device.lastConnectMs, device.lastSeenMs, device.lastAddress, docOf(device)});
}

void readLinks(store::Session& session,
               const std::function<void(const std::string&, const std::string&, Rights)>& each) {
    session.query("SELECT holder, target, rights FROM links", {},
                  [&](const store::Row& row) { each(row.text(0), row.text(1), row.number32(2)); });
}

void writeLink(store::Session& session, std::string_view holder, std::string_view target,
               Rights rights) {
    session.run("INSERT INTO links (holder, target, rights) VALUES (?, ?, ?) "
                "ON CONFLICT (holder, target) DO UPDATE SET rights=excluded.rights",
                {std::string(holder), std::string(target), number(rights)});
}

void removeLink(store::Session& session, std::string_view holder, std::string_view target) {
    session.run("DELETE FROM links WHERE holder=? AND target=?",
                {std::string(holder), std::string(target)});
}

void removeBelongings(store::Session& session, std::string_view id) {
    const store::Values one = {std::string(id)};
    session.run("DELETE FROM links WHERE holder=?", one);
    session.run("DELETE FROM links WHERE target=?", one);
    session.run("DELETE FROM side_documents WHERE owner=?", one);
}

void removeUser(store::Session& session, std::string_view id) {
    removeRow(session, "users", id);
}
void removeGroup(store::Session& session, std::string_view id) {
    removeRow(session, "device_groups", id);
}
void removeUserGroup(store::Session& session, std::string_view id) {
    removeRow(session, "user_groups", id);
}
void removeDevice(store::Session& session, std::string_view id) {
    removeRow(session, "devices", id);
}

} // namespace trellis::model::rows
