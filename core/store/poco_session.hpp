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

    /// A writer holds the write lock from here on, so that it can't fail half-way for want of it;
    /// a reader sees one state.
    void begin(bool isWriter);
    /// Commits. If a statement failed, throws that failure instead, even if `work` swallowed it: the
    /// engine may have ended the transaction, and half of the work could stay.
    void commit();
    void rollBack() noexcept;
    /// False once the connection to the server is known to be lost.
    bool isConnected() const noexcept;
    /// For code that speaks Poco::Data itself (plugins); inside the same transaction.
    Poco::Data::Session& native() noexcept { return session_; }

private:
    template <class Work> void guarded(const Work& work);
    /// Runs `work`, with what it throws as an sdk::Error.
    template <class Work> void translated(const Work& work);

    Engine engine_;
    mutable Poco::Data::Session session_;
    std::exception_ptr broken_;
};

} // namespace trellis::store
