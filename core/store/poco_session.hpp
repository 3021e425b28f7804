/// One connection of Poco::Data. Internal to core/store.
#pragma once

#include "core/store/database.hpp"

#include <Poco/Data/Session.h>
#include <trellis/sdk/error.hpp>

#include <exception>
#include <string>

namespace trellis::store {

class PocoSession final : public Session {
public:
    PocoSession(Engine engine, Poco::Data::Session session);

    std::size_t run(std::string_view sql, const Values& values) override;
    void query(std::string_view sql, const Values& values,
               const std::function<void(const Row&)>& each) override;
    Engine engine() const noexcept override { return engine_; }

    void begin(std::string_view statement);
    /// Commits. If a statement failed in a way that may have ended the transaction, throws that
    /// failure instead, even if `work` swallowed it: otherwise half of the work could stay.
    void commit();
    void rollBack() noexcept;
    /// For code that speaks Poco::Data itself (plugins); inside the same transaction.
    Poco::Data::Session& native() noexcept { return session_; }

private:
    template <class Work> void guarded(const Work& work);
    void plain(std::string_view sql);

    Engine engine_;
    Poco::Data::Session session_;
    std::exception_ptr broken_;
};

} // namespace trellis::store
