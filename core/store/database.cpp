#include "core/store/database.hpp"

#include "core/store/dialect.hpp"
#include "core/store/poco_session.hpp"
#include "core/store/turn.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/Data/SQLite/Connector.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::string_view kSqlitePrefix = "sqlite:";

/// Makes the file with mode 0600 before the engine would make it with the umask's; the engine gives
/// its log files the same mode.
void makePrivateFile(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw Error(ErrorCode::Unavailable,
                    "cannot open the database " + path + ": " + std::strerror(errno));
    ::close(descriptor);
}

std::string sqlitePath(const std::string& url) {
    auto path = url.substr(kSqlitePrefix.size());
    if (path.empty() || path == ":memory:" || path.starts_with("file:"))
        throw Error(ErrorCode::InvalidArgument,
                    "database url: expected sqlite:<path of a file>, got \"" + url + "\"");
    return path;
}

class PocoDatabase final : public Database {
public:
    PocoDatabase(DatabaseOptions options, std::string target)
        : options_(std::move(options)), target_(std::move(target)), engine_(Engine::Sqlite),
          writerTurn_(1), readerTurn_(options_.readers), writer_(connect(true)) {}

    void transaction(const std::function<void(Session&)>& work) override {
        const auto self = std::this_thread::get_id();
        if (writing_.load() == self)
            throw Error(ErrorCode::Internal, "a transaction inside a transaction");
        if (!writerTurn_.take(patience()))
            throw Error(ErrorCode::Unavailable, "the database is busy; nothing was saved");
        const TurnGuard guard(writerTurn_);
        writing_.store(self);
        const struct Reset {
            std::atomic<std::thread::id>& owner;
            ~Reset() { owner.store(std::thread::id{}); }
        } reset{writing_};
        inTransaction(*writer_, dialect::beginWrite(engine_), work);
    }

    void read(const std::function<void(Session&)>& work) const override {
        if (!readerTurn_.take(patience()))
            throw Error(ErrorCode::Unavailable, "the database is busy");
        const TurnGuard guard(readerTurn_);
        auto session = takeReader();
        inTransaction(*session, dialect::beginRead(engine_), work);
        const std::lock_guard lock(idleMutex_);
        idle_.push_back(std::move(session));
    }

    Engine engine() const noexcept override { return engine_; }

private:
    static void inTransaction(PocoSession& session, std::string_view begin,
                              const std::function<void(Session&)>& work) {
        session.begin(begin);
        try {
            work(session);
            session.commit();
        } catch (...) {
            session.rollBack();
            throw;
        }
    }

    std::unique_ptr<PocoSession> connect(bool isWriter) const {
        try {
            return connectPlain(isWriter);
        } catch (const Error& error) {
            throw Error(error.code(), target_ + ": " + error.what());
        }
    }

    std::unique_ptr<PocoSession> connectPlain(bool isWriter) const {
        try {
            auto session =
                std::make_unique<PocoSession>(engine_, Poco::Data::Session("SQLite", target_));
            for (const auto& statement : dialect::setUp(engine_, options_, isWriter))
                session->query(statement, {}, [](const Row&) {});
            return session;
        } catch (const Poco::Exception& problem) {
            dialect::raise(engine_, problem);
        }
    }

    /// A session that failed is not put back, so that a broken connection is replaced.
    std::unique_ptr<PocoSession> takeReader() const {
        {
            const std::lock_guard lock(idleMutex_);
            if (!idle_.empty()) {
                auto session = std::move(idle_.back());
                idle_.pop_back();
                return session;
            }
        }
        return connect(false);
    }

    /// Longer than one statement waits for a lock, so that the one who waits for the lock fails
    /// first.
    std::chrono::milliseconds patience() const {
        return options_.busyTimeout + options_.busyTimeout;
    }

    DatabaseOptions options_;
    std::string target_;
    Engine engine_;
    Turn writerTurn_;
    mutable Turn readerTurn_;
    std::atomic<std::thread::id> writing_{};
    std::unique_ptr<PocoSession> writer_;
    mutable std::mutex idleMutex_; // guards idle_
    mutable std::vector<std::unique_ptr<PocoSession>> idle_;
};

} // namespace

Engine engineOf(std::string_view url) {
    if (url.starts_with(kSqlitePrefix))
        return Engine::Sqlite;
    if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
        return Engine::PostgreSql;
    throw Error(ErrorCode::InvalidArgument,
                "database url: expected sqlite:<path> or postgresql://<host>/<name>, got \"" +
                    std::string(url.substr(0, 100)) + "\"");
}

std::string defaultUrl(const std::filesystem::path& dataDirectory) {
    return std::string(kSqlitePrefix) + (dataDirectory / "trellis.db").string();
}

std::unique_ptr<Database> Database::open(const DatabaseOptions& options) {
    if (engineOf(options.url) == Engine::PostgreSql)
        throw Error(ErrorCode::Unavailable,
                    "database url: this build has no PostgreSQL connector; use sqlite:<path>");
    static std::once_flag registered;
    std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
    auto checked = options;
    checked.readers = std::clamp<std::size_t>(checked.readers, 1, 64);
    auto path = sqlitePath(options.url);
    makePrivateFile(path);
    return std::make_unique<PocoDatabase>(std::move(checked), std::move(path));
}

} // namespace trellis::store
