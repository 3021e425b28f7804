/// Who may see an event (control-protocol 2.4). Default: nobody.
#pragma once

#include <boost/json/object.hpp>

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

/// What of an event (control-protocol 2.5) `user`, who may see it, is shown: without site right 256
/// an event of a user group has no other members, texts and descriptions (control-protocol 2.4).
boost::json::object shownTo(const model::User& user, boost::json::object event,
                            const auth::RightsDecider& rights);

} // namespace trellis::api
