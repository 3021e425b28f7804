#include "core/model/schema.hpp"

namespace trellis::model {

namespace {

// Numbers are BIGINT everywhere: Poco's SQLite connector reads a column declared INTEGER as 32
// bits.
constexpr const char* kRecords = R"sql(
CREATE TABLE users (
    id TEXT PRIMARY KEY, domain TEXT NOT NULL, name TEXT NOT NULL, password_hash TEXT NOT NULL,
    site_rights BIGINT NOT NULL, remove_rights BIGINT NOT NULL, email TEXT NOT NULL,
    email_verified BIGINT NOT NULL, real_name TEXT NOT NULL, phone TEXT NOT NULL, lang TEXT NOT NULL,
    flags BIGINT NOT NULL, consent BIGINT NOT NULL, created_s BIGINT NOT NULL, login_s BIGINT NOT NULL,
    past_login_s BIGINT NOT NULL, access_s BIGINT NOT NULL, password_changed_s BIGINT NOT NULL,
    doc TEXT NOT NULL);
CREATE TABLE device_groups (
    id TEXT PRIMARY KEY, domain TEXT NOT NULL, name TEXT NOT NULL, descr TEXT NOT NULL,
    type BIGINT NOT NULL, flags BIGINT NOT NULL, consent BIGINT NOT NULL, created_ms BIGINT NOT NULL,
    creator_id TEXT NOT NULL, creator_name TEXT NOT NULL, deleted_ms BIGINT NOT NULL,
    doc TEXT NOT NULL);
CREATE TABLE user_groups (
    id TEXT PRIMARY KEY, domain TEXT NOT NULL, name TEXT NOT NULL, descr TEXT NOT NULL,
    flags BIGINT NOT NULL, consent BIGINT NOT NULL, membership_type TEXT NOT NULL);
CREATE TABLE devices (
    id TEXT PRIMARY KEY, group_id TEXT NOT NULL REFERENCES device_groups (id),
    domain TEXT NOT NULL, type BIGINT NOT NULL, name TEXT NOT NULL, rname TEXT NOT NULL,
    host TEXT NOT NULL, ip TEXT NOT NULL, os_desc TEXT NOT NULL, descr TEXT NOT NULL,
    icon BIGINT NOT NULL, consent BIGINT NOT NULL, created_ms BIGINT NOT NULL,
    last_boot_ms BIGINT NOT NULL, last_connect_ms BIGINT NOT NULL, last_seen_ms BIGINT NOT NULL,
    last_address TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX devices_by_group ON devices (group_id);
CREATE TABLE links (
    holder TEXT NOT NULL, target TEXT NOT NULL, rights BIGINT NOT NULL, PRIMARY KEY (holder, target));
CREATE INDEX links_by_target ON links (target);
CREATE TABLE side_documents (
    owner TEXT NOT NULL, kind BIGINT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
    time_ms BIGINT NOT NULL, PRIMARY KEY (owner, kind));
)sql";

// AUTOINCREMENT: a number is never given twice, even after the newest events were removed.
constexpr const char* kEventsSqlite = R"sql(
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time_ms BIGINT NOT NULL, domain TEXT NOT NULL,
    etype TEXT NOT NULL, action TEXT NOT NULL, user_id TEXT NOT NULL, user_name TEXT NOT NULL,
    device_id TEXT NOT NULL, group_id TEXT NOT NULL, msg TEXT NOT NULL, doc TEXT NOT NULL);
)sql";

constexpr const char* kEventsPostgres = R"sql(
CREATE TABLE events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, time_ms BIGINT NOT NULL,
    domain TEXT NOT NULL, etype TEXT NOT NULL, action TEXT NOT NULL, user_id TEXT NOT NULL,
    user_name TEXT NOT NULL, device_id TEXT NOT NULL, group_id TEXT NOT NULL, msg TEXT NOT NULL,
    doc TEXT NOT NULL);
)sql";

constexpr const char* kEventIndexes = R"sql(
CREATE INDEX events_by_time ON events (time_ms);
CREATE INDEX events_by_user ON events (user_id, number);
CREATE INDEX events_by_device ON events (device_id, number);
CREATE TABLE event_targets (
    target TEXT NOT NULL, number BIGINT NOT NULL REFERENCES events (number) ON DELETE CASCADE,
    PRIMARY KEY (target, number));
CREATE INDEX event_targets_by_number ON event_targets (number);
)sql";

constexpr const char* kPowerSqlite = R"sql(
CREATE TABLE power_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT NOT NULL, time_ms BIGINT NOT NULL,
    power BIGINT NOT NULL);
)sql";

constexpr const char* kPowerPostgres = R"sql(
CREATE TABLE power_events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device_id TEXT NOT NULL,
    time_ms BIGINT NOT NULL, power BIGINT NOT NULL);
)sql";

constexpr const char* kPowerIndexes = R"sql(
CREATE INDEX power_events_by_device ON power_events (device_id, time_ms);
CREATE INDEX power_events_by_time ON power_events (time_ms);
)sql";

} // namespace

std::vector<store::Migration> migrations() {
    return {
        {1, "records", kRecords, kRecords},
        {2, "events", std::string(kEventsSqlite) + kEventIndexes,
         std::string(kEventsPostgres) + kEventIndexes},
        {3, "power", std::string(kPowerSqlite) + kPowerIndexes,
         std::string(kPowerPostgres) + kPowerIndexes},
    };
}

} // namespace trellis::model
