#include "share_store.hpp"

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sharing {
namespace {

using Poco::Data::Session;
using Poco::Data::Statement;
using namespace Poco::Data::Keywords;

// `$1` is a parameter to SQLite and to PostgreSQL alike, as long as each appears once and in order.
constexpr auto kColumns = "SELECT document FROM p_sharing_shares ";

std::vector<Share> read(Statement& select) {
    std::vector<std::string> documents;
    select, into(documents), now;
    std::vector<Share> out;
    for (const auto& text : documents) {
        json::error_code failed;
        const auto value = json::parse(text, failed);
        if (failed || !value.is_object()) continue;
        if (auto share = Share::fromDocument(value.get_object())) out.push_back(std::move(*share));
    }
    return out;
}

std::int64_t count(Session& session, const std::string& deviceId) {
    Poco::Int64 number = 0;
    std::string id = deviceId;
    Statement select(session);
    if (id.empty()) {
        select << "SELECT COUNT(*) FROM p_sharing_shares", into(number), now;
    } else {
        select << "SELECT COUNT(*) FROM p_sharing_shares WHERE nodeid = $1", into(number), use(id), now;
    }
    return number;
}

}  // namespace

trellis::sdk::Migration ShareStore::migration() {
    return {1, "guest links",
            "CREATE TABLE p_sharing_shares ("
            " publicid TEXT PRIMARY KEY,"
            " nodeid TEXT NOT NULL,"
            " created BIGINT NOT NULL,"
            " expires BIGINT NOT NULL,"  // 0: never
            " document TEXT NOT NULL);"
            "CREATE INDEX p_sharing_by_node ON p_sharing_shares (nodeid);",
            ""};
}

void ShareStore::add(const Share& share) {
    host_.database([&](Session& session) {
        if (count(session, share.deviceId) >= static_cast<std::int64_t>(kMaxPerDevice) ||
            count(session, "") >= static_cast<std::int64_t>(kMaxShares)) {
            throw trellis::sdk::Error(trellis::sdk::ErrorCode::Unavailable, "Too many device shares");
        }
        auto id = share.publicId;
        auto device = share.deviceId;
        Poco::Int64 created = share.createdMs;
        Poco::Int64 expires = share.expireMs.value_or(0);
        auto document = json::serialize(share.toDocument());
        Statement insert(session);
        insert << "INSERT INTO p_sharing_shares (publicid, nodeid, created, expires, document)"
                  " VALUES ($1, $2, $3, $4, $5)",
            use(id), use(device), use(created), use(expires), use(document), now;
    });
}

std::optional<Share> ShareStore::find(const std::string& publicId) {
    std::vector<Share> found;
    host_.database([&](Session& session) {
        auto id = publicId;
        Statement select(session);
        select << kColumns << "WHERE publicid = $1", use(id);
        found = read(select);
    });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<Share> ShareStore::ofDevice(const std::string& deviceId) {
    std::vector<Share> found;
    host_.database([&](Session& session) {
        auto id = deviceId;
        Statement select(session);
        select << kColumns << "WHERE nodeid = $1 ORDER BY created, publicid", use(id);
        found = read(select);
    });
    return found;
}

std::vector<Share> ShareStore::all() {
    std::vector<Share> found;
    host_.database([&](Session& session) {
        Statement select(session);
        select << kColumns << "ORDER BY created, publicid";
        found = read(select);
    });
    return found;
}

bool ShareStore::remove(const std::string& deviceId, const std::string& publicId) {
    std::size_t removed = 0;
    host_.database([&](Session& session) {
        auto device = deviceId;
        auto id = publicId;
        Statement erase(session);
        erase << "DELETE FROM p_sharing_shares WHERE nodeid = $1 AND publicid = $2", use(device), use(id);
        removed = erase.execute();
    });
    return removed > 0;
}

void ShareStore::removeDevice(const std::string& deviceId) {
    host_.database([&](Session& session) {
        auto device = deviceId;
        session << "DELETE FROM p_sharing_shares WHERE nodeid = $1", use(device), now;
    });
}

std::size_t ShareStore::removeExpired(const std::string& deviceId, std::int64_t nowMs) {
    std::size_t removed = 0;
    host_.database([&](Session& session) {
        auto device = deviceId;
        Poco::Int64 time = nowMs;
        Statement erase(session);
        if (device.empty()) {
            erase << "DELETE FROM p_sharing_shares WHERE expires > 0 AND expires <= $1", use(time);
        } else {
            erase << "DELETE FROM p_sharing_shares WHERE expires > 0 AND expires <= $1 AND nodeid = $2",
                use(time), use(device);
        }
        removed = erase.execute();
    });
    return removed;
}

}  // namespace sharing
