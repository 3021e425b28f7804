/// Reads the audit trail from its first record to its last and says whether it is as it was written.
#pragma once

#include "core/api/audit/head.hpp"

#include <optional>
#include <string>

#include <boost/json/object.hpp>

namespace trellis::api::audit {

enum class Fault : std::uint8_t {
    Changed = 1, ///< a record is not what its hash was made of, or stands elsewhere than it was written
    Missing,     ///< a place in the middle, or at the front without a checkpoint, has no record
    Foreign,     ///< a record that is not part of the chain
    Unsealed,    ///< hashes fit, but who wrote them did not have the server's key
    Truncated,   ///< the last records that the head knows of are gone
    Rewritten,   ///< the record that the head knows is another one now
    BadHead,     ///< the head file is missing, or was not written with the server's key
    BadCheckpoint, ///< what retention notes was not written with the server's key
    Noticed,     ///< a server found at its start that the end of the chain had been cut off
};
/// "changed", "missing"...
const char* faultName(Fault fault) noexcept;

/// The first bad record.
struct Finding {
    Fault fault;
    Link record;      ///< place 0 and empty if it is not about one that exists
    std::int64_t place = 0; ///< where in the chain, 0 if nowhere
    std::string text; ///< a sentence for people
};

struct Verdict {
    std::int64_t records = 0; ///< read until the finding
    Point first;              ///< the checkpoint: what was deleted in order ends here
    Point last;
    std::int64_t afterHead = 0; ///< at the end, written after the head was last; 0 in a stopped server
    std::optional<Finding> finding;
    boost::json::object toJson() const;
};

/// `head`: read before the database, so that what is written meanwhile is no fault. `noted`: a point
/// that was noted elsewhere at an earlier time. Blocks; throws what Database does.
Verdict verify(const store::Database& database, const SealKey& key, const HeadFile& head,
               const std::optional<Point>& noted = std::nullopt);

} // namespace trellis::api::audit
