#include "core/store/database.hpp"

#include "core/store/connector.hpp"
#include "core/store/turn.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

class PocoDatabase final : public Database {
public:
    explicit PocoDatabase(DatabaseOptions options)
        : options_(std::move(options)), target_(targetOf(options_)), writerTurn_(1),
          readerTurn_(options_.readers), writer_(connect(target_, options_, true)) {}

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
        if (!writer_ || !writer_->isConnected())
            writer_ = connect(target_, options_, true);
        beginOn(writer_, true);
        finish(*writer_, work);
    }

    void read(const std::function<void(Session&)>& work) const override {
        if (!readerTurn_.take(patience()))
            throw Error(ErrorCode::Unavailable, "the database is busy");
        const TurnGuard guard(readerTurn_);
        auto session = takeReader();
        beginOn(session, false);
        finish(*session, work);
        const std::lock_guard lock(idleMutex_);
        idle_.push_back(std::move(session));
    }

    Engine engine() const noexcept override { return target_.engine; }

private:
    /// Begins. A connection that was lost while it lay idle is replaced: nothing has begun on it.
    void beginOn(std::unique_ptr<PocoSession>& session, bool isWriter) const {
        try {
            session->begin(isWriter);
        } catch (const Error&) {
            if (session->isConnected())
                throw;
            session = connect(target_, options_, isWriter);
            session->begin(isWriter);
        }
    }

    static void finish(PocoSession& session, const std::function<void(Session&)>& work) {
        try {
            work(session);
            session.commit();
        } catch (...) {
            session.rollBack();
            throw;
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
        return connect(target_, options_, false);
    }

    /// Longer than one statement waits for a lock, so that the one who waits for the lock fails
    /// first.
    std::chrono::milliseconds patience() const {
        return options_.busyTimeout + options_.busyTimeout;
    }

    DatabaseOptions options_;
    Target target_;
    Turn writerTurn_;
    mutable Turn readerTurn_;
    std::atomic<std::thread::id> writing_{};
    std::unique_ptr<PocoSession> writer_;
    mutable std::mutex idleMutex_; // guards idle_
    mutable std::vector<std::unique_ptr<PocoSession>> idle_;
};

} // namespace

std::unique_ptr<Database> Database::open(const DatabaseOptions& options) {
    auto checked = options;
    checked.readers = std::clamp<std::size_t>(checked.readers, 1, 64);
    return std::make_unique<PocoDatabase>(std::move(checked));
}

} // namespace trellis::store
