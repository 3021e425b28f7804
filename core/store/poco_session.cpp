#include "core/store/poco_session.hpp"

#include "core/store/dialect.hpp"

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Statement.h>
#include <Poco/Nullable.h>

#include <list>

namespace trellis::store {

namespace {

using Poco::Data::Keywords::use;

/// Poco binds by reference, so the values live here until the statement has run.
class Bindings {
public:
    void add(Poco::Data::Statement& statement, const Value& value) {
        if (const auto* number = std::get_if<std::int64_t>(&value))
            statement.addBind(use(integers_.emplace_back(*number)));
        else if (const auto* real = std::get_if<double>(&value))
            statement.addBind(use(reals_.emplace_back(*real)));
        else if (const auto* text = std::get_if<std::string>(&value))
            statement.addBind(use(texts_.emplace_back(checked(*text))));
        else
            statement.addBind(use(nulls_.emplace_back()));
    }

private:
    /// Poco reads text back up to its first zero byte, and PostgreSQL stores none.
    static const std::string& checked(const std::string& text) {
        if (text.find('\0') != std::string::npos)
            throw sdk::Error(sdk::ErrorCode::InvalidArgument, "text with a zero byte");
        return text;
    }

    std::list<Poco::Int64> integers_;
    std::list<double> reals_;
    std::list<std::string> texts_;
    std::list<Poco::Nullable<Poco::Int64>> nulls_;
};

Value valueOf(const Poco::Data::RecordSet& records, std::size_t column, std::size_t row) {
    if (records.isNull(column, row))
        return {};
    auto value = records.value(column, row);
    if (value.isString())
        return value.extract<std::string>();
    if (value.isInteger() || value.isBoolean())
        return std::int64_t{value.convert<Poco::Int64>()};
    if (value.isNumeric())
        return value.convert<double>();
    return value.convert<std::string>();
}

} // namespace

PocoSession::PocoSession(Engine engine, Poco::Data::Session session)
    : engine_(engine), session_(std::move(session)) {}

template <class Work> void PocoSession::translated(const Work& work) {
    try {
        work();
    } catch (const Poco::Exception& problem) {
        if (!isConnected())
            throw sdk::Error(sdk::ErrorCode::Unavailable,
                             "the connection to the database was lost; nothing was saved");
        dialect::raise(engine_, problem);
    }
}

template <class Work> void PocoSession::guarded(const Work& work) {
    if (broken_)
        std::rethrow_exception(broken_);
    try {
        translated(work);
    } catch (const sdk::Error&) {
        broken_ = std::current_exception();
        throw;
    }
}

bool PocoSession::isConnected() const noexcept {
    try {
        return session_.isConnected();
    } catch (const std::exception&) {
        return false;
    }
}

std::size_t PocoSession::run(std::string_view sql, const Values& values) {
    std::size_t changed = 0;
    guarded([&] {
        Bindings bindings;
        Poco::Data::Statement statement(session_);
        statement << dialect::withPlaceholders(engine_, sql);
        for (const auto& value : values)
            bindings.add(statement, value);
        changed = statement.execute();
    });
    return changed;
}

void PocoSession::query(std::string_view sql, const Values& values,
                        const std::function<void(const Row&)>& each) {
    std::vector<Value> columns;
    guarded([&] {
        Bindings bindings;
        Poco::Data::Statement statement(session_);
        statement << dialect::withPlaceholders(engine_, sql);
        for (const auto& value : values)
            bindings.add(statement, value);
        statement.execute();
        if (statement.columnsExtracted() == 0)
            return; // a statement without a result, for which a RecordSet asserts
        const Poco::Data::RecordSet records(statement);
        const auto width = records.columnCount();
        const auto rows = records.rowCount();
        for (std::size_t row = 0; row < rows; ++row) {
            columns.clear();
            for (std::size_t column = 0; column < width; ++column)
                columns.push_back(valueOf(records, column, row));
            each(Row(columns));
        }
    });
}

void PocoSession::begin(bool isWriter) {
    broken_ = nullptr;
    translated([&] {
        if (engine_ == Engine::PostgreSql)
            session_.begin(); // Poco's own, so that it puts prepared statements away afterwards
        const auto statement = dialect::begin(engine_, isWriter);
        if (statement.empty())
            return;
        try {
            session_ << std::string(statement), Poco::Data::Keywords::now;
        } catch (...) {
            rollBack(); // the writers' turn did not come
            throw;
        }
    });
}

void PocoSession::commit() {
    if (broken_)
        std::rethrow_exception(broken_);
    translated([&] {
        if (engine_ == Engine::PostgreSql)
            session_.commit();
        else
            session_ << "COMMIT", Poco::Data::Keywords::now;
    });
}

void PocoSession::rollBack() noexcept {
    try {
        if (engine_ == Engine::PostgreSql)
            session_.rollback();
        else
            session_ << "ROLLBACK", Poco::Data::Keywords::now;
    } catch (const std::exception&) {
        // The engine has rolled back by itself (SQLITE_FULL, SQLITE_IOERR, a lost connection):
        // nothing is left to undo.
    }
    broken_ = nullptr;
}

} // namespace trellis::store
