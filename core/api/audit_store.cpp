#include "core/api/audit_store.hpp"

#include "core/api/audit/list.hpp"
#include "core/api/audit/schema.hpp"
#include "core/net/loop.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::api {

namespace {

sdk::Log& auditLog() {
    static auto& log = telemetry::log("audit");
    return log;
}

sdk::Counter& lostRecords() {
    static auto& lost = telemetry::Metrics::instance().counter("trellis_audit_lost_total",
                                                               "Audit records that were lost");
    return lost;
}

} // namespace

StoredAudit::StoredAudit(store::Database& database, bus::WorkerPool& pool,
                         store::Settings& settings, const std::filesystem::path& headFile)
    : database_(database), key_(settings), head_(headFile, key_), strand_(pool, 4) {
    const bool hasMadeChain = audit::migrate(database_, key_);
    database_.read([&](store::Session& session) { end_ = audit::endOf(session, key_); });
    checkEnd(hasMadeChain);
}

StoredAudit::~StoredAudit() {
    strand_.close();
    strand_.drain(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    flushQuietly(appended_, Attempt::Again);
    syncHead();
}

void StoredAudit::checkEnd(bool isFirstStart) {
    boost::json::object why;
    try {
        const auto head = head_.read();
        if (!head) {
            if (!isFirstStart && end_ != audit::Point{})
                why = {{"why", "the head file is missing"}, {"found", end_.place}};
        } else if (head->place > end_.place) {
            why = {{"why", "records were cut off"}, {"noted", head->place}, {"found", end_.place}};
        } else {
            std::string hash;
            database_.read([&](store::Session& session) {
                session.query("SELECT hash FROM audit WHERE place=?", {head->place},
                              [&](const store::Row& row) { hash = row.text(0); });
                if (const auto checkpoint = audit::checkpointOf(session, key_).point;
                    checkpoint.place >= head->place)
                    hash = head->hash;
            });
            if (head->place != 0 && hash != head->hash)
                why = {{"why", "another record than noted"}, {"noted", head->place}};
        }
    } catch (const sdk::Error& error) {
        why = {{"why", error.what()}, {"found", end_.place}};
    }
    if (why.empty())
        return;
    auditLog().error("the audit trail's end is not as it was left; run trellisctl audit verify",
                     {{"why", std::string(why.at("why").as_string())}});
    note(audit::kCutCommand, std::move(why), "failed");
    flush();
}

void StoredAudit::note(std::string_view command, boost::json::object arguments,
                       const char* result) noexcept {
    AuditRecord record;
    record.time = std::chrono::system_clock::now();
    record.address = "local";
    record.command = command;
    record.arguments = std::move(arguments);
    record.result = result;
    append(record);
}

// ---- writing ------------------------------------------------------------------------------------

void StoredAudit::append(const AuditRecord& record) noexcept {
    try {
        const bool mustWait = record.result == "ok" && net::Loop::current() == nullptr;
        bool mustSchedule = false;
        std::uint64_t ticket = 0;
        {
            const std::scoped_lock lock(mutex_);
            if (waiting_.size() >= kMaxWaiting) {
                waiting_.erase(waiting_.begin());
                lostRecords().add();
            }
            waiting_.push_back(record);
            ticket = ++appended_;
            mustSchedule = !mustWait && !isScheduled_;
            isScheduled_ = isScheduled_ || mustSchedule;
        }
        if (mustWait)
            flushQuietly(ticket, Attempt::Once);
        else if (mustSchedule)
            schedule();
    } catch (const std::exception& reason) {
        lostRecords().add();
        auditLog().error("record lost", {{"why", reason.what()}});
    }
}

void StoredAudit::schedule() {
    const bool isTaken = strand_.post([this] {
        std::uint64_t ticket = 0;
        {
            const std::scoped_lock lock(mutex_);
            isScheduled_ = false;
            ticket = appended_;
        }
        flushQuietly(ticket, Attempt::Once);
    });
    if (isTaken)
        return;
    const std::scoped_lock lock(mutex_);
    isScheduled_ = false; // the next record or the end of the server tries again
}

void StoredAudit::flush() {
    std::uint64_t ticket = 0;
    {
        const std::scoped_lock lock(mutex_);
        ticket = appended_;
    }
    flushUpTo(ticket, Attempt::Again);
}

/// One thread writes for all that wait; each of these then finds its record written, or tried.
void StoredAudit::flushUpTo(std::uint64_t ticket, Attempt attempt) {
    const std::scoped_lock turn(writing_);
    if (written_ >= ticket && batch_.empty())
        return;
    if (attempt == Attempt::Once && tried_ >= ticket)
        return; // whoever tried has logged that it failed
    std::uint64_t upTo = 0;
    {
        const std::scoped_lock lock(mutex_);
        auto before = batch_.empty() ? end_ : audit::Point{batch_.back().place, batch_.back().hash};
        for (const auto& record : waiting_)
            batch_.push_back(audit::linkOf(record, before, key_));
        waiting_.clear();
        upTo = appended_;
    }
    tried_ = upTo;
    writeBatch();
    written_ = upTo;
}

void StoredAudit::writeBatch() {
    if (batch_.empty())
        return;
    const audit::Point last{batch_.back().place, batch_.back().hash};
    try {
        database_.transaction([&](store::Session& session) {
            std::size_t there = 0;
            if (isUnsure_) // its answer may have been lost, not the commit; it holds a front part
                session.query("SELECT count(*) FROM audit WHERE place >= ?", {batch_.front().place},
                              [&](const store::Row& row) {
                                  there = static_cast<std::size_t>(row.integer(0));
                              });
            for (std::size_t at = there; at < batch_.size(); ++at)
                audit::write(session, batch_[at]);
        });
    } catch (...) {
        isUnsure_ = true;
        throw;
    }
    isUnsure_ = false;
    end_ = last;
    batch_.clear();
    writeHead(false);
}

void StoredAudit::writeHead(bool isSynced) noexcept {
    try {
        head_.write(end_, isSynced);
        isHeadFailing_ = false;
    } catch (const std::exception& reason) {
        if (!isHeadFailing_)
            auditLog().error("the head of the audit trail cannot be noted", {{"why", reason.what()}});
        isHeadFailing_ = true;
    }
}

void StoredAudit::syncHead() noexcept {
    const std::scoped_lock turn(writing_);
    if (end_ != audit::Point{})
        writeHead(true);
}

void StoredAudit::flushQuietly(std::uint64_t ticket, Attempt attempt) noexcept {
    try {
        flushUpTo(ticket, attempt);
    } catch (const std::exception& reason) {
        auditLog().error("records could not be written, they are kept", {{"why", reason.what()}});
    }
}

// ---- retention and reading ----------------------------------------------------------------------

std::size_t StoredAudit::expirePiece(std::int64_t through) {
    std::size_t removed = 0;
    database_.transaction([&](store::Session& session) {
        constexpr std::int64_t kPiece = 5000;
        const auto first = audit::checkpointOf(session, key_).point.place;
        audit::Point point;
        session.query("SELECT place, hash FROM audit WHERE place > ? AND place <= ? "
                      "ORDER BY place DESC LIMIT 1",
                      {first, std::min(through, first + kPiece)}, [&](const store::Row& row) {
                          point = {row.integer(0), row.text(1)};
                      });
        if (point.place == 0)
            return;
        removed = session.run("DELETE FROM audit WHERE place <= ?", {point.place});
        session.run("DELETE FROM audit_checkpoint");
        session.run("INSERT INTO audit_checkpoint (number, place, hash, seal) VALUES (1, ?, ?, ?)",
                    {point.place, point.hash, audit::sealOfCheckpoint(key_, point)});
    });
    return removed;
}

std::size_t StoredAudit::expire(std::chrono::hours age) {
    const auto now = std::chrono::system_clock::now() - age;
    const auto limit =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    // Up to the first that stays, whatever the clock was behind it: no hole, and the last one stays.
    std::int64_t through = 0;
    database_.read([&](store::Session& session) {
        session.query("SELECT COALESCE(MIN(place), (SELECT MAX(place) FROM audit), 0) FROM audit "
                      "WHERE place IS NOT NULL AND time_ms >= ?",
                      {limit}, [&](const store::Row& row) { through = row.integer(0) - 1; });
    });
    std::size_t removed = 0;
    for (std::size_t piece = 1; piece != 0 && through > 0; removed += piece)
        piece = expirePiece(through);
    if (removed != 0)
        note(audit::kExpireCommand, {{"through", through}, {"records", removed}}, "ok");
    return removed;
}

std::vector<AuditRecord> StoredAudit::newest(const std::string& domain, std::size_t limit) const {
    std::vector<AuditRecord> records;
    database_.read([&](store::Session& session) {
        for (const auto& link : audit::list(session, {.domain = domain, .limit = limit}))
            records.push_back(audit::recordOf(link));
    });
    return records;
}

} // namespace trellis::api
