#include "core/api/audit/schema.hpp"

#include "core/api/schema.hpp"

namespace trellis::api::audit {

namespace {

constexpr std::int64_t kPiece = 500; // rows in memory at once

std::vector<Link> unchained(store::Session& session) {
    std::vector<Link> piece;
    session.query(std::string(kSelect) + "WHERE place IS NULL ORDER BY number LIMIT ?", {kPiece},
                  [&](const store::Row& row) { piece.push_back(linkFrom(row)); });
    return piece;
}

/// In one transaction: half a chain would look like a broken one.
bool chainOld(store::Session& session, const SealKey& key) {
    if (endOf(session, key) != Point{})
        return false;
    Point before;
    for (auto piece = unchained(session); !piece.empty(); piece = unchained(session)) {
        for (auto& link : piece) {
            link.place = before.place + 1;
            link.hash = hashOf(before.hash, link);
            before = {link.place, link.hash};
            session.run("UPDATE audit SET place=?, hash=?, seal=? WHERE number=?",
                        {link.place, link.hash, sealOf(key, link.hash), link.number});
        }
    }
    return before != Point{};
}

} // namespace

bool migrate(store::Database& database, const SealKey& key) {
    migrateApi(database);
    bool hasMade = false;
    database.transaction([&](store::Session& session) { hasMade = chainOld(session, key); });
    return hasMade;
}

} // namespace trellis::api::audit
