/// Who may see an event (control-protocol 2.4). Default: nobody.
#pragma once

#include "core/auth/rights.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"

namespace trellis::api {

/// True when `user` may be shown `event` now. Asks for the rights of this moment, so a change of
/// rights counts from the next event on. Any thread, never blocks on disk.
bool maySeeEvent(const model::User& user, const model::Event& event,
                 const model::Directory& directory, const auth::RightsDecider& rights);

/// Targets that `user`'s own event list is made from (`events` without arguments).
std::vector<std::string> eventTargetsOf(const model::User& user, const model::Directory& directory,
                                        const auth::RightsDecider& rights);

} // namespace trellis::api
