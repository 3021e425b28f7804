/// The audit trail in the database: a chain of records that are added and never changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <vector>

#include "core/api/audit.hpp"
#include "core/api/audit/head.hpp"
#include "core/bus/strand.hpp"
#include "core/store/database.hpp"

namespace trellis::api {

/// append() of something that was done (result "ok") returns when the record is on disk, or after one
/// attempt that failed; threads that wait at the same time share a transaction. What was refused, and
/// what comes from an I/O loop, is only queued and written within milliseconds by a strand of the pool.
/// What the database refuses is tried again with the next batch; beyond kMaxWaiting the oldest is
/// dropped, logged and counted.
class StoredAudit final : public AuditTrail {
public:
    static constexpr std::size_t kMaxWaiting = 10'000;

    /// Applies the migrations and compares the chain's end with `headFile`; a difference becomes a
    /// record of its own (audit::kCutCommand). Blocks. 
    StoredAudit(store::Database& database, bus::WorkerPool& pool, store::Settings& settings,
                const std::filesystem::path& headFile);
    ~StoredAudit() override; ///< flush()
    void append(const AuditRecord& record) noexcept override;
    /// Writes what waits. Throws as Database does; the records are kept then. Worker thread.
    void flush();
    /// Makes the head file survive a power failure. Worker thread.
    void syncHead() noexcept;
    /// Deletes, from the front, what is older, and notes that it did. Returns how many. In pieces, so
    /// that writers get a turn. Worker thread.
    std::size_t expire(std::chrono::hours age);
    /// The newest records of a tenant, newest first. Worker thread.
    std::vector<AuditRecord> newest(const std::string& domain, std::size_t limit) const;
    store::Database& database() const noexcept { return database_; }

private:
    void checkEnd(bool isFirstStart);
    void note(std::string_view command, boost::json::object arguments, const char* result) noexcept;
    void schedule();
    std::size_t expirePiece(std::int64_t through);
    /// Once: not again what another thread tried meanwhile, so that those who wait for a database
    /// that is gone wait together and not one after another.
    enum class Attempt : std::uint8_t { Once = 1, Again };
    void flushUpTo(std::uint64_t ticket, Attempt attempt);
    void flushQuietly(std::uint64_t ticket, Attempt attempt) noexcept;
    void writeBatch();
    void writeHead(bool isSynced) noexcept;

    store::Database& database_;
    const audit::SealKey key_;
    const audit::HeadFile head_;
    std::mutex mutex_; ///< guards waiting_, appended_ and isScheduled_
    std::vector<AuditRecord> waiting_;
    std::uint64_t appended_ = 0; ///< records so far; a record's own count is its ticket
    bool isScheduled_ = false;

    std::mutex writing_; ///< one batch at a time, so that the order holds; guards what follows
    std::vector<audit::Link> batch_; ///< made, and not known to be written
    audit::Point end_;               ///< of what was written
    std::uint64_t written_ = 0;      ///< tickets up to this one are on disk
    std::uint64_t tried_ = 0;        ///< or at least were tried
    bool isUnsure_ = false;          ///< the last commit failed: it may have happened nevertheless
    bool isHeadFailing_ = false;
    bus::Strand strand_;
};

} // namespace trellis::api
