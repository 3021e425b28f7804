/// The audit trail in the database: records are added and never changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/api/audit.hpp"
#include "core/bus/strand.hpp"
#include "core/store/database.hpp"

namespace trellis::api {

/// append() only queues; records are written in batches by a strand of the pool, in order, within
/// milliseconds. What the database refuses is tried again with the next batch; beyond kMaxWaiting
/// the oldest is dropped, logged and counted.
class StoredAudit final : public AuditTrail {
public:
    static constexpr std::size_t kMaxWaiting = 10'000;

    /// Applies the migrations: blocks.
    StoredAudit(store::Database& database, bus::WorkerPool& pool);
    ~StoredAudit() override; ///< flush()
    void append(const AuditRecord& record) noexcept override;
    /// Writes what waits. Throws as Database does; the records are kept then. Worker thread.
    void flush();
    /// The newest records of a tenant, newest first. Worker thread.
    std::vector<AuditRecord> newest(const std::string& domain, std::size_t limit) const;

private:
    void flushQuietly() noexcept;

    store::Database& database_;
    std::mutex mutex_; ///< guards waiting_ and isScheduled_
    std::vector<AuditRecord> waiting_;
    bool isScheduled_ = false;
    std::mutex writing_; ///< one batch at a time, so that the order holds
    bus::Strand strand_;
};

} // namespace trellis::api
