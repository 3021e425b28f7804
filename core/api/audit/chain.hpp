/// The chain of audit records: each carries the hash of the one before it, and a seal. What that
/// shows and what not: docs/design/audit-chain.md.
#pragma once

#include "core/api/audit.hpp"
#include "core/store/database.hpp"
#include "core/store/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::api::audit {

/// Makes seals. Its own key is in the database, encrypted with the key that is not.
class SealKey {
public:
    /// As stored; makes one if there is none. Throws as Settings does.
    explicit SealKey(store::Settings& settings);
    /// As stored, for a reader that changes nothing; nothing if there is none. Conflict if it does
    /// not open.
    static std::optional<SealKey> stored(const store::Settings& settings);
    /// 64 hex digits, other ones for each purpose. Who does not have secret.key can't make them.
    std::string mac(std::string_view bytes, std::string_view purpose) const;

private:
    explicit SealKey(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string bytes_;
};

/// A record as it lies in the database. Everything but the last two is hashed as it stands.
struct Link {
    std::int64_t number = 0; ///< given by the engine; has gaps, and is not part of the chain
    std::int64_t place = 0;  ///< 1, 2, 3... without gaps; 0: not in the chain
    std::int64_t timeMs = 0;
    std::string domain;
    std::string userId;
    std::string address;
    std::string command;
    std::string target;
    std::string arguments; ///< JSON text as written
    std::string result;
    std::string traceId;
    std::string hash; ///< hashOf() of this record, 64 hex digits
    std::string seal; ///< sealOf() of the hash, made with the server's key
};

/// What the first record follows.
extern const std::string kNoHash; // 64 zeros

/// Of the record that a server writes when, at its start, the chain's end is not as it was left.
inline constexpr std::string_view kCutCommand = "audit.cut";
/// Of the record that says which records retention has deleted.
inline constexpr std::string_view kExpireCommand = "audit.expire";

/// Where the chain is: the last record before something.
struct Point {
    std::int64_t place = 0;
    std::string hash = kNoHash;
    bool operator==(const Point&) const = default;
};

/// SHA-256, as 64 hex digits, over "trellis-audit-1" and, each as `<length>:<bytes>`, the hash before,
/// place, time and the other members in the order above (lengths and numbers in decimal).
std::string hashOf(std::string_view before, const Link& link);
/// Nobody without the key file can make it.
std::string sealOf(const SealKey& key, std::string_view hash);
std::string sealOfCheckpoint(const SealKey& key, const Point& point);

/// A record to be written after `before`, which becomes its own point.
Link linkOf(const AuditRecord& record, Point& before, const SealKey& key);
AuditRecord recordOf(const Link& link);

/// "SELECT ..." of all columns in the order that linkFrom() reads, up to the WHERE.
extern const std::string_view kSelect;
Link linkFrom(const store::Row& row);
void write(store::Session& session, const Link& link);

/// The last record that retention took away, and whether its seal is right.
struct Checkpoint {
    Point point;
    bool isSealed = true;
};
Checkpoint checkpointOf(store::Session& session, const SealKey& key);
/// The last record of the chain; the checkpoint if there is none.
Point endOf(store::Session& session, const SealKey& key);

} // namespace trellis::api::audit
