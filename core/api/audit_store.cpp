#include "core/api/audit_store.hpp"

#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/store/migrations.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace trellis::api {

namespace json = boost::json;

namespace {

// AUTOINCREMENT: a number is never given twice.
constexpr const char* kSqlite = R"sql(
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time_ms BIGINT NOT NULL, domain TEXT NOT NULL,
    user_id TEXT NOT NULL, address TEXT NOT NULL, command TEXT NOT NULL, target TEXT NOT NULL,
    arguments TEXT NOT NULL, result TEXT NOT NULL, trace_id TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit (time_ms);
)sql";

constexpr const char* kPostgres = R"sql(
CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, time_ms BIGINT NOT NULL,
    domain TEXT NOT NULL, user_id TEXT NOT NULL, address TEXT NOT NULL, command TEXT NOT NULL,
    target TEXT NOT NULL, arguments TEXT NOT NULL, result TEXT NOT NULL, trace_id TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit (time_ms);
)sql";

// A list of a thousand devices or a long script is cut: the record says what was done, and is no
// copy of it.
constexpr std::size_t kMaxArguments = 8 * 1024;

std::int64_t msOf(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string argumentsText(const json::object& arguments) {
    auto text = json::serialize(arguments);
    if (text.size() <= kMaxArguments)
        return text;
    return json::serialize(json::object{{"tooLong", text.size()}});
}

void write(store::Session& session, const AuditRecord& record) {
    session.run("INSERT INTO audit (time_ms, domain, user_id, address, command, target, arguments, "
                "result, trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                {msOf(record.time), record.domain, record.userId, record.address, record.command,
                 record.target, argumentsText(record.arguments), record.result, record.traceId});
}

AuditRecord recordOf(const store::Row& row) {
    AuditRecord record;
    record.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(row.integer(0)));
    record.domain = row.text(1);
    record.userId = row.text(2);
    record.address = row.text(3);
    record.command = row.text(4);
    record.target = row.text(5);
    json::error_code failed;
    auto arguments = json::parse(row.text(6), failed);
    if (!failed && arguments.is_object())
        record.arguments = std::move(arguments.get_object());
    record.result = row.text(7);
    record.traceId = row.text(8);
    return record;
}

} // namespace

StoredAudit::StoredAudit(store::Database& database, bus::WorkerPool& pool)
    : database_(database), strand_(pool, 4) {
    const std::array steps{store::Migration{1, "audit", kSqlite, kPostgres}};
    store::migrate(database_, "api", steps);
}

StoredAudit::~StoredAudit() {
    strand_.close();
    strand_.drain(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    flushQuietly();
}

void StoredAudit::append(const AuditRecord& record) noexcept {
    static auto& lost = telemetry::Metrics::instance().counter("trellis_audit_lost_total",
                                                               "Audit records that were lost");
    try {
        bool mustSchedule = false;
        {
            const std::scoped_lock lock(mutex_);
            if (waiting_.size() >= kMaxWaiting) {
                waiting_.erase(waiting_.begin());
                lost.add();
            }
            waiting_.push_back(record);
            mustSchedule = !isScheduled_;
            isScheduled_ = true;
        }
        if (mustSchedule && !strand_.post([this] { flushQuietly(); })) {
            const std::scoped_lock lock(mutex_);
            isScheduled_ = false; // the next record or the end of the server tries again
        }
    } catch (const std::exception& reason) {
        lost.add();
        telemetry::log("audit").error("record lost", {{"why", reason.what()}});
    }
}

void StoredAudit::flush() {
    const std::scoped_lock turn(writing_);
    std::vector<AuditRecord> batch;
    {
        const std::scoped_lock lock(mutex_);
        batch.swap(waiting_);
        isScheduled_ = false;
    }
    if (batch.empty())
        return;
    try {
        database_.transaction([&](store::Session& session) {
            for (const auto& record : batch)
                write(session, record);
        });
    } catch (...) {
        const std::scoped_lock lock(mutex_);
        waiting_.insert(waiting_.begin(), std::make_move_iterator(batch.begin()),
                        std::make_move_iterator(batch.end()));
        throw;
    }
}

void StoredAudit::flushQuietly() noexcept {
    try {
        flush();
    } catch (const std::exception& reason) {
        telemetry::log("audit").error("records could not be written, they are kept",
                                      {{"why", reason.what()}});
    }
}

std::vector<AuditRecord> StoredAudit::newest(const std::string& domain, std::size_t limit) const {
    std::vector<AuditRecord> records;
    database_.read([&](store::Session& session) {
        session.query("SELECT time_ms, domain, user_id, address, command, target, arguments, "
                      "result, trace_id FROM audit WHERE domain=? ORDER BY number DESC LIMIT ?",
                      {domain, static_cast<std::int64_t>(limit)},
                      [&](const store::Row& row) { records.push_back(recordOf(row)); });
    });
    return records;
}

} // namespace trellis::api
