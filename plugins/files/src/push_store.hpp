/// Pushes in the database: one row each, its body as JSON.
#pragma once

#include <map>
#include <string>

#include "push_model.hpp"

namespace Poco::Data {
class Session;
}

namespace files {

inline constexpr const char* kPushTable =
    "CREATE TABLE p_files_push (id TEXT PRIMARY KEY, body TEXT NOT NULL);";

std::map<std::string, Push> loadPushes(Poco::Data::Session& session);
/// `bodies` by id; an empty one removes its push.
void storePushes(Poco::Data::Session& session, const std::map<std::string, std::string>& bodies);

}  // namespace files
